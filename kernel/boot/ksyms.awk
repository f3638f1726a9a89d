# SPDX-License-Identifier: MIT
# From `nm -n kernel.elf` to the table that kernel/ksyms.c searches: the
# addresses of all functions in order, and for each the offset of its name.
# A compiler's suffix (.part.0, .cold) is cut: the reader knows the function.
# Of several names for one address a global one is taken, else the first.

BEGIN {
	n = 0
}

$2 ~ /^[tT]$/ && $3 !~ /^\./ {
	if (n > 0 && $1 == addr[n - 1]) {
		if (kind == "T" || $2 == "t")
			next
		n--
	}
	kind = $2
	addr[n] = $1
	name[n] = $3
	sub(/\..*/, "", name[n])
	n++
}

END {
	print "\t.section .ksyms, \"a\""
	print "\t.globl ksyms_count, ksyms_addrs, ksyms_names, ksyms_strings"
	print "\t.balign 8"
	print "ksyms_count:\n\t.quad " n
	print "ksyms_addrs:"
	for (i = 0; i < n; i++)
		print "\t.quad 0x" addr[i]
	print "ksyms_names:"
	offset = 0
	for (i = 0; i < n; i++) {
		print "\t.long " offset
		offset += length(name[i]) + 1
	}
	print "ksyms_strings:"
	for (i = 0; i < n; i++)
		print "\t.asciz \"" name[i] "\""
	print "\t.section .note.GNU-stack, \"\", @progbits"
}
