# SPDX-License-Identifier: MIT
"""What a CPU was doing at one moment, and how QEMU's monitor says it."""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Sample:
    """What the CPU was doing at one moment."""

    rip: int
    user: bool
    halted: bool
    interrupts: bool
    cr2: int
    code: bytes = b""
    frames: tuple[int, ...] = ()  # return addresses, innermost first, in the same mode
    vector: int | None = None  # by which a program came into the kernel


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
