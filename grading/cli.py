# SPDX-License-Identifier: MIT
"""The command line: one function for each verb, each gives the exit status.

What boots machines is imported late: list and explain work where pexpect is missing.
"""

import argparse
import io
import os
import sys
import textwrap
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from grading import (
    VERSION,
    autograder,
    doctor,
    ptdump_command,
    replay_command,
    selftest_command,
    sign,
)
from grading.arguments import count
from grading.batch import command as batch_command
from grading.errors import GraderError, UsageError
from grading.export import command as export_command
from grading.lab import Case, Lab, find_lab, pick
from grading.report import make_out, score_text
from grading.text import ShownStream, shown

if TYPE_CHECKING:
    from grading.grader import Order
    from grading.results import Result

EXIT_OK, EXIT_FAILED, EXIT_INFRA, EXIT_INTERRUPTED = 0, 1, 3, 130

ROOT = Path(__file__).resolve().parent.parent

_EPILOG = """exit status: 0 done (grade: whatever the score), 1 a test failed (check, test),
2 wrong usage or bad input, 3 this host cannot grade"""


def main(argv: Sequence[str], root: Path = ROOT) -> int:
    """Run the command in ARGV on the tree at ROOT."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    options = _parser().parse_args(argv)
    options.root = root
    verb: Callable[[argparse.Namespace], int] = options.run
    try:
        return verb(options)
    except GraderError as error:
        print(f"grade: {error}", file=sys.stderr)
        return error.exit_status
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_OK
    except KeyboardInterrupt:
        print("grade: interrupted", file=sys.stderr)
        return EXIT_INTERRUPTED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="grade", description="Boots a lab's tests and scores them.", epilog=_EPILOG
    )
    parser.add_argument("--version", action="version", version=f"grade {VERSION}")
    verbs = parser.add_subparsers(metavar="VERB", required=True)
    grade = _verb(verbs, "grade", _grade, "run the whole rubric and write OUT/result.json")
    grade.add_argument("--only", nargs="+", default=[], metavar="TEST", help="run these tests only")
    _run_options(grade)
    sign.add_option(grade)
    check = _verb(verbs, "check", _check, "run the visible tests on the working tree")
    check.add_argument("tests", nargs="*", metavar="TEST", help="run these tests only")
    _run_options(check)
    test = _verb(verbs, "test", _test, "run one test with its console shown")
    test.add_argument("test", metavar="TEST")
    _run_options(test)
    explain = _verb(verbs, "explain", _explain, "say what a test asks for")
    explain.add_argument("test", metavar="TEST")
    _verb(verbs, "list", _list, "list the tests and their points")
    modules = (replay_command, export_command, sign, doctor, autograder, selftest_command)
    for module in (*modules, batch_command, ptdump_command):
        module.add_verb(verbs, _EPILOG)
    return parser


def _verb(
    verbs: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, run: object, text: str
) -> argparse.ArgumentParser:
    parser = verbs.add_parser(
        name, help=text, description=f"{text[0].upper()}{text[1:]}.", epilog=_EPILOG
    )
    parser.set_defaults(run=run)
    parser.add_argument("--lab", metavar="LAB", help="the lab, when the tree has several")
    return parser


def _run_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--submission",
        type=Path,
        metavar="PATH",
        help="a folder or an archive; without: the working tree",
    )
    parser.add_argument("--solution", action="store_true", help="grade the reference solution")
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="where results go: build/grade/LAB, build/check/LAB"
    )
    parser.add_argument(
        "--jobs", type=count, default=0, metavar="N", help="machines at a time: all CPUs"
    )
    parser.add_argument(
        "--sandbox",
        action="store_true",
        default=None,
        help="build and boot in a sandbox; a submission always is",
    )
    parser.add_argument(
        "--unsafe-no-sandbox",
        dest="sandbox",
        action="store_false",
        help="build and boot a submission with your own rights",
    )
    parser.add_argument(
        "--seed", type=int, metavar="N", help="makes the nonces those of an earlier run"
    )


def _lab(options: argparse.Namespace) -> Lab:
    return find_lab(options.root, options.lab)


def _order(options: argparse.Namespace, lab: Lab, cases: tuple[Case, ...], kind: str) -> "Order":
    from grading.grader import Order  # late, see above

    if options.solution and options.submission is not None:
        raise UsageError("--solution and --submission exclude each other")
    out = (options.out or options.root / "build" / kind / lab.id).absolute()
    submission = options.submission.absolute() if options.submission else None
    seen = [options.root, out, *([submission] if submission else [])]
    return Order(
        root=options.root,
        lab=lab,
        out=out,
        cases=cases,
        submission=submission,
        solution=options.solution,
        jobs=options.jobs,
        seed=options.seed,
        sandbox=options.sandbox,
        confirm=kind == "grade",
        key=sign.find_key(getattr(options, "key", None), seen=seen),
    )


def _run(
    options: argparse.Namespace, lab: Lab, cases: tuple[Case, ...], kind: str
) -> "tuple[Result, Order]":
    """Grade CASES and print the report."""
    from grading.grader import grade, prepare, scratch_below  # late, see above

    order = _order(options, lab, cases, kind)
    with scratch_below(order.out):
        prepared = prepare(order)
        out = make_out(sys.stdout, len(cases))
        try:
            return grade(prepared, out), order
        finally:
            out.close()


def _grade(options: argparse.Namespace) -> int:
    lab = _lab(options)
    result, order = _run(options, lab, pick(lab, options.only), "grade")
    print(f"\nresult: {order.out / 'result.json'}")
    return EXIT_INFRA if result.total is None else EXIT_OK


def _check(options: argparse.Namespace) -> int:
    lab = _lab(options)
    cases = tuple(c for c in pick(lab, options.tests) if c.visibility == "visible")
    if not cases:
        raise UsageError("none of these tests is visible")
    result, _ = _run(options, lab, cases, "check")
    if result.total is None:
        return EXIT_INFRA
    return EXIT_OK if all(result.verdicts[c.id].status == "pass" for c in cases) else EXIT_FAILED


def _test(options: argparse.Namespace) -> int:
    from grading.grader import prepare, repeat_command  # late, see above
    from grading.runner import Runner

    lab = _lab(options)
    case = lab.case(options.test)
    prepared = prepare(_order(options, lab, (case,), "test"))
    if prepared.build.image is None:
        print("\n".join(map(shown, prepared.build.log)))
        print(f"first error: {prepared.build.first_error}")
        return EXIT_FAILED
    console = ShownStream()
    verdict = Runner(prepared.job()).run(
        case, lambda text: print(console.feed(text), end="", flush=True)
    )
    print(console.feed("", final=True), end="")
    print(f"\n{score_text(verdict, 1)}  {case.id}: {verdict.status}: {case.title}")
    for step in verdict.steps:
        print(f"  {step.status:<9}  {step.score}/{step.max}  {step.id}: {step.title}")
    for line in verdict.lines:
        print(shown(f"  {line}"))
    if verdict.hint:
        print(f"  hint: {verdict.hint}")
    if verdict.instructions is not None:
        print(f"  {verdict.instructions:,} of {case.budget:,} guest instructions")
    print(f"  again: {repeat_command(prepared.order, case)}")
    if verdict.status == "infra_error":
        return EXIT_INFRA
    return EXIT_OK if verdict.status == "pass" else EXIT_FAILED


def _explain(options: argparse.Namespace) -> int:
    lab = _lab(options)
    case = lab.case(options.test)
    print(f"{case.id}: {case.title}")
    print(f"requirement: {case.requirement} in labs/{lab.id}/README.md")
    if said := lab.requirement(case.requirement):
        print(textwrap.fill(said, 90, initial_indent="  ", subsequent_indent="  "))
    print(f"points: {case.points}")
    print(f"limits: {case.budget:,} guest instructions, {case.memory_mib} MiB of memory")
    print(f"program: {' '.join([case.program, *case.args])}")
    if case.needs:
        print(f"builds on: {', '.join(case.needs)}")
    for step in case.steps:
        print(f"  {step.points:>3}  {step.id}: {step.title}")
    if case.hints:
        print("typical causes:")
    for signature, advice in case.hints:
        print(f"  when it says {signature!r}: {advice}")
    print(f"run it: make test T={case.id}")
    return EXIT_OK


def _list(options: argparse.Namespace) -> int:
    lab = _lab(options)
    width = max(len(c.id) for c in lab.cases)
    print(f"{lab.title} ({lab.id} {lab.version}): {len(lab.cases)} tests, {lab.points} points")
    for group in lab.groups:
        cases = [c for c in lab.cases if c.group == group.id]
        print(f"\n{group.title} ({sum(c.points for c in cases)})")
        for case in cases:
            print(f"  {case.points:>3}  {case.id:<{width}}  {case.title}")
    return EXIT_OK
