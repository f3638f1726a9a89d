# SPDX-License-Identifier: MIT
"""Boots the kernel to run programs, and takes what they print apart from what it prints.

Three debug consoles lead out of the machine beside the serial console: standard output,
standard error, and lines of user/jobs.c on how each program ended.
"""

import os
import re
import selectors
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from grading.programs import RunError

# QEMU's exit status when the guest wrote to its debug-exit port (kernel/mm/layout.h).
POWERED_OFF = 33
STOPS = {
    35: "the kernel panicked",
    37: "the machine has too little memory to boot: give it more, as in MEMORY=256M",
    39: "the first process could not be started, or has ended",
    0: "the machine was switched off",
    1: "QEMU did not start",
}

HOME = "/faultline"  # our own programs, in a machine that is full of others
LIST = f"{HOME}/jobs.list"

_PORT = 0xE9  # of the first debug console (kernel/x86/debugcon.h)
_OUT, _ERR, _END, _CONSOLE = range(4)
_CPU = "max,-avx"  # the kernel saves no AVX state; some programs only ask whether the CPU has it
_FIRMWARE = Path("/usr/share/qemu/qboot.rom")  # boots faster than the usual one
_ENDED = re.compile(r"(\d+) (code|signal|exec) (\d+)")


@dataclass(frozen=True)
class Job:
    """A program to be run."""

    argv: tuple[str, ...]
    env: dict[str, str] = field(default_factory=dict)
    path: str = ""  # argv[0]
    cwd: str = "/"
    stdin: str = ""  # a file; empty: /dev/null

    def strings(self) -> list[str]:
        """As user/jobs.c wants it."""
        text = [f"C{self.cwd}", f"P{self.path or self.argv[0]}"]
        text += [f"I{self.stdin}"] if self.stdin else []
        text += [f"A{word}" for word in self.argv]
        text += [f"E{name}={value}" for name, value in self.env.items()]
        return [*text, "R"]


@dataclass(frozen=True)
class Ended:
    """How a program ended: by "code", by "signal", or "exec": it could not be run (errno)."""

    how: str
    number: int

    @property
    def status(self) -> int:
        """As a shell would say it."""
        if self.how == "exec":
            return 127 if self.number == 2 else 126
        return self.number + (128 if self.how == "signal" else 0)


@dataclass(frozen=True)
class Run:
    """How a machine has run; STATUS is QEMU's, None when it had to be ended by force."""

    status: int | None
    ended: tuple[Ended, ...]
    cpu_s: float

    @property
    def trouble(self) -> str:
        """What went wrong with the machine; nothing when it was switched off as it should be."""
        if self.status == POWERED_OFF:
            return ""
        if self.status is None:
            return "the machine did not come to its end in time"
        return STOPS.get(self.status, f"QEMU's exit status is {self.status}")


@dataclass(frozen=True)
class Machine:
    """A kernel and the hardware to boot it on."""

    kernel: Path
    memory: str = "128M"
    qemu: str = "qemu-system-x86_64"
    extra: tuple[str, ...] = ()

    def command(self, initrd: Path, append: str) -> list[str]:
        """QEMU's arguments, but for its consoles."""
        firmware = ("-bios", str(_FIRMWARE)) if _FIRMWARE.exists() else ()
        return [
            self.qemu,
            *("-M", "q35", "-accel", "tcg", "-cpu", _CPU, "-m", self.memory, *firmware),
            *("-nodefaults", "-no-user-config", "-no-reboot", "-display", "none"),
            *("-device", "isa-debug-exit,iobase=0xf4,iosize=4", *self.extra),
            *("-kernel", str(self.kernel), "-initrd", str(initrd), "-append", append),
        ]

    def run(
        self, initrd: Path, sinks: Sequence[Callable[[bytes], None]], limit_s: float | None = None
    ) -> Run:
        """Boot INITRD, which was given ``job_list``, and run all its jobs.

        SINKS take what comes on standard output, standard error and the console, in pieces.
        """
        lines = bytearray()
        pairs = [socket.socketpair() for _ in range(4)]
        takers = [sinks[_OUT], sinks[_ERR], lines.extend, sinks[2]]
        theirs = [pair[1] for pair in pairs]
        before = _children_cpu()
        try:
            process = _start(
                [*self.command(initrd, _append()), *_consoles([s.fileno() for s in theirs])],
                [s.fileno() for s in theirs],
            )
            for end in theirs:
                end.close()
            try:
                in_time = _pump([pair[0] for pair in pairs], takers, limit_s)
                if not in_time:
                    process.kill()
            except BaseException:  # the one who reads our output has gone, or ^C
                process.kill()
                raise
            finally:
                status = process.wait()
        finally:
            for pair in pairs:
                pair[0].close()
        return Run(status if in_time else None, _parse(bytes(lines)), _children_cpu() - before)

    def capture(self, initrd: Path, append: str, limit_s: float = 60) -> tuple[Run, str]:
        """Boot with nothing to be run; => how that went, and what the console showed."""
        before = _children_cpu()
        try:
            done = subprocess.run(
                [*self.command(initrd, append), "-serial", "stdio"],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=limit_s,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return Run(None, (), _children_cpu() - before), ""
        text = done.stdout.decode("utf-8", "replace").replace("\r", "")
        return Run(done.returncode, (), _children_cpu() - before), text

    def boot_here(self, initrd: Path, append: str) -> Run:
        """Boot on this terminal, with nothing to be run."""
        before = _children_cpu()
        status = _start([*self.command(initrd, append), "-serial", "mon:stdio"], ()).wait()
        return Run(status, (), _children_cpu() - before)

    def run_here(self, initrd: Path) -> Run:
        """``run`` on this terminal."""
        before = _children_cpu()
        with tempfile.TemporaryDirectory() as folder:
            lines = Path(folder) / "ended"
            command = [*self.command(initrd, _append()), "-serial", "mon:stdio"]
            command += ["-chardev", f"file,id=ended,path={lines}"]
            command += ["-device", f"isa-debugcon,iobase={_PORT + _END:#x},chardev=ended"]
            status = _start(command, ()).wait()
            text = lines.read_bytes() if lines.exists() else b""
        return Run(status, _parse(text), _children_cpu() - before)


def job_list(jobs: Sequence[Job], mark: str = "", terminal: bool = False) -> bytes:
    """The contents of LIST in the machine.

    MARK: what follows a program's output, with its number and a newline.
    """
    strings = (["T"] if terminal else []) + ([f"M{mark}"] if mark else [])
    for job in jobs:
        strings += job.strings()
    return b"".join(os.fsencode(text) + b"\0" for text in strings)


def split(output: bytes, mark: str, count: int) -> list[bytes]:
    """What each of COUNT programs has printed."""
    pieces = []
    for number in range(count):
        piece, _, output = output.partition(f"{mark}{number}\n".encode())
        pieces.append(piece)
    return pieces


def _append() -> str:
    return f"init={HOME}/init -- {HOME}/jobs {LIST}"


def _start(command: list[str], fds: Sequence[int]) -> subprocess.Popen:
    quiet = subprocess.DEVNULL if fds else None
    try:
        return subprocess.Popen(command, stdin=quiet, stdout=quiet, pass_fds=fds)
    except FileNotFoundError as error:
        raise RunError(f"{command[0]} not found: install the package qemu-system-x86") from error


def _consoles(fds: Sequence[int]) -> list[str]:
    arguments = []
    for number, fd in enumerate(fds):
        arguments += ["-chardev", f"socket,id=c{number},fd={fd}"]
        if number != _CONSOLE:
            arguments += ["-device", f"isa-debugcon,iobase={_PORT + number:#x},chardev=c{number}"]
    return [*arguments, "-serial", f"chardev:c{_CONSOLE}"]


def _pump(
    sockets: Sequence[socket.socket],
    takers: Sequence[Callable[[bytes], None]],
    limit_s: float | None,
) -> bool:
    """Hand on what comes until all have closed.  => False when that took too long"""
    deadline = None if limit_s is None else time.monotonic() + limit_s
    with selectors.DefaultSelector() as selector:
        for end, taker in zip(sockets, takers):
            selector.register(end, selectors.EVENT_READ, taker)
        while selector.get_map():
            left = None if deadline is None else deadline - time.monotonic()
            ready = selector.select(left)
            if not ready and left is not None and left <= 0:
                return False
            for key, _ in ready:
                data = _receive(key.fileobj)
                if data:
                    key.data(data)
                else:
                    selector.unregister(key.fileobj)
    return True


def _receive(end: socket.socket) -> bytes:
    """What has come; nothing when the other end is closed."""
    try:
        return end.recv(65536)
    except ConnectionResetError:
        return b""


def _parse(lines: bytes) -> tuple[Ended, ...]:
    found = [_ENDED.fullmatch(line) for line in lines.decode("ascii", "replace").splitlines()]
    return tuple(Ended(match[2], int(match[3])) for match in found if match)


def _children_cpu() -> float:
    times = os.times()
    return times.children_user + times.children_system
