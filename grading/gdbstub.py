# SPDX-License-Identifier: MIT
"""A client for QEMU's gdb stub: breakpoints and registers, no more.

The protocol is in the GDB manual, appendix E; the numbers of the x86-64 registers are
QEMU's own (target/i386/gdbstub.c) and are checked against CR0 when connecting.  The
machine is stopped and resumed through QMP; the stub's own stop replies are skipped.
"""

import select
import socket
import struct
from dataclasses import dataclass

_REPLY_S = 120.0
_NAMES = "rax rbx rcx rdx rsi rdi rbp rsp r8 r9 r10 r11 r12 r13 r14 r15 rip".split()
_RIP = _NAMES.index("rip")
_CR0, _CR3 = 27, 29
# The first ones in the answer to "g": those of _NAMES, EFLAGS, CS.  What follows is shorter
# outside of 64-bit mode, and is asked for one by one.
_FIRST = struct.Struct("<17Q2I")
_PROTECTED = 1


class GdbError(Exception):
    """The stub has gone, or said something that was not expected."""


@dataclass(frozen=True)
class Registers:
    """The registers that the witness looks at."""

    values: dict[str, int]
    eflags: int
    cs: int
    cr3: int

    def __getitem__(self, name: str) -> int:
        return self.values[name]

    @property
    def user(self) -> bool:
        """Is user code (CPL 3) running?"""
        return self.cs & 3 == 3


class GdbStub:
    """One connection; the caller owns the socket."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._rest = b""
        self._breakpoints: set[int] = set()
        # The stub answers for single registers only after it was asked what there is.
        self.command("qXfer:features:read:target.xml:0,ff0")

    def _read_packet(self) -> bytes:
        while True:
            start = self._rest.find(b"$")
            end = self._rest.find(b"#", start + 1)
            if start >= 0 and end >= 0 and len(self._rest) >= end + 3:
                packet = self._rest[start + 1 : end]
                self._rest = self._rest[end + 3 :]
                self._send(b"+")
                return packet
            if not select.select([self._sock], [], [], _REPLY_S)[0]:
                raise GdbError("no answer")
            data = self._sock.recv(65536)
            if not data:
                raise GdbError("QEMU has ended")
            self._rest += data

    def _send(self, data: bytes) -> None:
        try:
            self._sock.sendall(data)
        except OSError as error:
            raise GdbError(str(error)) from error

    def command(self, text: str) -> str:
        """Send a packet and give the answer; stop replies that came before it are skipped."""
        body = text.encode()
        self._send(b"$%s#%02x" % (body, sum(body) & 0xFF))
        while True:
            packet = self._read_packet()
            if not packet.startswith((b"T", b"S")):
                return packet.decode("ascii", "replace")

    def _read(self, text: str) -> bytes:
        """The answer to TEXT, which asks for registers."""
        reply = self.command(text)
        try:
            data = bytes.fromhex(reply)
        except ValueError:
            data = b""
        if not data:
            raise GdbError(f"{text}: {reply!r}")
        return data

    def registers(self) -> Registers:
        """The stopped CPU's registers."""
        cr0, cr3 = (int.from_bytes(self._read(f"p{n:x}"), "little") for n in (_CR0, _CR3))
        if not cr0 & _PROTECTED:
            raise GdbError("the registers are not where they were expected")
        first = self._read("g")
        if len(first) < _FIRST.size:
            raise GdbError(f"g: {len(first)} bytes")
        *values, eflags, cs = _FIRST.unpack_from(first)
        return Registers(dict(zip(_NAMES, values)), eflags, cs, cr3)

    def set_rip(self, value: int) -> None:
        """Continue at VALUE."""
        self._expect_ok(f"P{_RIP:x}={value.to_bytes(8, 'little').hex()}")

    def set_breakpoint(self, address: int) -> None:
        """Stop before the instruction at ADDRESS runs, in whichever address space."""
        self._expect_ok(f"Z0,{address:x},1")
        self._breakpoints.add(address)

    def let_go(self) -> None:
        """Take all breakpoints away and read what is still to come: another client may follow."""
        for address in self._breakpoints:
            self._expect_ok(f"z0,{address:x},1")
        self._breakpoints.clear()
        self.command("qAttached")

    def _expect_ok(self, text: str) -> None:
        reply = self.command(text)
        if reply != "OK":
            raise GdbError(f"{text}: {reply!r}")

    def step_over(self, address: int) -> None:
        """Run the one instruction at ADDRESS, which has a breakpoint on it."""
        self._expect_ok(f"z0,{address:x},1")
        self._send(b"$s#73")
        while not self._read_packet().startswith((b"T", b"S")):
            continue
        self.set_breakpoint(address)
