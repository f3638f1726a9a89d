/* SPDX-License-Identifier: MIT */
/* Asks a question, and passes when the answer is y. */
#include "fake.h"

body:
	tell	"begin fake"
	tell	"step one ok"
	print	"really? "
wait:
	mov	$0x3fd, %dx
	in	%dx, %al
	test	$1, %al
	jz	wait
	mov	$0x3f8, %dx
	in	%dx, %al
	cmp	$'y', %al
	jne	wait
	tell	"step two ok"
	tell	"end 2"
	tell	"exit code 0"
	die	16
