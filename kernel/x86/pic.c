/* SPDX-License-Identifier: MIT */
/*
 * The two 8259A interrupt controllers (Intel 8259A data sheet).  Every PC has
 * them, and so has every QEMU machine that we boot; one CPU needs no more.
 */
#include "x86/pic.h"

#include "mm/mmu.h"
#include "mm/pmem.h"
#include "trap.h"
#include "x86/x86.h"

#define PIC1		0x20
#define PIC2		0xa0
#define ICW1_INIT	0x11	/* edge triggered, cascaded, ICW4 follows */
#define ICW4_8086	0x01
#define CASCADE_LINE	2
#define OCW2_EOI	0x20

/* The CPU's local APIC: registers, as indexes of 32-bit words. */
#define MSR_APIC_BASE	0x1b
#define APIC_SPURIOUS	(0xf0 / 4)
#define APIC_LINT0	(0x350 / 4)
#define APIC_ENABLE	0x100
#define APIC_EXTINT	0x700

/*
 * The local APIC stands between the PIC and the CPU.  Most firmware lets the PIC
 * through (Intel SDM volume 3, 10.1 "virtual wire mode"), qboot does not.
 */
static void
apic_pass_pic_through(void)
{
	paddr_t base = rdmsr(MSR_APIC_BASE) & PTE_ADDR;
	volatile uint32_t *apic = (volatile uint32_t *)kmap_p2v(base);

	apic[APIC_SPURIOUS] |= APIC_ENABLE;
	apic[APIC_LINT0] = APIC_EXTINT;
}

void
pic_init(void)
{
	apic_pass_pic_through();
	outb(PIC1, ICW1_INIT);
	outb(PIC2, ICW1_INIT);
	outb(PIC1 + 1, T_IRQ0);
	outb(PIC2 + 1, T_IRQ0 + 8);
	outb(PIC1 + 1, 1 << CASCADE_LINE);
	outb(PIC2 + 1, CASCADE_LINE);
	outb(PIC1 + 1, ICW4_8086);
	outb(PIC2 + 1, ICW4_8086);
	outb(PIC1 + 1, 0xff);
	outb(PIC2 + 1, 0xff);
}

void
pic_unmask(int line)
{
	outb(PIC1 + 1, inb(PIC1 + 1) & ~(1 << line));
}

void
pic_eoi(int line)
{
	if (line >= 8)
		outb(PIC2, OCW2_EOI);
	outb(PIC1, OCW2_EOI);
}
