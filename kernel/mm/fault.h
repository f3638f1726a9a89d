/* SPDX-License-Identifier: MIT */
/*
 * Pages that have contents already: of a file, of a program's image, of memory that is
 * shared until somebody writes.  vm_fault comes before handle_page_fault, which makes
 * new pages and refuses (docs/design/0017):
 *
 *   trap_page_fault --> vm_fault ---- VM_SERVED --> back to the program
 *                           |  `----- VM_REFUSED, VM_NO_MEMORY, VM_NO_DATA --> a signal
 *                        VM_PASS
 *                           |
 *                           v
 *                   handle_page_fault: a new zero page, or a refusal
 */
#ifndef FAULTLINE_MM_FAULT_H
#define FAULTLINE_MM_FAULT_H

#include "mm/vm.h"

enum vm_answer {
	VM_SERVED,		/* the instruction can run again */
	VM_PASS,		/* not a page of the kinds above: handle_page_fault decides */
	VM_REFUSED,		/* the access may not be */
	VM_NO_MEMORY,
	VM_NO_DATA,		/* past the end of the mapped file: SIGBUS */
};

/* => called once, after pmem_init */
void vm_init(void);

/* Is FRAME the one that all share who have only read their page? */
bool vm_is_zero_page(paddr_t frame);

/*
 * Serve the access (PF_ bits) to ADDR in AS, if the page has contents already.
 * A stack that may grow is made longer here; its new page is handle_page_fault's.
 * => takes AS's as_lock and, through a store, fs_lock: none may be held
 */
enum vm_answer vm_fault(struct addrspace *as, vaddr_t addr, unsigned access)
    EXCLUDES(as->as_lock);

/*
 * Have the pages of [START, END) present, each as its first access would make it, for
 * writing where the region allows that.  Stops at what cannot be had, silently: it is
 * only done to save faults.
 */
void vm_populate(struct addrspace *as, vaddr_t start, vaddr_t end);

#endif
