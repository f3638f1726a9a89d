# SPDX-License-Identifier: MIT
"""The witness' senses: walks of page tables in a synthetic memory, and a fake gdb stub."""

import os
import socket
import struct
import threading
from pathlib import Path

import pytest

from grading.elf import Elf
from grading.gdbstub import GdbError, GdbStub, Registers
from grading.guestmem import Endless, GuestMemory
from grading.witness import Subject, View, free_frames

P, W, U, LARGE, NX = 1, 2, 4, 0x80, 1 << 63
ROOT = 0x1000
BASE = 0xFFFFFFFF80000000  # where the kernel's image is


class Ram:
    """Physical memory under construction; tables are taken from 0x1000 on."""

    def __init__(self) -> None:
        self.data = bytearray(1 << 20)
        self.next = ROOT + 0x1000

    def entry(self, table: int, index: int) -> int:
        value: int = struct.unpack_from("<Q", self.data, table + 8 * index)[0]
        return value

    def put(self, table: int, index: int, value: int) -> None:
        struct.pack_into("<Q", self.data, table + 8 * index, value)

    def map(
        self, address: int, frame: int, flags: int, level: int = 1, above: int = P | W | U
    ) -> None:
        """Enter FRAME with FLAGS for ADDRESS; new tables get the flags ABOVE."""
        table = ROOT
        for depth in (4, 3, 2):
            index = address >> (12 + 9 * (depth - 1)) & 511
            if depth == level:
                self.put(table, index, frame | flags)
                return
            if not self.entry(table, index) & P:
                self.put(table, index, self.next | above)
                self.next += 0x1000
            table = self.entry(table, index) & 0xFFFFF000
        self.put(table, address >> 12 & 511, frame | flags)

    def open(self) -> GuestMemory:
        fd = os.memfd_create("ram")
        os.write(fd, self.data)
        memory = GuestMemory(fd)
        os.close(fd)
        return memory


@pytest.fixture
def ram() -> Ram:
    return Ram()


def test_leaves_with_the_rights_of_all_levels(ram: Ram) -> None:
    ram.map(0x400000, 0x80000, P | U)
    ram.map(0x401000, 0x81000, P | W | U | NX)
    ram.map(0x40000000, 0x82000, P | W | U, above=P | U)
    ram.map(0x8000000000, 0x83000, P | W | U, above=P | W)
    with ram.open() as memory:
        pages = {p.address: (p.frame, p.rights) for p in memory.pages(ROOT)}
    assert pages == {
        0x400000: (0x80000, "ur-x"),
        0x401000: (0x81000, "urw-"),
        0x40000000: (0x82000, "ur-x"),  # no write on the levels above
        0x8000000000: (0x83000, "krwx"),  # no user
    }


def test_absent_entries_are_not_looked_into(ram: Ram) -> None:
    ram.map(0x400000, 0x80000, W | U)
    ram.put(ROOT, 5, 0x9000 | W | U)
    with ram.open() as memory:
        assert list(memory.pages(ROOT)) == []


def test_large_pages(ram: Ram) -> None:
    ram.map(0x600000, 0x200000, P | W | U | LARGE, level=2)
    with ram.open() as memory:
        (page,) = memory.pages(ROOT)
        assert (page.address, page.frame, page.size) == (0x600000, 0x200000, 1 << 21)
        assert memory.page_at(ROOT, 0x7FF123) == page
        assert memory.tables(ROOT) == {ROOT, 0x2000, 0x3000}


def test_window(ram: Ram) -> None:
    for index in range(8):
        ram.map(0x400000 + index * 0x1000, 0x80000, P | U)
    with ram.open() as memory:
        found = [p.address for p in memory.pages(ROOT, 0x402000, 0x404000)]
    assert found == [0x402000, 0x403000]


def test_tables_that_point_nowhere(ram: Ram) -> None:
    ram.put(ROOT, 0, 0x7FFF_FFFF_F000 | P | W | U)
    ram.put(ROOT, 1, ROOT | P | W | U)  # a loop
    with ram.open() as memory:
        assert memory.page_at(ROOT, 0x1000) is None
        assert memory.read_virtual(ROOT, 0x1000, 8) == b""


def test_read_over_pages_and_stop_at_a_hole(ram: Ram) -> None:
    ram.map(0x400000, 0x81000, P | U)
    ram.map(0x401000, 0x80000, P | U)
    ram.data[0x81FFC:0x82000] = b"grow"
    ram.data[0x80000:0x80006] = b"stack\0"
    with ram.open() as memory:
        assert memory.string(ROOT, 0x400FFC) == "growstack"
        assert memory.read_virtual(ROOT, 0x401FF0, 64) == bytes(16)
        assert memory.string(ROOT, 0x402000) is None
        assert memory.read(1 << 30, 8) == b"" and memory.read(-8, 8) == b""


def test_tables_in_circles_are_given_up(ram: Ram) -> None:
    for index in range(256):
        ram.put(ROOT, index, ROOT | P | W | U)
    with ram.open() as memory:
        with pytest.raises(Endless, match="more than 5120 entries"):
            list(memory.pages(ROOT))
        assert memory.tables(ROOT) == {ROOT}


def test_many_pages_are_no_circle(ram: Ram) -> None:
    for page in range(2000):
        ram.map(0x400000 + page * 0x1000, 0x80000, P | U)
    with ram.open() as memory:
        assert len(list(memory.pages(ROOT))) == 2000


@pytest.mark.parametrize("array", [0, 0xFFFF800000000000 + (1 << 20) - 7, (1 << 64) - 1])
@pytest.mark.parametrize("symbols", [{}, {"frames": BASE + 0x9000, "n_frames": BASE + 0x9008}])
def test_frames_of_a_kernel_that_lies(ram: Ram, array: int, symbols: dict[str, int]) -> None:
    """Whatever its array's address and length are said to be, there is a number."""
    struct.pack_into("<QQ", ram.data, 0x9000, array, (1 << 64) - 1)
    kernel = Elf(Path("kernel"), 0, (), symbols)
    with ram.open() as memory:
        view = View(Subject(kernel, kernel, (), ()), "frames", Registers({}, 0, 0x23, ROOT), memory)
        assert free_frames(view) >= 0


# --- the gdb stub ---


class FakeStub:
    """Answers packets as QEMU would; LOG has what was asked."""

    def __init__(self, answers: dict[str, str]) -> None:
        self.near, self._far = socket.socketpair()
        self.log: list[str] = []
        self._answers = answers
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        rest = b""
        with self._far:
            while data := self._far.recv(4096):
                rest += data
                while b"#" in rest and len(rest) >= rest.index(b"#") + 3:
                    packet, _, rest = rest.partition(b"#")
                    rest = rest[2:]
                    text = packet.rpartition(b"$")[2].decode()
                    self.log.append(text)
                    answer = self._answers.get(text, self._answers.get(text[:1], ""))
                    if answer == "bye":
                        return
                    self._say(answer)

    def _say(self, answer: str) -> None:
        for part in answer.split("|"):
            body = part.encode()
            self._far.sendall(b"+$%s#%02x" % (body, sum(body) & 0xFF))


def _hex(value: int, size: int = 8) -> str:
    return value.to_bytes(size, "little").hex()


REGISTERS = {
    "g": "".join(_hex(0x1000 + n) for n in range(17)) + _hex(0x202, 4) + _hex(0x23, 4) + "00" * 400,
    "p1b": _hex(0x80050033),
    "p1d": _hex(ROOT),
}


def test_registers() -> None:
    fake = FakeStub({"q": "l<target/>", **REGISTERS})
    with fake.near:
        registers = GdbStub(fake.near).registers()
    assert (registers["rax"], registers["rip"], registers.cr3) == (0x1000, 0x1010, ROOT)
    assert len(fake.log) == 4  # each costs a round trip, at each stop
    assert registers.user and registers.eflags == 0x202


def test_registers_elsewhere_are_refused() -> None:
    fake = FakeStub({"q": "l", **REGISTERS, "p1b": _hex(0)})
    with fake.near, pytest.raises(GdbError, match="not where they were expected"):
        GdbStub(fake.near).registers()


@pytest.mark.parametrize("answer", ["E14", "", "xyz"])
@pytest.mark.parametrize("which", REGISTERS)
def test_no_register(which: str, answer: str) -> None:
    fake = FakeStub({"q": "l", **REGISTERS, which: answer})
    with fake.near, pytest.raises(GdbError):
        GdbStub(fake.near).registers()


def test_late_stop_replies_are_skipped() -> None:
    fake = FakeStub({"q": "T05thread:01;|l", "Z": "S05|OK"})
    with fake.near:
        GdbStub(fake.near).set_breakpoint(0x400123)
    assert fake.log[-1] == "Z0,400123,1"


def test_set_rip_and_step_over() -> None:
    fake = FakeStub({"q": "l", "P": "OK", "Z": "OK", "z": "OK", "s": "T05"})
    with fake.near:
        stub = GdbStub(fake.near)
        stub.set_rip(0x400124)
        stub.step_over(0x400123)
    assert fake.log[1:] == ["P10=2401400000000000", "z0,400123,1", "s", "Z0,400123,1"]


def test_the_stub_ends() -> None:
    fake = FakeStub({"q": "l", "p": "bye"})
    with fake.near, pytest.raises(GdbError):
        GdbStub(fake.near).registers()
