# SPDX-License-Identifier: MIT
"""Runs command lines.  An engine knows nothing of students, labs or results.

LocalEngine starts them here, a few at a time.  What Dask's workers start is in
``dask_engine``.  All that a command leaves is in its task's folder.
"""

import ctypes
import os
import select
import signal
import subprocess
import time
from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from grading.batch.journal import Standing
from grading.errors import InfraError
from grading.text import clean, tail

GUARD_S = 3600.0  # of one command; never a verdict
_STOP_S = 15.0
_POLL_MS = 1000
_LAST_LINES = 4
_PR_SET_PDEATHSIG = 1  # prctl(2)


@dataclass(frozen=True)
class Task:
    """One command line and the folder where it works."""

    standing: Standing
    folder: Path
    command: tuple[str, ...]


@dataclass(frozen=True)
class Ended:
    """How a command ended: STATUS is negative for a signal; SAID are its last words."""

    task: Task
    status: int
    said: str = ""


Started = Callable[[Task], None]


class Engine(Protocol):
    """Something that runs tasks; closing the iterator ends those that run."""

    def run(self, tasks: Iterable[Task], started: Started) -> Generator[Ended, None, None]:
        """Run TASKS, in any order, and tell how each ended."""


@dataclass
class _Running:
    task: Task
    process: "subprocess.Popen[bytes]"
    deadline: float


class LocalEngine:
    """So many commands at a time on this machine.

    There is no thread here, so that something can be done between fork and exec: a
    command that asked for its end with ours only by itself would outlive a batch that
    is killed before it could ask.
    """

    def __init__(self, jobs: int) -> None:
        self._jobs = jobs
        self._prctl = ctypes.CDLL(None).prctl
        self._poll = select.poll()
        self._running: dict[int, _Running] = {}

    def run(self, tasks: Iterable[Task], started: Started) -> Generator[Ended, None, None]:
        """Run TASKS; nothing is left running when the iterator is closed."""
        waiting = iter(tasks)
        try:
            while True:
                while len(self._running) < self._jobs:
                    task = next(waiting, None)
                    if task is None:
                        break
                    started(task)
                    self._start(task)
                if not self._running:
                    return
                yield from self._ended()
        finally:
            self._stop()

    def _start(self, task: Task) -> None:
        make_folder(task)
        try:
            with open(task.folder / "log", "wb") as log:
                process = subprocess.Popen(
                    task.command,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                    preexec_fn=self._end_with(os.getpid()),
                )
        except OSError as error:
            raise InfraError(f"cannot run {task.command[0]}: {error.strerror}") from error
        handle = os.pidfd_open(process.pid)
        self._running[handle] = _Running(task, process, time.monotonic() + GUARD_S)
        self._poll.register(handle, select.POLLIN)

    def _end_with(self, parent: int) -> Callable[[], None]:
        """What a new process does first: it is to end when PARENT does."""

        def ask() -> None:
            self._prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
            signal.signal(signal.SIGINT, signal.SIG_DFL)  # ignored where a shell put us aside
            if os.getppid() != parent:
                os.kill(os.getpid(), signal.SIGKILL)

        return ask

    def _ended(self) -> Generator[Ended, None, None]:
        """Those that have ended, after a wait for the next."""
        for handle, _ in self._poll.poll(_POLL_MS):
            ended = self._reap(handle)
            said = _last_words(ended.task.folder)
            if time.monotonic() > ended.deadline:
                said = f"it was not ready after {GUARD_S:.0f} s"
            yield Ended(ended.task, ended.process.returncode, said)
        now = time.monotonic()
        for running in self._running.values():
            if now > running.deadline:
                running.process.kill()

    def _reap(self, handle: int) -> _Running:
        ended = self._running.pop(handle)
        self._poll.unregister(handle)
        os.close(handle)
        ended.process.wait()
        return ended

    def _stop(self) -> None:
        """End what runs: kindly, and by force after a while or when asked once more."""
        for running in self._running.values():
            running.process.send_signal(signal.SIGINT)
        deadline = time.monotonic() + _STOP_S
        try:
            while self._running and time.monotonic() < deadline:
                for handle, _ in self._poll.poll(_POLL_MS):
                    self._reap(handle)
        finally:
            for handle in list(self._running):
                self._running[handle].process.kill()
                self._reap(handle)


def make_folder(task: Task) -> None:
    """The folder where TASK works, and one for its temporary files."""
    try:
        (task.folder / "tmp").mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InfraError(f"{error.filename}: {error.strerror}") from error


def _last_words(folder: Path) -> str:
    try:
        with open(folder / "log", "rb") as stream:
            stream.seek(max(0, os.fstat(stream.fileno()).st_size - 4096))
            return last_words(stream.read())
    except OSError:
        return ""


def last_words(output: bytes) -> str:
    """The end of OUTPUT on one line."""
    return " / ".join(line.strip() for line in tail(clean(output), _LAST_LINES))
