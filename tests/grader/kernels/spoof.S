/* SPDX-License-Identifier: MIT */
/* Prints a transcript that was recorded in another run. */
#include "fake.h"

body:
	print	"@0123456789abcdef begin fake\n"
	print	"@0123456789abcdef step one ok\n"
	print	"@0123456789abcdef step two ok\n"
	print	"@0123456789abcdef end 2\n"
	print	"@0123456789abcdef exit code 0\n"
	die	16
