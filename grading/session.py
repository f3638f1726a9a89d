# SPDX-License-Identifier: MIT
"""Boots one virtual machine, talks to its console, and brings back a Transcript.

Waits for text, for the end of the process and for the budget's end, never for time:
the short poll below only sets how soon the last of them is noticed.
"""

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from grading.aim import Aim
from grading.errors import InfraError
from grading.gdbstub import GdbError, GdbStub
from grading.guestmem import GuestMemory
from grading.lab import Input
from grading.protocol import Fault, parse
from grading.qemu import CONSOLE_CAP, Config, Exit, Machine, Stop, triple_fault
from grading.qemu_sockets import Lost
from grading.sample import Sample
from grading.text import Cleaner, clean
from grading.transcript import End, Transcript
from grading.watchdog import TICK, count_ticks
from grading.watcher import Watcher

try:
    import pexpect
    from pexpect.fdpexpect import fdspawn
except ImportError as error:
    raise InfraError("pexpect is missing: install the Debian package python3-pexpect") from error

_POLL_S = 0.1
_EXIT_S = 30.0
_SHOWN = (End.AIM, End.BUDGET, End.RESET, End.RUNAWAY, End.STOPS)
# Stops of one boot; the tests of demand-paging make up to 130.  Each costs 2 ms here.
MAX_STOPS = 2000


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


class Debugger(Protocol):
    """Whoever wants to see a machine at its aim."""

    aim: Aim

    def show(self, machine: Machine) -> None:
        """The machine has stopped, there or where it died; it ends when this returns."""


class Session:
    """One boot; ``cancel`` may be called from another thread."""

    def __init__(
        self,
        config: Config,
        folder: Path,
        nonce: str,
        inputs: Sequence[Input] = (),
        witness: Watcher | None = None,
        debugger: Debugger | None = None,
    ) -> None:
        self._config = config
        self._folder = folder
        self._nonce = nonce
        self._inputs = list(inputs)
        self._witness = witness
        self._debugger = debugger
        self._eyes: tuple[GdbStub, GuestMemory] | None = None
        self._skipped = 0
        self._stops = 0
        self._first_wrong: int | None = None
        self._ends_at = count_ticks(config.budget) * TICK  # of the guest's own work
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
        with Machine(self._config, self._folder) as machine:
            self._machine = machine
            if self._cancelled:  # just before the machine was there to be killed
                machine.kill()
            end = self._drive(machine, console)
            if self._debugger and end in _SHOWN:
                with suppress(Lost):  # if it has ended there is nothing to be seen
                    machine.pause()
                    self._debugger.show(machine)
                machine.kill()
            elif end in (End.BUDGET, End.RESET):
                samples = _where(machine)
                machine.quit()
            elif end is not End.EXIT:
                machine.kill()
            gone = machine.wait(_EXIT_S)
        # Only a budget's end says when it was: QEMU lets the clock of any machine that stops jump.
        clock = self._ends_at if end is End.BUDGET else None
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
            stops=self._stops,
            first_wrong=self._first_wrong,
            cpu_s=round(gone.cpu_s, 3),
            wall_s=round(wall_s, 3),
        )

    def _watch(self, machine: Machine) -> None:
        if self._witness or self._debugger:
            self._eyes = machine.watch(self._witness.breakpoints() if self._witness else ())
            self._arm()

    def _arm(self) -> None:
        """Have the machine stop at the debugger's aim, if it is time to look for it."""
        aim = self._debugger.aim if self._debugger else None
        if aim and aim.address is not None and aim.after == self._stops and self._eyes:
            self._eyes[0].set_breakpoint(aim.address)

    def _break(self, machine: Machine, console: Console, drain: Callable[[], None]) -> End | None:
        """The machine is at a breakpoint; how the boot ended, if it did."""
        assert self._eyes
        try:
            if self._debugger and (address := self._debugger.aim.address) is not None:
                if self._eyes[0].registers()["rip"] == address:
                    drain()
                    return self._at_aim(machine, console, self._debugger.aim)
            return self._look(machine, drain)
        except GdbError as error:
            if self._witness:
                self._witness.give_up(str(error))
            raise Lost(str(error)) from error

    def _at_aim(self, machine: Machine, console: Console, aim: Aim) -> End | None:
        """At the address that was aimed for: is it the right time?"""
        assert self._eyes and aim.address is not None
        faults = sum(isinstance(e, Fault) for e in parse(console.text(), self._nonce))
        if faults >= aim.faults:
            return End.AIM
        self._eyes[0].step_over(aim.address)
        machine.go_on(machine.clock() or 0, self._config.budget)
        return None

    def _look(self, machine: Machine, drain: Callable[[], None]) -> End | None:
        """Let the witness look, then go on.

        When a machine stops there, QEMU lets its clock jump to the guest's next timer.
        What was skipped is no work of the guest's: the budget is set anew without it.
        """
        assert self._witness and self._eyes
        self._stops += 1
        before = self._witness.look(*self._eyes)
        if self._first_wrong is None and self._witness.evidence().doubtful:
            self._first_wrong = self._stops
        if self._debugger and self._debugger.aim.stop == self._stops:
            return End.AIM
        if self._stops >= MAX_STOPS:
            drain()
            return End.STOPS
        self._arm()
        now = machine.clock() or 0
        if before is not None:
            self._skipped += max(0, now - before)
        used = max(0, now - self._skipped)
        self._ends_at = used + machine.go_on(now, self._config.budget - used)
        return None

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
        def drain() -> None:
            _read_on(child, console, [], True)

        while True:
            wanted = [self._inputs[0].expect.encode()] if self._inputs else []
            machine.wait_for_news(_POLL_S)
            stop = machine.stopped()
            if stop is Stop.BREAK:
                if end := self._break(machine, console, drain):
                    return end
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


def _where(machine: Machine) -> tuple[Sample, ...]:
    """Where a machine that has stopped is, if it can still be asked."""
    try:
        return machine.samples()
    except Lost:
        return ()


def _read(path: Path) -> str:
    """The last part of one of QEMU's logs, or nothing."""
    try:
        with open(path, "rb") as stream:
            stream.seek(0, 2)
            stream.seek(max(0, stream.tell() - (64 << 10)))
            return clean(stream.read())
    except OSError:
        return ""
