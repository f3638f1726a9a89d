#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Stands in for ``grading/grade`` in a tree made by ``batch_school``: grades without booting.

The student's one file says what happens: a score, or ``infra``, ``die``, ``hang``,
``silent``.  Each grade that comes to an end is a line in the tree's file ``graded``.
"""

import os
import signal
import sys
from argparse import ArgumentParser
from pathlib import Path

from grading.build import Build
from grading.errors import SubmissionError
from grading.lab import Case, find_lab
from grading.results import Result, find_inputs, write_result
from grading.sign import find_key
from grading.submission import load_submission
from grading.verdict import Verdict, without_boot

ROOT = Path(__file__).resolve().parent.parent


def verdict(case: Case, words: list[str], asked: list[str]) -> Verdict:
    """A pass for the tests that are named, and a failure of all others."""
    if asked and case.id not in asked:
        return without_boot(case, "skipped", "not run")
    if "infra" in words:
        return Verdict("infra_error", None, case.points, ("this host is tired",))
    if "tampered" in words:
        return Verdict("tampered", 0, case.points, ("<script>alert(1)</script>",))
    if case.id in words:
        return Verdict("pass", case.points, case.points)
    return Verdict("fail", 0, case.points, (f"said {' '.join(words)}",))


def main() -> int:
    """Grade."""
    parser = ArgumentParser()
    parser.add_argument("verb", choices=["grade"])
    for name in ("lab", "submission", "out", "seed", "jobs"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--only", nargs="+", default=[])
    parser.add_argument("--unsafe-no-sandbox", action="store_true")
    options = parser.parse_args()
    lab = find_lab(ROOT, options.lab)
    try:
        submission = load_submission(Path(options.submission), lab.student_files)
    except SubmissionError as error:
        print(error, file=sys.stderr)
        return 2
    words = submission.files["kernel/a.c"].decode().split()
    if "die" in words:
        os.kill(os.getpid(), signal.SIGKILL)
    if "hang" in words:
        signal.pause()
    if "silent" in words:
        print("grade: no sandbox here", file=sys.stderr)
        return 3
    built = "broken" not in words
    build = Build("ok", "", (), None) if built else Build("build_error", "a.c:1: no", (), None)
    result = Result(
        lab=lab,
        submission=submission,
        inputs=find_inputs(ROOT, lab, submission, False, int(options.seed)),
        build=build,
        repeat={case.id: "" for case in lab.cases},
        verdicts={
            case.id: (
                verdict(case, words, options.only)
                if built
                else without_boot(case, "build_error", "no")
            )
            for case in lab.cases
        },
        complete=True,
        key=find_key(None),
    )
    out = Path(options.out)
    for case in lab.cases:
        (out / "tests" / case.id).mkdir(parents=True, exist_ok=True)
        (out / "tests" / case.id / "console.log").write_text("x" * 100_000)
    write_result(result, out / "result.json")
    with open(ROOT / "graded", "a", encoding="utf-8") as stream:
        stream.write(f"{Path(options.submission).name}\n")
    return 3 if result.total is None else 0


if __name__ == "__main__":
    sys.exit(main())
