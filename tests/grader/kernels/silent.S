/* SPDX-License-Identifier: MIT */
/* Ends before the first character. */
#include "fake.h"

body:
	die	16
