# SPDX-License-Identifier: MIT
"""One grade from start to end: take, build, boot, judge, write, report."""

import os
import secrets
import shlex
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from grading.build import Build, build_submission, build_working_tree
from grading.errors import InfraError, UsageError
from grading.files import LOCK, locked, remove_unfinished
from grading.guard import Guard, make_guard
from grading.lab import Case, Lab
from grading.report import Out, Report
from grading.results import Result, find_inputs, image_hashes, write_result
from grading.runner import Job, Runner
from grading.sign import Key
from grading.submission import Submission, load_submission, working_tree
from grading.verdict import Verdict, with_need, without_boot
from grading.witness import load_rules


@dataclass(frozen=True)
class Order:
    """What was asked for.  SANDBOX None means: where a submission is graded, and only there."""

    root: Path
    lab: Lab
    out: Path
    cases: tuple[Case, ...]
    submission: Path | None = None
    solution: bool = False
    jobs: int = 0
    seed: int | None = None
    sandbox: bool | None = None
    confirm: bool = False  # boot a failed test once more
    key: Key | None = None  # to sign the result with


@dataclass(frozen=True)
class Prepared:
    """An order whose submission was read and built."""

    order: Order
    submission: Submission
    build: Build
    seed: int
    guard: Guard

    def job(self) -> Job:
        """What the runner needs; the build must be ok."""
        if self.build.image is None:
            raise InfraError("there is nothing to boot")
        order, sandbox = self.order, self.guard.sandbox
        rules = load_rules(order.lab.folder)
        files = order.lab.student_files
        image, seed = self.build.image, self.seed
        return Job(image, files, order.out, seed, sandbox, rules, order.confirm)


@contextmanager
def scratch_below(out: Path) -> Iterator[Path]:
    """Have OUT for ourselves, and temporary folders below it.

    What a killed run leaves, the next one takes away.
    """
    new = not out.exists()
    try:
        with locked(out), _scratch(out / ".grader-scratch"):
            yield out
    finally:
        if new and out.is_dir() and [path.name for path in out.iterdir()] == [LOCK]:
            (out / LOCK).unlink()
            out.rmdir()


@contextmanager
def _scratch(folder: Path) -> Iterator[None]:
    """Have temporary folders in FOLDER."""
    try:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
    except OSError as error:
        raise UsageError(f"{folder}: {error.strerror}") from error
    before, tempfile.tempdir = tempfile.tempdir, str(folder)
    try:
        yield
    finally:
        tempfile.tempdir = before
        shutil.rmtree(folder, ignore_errors=True)


def prepare(order: Order) -> Prepared:
    """Read and build what ORDER names."""
    out = order.out
    if out.exists() and not out.is_dir():
        raise UsageError(f"{out}: not a folder")
    seed = secrets.randbits(48) if order.seed is None else order.seed
    given = order.submission
    sandboxed = given is not None if order.sandbox is None else order.sandbox
    try:
        submission = load_or_working_tree(order)
        guard = make_guard(order.lab, sandboxed)
        out.mkdir(parents=True, exist_ok=True)
        if given is None and not sandboxed:
            build = build_working_tree(order.root, order.solution, out, guard)
        else:
            build = build_submission(order.root, submission, out, guard, order.solution)
    except OSError as error:
        raise InfraError(f"{error.filename}: {error.strerror}") from error
    return Prepared(order, submission, build, seed, guard)


def load_or_working_tree(order: Order) -> Submission:
    """What ORDER wants graded."""
    if order.submission is not None:
        return load(order.submission, order)
    return working_tree(order.root, order.lab.student_files)


def load(path: Path, order: Order) -> Submission:
    """The submission at PATH, with a note when it is graded without a sandbox."""
    submission = load_submission(path, order.lab.student_files)
    if order.sandbox is not False:
        return submission
    note = "graded without a sandbox: its code ran with the rights of whoever graded it"
    return replace(submission, notes=(*submission.notes, note))


def grade(prepared: Prepared, out: Out) -> Result:
    """Run the order's tests; result.json is rewritten after every one of them."""
    order, lab = prepared.order, prepared.order.lab
    path = order.out / "result.json"
    remove_unfinished(path)
    result = Result(
        lab=lab,
        submission=prepared.submission,
        inputs=find_inputs(order.root, lab, prepared.submission, order.solution, prepared.seed),
        build=prepared.build,
        repeat={case.id: repeat_command(order, case) for case in lab.cases},
        verdicts={case.id: without_boot(case, "skipped", "not run") for case in lab.cases},
        replay={case.id: replay_command(order.root, path, case) for case in order.cases},
        origin=order.submission,
        sandboxed=prepared.guard.sandbox is not None,
        key=order.key,
        image=image_hashes(prepared.build.image),
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
        unsafe = " --unsafe-no-sandbox" if order.sandbox is False else ""
        where = shlex.quote(str(order.submission))
        return f"grading/grade test {case.id} --submission {where}{unsafe}"
    return f"make test T={case.id}{' KIND=solution' if order.solution else ''}"


def replay_command(root: Path, result: Path, case: Case) -> str:
    """The command that makes the same boot of CASE again, from the tree's top."""
    path = result.relative_to(root) if result.is_relative_to(root) else result
    return f"grading/grade replay {shlex.quote(str(path))} {case.id}"


def _cpus() -> int:
    return len(os.sched_getaffinity(0))
