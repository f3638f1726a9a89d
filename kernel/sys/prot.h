/* SPDX-License-Identifier: MIT */
/*
 * Linux' protection bits as rights.
 */
#ifndef FAULTLINE_SYS_PROT_H
#define FAULTLINE_SYS_PROT_H

#include "mm/vpmap.h"

/* The rights that PROT_READ, PROT_WRITE, PROT_EXEC in PROT ask for; on x86 each implies reading. */
memperm_t prot_to_perm(int prot);

#endif
