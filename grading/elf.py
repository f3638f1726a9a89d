# SPDX-License-Identifier: MIT
"""What the grader needs from an ELF file: segments, bytes, symbols and functions.

Programs were built by the grader from the pristine tree.  The kernel was made with a
student's files, perhaps by a compiler gone wild: a file that is not well formed, or
larger in any way than a kernel is, gives an ElfError, and nothing is copied twice.
Source: elf(5), System V ABI chapters 4 and 5.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

PT_LOAD = 1
_SYMTAB = 2
_FUNC = 2
_HEADER = struct.Struct("<16sHHIQQQIHHHHHH")
_PROGRAM = struct.Struct("<IIQQQQQQ")
_SECTION = struct.Struct("<IIQQQQIIQQ")
_SYMBOL = struct.Struct("<IBBHQQ")

MAX_FILE = 64 << 20
MAX_ENTRIES = 256  # of each kind of header; a kernel with debug information has 30
MAX_SYMBOLS = 1 << 17
MAX_NAME = 512


class ElfError(Exception):
    """It is no ELF file, or none that could be a kernel or a program."""


@dataclass(frozen=True)
class Segment:
    """A loadable segment: its file bytes, its size in memory, its rights."""

    address: int
    data: bytes
    size: int
    write: bool
    execute: bool


@dataclass(frozen=True)
class Function:
    """The code of a function, from START to before END."""

    start: int
    end: int
    name: str


@dataclass(frozen=True)
class Elf:
    """A 64-bit little-endian ELF file; FUNCTIONS by their address."""

    path: Path
    entry: int
    segments: tuple[Segment, ...]
    symbols: dict[str, int]
    functions: tuple[Function, ...] = ()

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

    def is_code(self, address: int) -> bool:
        """Is ADDRESS in a segment that can be executed?"""
        return any(s.execute and 0 <= address - s.address < s.size for s in self.segments)


def load(path: Path) -> Elf:
    """Read the file at PATH, once for each version of it; ElfError when it is not as it should."""
    return _load(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=256)
def _load(path: Path, _mtime_ns: int) -> Elf:
    if path.stat().st_size > MAX_FILE:
        raise ElfError(f"{path}: larger than {MAX_FILE >> 20} MiB")
    return parse(path, path.read_bytes())


def parse(path: Path, data: bytes) -> Elf:
    """What DATA, the file at PATH, says; ElfError when it is not as it should be."""
    try:
        return _parse(path, data)
    except (struct.error, ValueError, IndexError, OverflowError) as error:
        raise ElfError(f"{path}: not a well-formed ELF file: {error}") from error


def _parse(path: Path, data: bytes) -> Elf:
    header = _HEADER.unpack_from(data)
    entry, phoff, shoff, phnum, shnum = (header[4], header[5], header[6], header[10], header[12])
    if data[:6] != b"\x7fELF\x02\x01":
        raise ValueError("no 64-bit little-endian one")
    if max(phnum, shnum) > MAX_ENTRIES:
        raise ValueError("too many headers")
    sections = [_SECTION.unpack_from(data, shoff + i * _SECTION.size) for i in range(shnum)]
    symbols = list(_symbols(data, sections))
    functions = [Function(at, at + size, name) for name, at, size, kind in symbols if kind == _FUNC]
    return Elf(
        path,
        entry,
        tuple(_segments(data, phoff, phnum)),
        {name: value for name, value, _, _ in symbols},
        tuple(sorted(functions, key=lambda f: f.start)),
    )


def _segments(data: bytes, start: int, count: int) -> Iterator[Segment]:
    left = len(data)
    for index in range(count):
        kind, flags, offset, address, _, in_file, in_memory, _ = _PROGRAM.unpack_from(
            data, start + index * _PROGRAM.size
        )
        if kind != PT_LOAD:
            continue
        content = data[offset : offset + in_file]
        left -= len(content)
        if left < 0:
            raise ValueError("segments that overlap in the file")
        yield Segment(address, content, in_memory, bool(flags & 2), bool(flags & 1))


def _symbols(data: bytes, sections: list[tuple[int, ...]]) -> Iterator[tuple[str, int, int, int]]:
    """Name, value, size and kind of each symbol that has a place, of the one table of them."""
    table = next((s for s in sections if s[1] == _SYMTAB), None)
    if table is None:
        return
    names = sections[table[6]][4]
    if table[5] > MAX_SYMBOLS * _SYMBOL.size:
        raise ValueError("too many symbols")
    for at in range(table[4], table[4] + table[5], _SYMBOL.size):
        name, info, _, index, value, size = _SYMBOL.unpack_from(data, at)
        if index and value:
            end = data.index(b"\0", names + name, names + name + MAX_NAME)
            yield data[names + name : end].decode("ascii", "replace"), value, size, info & 0xF
