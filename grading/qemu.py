# SPDX-License-Identifier: MIT
"""The only module that knows QEMU.

One vCPU with ``-icount shift=0``: the guest's clock advances by a nanosecond with
every instruction, whatever the host does.  The budget of a test is a deadline on
that clock, kept by QEMU's own i6300esb watchdog, which is programmed over QEMU's
qtest socket before the guest's first instruction and locked.  It needs nothing from
the guest and has no wall clock in it.  A CPU that is halted for ever is found as fast
as QEMU can jump to the deadline.  When it fires the machine is paused, not ended, and
can be asked where it is; so it is after a triple fault.

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
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from pathlib import Path

from grading.errors import InfraError
from grading.gdbstub import GdbStub
from grading.guestmem import GuestMemory
from grading.qemu_sockets import Lost, Qmp, Qtest
from grading.sandbox import Sandbox, exit_status, machine_limits

QEMU = "qemu-system-x86_64"
CONSOLE_CAP = 1 << 20  # bytes that a guest may print
CPU_GUARD_S = 300
WALL_GUARD_S = 900.0
_END_MS = 10_000

# The watchdog's place on the PCI bus, its registers, and its unit: 2^15 periods of
# 30 ns.  Registers are unlocked, one write at a time, by two magic writes.
_WDT_SLOT, _WDT_BAR = 0x1E, 0xFE700000
_WDT_TICK_NS = 30 << 15
_HPET = 0xFED00000
_HPET_NS = 10


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


@dataclass(frozen=True)
class Sample:
    """What the CPU was doing at one moment."""

    rip: int
    user: bool
    halted: bool
    interrupts: bool
    cr2: int
    code: bytes = b""


class Stop(Enum):
    """Why a machine that is still there does not run."""

    BUDGET = "the watchdog fired"
    BREAK = "it came to a breakpoint"
    SHUTDOWN = "it was reset, by a triple fault or by software, or switched off by ACPI"


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
        *("-device", f"i6300esb,addr={_WDT_SLOT:#x}", "-action", "watchdog=pause,shutdown=pause"),
        *("-chardev", "stdio,id=console,signal=off", "-serial", "chardev:console"),
        *("-chardev", f"socket,id=qmp,fd={qmp}", "-mon", "chardev=qmp,mode=control"),
        *("-chardev", f"socket,id=qtest,fd={qtest}"),
        *("-object", "qtest,id=qtest0,chardev=qtest,log=none"),
        *("-d", "cpu_reset", "-D", str(folder / "cpu_reset.log")),
        *("-kernel", str(config.kernel), *initrd, "-append", config.append),
    ]


def _pci(register: int, size: str, value: int) -> list[str]:
    address = 1 << 31 | _WDT_SLOT << 11 | register & ~3
    return [f"outl 0xcf8 {address:#x}", f"out{size} {0xCFC + (register & 3):#x} {value:#x}"]


def _unlocked(command: str) -> list[str]:
    return [*(f"writew {_WDT_BAR + 0xC:#x} {magic:#x}" for magic in (0x80, 0x86)), command]


def _preload(register: int, ticks: int) -> list[str]:
    return _unlocked(f"writel {_WDT_BAR + register:#x} {ticks:#x}")


def watchdog_program(instructions: int) -> list[str]:
    """The qtest commands that make the machine pause after that many INSTRUCTIONS."""
    ticks = max(1, min(0xFFFFF, instructions // _WDT_TICK_NS))
    return [
        *_pci(0x10, "l", _WDT_BAR),  # where its registers are
        *_pci(0x04, "w", 2),  # and that they answer there
        *_pci(0x60, "w", 3),  # unit as above, no interrupt
        *_preload(0, ticks),  # first stage: the time
        *_preload(4, 0),  # second stage: nothing more
        *_pci(0x68, "b", 3),  # go, and refuse to be disabled
        *_unlocked(f"writew {_WDT_BAR + 0xC:#x} 0x100"),  # from the beginning, if it runs
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
        self._stop = Stop.BUDGET
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
        self._qmp = Qmp(self._qmp_socket)
        self._qtest = Qtest(self._qtest_socket)
        self._qtest.do(f"writel {_HPET + 0x10:#x} 1", *watchdog_program(self._config.budget))

    def watch(self, breakpoints: Sequence[int]) -> tuple[GdbStub, GuestMemory]:
        """Set BREAKPOINTS; the ways to look at a watched machine.  Call before ``start``."""
        gdb = GdbStub(self._gdb_socket)
        for address in breakpoints:
            gdb.set_breakpoint(address)
        return gdb, GuestMemory(self._memory)

    def go_on(self, instructions: int) -> None:
        """Leave a breakpoint, with that many INSTRUCTIONS to go."""
        while self._qmp.take_event(0) is not None:
            pass
        self.resume(instructions)

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
            if event == "SHUTDOWN":
                self._stop = Stop.SHUTDOWN
            elif event == "STOP":
                return Stop.BREAK if self._at_breakpoint() else self._stop
        return None

    def _at_breakpoint(self) -> bool:
        return self._config.watched and self._qmp.execute("query-status")["status"] == "debug"

    def wait_for_news(self, timeout: float) -> None:
        """Wait until the console or QMP has something to read, at most TIMEOUT seconds."""
        if not self._qmp.has_events:
            select.select([self.console, self._qmp_socket], [], [], timeout)

    def resume(self, instructions: int) -> None:
        """Run a paused machine for that many INSTRUCTIONS more."""
        self._qtest.do(*watchdog_program(instructions))
        self._qmp.execute("cont")

    def extend(self) -> None:
        """Give the whole budget again, whether the machine runs or is paused."""
        self._qmp.execute("stop")
        self.go_on(self._config.budget)

    def clock(self) -> int | None:
        """The guest's clock in instructions, when the guest left its HPET alone."""
        reply = self._qtest.do(f"readq {_HPET + 0xF0:#x}")[0]
        ticks = int(reply, 16) if reply else 0
        return ticks * _HPET_NS if 0 < ticks < 1 << 60 else None

    def sample(self) -> Sample:
        """What the paused CPU is doing."""
        registers = self._qmp.human("info registers")
        sample = parse_registers(registers)
        dump = self._qmp.human(f"x /16xb {sample.rip:#x}")
        code = bytes(int(b, 16) for b in re.findall(r"\b0x([0-9a-f]{2})\b", dump))
        return Sample(sample.rip, sample.user, sample.halted, sample.interrupts, sample.cr2, code)

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


def _sandboxed(config: Config, folder: Path, command: list[str]) -> list[str]:
    """COMMAND as it is started: in the sandbox, when there is one, it can write FOLDER only."""
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


def parse_registers(text: str) -> Sample:
    """Read ``info registers`` of a 32- or 64-bit CPU."""

    def number(pattern: str) -> int:
        match = re.search(pattern, text)
        return int(match[1], 16) if match else 0

    flags = number(r"\b[RE]FL=([0-9a-f]+)")
    return Sample(
        rip=number(r"\b[RE]IP=([0-9a-f]+)"),
        user=number(r"\bCPL=(\d)") == 3,
        halted=number(r"\bHLT=(\d)") == 1,
        interrupts=bool(flags & 0x200),
        cr2=number(r"\bCR2=([0-9a-f]+)"),
    )


def triple_fault(log: str) -> bool:
    """Does a ``-d cpu_reset`` log tell of a triple fault?"""
    return "Triple fault" in log
