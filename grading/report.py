# SPDX-License-Identifier: MIT
"""Tells people how a grade went: a line for each test, a total, and the next thing to do.

Text that came from a guest is harmless already (``text``); here it is only laid out.
With rich and a terminal there are colors and a progress bar, otherwise plain lines.
"""

import sys
from collections.abc import Sequence
from typing import Protocol, TextIO

from grading.lab import Case, Lab
from grading.results import Result
from grading.text import shown
from grading.verdict import FLAKY, Verdict

_SHORT_LINES = 5
_GOOD, _BAD, _ODD, _HEAD, _DIM = "green", "red", "yellow", "bold", "dim"


class Out(Protocol):
    """Where lines go."""

    def line(self, text: str = "", style: str = "") -> None:
        """Print one line."""

    def advance(self) -> None:
        """One more test is done."""

    def close(self) -> None:
        """No more tests will come, though lines may."""


class PlainOut:
    """Lines without colors."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def line(self, text: str = "", style: str = "") -> None:
        """Print TEXT."""
        print(shown(text), file=self._stream, flush=True)

    def advance(self) -> None:
        """Nothing to show."""

    def close(self) -> None:
        """Nothing to do."""


class RichOut:
    """Colors, and a bar at the bottom while tests run."""

    def __init__(self, total: int) -> None:
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeElapsedColumn

        columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        self._progress = Progress(*columns, transient=True)
        self._task = self._progress.add_task("tests", total=total)
        if total:
            self._progress.start()

    def line(self, text: str = "", style: str = "") -> None:
        """Print TEXT in STYLE; nothing in TEXT is markup."""
        from rich.text import Text

        self._progress.console.print(Text(shown(text), style=style), soft_wrap=True)

    def advance(self) -> None:
        """Move the bar."""
        self._progress.advance(self._task)

    def close(self) -> None:
        """Take the bar away."""
        self._progress.stop()


def make_out(stream: TextIO, total: int) -> Out:
    """The best output for STREAM; TOTAL tests are expected."""
    if stream is sys.stdout and stream.isatty():
        try:
            return RichOut(total)
        except ImportError:
            return PlainOut(stream)
    return PlainOut(stream)


class Report:
    """Prints tests in the rubric's order, each as soon as those before it are done."""

    def __init__(self, out: Out, lab: Lab, cases: Sequence[Case]) -> None:
        self._out = out
        self._lab = lab
        self._waiting = list(cases)
        self._group = ""
        self._points = sum(case.points for case in cases)
        whole = len(cases) == len(lab.cases)
        self._part = "" if whole else f", for {len(cases)} of {len(lab.cases)} tests"
        self._name_width = max((len(c.id) for c in cases), default=0)
        self._score_width = max((len(str(c.points)) for c in cases), default=1)

    def head(self, result: Result) -> None:
        """What is graded, and how its build went."""
        lab, submission = result.lab, result.submission
        self._out.line(f"{lab.title} ({lab.id} {lab.version}), {submission.id}", _HEAD)
        for note in submission.notes:
            self._out.line(f"  note: {note}", _ODD)
        if result.build.status != "ok":
            self._out.line()
            self._out.line("The kernel could not be built:", _BAD)
            for line in result.build.log:
                self._out.line(f"  {line}", _DIM)
            self._out.line(f"first error: {result.build.first_error}", _BAD)

    def done(self, verdicts: dict[str, Verdict]) -> None:
        """Print what can be printed now that VERDICTS are known."""
        while self._waiting:
            case = self._waiting[0]
            to_come = [need for need in case.needs if self._will_run(need)]
            if any(name not in verdicts for name in (case.id, *to_come)):
                return
            self._waiting.pop(0)
            self._case(case, verdicts[case.id])

    def _will_run(self, name: str) -> bool:
        return any(case.id == name for case in self._waiting)

    def _case(self, case: Case, verdict: Verdict) -> None:
        if case.group != self._group:
            self._group = case.group
            title = next(g.title for g in self._lab.groups if g.id == case.group)
            self._out.line()
            self._out.line(title, _HEAD)
        style = {"pass": _GOOD, "infra_error": _ODD, "skipped": _DIM}.get(verdict.status, _BAD)
        score = score_text(verdict, self._score_width)
        self._out.line(f"  {score}  {case.id:<{self._name_width}}  {case.title}", style)
        if verdict.status in ("pass", "build_error", "skipped"):
            return
        indent = " " * (2 * self._score_width + 5)
        for line in verdict.lines[:_SHORT_LINES]:
            self._out.line(f"{indent}{line}")
        if verdict.flaky:
            self._out.line(f"{indent}{FLAKY}", _ODD)

    def foot(self, result: Result) -> None:
        """The total, and the one thing to do next."""
        self._out.close()
        self._out.line()
        broken = [
            c.id for c in result.lab.in_order() if result.verdicts[c.id].status == "infra_error"
        ]
        if result.total is None:
            self._out.line(f"No score: the grader or this host failed in {', '.join(broken)}", _ODD)
        else:
            self._out.line(f"Score: {result.total} of {self._points}{self._part}", _HEAD)
        case = next_to_fix(result)
        if case is not None:
            self._next(case, result)

    def _next(self, case: Case, result: Result) -> None:
        verdict = result.verdicts[case.id]
        self._out.line()
        if verdict.status == "build_error":
            self._out.line(f"Next: make it compile: {result.build.first_error}", _HEAD)
            return
        self._out.line(f"Next: {case.id}: {case.title}", _HEAD)
        for line in verdict.lines:
            self._out.line(f"  {line}")
        if verdict.hint:
            self._out.line(f"  hint: {verdict.hint}", _ODD)
        if verdict.console_tail:
            self._out.line("  the console's last lines:", _DIM)
        for line in verdict.console_tail:
            self._out.line(f"  | {line}", _DIM)
        self._out.line(f"  again: {result.repeat[case.id]}")
        if replay := result.replay.get(case.id):
            self._out.line(f"  the same boot, in gdb where it failed: {replay} --gdb")


def score_text(verdict: Verdict, width: int) -> str:
    """``4/4``, with a mark instead of a score that is not there."""
    score = {"infra_error": "?", "skipped": "-"}.get(verdict.status, str(verdict.score))
    return f"{score:>{width}}/{verdict.max:<{width}}"


def next_to_fix(result: Result) -> Case | None:
    """The first failing test whose needs pass, or else the first failing one."""
    bad = [
        case
        for case in result.lab.in_order()
        if result.verdicts[case.id].status not in ("pass", "skipped", "infra_error")
    ]
    for case in bad:
        if all(result.verdicts[need].status in ("pass", "skipped") for need in case.needs):
            return case
    return bad[0] if bad else None
