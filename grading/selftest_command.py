# SPDX-License-Identifier: MIT
"""The verb selftest: grades kernels whose marks are known, see ``selftest``."""

import argparse
from pathlib import Path

from grading.arguments import count
from grading.lab import find_lab


def add_verb(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]", epilog: str) -> None:
    """Add the verb to the command line."""
    text = "Grades kernels whose marks are known: the reference, the stubs, mutants and spoofs."
    more = "exit status: 0 all as expected, 1 something differs, 2 wrong usage, 3 cannot grade"
    parser = verbs.add_parser("selftest", help="grade the grader", description=text, epilog=more)
    parser.add_argument("lab", metavar="LAB", nargs="?", help="needed when the tree has several")
    parser.add_argument(
        "--only", nargs="+", default=[], metavar="NAME", help="these; also: mutants, spoofs"
    )
    parser.add_argument(
        "--quick", action="store_true", help="mutants: a test that finds it, and one other"
    )
    parser.add_argument("--jobs", type=count, default=2, metavar="N", help="kernels at a time (2)")
    parser.add_argument("--seed", type=int, metavar="N", default=1, help="other nonces (1)")
    parser.add_argument("--out", type=Path, metavar="DIR", help="build/selftest/LAB")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """The verb; its exit status."""
    from grading import selftest  # late: it needs pexpect

    lab = find_lab(options.root, options.lab)
    settings = selftest.Settings(
        root=options.root,
        lab=lab,
        out=(options.out or options.root / "build/selftest" / lab.id).absolute(),
        jobs=options.jobs,
        seed=options.seed,
        quick=options.quick,
        only=tuple(options.only),
    )
    outcomes = selftest.run(settings, lambda outcome: print(selftest.row(outcome, 28), flush=True))
    print()
    for line in selftest.table(outcomes):
        print(line)
    wrong = sum(bool(outcome.differs) for outcome in outcomes)
    print(f"\n{len(outcomes)} kernels, {len(outcomes) - wrong} as expected; seed {options.seed}")
    return 1 if wrong else 0
