# SPDX-License-Identifier: MIT
#
# The part of the build that students do not get.  GNUmakefile includes this file
# when it is there; `make handout` leaves it out.

STAFF	:= 1
WERROR	?= 1

# SOLUTION=1, or KIND=solution, builds the reference instead of the stubs.  Tests of the
# kernel itself are about the reference.
SOLUTION ?= 0
ifneq ($(filter 1,$(SOLUTION))$(filter check-guest check-boot,$(MAKECMDGOALS)),)
KIND	:= solution
endif
ifeq ($(KIND),solution)
KERNEL_DEFINES := -DSOLUTION
endif
HOST_DEFINES := -DSOLUTION
unexport SOLUTION KIND

# --- the project's own tests -----------------------------------------------------

# Each part leaves "passed failed" in build/check/PART.count; .ci/sum adds them up.
CHECKS	:= build mutants lint host guest boot grader handout

.PHONY: check $(CHECKS:%=check-%) lint
check:
	@.ci/setup check
	@rm -rf build/check
	@$(MAKE) --no-print-directory check-build || true
	@$(MAKE) --no-print-directory -k --output-sync=target QUICK=1 \
		$(filter-out check-build check-guest,$(CHECKS:%=check-%)) check-ubsan || true
	@.ci/sum $(CHECKS)

# The programs of tests/guest once more, on a kernel that checks itself.
.PHONY: check-ubsan
check-ubsan: ## check-guest on a kernel that checks itself for undefined behavior
	@$(MAKE) --no-print-directory UBSAN=1 check-guest

# Every way to build the kernel must give one, without a warning.
check-build: ## gcc and clang, stub and reference
	@.ci/builds $(MAKE)

lint check-lint: ## the sources: sizes, locks, include arrows, spelling, ...
	@CI='$(CI)' tests/lint/run

check-boot: all ## machines of several kinds, GRUB, a Linux program, the panic's text
	@.ci/setup iso
	@$(MAKE) --no-print-directory KIND=$(KIND) iso KERNEL_ARGS='NONCE=77 -- run /tests/grow-stack'
	@KERNEL=$(KERNEL) INITRD=$(INITRD) ISO=$(ISO) .ci/pytest boot tests/boot

check-grader: ## grading/
	@.ci/pytest grader tests/grader

.PHONY: check-long
check-long: ## grading/ again: many replays, grades under load, killed graders (half an hour)
	@.ci/setup check dask
	@LONG=1 .ci/pytest long tests/grader

check-mutants: ## the grader's own marks: reference, stubs, mutants; QUICK=1: fewer tests each
	@.ci/setup grade
	@.ci/selftest $(if $(QUICK),--quick) '$(LAB)'

check-handout: ## the handout builds, boots and has the stubs' score
	@.ci/check-handout '$(LAB)'

.PHONY: handout format
handout: ## what students get: build/handout/LAB.tar.gz
	@.ci/setup handout
	@.ci/handout '$(LAB)'

# C is laid out by hand, with .clang-format as an aid.
format: ## format Python, and with FILES= C sources (look at the difference)
	black -q -W 1 -l 100 grading tests
	$(if $(FILES),clang-format -i $(FILES))
