# SPDX-License-Identifier: MIT
# The part of the build that students do not get: GNUmakefile includes this file
# when it is there, `make handout` leaves it out.

# SOLUTION=1 builds the reference instead of the stubs.
SOLUTION ?= 0
ifeq ($(SOLUTION),1)
KIND	:= solution
KERNEL_DEFINES := -DSOLUTION
endif

# Host tests are about the reference.
HOST_DEFINES := -DSOLUTION
