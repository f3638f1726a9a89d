# SPDX-License-Identifier: MIT
"""``python3 -m programs VERB``: the command line, see ``cli``."""

import sys

from programs.cli import main

sys.exit(main(sys.argv[1:]))
