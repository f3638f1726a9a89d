/* SPDX-License-Identifier: MIT */
/* Prints bytes that could harm a terminal. */
#include "fake.h"

body:
	print	"\033[2Jcleared \233 \377\376 \303\251\r\n"
	tell	"begin fake"
	die	16
