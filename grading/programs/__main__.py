# SPDX-License-Identifier: MIT
"""``python3 -m grading.programs VERB``: the command line, see ``cli``."""

import sys

from grading.programs.cli import main

sys.exit(main(sys.argv[1:]))
