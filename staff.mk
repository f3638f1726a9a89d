# SPDX-License-Identifier: MIT
#
# The part of the build that students do not get.  GNUmakefile includes this file
# when it is there; `make handout` leaves it out.

STAFF	:= 1
WERROR	?= 1

# SOLUTION=1, or KIND=solution, builds the reference instead of the stubs.  Tests of the
# kernel itself are about the reference.
SOLUTION ?= 0
ifneq ($(filter 1,$(SOLUTION))$(filter check-guest check-boot check-programs check-linux check-long bench,$(MAKECMDGOALS)),)
KIND	:= solution
endif
ifeq ($(KIND),solution)
KERNEL_DEFINES := -DSOLUTION
endif
HOST_DEFINES := -DSOLUTION
unexport SOLUTION KIND

# --- the project's own tests -----------------------------------------------------

# Each part leaves "passed failed" in build/check/PART.count; .ci/sum adds them up.
CHECKS	:= build mutants lint host guest invariants linux boot programs grader handout
# These are begun first: what comes last should be short.  check-guest is part of check-ubsan.
LONGEST	:= check-mutants check-grader check-programs check-handout check-invariants check-host \
	check-ubsan

# QUICK=1 is for at most five minutes on two cores: CONTRIBUTING.md says what it leaves out.
# With WHOLE=1, as continuous integration has it, nothing is left out of these parts.
.PHONY: check $(CHECKS:%=check-%) lint
check:
	@.ci/setup check
	@.ci/alone build/check.lock $(MAKE) --no-print-directory check-all

QUICKLY	:= $(if $(filter 1,$(WHOLE)),,1)
.PHONY: check-all
check-all:
	@rm -rf build/check
	@$(MAKE) --no-print-directory QUICK=$(QUICKLY) check-build || true
	@$(MAKE) --no-print-directory -k --output-sync=target QUICK=$(QUICKLY) \
		$(LONGEST) $(filter-out check-build check-guest $(LONGEST),$(CHECKS:%=check-%)) || true
	@.ci/sum $(CHECKS)

# The programs of tests/guest once more, on a kernel that checks itself.
.PHONY: check-ubsan
check-ubsan: ## check-guest on a kernel that checks itself for undefined behavior
	@$(MAKE) --no-print-directory UBSAN=1 check-guest
check-invariants: ## check-guest on a kernel that checks what must hold, again and again
	@SETTINGS="CALLS=10000 CODES=100" $(MAKE) --no-print-directory INVARIANTS=1 check-guest

# Every way to build the kernel must give one, without a warning.
check-build: ## gcc and clang, stub and reference; QUICK=1: one fewer
	@.ci/builds $(MAKE)

lint check-lint: ## the sources: sizes, locks, include arrows, spelling, ...
	@CI='$(CI)' tests/lint/run

check-boot: all ## machines of several kinds, GRUB, a Linux program, the panic's text
	@.ci/setup iso
	@$(MAKE) --no-print-directory KIND=$(KIND) iso KERNEL_ARGS='NONCE=77 -- run /tests/grow-stack'
	@KERNEL=$(KERNEL) INITRD=$(INITRD) ISO=$(ISO) .ci/pytest boot tests/boot

check-programs: all ## programs of others, here and on Linux
	@.ci/setup programs
	@KERNEL=$(KERNEL) INITRD=$(INITRD) .ci/pytest programs tests/programs

check-grader: ## grading/
	@.ci/pytest grader tests/grader

.PHONY: check-long
check-long: ## grading/ again: many replays, grades under load, killed graders (half an hour)
	@.ci/setup check dask
	@LONG=1 .ci/pytest long tests/grader

check-mutants: ## the grader's own marks: reference, stubs, mutants; QUICK=1: two tests of each
	@.ci/setup grade
	@.ci/selftest $(if $(QUICK),--quick) '$(LAB)'

check-handout: ## the handout builds, boots and has the stubs' score
	@.ci/check-handout '$(LAB)'

# --- the same program on Linux and here --------------------------------------------

LINUX_SRCS := $(sort $(wildcard tests/linux/*.c))
LINUX_TEST := build/linux/behaviours
$(LINUX_TEST): $(LINUX_SRCS) tests/linux/harness.h tests/sys6.h staff.mk
	@.ci/setup linux
	@mkdir -p $(@D)
	$(call run,MUSL,$@,musl-gcc -static -std=gnu11 -O2 $(WARNINGS) -o $@ $(LINUX_SRCS))

# How many random sequences: all of them take some minutes.
SEEDS	?= $(if $(QUICK),50,1000)

.PHONY: check-linux linux-expected
check-linux: all $(LINUX_TEST) ## what programs see, compared with Linux; SEEDS=1000 sequences
	@.ci/setup check
	@.ci/pytest linux-compare tests/linux
	@$(PYTHON) -B tests/linux/compare.py check $(LINUX_TEST) $(KERNEL) $(INITRD) $(SEEDS)
linux-expected: $(LINUX_TEST) ## refresh tests/linux/expected.txt by a run of Debian's kernel
	@.ci/setup grade
	@$(PYTHON) -B tests/linux/compare.py expected $(LINUX_TEST)

# Not one instruction more than written: no library, no start-up code.
BENCH_SRCS := $(sort $(wildcard tests/bench/*.c))
BENCH	:= build/bench/bench
BENCH_FLAGS := -std=gnu11 -O2 -static -nostdlib -ffreestanding -fno-pic \
	-fno-stack-protector -fcf-protection=none -fno-asynchronous-unwind-tables \
	$(call cc-option,-fno-tree-loop-distribute-patterns) -Wl,--build-id=none -Wl,-z,noexecstack
$(BENCH): $(BENCH_SRCS) tests/bench/bench.h tests/sys6.h staff.mk
	@mkdir -p $(@D)
	$(call run,BENCH,$@,$(CC) $(BENCH_FLAGS) $(WARNINGS) -o $@ $(BENCH_SRCS))

.PHONY: bench bench-docs bench-linux
bench: all $(BENCH) ## instructions per operation, beside Linux' and the bars
	@.ci/setup check
	@.ci/pytest bench-compare tests/bench
	@$(PYTHON) -B tests/bench/bench.py run $(BENCH) $(KERNEL) $(INITRD)
bench-docs: ## what the last bench measured, written to docs/performance.md
	@$(PYTHON) -B tests/bench/docs.py build/bench/result.json docs
bench-linux: $(BENCH) ## refresh tests/bench/linux.toml by a run of Debian's kernel
	@.ci/setup grade
	@$(PYTHON) -B tests/bench/bench.py linux $(BENCH)

# --- checks that take minutes ------------------------------------------------------

# These are made of all they need in one command: what they test changes all the time.
ASSURANCE := $(wildcard tests/host/*.[ch] tests/host/include/*/*.h tests/fuzz/*.[ch] kernel/*.[ch] \
	kernel/*/*.[ch])
ASSURANCE_FLAGS = -std=gnu11 -g $(WARNINGS) -iquote tests/host/include -iquote kernel \
	-iquote tests/host -iquote tests/fuzz -include tests/host/include/x86/cpu.h \
	-DFAULT_INJECTION -DINVARIANTS $(HOST_DEFINES)
FUZZ	:= elf path regions tar userrange
FUZZ_SECONDS ?=

.PHONY: check-long check-exhaustive check-fuzz fuzz mutate
check-long: check-build check-exhaustive check-fuzz fuzz check-linux check-mutants ## every check that takes minutes

build/exhaustive: $(ASSURANCE)
	@.ci/setup host
	@mkdir -p $(@D)
	$(call run,HOSTCC,$@,$(HOSTCC) $(ASSURANCE_FLAGS) -O2 -o $@ \
		$(call host_srcs,tests/host/exhaustive.c) $(CHECK_LIBS))
check-exhaustive: build/exhaustive ## every sequence of calls on a few pages, against a model
	@nice $<

build/fuzz/%: $(ASSURANCE)
	@.ci/setup fuzz
	@mkdir -p $(@D)
	$(call run,FUZZCC,$@,clang $(ASSURANCE_FLAGS) -O1 -fno-omit-frame-pointer \
		-fsanitize=fuzzer$(comma)address$(comma)undefined -fno-sanitize-recover=all -o $@ \
		tests/fuzz/main.c $(call host_srcs,tests/fuzz/fuzz_$*.c) $(CHECK_LIBS))

check-fuzz: ## 10^6 system calls with strange arguments, from ten seeds
	@for seed in 11 12 13 14 15 16 17 18 19 20; do \
		echo "  seed $$seed"; SETTINGS="SEED=$$seed" nice \
		$(MAKE) --no-print-directory -s check-guest GUEST_TESTS=fuzz || exit 1; done

# The short form is the same every time.  What the long one finds stays in build/fuzz/corpus.
fuzz: $(FUZZ:%=build/fuzz/%) ## libFuzzer on each target; FUZZ_SECONDS=180: so long
	@$(PYTHON) -B tests/fuzz/seeds.py build/fuzz/seeds
	@nice tests/fuzz/run '$(FUZZ_SECONDS)' $(FUZZ)

mutate: ## change lines of kernel/mm one at a time: do the host tests notice?
	@.ci/setup host
	@nice $(PYTHON) -B tests/mutate/mutate.py $(MUTATE_ARGS) --fs "$(HOST_FS)" $(HOST_MM)

.PHONY: handout format
handout: ## what students get: build/handout/LAB.tar.gz
	@.ci/setup handout
	@.ci/handout '$(LAB)'

# C is laid out by hand, with .clang-format as an aid.
format: ## format Python, and with FILES= C sources (look at the difference)
	black -q -W 1 -l 100 docs grading tests
	$(if $(FILES),clang-format -i $(FILES))
