# SPDX-License-Identifier: MIT
"""One grade from start to end: take, build, boot, judge, write, report."""

import os
import secrets
import shlex
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from grading.build import Build, build_submission, build_working_tree
from grading.errors import InfraError, UsageError
from grading.lab import Case, Lab
from grading.report import Out, Report
from grading.results import Result, find_inputs, write_result
from grading.runner import Job, Runner
from grading.submission import Submission, load_submission, working_tree
from grading.verdict import Verdict, with_need, without_boot


@dataclass(frozen=True)
class Order:
    """What was asked for."""

    root: Path
    lab: Lab
    out: Path
    cases: tuple[Case, ...]
    submission: Path | None = None
    solution: bool = False
    jobs: int = 0
    seed: int | None = None


@dataclass(frozen=True)
class Prepared:
    """An order whose submission was read and built."""

    order: Order
    submission: Submission
    build: Build
    seed: int

    def job(self) -> Job:
        """What the runner needs; the build must be ok."""
        if self.build.image is None:
            raise InfraError("there is nothing to boot")
        return Job(self.build.image, self.order.lab.student_files, self.order.out, self.seed)


def prepare(order: Order) -> Prepared:
    """Read and build what ORDER names."""
    out = order.out
    if out.exists() and not out.is_dir():
        raise UsageError(f"{out}: not a folder")
    seed = secrets.randbits(48) if order.seed is None else order.seed
    files = order.lab.student_files
    try:
        if order.submission is None:
            submission = working_tree(order.root, files)
            out.mkdir(parents=True, exist_ok=True)
            build = build_working_tree(order.root, order.solution, out)
        else:
            submission = load_submission(order.submission, files)
            out.mkdir(parents=True, exist_ok=True)
            build = build_submission(order.root, submission, out)
    except OSError as error:
        raise InfraError(f"{error.filename}: {error.strerror}") from error
    return Prepared(order, submission, build, seed)


def grade(prepared: Prepared, out: Out) -> Result:
    """Run the order's tests; result.json is rewritten after every one of them."""
    order, lab = prepared.order, prepared.order.lab
    path = order.out / "result.json"
    result = Result(
        lab=lab,
        submission=prepared.submission,
        inputs=find_inputs(order.root, lab, prepared.submission, order.solution, prepared.seed),
        build=prepared.build,
        repeat={case.id: repeat_command(order, case) for case in lab.cases},
        verdicts={case.id: without_boot(case, "skipped", "not run") for case in lab.cases},
    )
    report = Report(out, lab, order.cases)
    report.head(result)
    if prepared.build.image is None:
        return _not_built(result, order.cases, path, report)
    write_result(result, path)
    runner = Runner(prepared.job())
    seen: dict[str, Verdict] = {}
    for case, verdict in runner.run_all(order.cases, order.jobs or _cpus()):
        seen[case.id] = verdict
        out.advance()
        result = replace(
            result, verdicts=_with_needs(order.cases, {**result.verdicts, **seen}, seen)
        )
        write_result(result, path)
        report.done({case_id: result.verdicts[case_id] for case_id in seen})
    return _finish(result, path, report)


def _not_built(result: Result, cases: Sequence[Case], path: Path, report: Report) -> Result:
    failed = {c.id: without_boot(c, "build_error", result.build.first_error) for c in cases}
    result = replace(result, verdicts={**result.verdicts, **failed})
    report.done(failed)
    return _finish(result, path, report)


def _finish(result: Result, path: Path, report: Report) -> Result:
    result = replace(result, complete=True)
    write_result(result, path)
    report.foot(result)
    return result


def _with_needs(
    cases: Sequence[Case], verdicts: dict[str, Verdict], seen: dict[str, Verdict]
) -> dict[str, Verdict]:
    """Let each test say which of its needs scored nothing, as far as is known."""
    result = dict(verdicts)
    for case in cases:
        if case.id in seen:
            zero = [n for n in case.needs if n in seen and seen[n].score == 0]
            result[case.id] = with_need(seen[case.id], zero)
    return result


def repeat_command(order: Order, case: Case) -> str:
    """The command that runs CASE again in the same way."""
    if order.submission is not None:
        return f"grading/grade test {case.id} --submission {shlex.quote(str(order.submission))}"
    return f"make test T={case.id}{' SOLUTION=1' if order.solution else ''}"


def pick(lab: Lab, names: Iterable[str]) -> tuple[Case, ...]:
    """The tests called NAMES in the rubric's order, all of them when there are none."""
    wanted = {lab.case(name).id for name in names}
    return tuple(c for c in lab.in_order() if not wanted or c.id in wanted)


def _cpus() -> int:
    return len(os.sched_getaffinity(0))
