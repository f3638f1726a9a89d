# SPDX-License-Identifier: MIT
"""Addresses to functions and source lines, with addr2line and the ELF files of the run."""

import os
import struct
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from grading.text import clean_line

_TIMEOUT_S = 20
_MOST = 1000  # addresses in one command


@dataclass(frozen=True)
class Place:
    """A point of some program's source; FILE is relative to the tree, or empty."""

    function: str
    file: str
    line: int

    def __str__(self) -> str:
        if not self.file:
            return self.function
        return (
            f"{self.function} ({self.file}:{self.line})"
            if self.line
            else f"{self.function} ({self.file})"
        )


Places = Mapping[int, Place]


def lookup(elf: Path, addresses: Iterable[int], root: Path) -> dict[int, Place]:
    """What addr2line knows about ADDRESSES; those it does not know are left out."""
    wanted = sorted(set(addresses))[:_MOST]
    if not wanted or not elf.is_file():
        return {}
    command = ["addr2line", "-f", "-e", str(elf), *(f"{a:#x}" for a in wanted)]
    try:
        run = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=_TIMEOUT_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return {}
    lines = [clean_line(line) for line in run.stdout.split(b"\n")]
    pairs = zip(wanted, lines[0::2], lines[1::2])
    return {a: place for a, name, where in pairs if (place := _place(name, where, root))}


def _place(function: str, where: str, root: Path) -> Place | None:
    if function == "??":
        return None
    file, _, number = where.split(" (discriminator")[0].rpartition(":")
    file = os.path.normpath(file) if file and file != "??" else ""
    if file.startswith(f"{root}/"):
        file = file[len(str(root)) + 1 :]
    return Place(function, file, int(number) if number.isdigit() else 0)


def which_elf(candidates: Sequence[Path], address: int, code: bytes) -> Path | None:
    """The first of CANDIDATES that has the bytes CODE at ADDRESS."""
    for elf in candidates:
        have = read_elf(elf, address, len(code))
        if have and have == code[: len(have)]:
            return elf
    return None


def read_elf(elf: Path, address: int, size: int) -> bytes:
    """Up to SIZE bytes that the 64-bit ELF file has at ADDRESS, empty when none."""
    try:
        data = elf.read_bytes()
        offset, entry_size, count = struct.unpack_from("<Q", data, 32) + struct.unpack_from(
            "<HH", data, 54
        )
        for index in range(count):
            kind, _, file_at, at, _, file_size = struct.unpack_from(
                "<IIQQQQ", data, offset + index * entry_size
            )
            if kind == 1 and at <= address < at + file_size:
                start = file_at + address - at
                return data[start : min(start + size, file_at + file_size)]
    except (OSError, struct.error):
        return b""
    return b""
