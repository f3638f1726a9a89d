# SPDX-License-Identifier: MIT
"""The dump of page tables: exact text, of a memory made by hand."""

import os
import struct

import pytest

from grading.errors import UsageError
from grading.guestmem import GuestMemory
from grading.ptdump import dump
from grading.cli import main

from conftest import ROOT

P, W, U, A, D, LARGE, G, NO_ACCESS, NX = 1, 2, 4, 0x20, 0x40, 0x80, 0x100, 0x200, 1 << 63


def memory_of(entries: dict[tuple[int, int], int]) -> GuestMemory:
    """Memory in which table T has the value ENTRIES[T, I] at index I."""
    data = bytearray(64 << 10)
    for (table, index), value in entries.items():
        struct.pack_into("<Q", data, table + 8 * index, value)
    fd = os.memfd_create("ram")
    os.write(fd, data)
    memory = GuestMemory(fd)
    os.close(fd)
    return memory


def entries_of(text: str) -> list[str]:
    """The lines below the landmarks."""
    return text.splitlines()[8:]


def test_children_under_parents() -> None:
    entries = {
        (0x1000, 0): 0x2000 | P | W | U | A,
        (0x2000, 1): 0x3000 | P | W | U,
        (0x3000, 511): 0x4000 | P,
        (0x4000, 7): 0x5000 | P | W | A | D | NX,
        (0x4000, 8): 0x6000 | NO_ACCESS,
        (0x3000, 2): 0x20_0000 | P | LARGE | G,
    }
    with memory_of(entries) as memory:
        assert entries_of(dump(memory, 0x1018)) == [
            "L4=000  0x000000002000  PRESENT|WRITABLE|USER|ACCESSED",
            "  L3=001  0x000000003000  PRESENT|WRITABLE|USER",
            "    L2=002  0x000000200000  PRESENT|HUGE|GLOBAL",
            "    L2=511  0x000000004000  PRESENT",
            "      L1=007  0x000000005000  PRESENT|WRITABLE|ACCESSED|DIRTY|NO_EXECUTE",
            "      L1=008  0x000000006000  NO_ACCESS",
        ]


def test_landmarks() -> None:
    with memory_of({}) as memory:
        lines = dump(memory, 0x1000).splitlines()
    assert lines[0] == "root  0x000000001000"
    assert lines[1] == "user text      0x00000000400000    L4=000 L3=000 L2=002 L1=000"
    assert lines[7] == "kernel image   0xffffffff80100000  L4=511 L3=510 L2=000 L1=256"
    assert len(lines) == 8


def test_the_direct_map_and_tables_outside_of_memory_are_left_out() -> None:
    entries = {(0x1000, 256): 0x2000 | P, (0x2000, 0): 0x3000 | P, (0x1000, 511): 1 << 40 | P}
    with memory_of(entries) as memory:
        assert entries_of(dump(memory, 0x1000)) == ["L4=511  0x010000000000  PRESENT"]


def test_a_file_that_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    argv = ["ptdump", "--kernel", "/nowhere/kernel", "--initrd", "/", "--program", "/"]
    assert main(argv, ROOT) == UsageError.exit_status
    assert "/nowhere/kernel: no such file" in capsys.readouterr().err
