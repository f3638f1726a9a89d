# SPDX-License-Identifier: MIT
"""How QEMU's i6300esb watchdog is programmed, over qtest, to end a machine at its budget.

A part of ``qemu``.  Registers are unlocked, one write at a time, by two magic writes.
"""

SLOT = 0x1E  # its place on the PCI bus
_BAR = 0xFE700000
TICK = 30 << 15  # its unit, 2^15 periods of 30 ns: so many instructions
_MOST_TICKS = 0xFFFFF


def count_ticks(instructions: int) -> int:
    """The watchdog's time for that many INSTRUCTIONS, not more of them than they are."""
    return max(1, min(_MOST_TICKS, instructions // TICK))


def watchdog_program(instructions: int) -> list[str]:
    """The qtest commands that let it fire after that many INSTRUCTIONS, in whole ticks."""
    return [
        *_pci(0x10, "l", _BAR),  # where its registers are
        *_pci(0x04, "w", 2),  # and that they answer there
        *_pci(0x60, "w", 3),  # unit as above, no interrupt
        *_preload(0, count_ticks(instructions)),  # first stage: the time
        *_preload(4, 0),  # second stage: nothing more
        *_pci(0x68, "b", 3),  # go, and refuse to be disabled
        *_unlocked(f"writew {_BAR + 0xC:#x} 0x100"),  # from the beginning, if it runs
    ]


def _pci(register: int, size: str, value: int) -> list[str]:
    address = 1 << 31 | SLOT << 11 | register & ~3
    return [
        f"outl 0xcf8 {address:#x}",
        f"out{size} {0xCFC + (register & 3):#x} {value:#x}",
    ]


def _unlocked(command: str) -> list[str]:
    return [*(f"writew {_BAR + 0xC:#x} {magic:#x}" for magic in (0x80, 0x86)), command]


def _preload(register: int, ticks: int) -> list[str]:
    return _unlocked(f"writel {_BAR + register:#x} {ticks:#x}")
