/* SPDX-License-Identifier: MIT */
/* The two 8259A interrupt controllers. */
#ifndef FAULTLINE_X86_PIC_H
#define FAULTLINE_X86_PIC_H

/*
 * Deliver lines 0 to 15 as vectors T_IRQ0 and up; all masked.
 * => the first 4 GiB must be mapped, as boot.S does: the APIC is there
 */
void pic_init(void);

/* Let LINE (0 to 7) interrupt. */
void pic_unmask(int line);

/* Tell the controllers that the interrupt on LINE (0 to 15) has been taken care of. */
void pic_eoi(int line);

#endif
