# SPDX-License-Identifier: MIT
"""Mistakes that the kernel must not survive, made for it by a debugger.

A kernel that is right never makes them; so its registers are changed while it runs a
system call.  Each ends in a panic that says what it was.
"""

import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from test_boot import INITRD, KERNEL, ROOT

sys.path.insert(0, str(ROOT))

from grading.gdbstub import GdbStub  # noqa: E402  (needs the path above)
from machine import LIMIT_S, PANIC, command  # noqa: E402

# kernel/mm/layout.h
DIRECT_BASE = 0xFFFF800000000000
KSTACK_BASE = 0xFFFFC00000000000
KSTACK_SLOT = 5 * 4096
USER_TEXT = 0x400000

RDX, RDI, RSP, RIP = 3, 5, 7, 16  # numbers of registers in the protocol

# bits of rflags: Intel SDM volume 1, 3.4.3
TRAP, INTERRUPT, IOPL, NESTED, ALIGNMENT = 0x100, 0x200, 0x3000, 0x4000, 0x40000


class Debugger(GdbStub):
    """A gdb stub's client that may also continue and change registers."""

    def run_to(self, address: int) -> None:
        """Continue until the instruction at ADDRESS."""
        self.set_breakpoint(address)
        self._send(b"$c#63")
        while not self._read_packet().startswith((b"T", b"S")):
            continue
        self.command(f"z0,{address:x},1")

    def change(self, number: int, value: int) -> None:
        """Set register NUMBER."""
        self._expect_ok(f"P{number:x}={value.to_bytes(8, 'little').hex()}")

    def read(self, address: int, size: int) -> bytes:
        """SIZE bytes at ADDRESS."""
        return b"".join(
            bytes.fromhex(self.command(f"m{address + at:x},{min(size - at, 512):x}"))
            for at in range(0, size, 512)
        )

    def leave(self) -> None:
        """Continue, for good."""
        self._send(b"$c#63")


def symbol(name: str) -> int:
    """The address of function NAME in the kernel."""
    table = subprocess.run(["nm", str(KERNEL)], stdout=subprocess.PIPE, text=True, check=True)
    return next(
        int(line.split()[0], 16) for line in table.stdout.splitlines() if line.split()[-1] == name
    )


def stack_overflow(gdb: Debugger) -> None:
    """The stack pointer comes to lie in the guard page."""
    slot = (gdb.registers()["rsp"] - KSTACK_BASE) // KSTACK_SLOT
    gdb.change(RSP, KSTACK_BASE + slot * KSTACK_SLOT + 4096 - 8)


@dataclass(frozen=True)
class Mistake:
    """Change REGISTER to VALUE where FUNCTION begins; the panic says TEXT and the CODE's bits."""

    function: str
    register: int
    value: int
    text: str
    code: str


MISTAKES = {
    "reads-user": Mistake("sys_wait4", RDI, USER_TEXT, "read from 0x0000000000400", "present"),
    "reads-nothing": Mistake("sys_wait4", RDI, 0, "read from 0x0000000000000", "none"),
    "runs-user": Mistake(
        "sys_wait4", RIP, USER_TEXT, "execute at 0x0000000000400000", "present|fetch"
    ),
    "runs-data": Mistake(
        "sys_wait4", RIP, DIRECT_BASE, "execute at 0xffff800000000000", "present|fetch"
    ),
    "writes-text": Mistake(
        "memset", RDI, symbol("sys_wait4"), "write to 0xffffffff8", "present|write"
    ),
    "writes-user": Mistake(
        "memset", RDI, USER_TEXT, "write to 0x0000000000400000", "present|write"
    ),
}


@contextmanager
def debugged(program: str) -> Iterator[tuple[Debugger, subprocess.Popen]]:
    """A machine that runs PROGRAM, stopped before its first instruction."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        options = ["-S", "-chardev", f"socket,id=gdb,fd={theirs.fileno()}", "-gdb", "chardev:gdb"]
        process = subprocess.Popen(
            [*command(KERNEL, INITRD, f"NONCE=77 -- run {program}", *options), "-serial", "stdio"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            pass_fds=[theirs.fileno()],
        )
        theirs.close()
        try:
            yield Debugger(ours), process
        finally:
            process.kill()


def panic_of(function: str, change, after: str = "sys_execve", program: str = "/bin/true") -> str:
    """The panic after CHANGE was made where FUNCTION begins, the first time after AFTER."""
    with debugged(program) as (gdb, process):
        gdb.run_to(symbol(after))
        gdb.run_to(symbol(function))
        change(gdb)
        gdb.leave()
        console, _ = process.communicate(timeout=LIMIT_S)
    assert process.returncode == PANIC, console
    found = re.search(r"^panic: [^\n]*", console.decode().replace("\r", ""), re.M)
    assert found, console
    return found[0]


def test_flags_of_the_program() -> None:
    """N9: a program calls with one flag after the other; in the kernel none of them is set.

    (The direction flag this emulator clears by itself.)
    """
    flags = 0
    with debugged("/tests/regs") as (gdb, process):
        gdb.run_to(symbol("sys_execve"))
        for _ in range(5):  # without any, then with carry, direction, nested task, alignment
            gdb.run_to(symbol("sys_getpid"))
            gdb.run_to(symbol("sys_sched_yield"))
            flags |= gdb.registers().eflags
        gdb.leave()
        console, _ = process.communicate(timeout=LIMIT_S)
    assert not flags & (TRAP | INTERRUPT | IOPL | NESTED | ALIGNMENT)
    assert b"@77 exit code 0" in console


def test_stack_overflow() -> None:
    """C21, N15: the double fault has a stack of its own, and says what has happened."""
    assert "double fault: kernel stack overflow" in panic_of("sys_wait4", stack_overflow)


@pytest.mark.parametrize("name", MISTAKES)
def test_mistake(name: str) -> None:
    """C17, C22, N5, N6."""
    mistake = MISTAKES[name]
    line = panic_of(mistake.function, lambda gdb: gdb.change(mistake.register, mistake.value))
    assert f"page fault in the kernel: {mistake.text}" in line
    assert line.endswith(f" ({mistake.code})")


def test_no_process() -> None:
    """B15: before there is a process nothing is mapped in the user half."""
    root = bytearray()

    def change(gdb: Debugger) -> None:
        where = int.from_bytes(gdb.read(symbol("kernel_vpmap"), 8), "little")
        root.extend(gdb.read(DIRECT_BASE + where, 4096))
        gdb.change(RDI, USER_TEXT)

    line = panic_of("memset", change, after="fs_init")
    assert "page fault in the kernel: write to 0x0000000000400000 (write)" in line
    assert not any(root[:2048]) and any(root[2048:])


def test_smashed_stack() -> None:
    """N21: a function whose caller's buffer of characters overflows does not return from it.

    More is copied into read(2)'s buffer than it has room for.
    """
    guards = []

    def change(gdb: Debugger) -> None:
        guards.append(int.from_bytes(gdb.read(symbol("__stack_chk_guard"), 8), "little"))
        gdb.change(RDX, 4096 + 64)

    for _ in range(2):
        line = panic_of("memcpy", change, after="read_into", program="cat /proc/version")
        assert line.endswith(": read_into has written over the end of its frame")
    assert all(guard % 256 == 0 for guard in guards)
    assert guards[0] != guards[1] and 0 not in guards
