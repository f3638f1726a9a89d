# SPDX-License-Identifier: MIT
"""The verb replay: the boot that a result tells of, once more, see ``replay``."""

import argparse
from pathlib import Path


def add_verb(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]", epilog: str) -> None:
    """Add the verb to the command line."""
    text = "Makes the same boot of a test again as a result.json tells of, and compares the two."
    more = "exit status: 0 the same, 1 it differs, 2 wrong usage or other inputs, 3 cannot grade"
    parser = verbs.add_parser("replay", help="the same boot again", description=text, epilog=more)
    parser.add_argument("result", type=Path, metavar="RESULT", help="a result.json or its folder")
    parser.add_argument("test", metavar="TEST")
    parser.add_argument(
        "--gdb", action="store_true", help="then stop it where it failed, and show it in gdb"
    )
    parser.add_argument(
        "--anyway", action="store_true", help="go on when what the boot depends on has changed"
    )
    parser.add_argument(
        "--submission", type=Path, metavar="PATH", help="where the submission is now, if it moved"
    )
    parser.add_argument("--out", type=Path, metavar="DIR", help="build/replay/LAB")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """The verb; its exit status."""
    from grading import replay  # late: it needs pexpect

    return replay.replay(options)
