# SPDX-License-Identifier: MIT
"""Boots one virtual machine, talks to its console, and brings back a Transcript.

Waits for text, for the end of the process and for the budget's end, never for time:
the short poll below only sets how soon the last of them is noticed.
"""

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from grading.errors import InfraError
from grading.gdbstub import GdbError, GdbStub
from grading.guestmem import GuestMemory
from grading.lab import Input
from grading.qemu import CONSOLE_CAP, Config, Exit, Machine, Sample, Stop, triple_fault
from grading.qemu_sockets import Lost
from grading.text import Cleaner, clean
from grading.transcript import End, Transcript
from grading.witness import Witness

try:
    import pexpect
    from pexpect.fdpexpect import fdspawn
except ImportError as error:
    raise InfraError("pexpect is missing: install the Debian package python3-pexpect") from error

_POLL_S = 0.1
_EXIT_S = 30.0
_SAMPLES = 16
_SAMPLE_DISTANCE = 1_000_000


class Console:
    """Collects what the guest prints, up to the cap; pexpect writes into it."""

    def __init__(self, on_text: Callable[[str], None] | None) -> None:
        self._cleaner = Cleaner()
        self._parts: list[str] = []
        self.left = CONSOLE_CAP
        self._on_text = on_text

    @property
    def full(self) -> bool:
        """Has the guest printed more than it may?"""
        return self.left <= 0

    def write(self, data: bytes) -> None:
        """Take DATA, or as much of it as fits."""
        self._add(self._cleaner.feed(data[: max(0, self.left)]))
        self.left -= len(data)

    def flush(self) -> None:
        """Nothing is held back for long."""

    def text(self) -> str:
        """Everything so far."""
        self._add(self._cleaner.feed(b"", final=True))
        return "".join(self._parts)

    def _add(self, text: str) -> None:
        if not text:
            return
        self._parts.append(text)
        if self._on_text:
            self._on_text(text)


class Session:
    """One boot; ``cancel`` may be called from another thread."""

    def __init__(
        self,
        config: Config,
        folder: Path,
        nonce: str,
        inputs: Sequence[Input] = (),
        witness: Witness | None = None,
    ) -> None:
        self._config = config
        self._folder = folder
        self._nonce = nonce
        self._inputs = list(inputs)
        self._witness = witness
        self._eyes: tuple[GdbStub, GuestMemory] | None = None
        self._skipped = 0
        self._machine: Machine | None = None
        self._cancelled = False

    def cancel(self) -> None:
        """End the boot as soon as possible."""
        self._cancelled = True
        if self._machine:
            self._machine.kill()

    def run(self, on_text: Callable[[str], None] | None = None) -> Transcript:
        """Boot, drive to the end, and tell."""
        started = time.monotonic()
        console = Console(on_text)
        samples: tuple[Sample, ...] = ()
        clock = None
        with Machine(self._config, self._folder) as machine:
            self._machine = machine
            if self._cancelled:  # just before the machine was there to be killed
                machine.kill()
            end = self._drive(machine, console)
            if end in (End.BUDGET, End.RESET):
                clock, samples = _where(machine, _SAMPLES if end is End.BUDGET else 1)
                machine.quit()
            elif end is not End.EXIT:
                machine.kill()
            gone = machine.wait(_EXIT_S)
        if end is End.RESET:
            clock = None  # it had run on, for as long as this host took to notice
        if self._cancelled:
            end = End.CANCELLED
        return self._transcript(console, end, gone, clock, samples, time.monotonic() - started)

    def _transcript(
        self,
        console: Console,
        end: End,
        gone: Exit,
        clock: int | None,
        samples: tuple[Sample, ...],
        wall_s: float,
    ) -> Transcript:
        return Transcript(
            nonce=self._nonce,
            text=console.text(),
            end=end,
            exit_status=gone.status if end in (End.EXIT, End.LOST) else None,
            clock=clock,
            samples=samples,
            triple_fault=triple_fault(_read(self._folder / "cpu_reset.log")),
            log=_read(self._folder / "qemu.log"),
            evidence=self._witness.evidence() if self._witness else None,
            skipped=self._skipped,
            cpu_s=round(gone.cpu_s, 3),
            wall_s=round(wall_s, 3),
        )

    def _watch(self, machine: Machine) -> None:
        if self._witness:
            self._eyes = machine.watch(self._witness.breakpoints())

    def _look(self, machine: Machine) -> None:
        """The machine is at a breakpoint: let the witness look, then go on.

        When a machine stops there, QEMU lets its clock jump to the guest's next timer.
        What was skipped is no work of the guest's: the budget is set anew without it.
        """
        assert self._witness and self._eyes
        try:
            before = self._witness.look(*self._eyes)
        except GdbError as error:
            self._witness.give_up(str(error))
            raise Lost(str(error)) from error
        now = machine.clock()
        if now is not None and before is not None:
            self._skipped += max(0, now - before)
        machine.go_on(self._config.budget - max(0, (now or 0) - self._skipped))

    def _drive(self, machine: Machine, console: Console) -> End:
        child = fdspawn(machine.console, timeout=None, maxread=65536)
        child.logfile_read = console
        child.delayafterread = None
        try:
            machine.prepare()
            self._watch(machine)
        except (Lost, GdbError):
            return End.LOST
        try:
            machine.start()
            return self._loop(machine, child, console)
        except Lost:
            _expect(child, [], _EXIT_S)
            return End.RUNAWAY if console.full else End.EXIT

    def _loop(self, machine: Machine, child: fdspawn, console: Console) -> End:
        while True:
            wanted = [self._inputs[0].expect.encode()] if self._inputs else []
            machine.wait_for_news(_POLL_S)
            stop = machine.stopped()
            if stop is Stop.BREAK:
                self._look(machine)
                stop = None
            seen = _read_on(child, console, wanted, bool(stop))
            if console.full:
                return End.RUNAWAY
            if stop is Stop.SHUTDOWN:
                return End.RESET
            if seen == "match":
                machine.type(self._inputs.pop(0).send)
                machine.extend()
            elif seen == "end":
                return End.EXIT
            elif stop is Stop.BUDGET:
                return End.BUDGET
            elif machine.overdue():
                return End.GUARD


def _read_on(child: fdspawn, console: Console, wanted: list[bytes], stopped: bool) -> str:
    """Read for a moment; of a machine that has STOPPED, all that it had printed."""
    while True:
        before = console.left
        seen = _expect(child, wanted, 0)
        if seen != "time" or not stopped or console.left == before:
            return seen


def _expect(child: fdspawn, wanted: list[bytes], timeout: float) -> str:
    """Read the console until WANTED shows up: "match", "end" or "time"."""
    try:
        which = child.expect([pexpect.EOF, pexpect.TIMEOUT, *wanted], timeout=timeout)
    except OSError:
        return "end"
    return ("end", "time", "match")[which]


def _where(machine: Machine, looks: int) -> tuple[int | None, tuple[Sample, ...]]:
    """The clock of a stopped machine, and where it is: several LOOKS at one that can go on."""
    samples: list[Sample] = []
    clock = None
    try:
        clock = machine.clock()
        samples.append(machine.sample())
        while len(samples) < looks and not _halted(samples[-1]):
            machine.resume(_SAMPLE_DISTANCE)
            while (stop := machine.stopped(_EXIT_S)) is None:
                if machine.overdue():
                    return clock, tuple(samples)
            if stop is Stop.SHUTDOWN:
                break
            samples.append(machine.sample())
    except Lost:
        return clock, tuple(samples)
    return clock, tuple(samples)


def _halted(sample: Sample) -> bool:
    return sample.halted and not sample.interrupts


def _read(path: Path) -> str:
    """The last part of one of QEMU's logs, or nothing."""
    try:
        with open(path, "rb") as stream:
            stream.seek(0, 2)
            stream.seek(max(0, stream.tell() - (64 << 10)))
            return clean(stream.read())
    except OSError:
        return ""
