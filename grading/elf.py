# SPDX-License-Identifier: MIT
"""What the grader needs from a trusted ELF file: segments, bytes and symbols.

Only files that the grader built itself from the pristine tree are read here.  Source:
elf(5), System V ABI chapters 4 and 5.
"""

import struct
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

PT_LOAD = 1
_SYMTAB = 2
_HEADER = struct.Struct("<16sHHIQQQIHHHHHH")
_PROGRAM = struct.Struct("<IIQQQQQQ")
_SECTION = struct.Struct("<IIQQQQIIQQ")
_SYMBOL = struct.Struct("<IBBHQQ")


@dataclass(frozen=True)
class Segment:
    """A loadable segment: its file bytes, its size in memory, its rights."""

    address: int
    data: bytes
    size: int
    write: bool
    execute: bool


@dataclass(frozen=True)
class Elf:
    """A 64-bit little-endian ELF file."""

    path: Path
    entry: int
    segments: tuple[Segment, ...]
    symbols: dict[str, int]

    @property
    def end(self) -> int:
        """The first address after the last segment."""
        return max(s.address + s.size for s in self.segments)

    def read(self, address: int, size: int) -> bytes:
        """Up to SIZE bytes that the file has for ADDRESS."""
        for segment in self.segments:
            offset = address - segment.address
            if 0 <= offset < len(segment.data):
                return segment.data[offset : offset + size]
        return b""


@lru_cache(maxsize=256)
def _load(path: Path, _mtime_ns: int) -> Elf:
    data = path.read_bytes()
    header = _HEADER.unpack_from(data)
    entry, phoff, shoff, phnum, shentsize, shnum = (
        header[4],
        header[5],
        header[6],
        header[10],
        header[11],
        header[12],
    )
    segments = []
    for index in range(phnum):
        kind, flags, offset, address, _, in_file, in_memory, _ = _PROGRAM.unpack_from(
            data, phoff + index * _PROGRAM.size
        )
        if kind == PT_LOAD:
            content = data[offset : offset + in_file]
            segments.append(Segment(address, content, in_memory, bool(flags & 2), bool(flags & 1)))
    sections = [_SECTION.unpack_from(data, shoff + i * shentsize) for i in range(shnum)]
    return Elf(path, entry, tuple(segments), _symbols(data, sections))


def _symbols(data: bytes, sections: list[tuple[int, ...]]) -> dict[str, int]:
    found: dict[str, int] = {}
    for section in sections:
        if section[1] != _SYMTAB:
            continue
        names = sections[section[6]][4]
        for at in range(section[4], section[4] + section[5], _SYMBOL.size):
            name, _, _, index, value, _ = _SYMBOL.unpack_from(data, at)
            if index and value:
                end = data.index(b"\0", names + name)
                found[data[names + name : end].decode("ascii", "replace")] = value
    return found


def load(path: Path) -> Elf:
    """Read the file at PATH, once for each version of it."""
    return _load(path, path.stat().st_mtime_ns)
