# SPDX-License-Identifier: MIT
"""``python3 -m grading VERB``: the command line, see ``cli``."""

import sys

if sys.version_info < (3, 11):
    sys.exit("grading: Python 3.11 or later is needed (Debian 12: package python3)")

from grading.cli import main  # noqa: E402  (the check above must come first)

sys.exit(main(sys.argv[1:]))
