#!/bin/sh
# SPDX-License-Identifier: MIT
#
# setup.sh: Gradescope runs this once, as root, when it builds the autograder's image
# (Ubuntu or Debian).  The grader needs Python 3.11 or later.
set -eu

export DEBIAN_FRONTEND=noninteractive
apt-get -q -q update
apt-get -q -q install -y --no-install-recommends \
	gcc libc6-dev binutils make mawk tar coreutils util-linux procps \
	python3 python3-pexpect python3-jsonschema \
	qemu-system-x86 qemu-system-data bubblewrap

# An older Ubuntu's python3 is too old, but has a newer one beside it.
python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
	apt-get -q -q install -y --no-install-recommends python3.11
apt-get clean
