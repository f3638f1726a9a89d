# SPDX-License-Identifier: MIT
"""Shows how a batch goes: a line for each submission, and on a terminal a bar with the rate."""

import sys
import time
from typing import TextIO

from grading.batch.journal import BROKEN, Standing
from grading.text import shown

_WIDTH = 30


class Teller:
    """What hears of a batch as it goes."""

    def begin(self, students: int, final: int, tasks: int) -> None:
        """STUDENTS in all, FINAL of them need nothing, TASKS are to be run."""

    def done(self, standing: Standing) -> None:
        """One attempt has ended."""

    def end(self) -> None:
        """No more will come."""


class PlainTeller(Teller):
    """Lines; each with what is left."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._total = self._done = 0
        self._started = time.monotonic()

    def begin(self, students: int, final: int, tasks: int) -> None:
        """Say what there is to do."""
        self._total, self._done, self._started = tasks, 0, time.monotonic()
        print(
            f"{students} submissions, {final} need nothing, {tasks} to be graded",
            file=self._stream,
            flush=True,
        )

    def done(self, standing: Standing) -> None:
        """Print the line of STANDING."""
        self._done += 1
        self.line(f"[{self._done:>{len(str(self._total))}}/{self._total}] {row(standing)}")

    def line(self, text: str) -> None:
        """Print TEXT."""
        print(shown(f"{text}   {self.left()}"), file=self._stream, flush=True)

    def left(self) -> str:
        """The rate, and how long it will take from now on."""
        seconds = max(0.001, time.monotonic() - self._started)
        rate = self._done * 60 / seconds
        rest = seconds / max(1, self._done) * (self._total - self._done)
        return f"{rate:.1f}/min, {clock(rest)} left"


class RichTeller(PlainTeller):
    """The same lines in colors above a bar."""

    def __init__(self) -> None:
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

        super().__init__(sys.stdout)
        columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[left]}"))
        self._progress = Progress(*columns, transient=True)
        self._bar = self._progress.add_task("students", total=0, left="")

    def begin(self, students: int, final: int, tasks: int) -> None:
        """Say what there is to do, and start the bar."""
        super().begin(students, final, tasks)
        self._progress.update(self._bar, total=tasks)
        if tasks:
            self._progress.start()

    def done(self, standing: Standing) -> None:
        """Print the line of STANDING and move the bar."""
        from rich.text import Text

        self._done += 1
        style = "yellow" if standing.state == BROKEN else ""
        self._progress.console.print(Text(shown(row(standing)), style=style), soft_wrap=True)
        self._progress.update(self._bar, completed=self._done, left=self.left())

    def end(self) -> None:
        """Take the bar away."""
        self._progress.stop()


def make_teller() -> Teller:
    """The best there is for standard output."""
    if sys.stdout.isatty():
        try:
            return RichTeller()
        except ImportError:
            return PlainTeller(sys.stdout)
    return PlainTeller(sys.stdout)


def row(standing: Standing) -> str:
    """One line about STANDING."""
    score = "   no score" if standing.score is None else f"{standing.score:>4}/{standing.max:<4}"
    note = f"  {standing.note}" if standing.note else ""
    return f"{standing.id:<{_WIDTH}} {score:<11} {standing.state}{note}"


def clock(seconds: float) -> str:
    """``1:02:03`` or ``2:03``."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
