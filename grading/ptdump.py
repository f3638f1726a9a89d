# SPDX-License-Identifier: MIT
"""A machine's page tables as text, read from outside: what ptdump says inside.

The format is that of kernel/mm/ptdump.h, to the byte, so that the two can be compared;
the landmarks are those of kernel/mm/layout.h.
"""

from collections.abc import Iterator

from grading.elf import Elf
from grading.evidence import Evidence
from grading.gdbstub import GdbStub, Registers
from grading.guestmem import PAGE, GuestMemory

START, CHECKPOINT = "start", "checkpoint"

_PRESENT, _LARGE, _NO_ACCESS = 1 << 0, 1 << 7, 1 << 9
_FRAME = 0x000F_FFFF_FFFF_F000
_FLAGS = {
    _PRESENT: "PRESENT",
    1 << 1: "WRITABLE",
    1 << 2: "USER",
    1 << 3: "WRITE_THROUGH",
    1 << 4: "NO_CACHE",
    1 << 5: "ACCESSED",
    1 << 6: "DIRTY",
    _LARGE: "HUGE",
    1 << 8: "GLOBAL",
    _NO_ACCESS: "NO_ACCESS",
    1 << 63: "NO_EXECUTE",
}
_DIRECT_MAP = 0xFFFF_8000_0000_0000
_LANDMARKS = {
    "user text": 0x40_0000,
    "mmap top": 0x7FFF_F7F0_0000,
    "stack top": 0x7FFF_FFF0_0000,
    "user end": 0x7FFF_FFFF_F000,
    "direct map": _DIRECT_MAP,
    "kernel stacks": 0xFFFF_C000_0000_0000,
    "kernel image": 0xFFFF_FFFF_8010_0000,
}


def dump(memory: GuestMemory, root: int) -> str:
    """All that is in use below table ROOT, but for the direct map."""
    root &= _FRAME
    lines = [f"root  {root:#014x}"]
    for name, address in _LANDMARKS.items():
        indexes = " ".join(f"L{level}={_index(address, level):03}" for level in (4, 3, 2, 1))
        lines.append(f"{name:<13}  {f'{address:#016x}':<18}  {indexes}")
    lines.extend(_below(memory, root, 4))
    return "".join(f"{line}\n" for line in lines)


def _index(address: int, level: int) -> int:
    return address >> (12 + 9 * (level - 1)) & 511


def _below(memory: GuestMemory, table: int, level: int) -> Iterator[str]:
    for index, entry in enumerate(memory.table(table)):
        if not entry & (_PRESENT | _NO_ACCESS):
            continue
        if level == 4 and index == _index(_DIRECT_MAP, 4):
            continue
        flags = "|".join(name for bit, name in _FLAGS.items() if entry & bit)
        yield f"{'  ' * (4 - level)}L{level}={index:03}  {entry & _FRAME:#014x}  {flags}"
        if level > 1 and not entry & _LARGE:
            yield from _below(memory, entry & _FRAME, level - 1)


class Dumper:
    """A Watcher that takes one dump, the first time that PROGRAM comes to POINT.

    The points are its first instruction ("start") and calling checkpoint().
    """

    def __init__(self, program: Elf, point: str) -> None:
        self._program = program
        self._address = program.entry if point == START else program.symbols[CHECKPOINT]
        self.text = ""
        self.problem = ""

    def breakpoints(self) -> tuple[int, ...]:
        """The one address."""
        return (self._address,)

    def look(self, gdb: GdbStub, memory: GuestMemory) -> None:
        """Take the dump, if this is the moment."""
        registers = gdb.registers()
        if not self.text and self._is_program(registers, memory):
            self.text = dump(memory, registers.cr3)
        gdb.step_over(self._address)

    def _is_program(self, registers: Registers, memory: GuestMemory) -> bool:
        """Other programs have something at the same address, but not this text."""
        start = self._program.entry
        want = self._program.read(start, PAGE - start % PAGE)
        return registers.user and memory.read_virtual(registers.cr3, start, len(want)) == want

    def evidence(self) -> Evidence:
        """None is asked for."""
        return Evidence()

    def give_up(self, why: str) -> None:
        """Remember WHY."""
        self.problem = why
