# SPDX-License-Identifier: MIT
"""The only module that knows QEMU.

One vCPU with ``-icount shift=0``: the guest's clock advances by a nanosecond with
every instruction, whatever the host does.  The budget of a test is a deadline on
that clock, kept by QEMU's own i6300esb watchdog, which is programmed over QEMU's
qtest socket before the guest's first instruction and locked.  It needs nothing from
the guest and has no wall clock in it.  A CPU that is halted for ever is found as fast
as QEMU can jump to the deadline.  When it fires the CPU stops at that instruction, for
good, and can be asked where it is; so it can after a triple fault.

The guest's serial port is QEMU's standard input and output, two pipes.  The output
pipe holds as much as a console may print, so a reader that is late never makes the
guest wait.  Two socket pairs lead to QMP and qtest; the guest reaches neither.
"""

import fcntl
import os
import re
import resource
import select
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from functools import lru_cache
from pathlib import Path

from grading.errors import InfraError
from grading.gdbstub import GdbStub
from grading.guestmem import GuestMemory
from grading.qemu_sockets import REPLY_S, Lost, Qmp, Qtest
from grading.sample import Sample, parse_registers
from grading.sandbox import Sandbox, exit_status, machine_limits
from grading.watchdog import SLOT, TICK, count_ticks, watchdog_program

QEMU = "qemu-system-x86_64"
CONSOLE_CAP = 1 << 20  # bytes that a guest may print
CPU_GUARD_S = 300
WALL_GUARD_S = 900.0
_END_MS = 10_000

_HPET = 0xFED00000
_HPET_NS = 10
_MAX_FRAMES = 24
_TSS_RSP0 = 4
_ENTRY = 7 * 8  # vector, error code, rip, cs, rflags, rsp, ss: the end of a trapframe
_KSTACK = 64 << 10  # no kernel stack is larger


@dataclass(frozen=True)
class Config:
    """One boot."""

    kernel: Path
    initrd: Path | None
    append: str
    memory_mib: int
    budget: int
    interactive: bool = False
    sandbox: Sandbox | None = None
    watched: bool = False  # with the guest's memory in a file, and a gdb stub
    debugged: bool = False  # it can go on after its budget, which ends it a little late


class Stop(Enum):
    """Why a machine that is still there does not run."""

    BUDGET = "its budget is used up"
    BREAK = "it came to a breakpoint"
    SHUTDOWN = "it was reset, by a triple fault or by software, or switched off by ACPI"


# By QEMU's name of the state that it is in; other stops are resets.
_STOPS = {"debug": Stop.BREAK, "watchdog": Stop.BUDGET}


@dataclass(frozen=True)
class Exit:
    """How QEMU ended; STATUS is negative for a signal."""

    status: int
    cpu_s: float


@lru_cache(maxsize=1)
def qemu_version() -> str:
    """QEMU's version, or an InfraError that names the package to install."""
    if shutil.which(QEMU) is None:
        raise InfraError(f"{QEMU} not found: install the Debian package qemu-system-x86")
    run = subprocess.run(
        [QEMU, "--version"], stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    match = re.search(r"version (\S+)", run.stdout)
    if run.returncode != 0 or match is None:
        raise InfraError(f"{QEMU} --version failed: {run.stderr.strip()}")
    return match[1]


@lru_cache(maxsize=1)
def _has_qboot() -> bool:
    """Is there the small firmware that boots 5.8 million instructions faster?"""
    run = subprocess.run(
        [QEMU, "-L", "help"], stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    return any((Path(line) / "qboot.rom").is_file() for line in run.stdout.splitlines())


def command_line(
    config: Config, folder: Path, qmp: int, qtest: int, watch: tuple[int, int] | None = None
) -> list[str]:
    """QEMU's arguments for one boot; QMP and QTEST are file descriptors.

    WATCH, of a watched machine, are those of its memory and of the gdb stub.
    """
    sleep = "on" if config.interactive else "off"
    action = "pause" if config.debugged else "reset"
    initrd = ["-initrd", str(config.initrd)] if config.initrd else []
    return [
        QEMU,
        *("-M", "q35" + (",memory-backend=ram" if watch else ""), "-accel", "tcg"),
        *("-cpu", "max", "-smp", "1", "-m", f"{config.memory_mib}M"),
        *(_watch_options(config.memory_mib, *watch) if watch else ()),
        *(("-bios", "qboot.rom") if _has_qboot() else ()),
        *("-nodefaults", "-no-user-config", "-no-reboot", "-display", "none", "-S"),
        *("-icount", f"shift=0,sleep={sleep}", "-rtc", "base=2024-01-01,clock=vm"),
        *("-device", "isa-debug-exit,iobase=0xf4,iosize=4"),
        *("-device", f"i6300esb,addr={SLOT:#x}"),
        *("-action", f"watchdog={action},shutdown=pause"),
        *("-chardev", "stdio,id=console,signal=off", "-serial", "chardev:console"),
        *("-chardev", f"socket,id=qmp,fd={qmp}", "-mon", "chardev=qmp,mode=control"),
        *("-chardev", f"socket,id=qtest,fd={qtest}"),
        *("-object", "qtest,id=qtest0,chardev=qtest,log=none"),
        *("-d", "cpu_reset", "-D", str(folder / "cpu_reset.log")),
        *("-kernel", str(config.kernel), *initrd, "-append", config.append),
    ]


def _watch_options(memory_mib: int, memory: int, gdb: int) -> list[str]:
    path = f"/proc/self/fd/{memory}"
    return [
        "-object",
        f"memory-backend-file,id=ram,size={memory_mib}M,mem-path={path},share=on",
        *("-chardev", f"socket,id=gdb,fd={gdb}", "-gdb", "chardev:gdb"),
    ]


class Machine:
    """One QEMU process.  Whoever starts it must ``close`` it, or use ``with``."""

    def __init__(self, config: Config, folder: Path) -> None:
        qemu_version()
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self._config = config
        self._gone: Exit | None = None
        self._ends_at = count_ticks(config.budget) * TICK  # on the guest's clock
        self._lock = threading.Lock()  # between the end of the process and kill()
        self._qmp_socket, qmp = socket.socketpair()
        self._qtest_socket, qtest = socket.socketpair()
        self._gdb_socket, gdb = socket.socketpair()
        self._memory = os.memfd_create("guest-memory")
        os.ftruncate(self._memory, config.memory_mib << 20)
        watch = (self._memory, gdb.fileno()) if config.watched else None
        typed, self._typing = os.pipe()
        self.console, printed = os.pipe()
        _enlarge(printed)
        with open(folder / "qemu.log", "wb") as log:
            self._process = subprocess.Popen(
                _sandboxed(
                    config,
                    folder,
                    command_line(config, folder, qmp.fileno(), qtest.fileno(), watch),
                ),
                stdin=typed,
                stdout=printed,
                stderr=log,
                pass_fds=(qmp.fileno(), qtest.fileno(), *(watch or ())),
                start_new_session=True,
            )
        self._pidfd = os.pidfd_open(self._process.pid)
        qmp.close()
        qtest.close()
        gdb.close()
        os.close(typed)
        os.close(printed)
        self._deadline = time.monotonic() + WALL_GUARD_S
        resource.prlimit(self._process.pid, resource.RLIMIT_CPU, (CPU_GUARD_S, CPU_GUARD_S + 5))

    def __enter__(self) -> "Machine":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def prepare(self) -> None:
        """Set the budget; Lost when QEMU did not start."""
        ready = select.select([self.console], [], [], REPLY_S)[0]
        if not ready or not os.read(self.console, 1):
            raise Lost("QEMU was not started")
        self.type("\n")
        self._qmp = Qmp(self._qmp_socket)
        self._qtest = Qtest(self._qtest_socket)
        self._qtest.do(f"writel {_HPET + 0x10:#x} 1", *watchdog_program(self._config.budget))

    def watch(self, breakpoints: Sequence[int]) -> tuple[GdbStub, GuestMemory]:
        """Set BREAKPOINTS; the ways to look at a watched machine.  Call before ``start``."""
        self._gdb = GdbStub(self._gdb_socket)
        for address in breakpoints:
            self._gdb.set_breakpoint(address)
        return self._gdb, GuestMemory(self._memory)

    def go_on(self, now: int, instructions: int) -> int:
        """Leave a breakpoint at the clock NOW; the budget ends after that many INSTRUCTIONS.

        How many they are: whole ticks.
        """
        while self._qmp.take_event(0) is not None:
            pass
        self._qtest.do(*watchdog_program(instructions))
        self._qmp.execute("cont")
        left = count_ticks(instructions) * TICK
        self._ends_at = now + left
        return left

    def start(self) -> None:
        """Let the guest run; it may have ended, and QEMU with it, before this returns: Lost."""
        self._qmp.execute("cont")

    def type(self, text: str) -> None:
        """Type TEXT on the guest's console."""
        os.write(self._typing, text.encode())

    def overdue(self) -> bool:
        """Has the wall guard expired?  Never a verdict, only a reason to give up."""
        return time.monotonic() > self._deadline

    def stopped(self, timeout: float = 0.0) -> Stop | None:
        """Why the machine has stopped, None when it runs."""
        while (event := self._qmp.take_event(timeout)) is not None:
            if event == "STOP":
                return self._why_stopped()
        return None

    def _why_stopped(self) -> Stop:
        """To QEMU, the watchdog's reset is like any other: what tells them apart is the time."""
        status = self._qmp.execute("query-status")["status"]
        if status in _STOPS:
            return _STOPS[status]
        now = self.clock()
        return Stop.BUDGET if now is not None and now >= self._ends_at else Stop.SHUTDOWN

    def wait_for_news(self, timeout: float) -> None:
        """Wait until the console or QMP has something to read, at most TIMEOUT seconds."""
        if not self._qmp.has_events:
            select.select([self.console, self._qmp_socket], [], [], timeout)

    def extend(self) -> None:
        """Give the whole budget again, whether the machine runs or is paused."""
        self._qmp.execute("stop")
        self.go_on(self.clock() or 0, self._config.budget)

    def clock(self) -> int | None:
        """The guest's clock in instructions, when the guest left its HPET alone."""
        reply = self._qtest.do(f"readq {_HPET + 0xF0:#x}")[0]
        ticks = int(reply, 16) if reply else 0
        return ticks * _HPET_NS if 0 < ticks < 1 << 60 else None

    def samples(self) -> tuple[Sample, ...]:
        """What the stopped CPU was doing; then, how it last came from a program into the kernel."""
        text = self._qmp.human("info registers")
        now = parse_registers(text)
        base, stack, tss = (
            int(match[1], 16) if (match := re.search(pattern, text)) else 0
            for pattern in (r"\bRBP=([0-9a-f]+)", r"\bRSP=([0-9a-f]+)", r"\bTR =\w+ ([0-9a-f]+)")
        )
        frames = tuple(self._frames(now.rip, base)) if base else ()
        now = replace(now, code=self._code(now.rip), frames=frames)
        top = (self._words(tss + _TSS_RSP0, "1xg") or [0])[0] if tss else 0
        # At the top of a kernel stack is a struct trapframe (kernel/trap.h).
        entry = self._words(top - _ENTRY, "4xg") if now.user or 0 <= top - stack < _KSTACK else []
        if len(entry) != 4 or entry[3] & 3 != 3:
            return (now,)
        vector, _, rip, _ = entry
        program = Sample(rip, True, False, True, now.cr2, self._code(rip), vector=vector)
        return now, program

    def _frames(self, rip: int, frame: int) -> Iterator[int]:
        """Return addresses, by following the frame pointers while they stay on one side."""
        for _ in range(_MAX_FRAMES):
            words = self._words(frame, "2xg")
            if len(words) != 2 or words[1] == 0 or words[1] >> 63 != rip >> 63:
                return
            yield words[1]
            if words[0] <= frame:
                return
            frame = words[0]

    def _code(self, address: int) -> bytes:
        return bytes(self._words(address, "16xb"))

    def _words(self, address: int, form: str) -> list[int]:
        """What is at ADDRESS for the code that runs; nothing where it may not read."""
        dump = self._qmp.human(f"x /{form} {address:#x}")
        return [int(word, 16) for word in re.findall(r"\b0x([0-9a-f]+)\b", dump)]

    def pause(self) -> None:
        """Stop it, if it runs."""
        self._qmp.execute("stop")

    def debug_socket(self) -> socket.socket:
        """The way to the gdb stub of a watched machine, which has stopped, for another client."""
        self._gdb.let_go()
        return self._gdb_socket

    def quit(self) -> None:
        """Ask QEMU, which answers, to end: so its CPU time is known even in a sandbox."""
        try:
            self._qmp.execute("quit")
        except Lost:
            self.kill()

    def kill(self) -> None:
        """End QEMU now; safe from another thread."""
        with self._lock:
            if self._gone is None:
                signal.pidfd_send_signal(self._pidfd, signal.SIGKILL)

    def wait(self, timeout: float) -> Exit:
        """Wait for QEMU's end, by force after TIMEOUT seconds."""
        if self._gone is not None:
            return self._gone
        if not select.select([self._pidfd], [], [], timeout)[0]:
            self.kill()
            select.select([self._pidfd], [], [])
        with self._lock:
            _, status, usage = os.wait4(self._process.pid, 0)
            self._process.returncode = os.waitstatus_to_exitcode(status)
            os.close(self._pidfd)
            ended = self._process.returncode
            if self._config.sandbox is not None:
                ended = exit_status(ended)
                _wait_hangup(self.console)
            self._gone = Exit(ended, usage.ru_utime + usage.ru_stime)
        return self._gone

    def close(self) -> None:
        """End QEMU if it is still there and give back the sockets."""
        if self._gone is None:
            self.kill()
            self.wait(0)
        self._qmp_socket.close()
        self._qtest_socket.close()
        self._gdb_socket.close()
        for fd in (self.console, self._typing, self._memory):
            os.close(fd)


# Whatever watches over the machine for the grader is in place when this says so.  Only then
# is QEMU started, by an answer: a grader that was killed before gives none, only an end.
_HANDSHAKE = ("sh", "-c", 'echo && read -r answer && exec "$@"', "machine")


def _sandboxed(config: Config, folder: Path, command: list[str]) -> list[str]:
    """COMMAND as it is started: in the sandbox, when there is one, it can write FOLDER only."""
    command = [*_HANDSHAKE, *command]
    if config.sandbox is None:
        # When the thread that started it is gone, nobody would ever end the machine.
        return ["setpriv", "--pdeathsig", "KILL", "--", *command]
    config.sandbox.give(folder)
    seen = [config.kernel, *([config.initrd] if config.initrd else [])]
    limits = machine_limits(config.memory_mib, CPU_GUARD_S)
    return config.sandbox.wrap(command, folder, limits, read=seen)


def _wait_hangup(pipe: int) -> None:
    """Wait until nobody can write PIPE: what was in a sandbox ends a little after its keeper."""
    poll = select.poll()
    poll.register(pipe, 0)
    poll.poll(_END_MS)


def _enlarge(pipe: int) -> None:
    """Let PIPE hold a whole console; where that is not allowed, as much as it does."""
    try:
        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, CONSOLE_CAP)
    except OSError:
        return


def triple_fault(log: str) -> bool:
    """Does a ``-d cpu_reset`` log tell of a triple fault?"""
    return "Triple fault" in log
