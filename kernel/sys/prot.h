/* SPDX-License-Identifier: MIT */
/*
 * Linux' protection bits as rights.
 */
#ifndef FAULTLINE_SYS_PROT_H
#define FAULTLINE_SYS_PROT_H

#include "mm/vpmap.h"

extern const uint8_t perm_of_prot[8];

/* The rights that PROT_READ, PROT_WRITE, PROT_EXEC in PROT ask for; on x86 each implies reading. */
static inline memperm_t
prot_to_perm(int prot)
{
	return perm_of_prot[prot & 7];
}

#endif
