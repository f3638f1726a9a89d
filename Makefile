# SPDX-License-Identifier: MIT
#
# The build is written for GNU make, in GNUmakefile, which GNU make prefers to
# this file.  Any other make reads this one, and every target is handed over.
.POSIX:

HAND_OVER = \
	for make in gmake gnumake make; do \
		case `$$make --version 2>/dev/null` in \
		'GNU Make'*) exec $$make --no-print-directory $@ ;; \
		esac; \
	done; \
	echo 'This needs GNU make: install the package "make" (Debian), "gmake" (BSD).' >&2; exit 2

# These by name: some are folders too, and would count as made.
TARGETS = all bench bench-linux check check-boot check-build check-grader check-guest \
	check-handout check-host check-linux check-lint check-long check-mutants check-ubsan clean docs \
	doctor format gdb grade grading handout help image initrd iso kernel labs lint \
	linux-expected run run-iso test tests user

$(TARGETS):
	@$(HAND_OVER)

.PHONY: $(TARGETS)

.DEFAULT:
	@$(HAND_OVER)
