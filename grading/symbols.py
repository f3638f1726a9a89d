# SPDX-License-Identifier: MIT
"""Addresses to functions and source lines, with addr2line and the ELF files of the run."""

import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from grading.binutils import Unreadable
from grading.elf import ElfError, load
from grading.text import clean_line

_MOST = 1000  # addresses in one command
_ANSWER = re.compile(r"^0x([0-9a-f]{1,16})\n(.*)\n(.*)$", re.MULTILINE)


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
Run = Callable[[Sequence[str]], str]


def lookup(elf: Path, addresses: Iterable[int], root: Path, run: Run) -> dict[int, Place]:
    """What addr2line, started by RUN, knows about ADDRESSES; others are left out."""
    wanted = sorted(set(addresses))[:_MOST]
    if not wanted or not elf.is_file():
        return {}
    command = ["addr2line", "-a", "-f", "-e", str(elf), *(f"{a:#x}" for a in wanted)]
    try:
        answers = _ANSWER.findall(run(command))
    except Unreadable:
        return {}
    found = {int(a, 16): _place(clean_line(name), clean_line(at), root) for a, name, at in answers}
    return {a: place for a in wanted if (place := found.get(a)) is not None}


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
    """Up to SIZE bytes that the ELF file has at ADDRESS, empty when none."""
    try:
        return load(elf).read(address, size)
    except (OSError, ElfError):
        return b""
