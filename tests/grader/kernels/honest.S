/* SPDX-License-Identifier: MIT */
/* Says and does all that a test that passes says and does. */
#include "fake.h"

body:
	print	"booting\n"
	tell	"begin fake"
	tell	"step one ok"
	tell	"step two ok"
	tell	"end 2"
	tell	"exit code 0"
	tell	"insns 100000"
	die	16
