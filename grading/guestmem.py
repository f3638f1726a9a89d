# SPDX-License-Identifier: MIT
"""The guest's memory as a file: physical reads, and walks of its page tables.

QEMU keeps the guest's RAM in a file that we map too.  Below 2 GiB the offset in the
file is the physical address, and no graded machine has more.  Nothing here asks the
guest for anything.  Sources: Intel SDM volume 3, 4.5 (4-level paging).
"""

import mmap
import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass

from grading.text import clean_line

PAGE = 4096
RAM_LIMIT = 2 << 30
UPPER_HALF = 1 << 47

_PRESENT, _WRITE, _USER, _LARGE = 1, 2, 4, 0x80
_NX = 1 << 63
_FRAME = 0x000F_FFFF_FFFF_F000
_TABLE = struct.Struct("<512Q")


@dataclass(frozen=True)
class Page:
    """One present leaf entry: SIZE bytes at ADDRESS are FRAME, with these rights on all levels."""

    address: int
    frame: int
    size: int
    write: bool
    user: bool
    execute: bool

    @property
    def rights(self) -> str:
        """As in a memory map: ``rw-``, and who may use them: ``u`` or ``k``."""
        who, write = "u" if self.user else "k", "w" if self.write else "-"
        return f"{who}r{write}{'x' if self.execute else '-'}"


@dataclass(frozen=True)
class _Walk:
    """What is looked for: leaves in [START, END) with the bits NEEDED on all levels."""

    start: int
    end: int
    needed: int


class Endless(Exception):
    """Page tables that reach more pages than a guest with this much memory needs."""


class GuestMemory:
    """The guest's RAM, read only.  ``close`` it, or use ``with``."""

    def __init__(self, fd: int) -> None:
        self.size = min(os.fstat(fd).st_size, RAM_LIMIT)
        self._most = 4 * self.size // PAGE + 4096  # entries in one walk
        self._ram = mmap.mmap(fd, self.size, prot=mmap.PROT_READ)

    def __enter__(self) -> "GuestMemory":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give the mapping back."""
        self._ram.close()

    def read(self, physical: int, size: int) -> bytes:
        """SIZE bytes at PHYSICAL; fewer, or none, where there is no RAM."""
        if physical < 0:
            return b""
        return self._ram[physical : min(physical + size, self.size)]

    def table(self, physical: int) -> tuple[int, ...]:
        """The 512 entries of the table at PHYSICAL; none where there is no RAM."""
        data = self.read(physical, PAGE)
        return _TABLE.unpack(data) if len(data) == PAGE else ()

    def pages(
        self, root: int, start: int = 0, end: int = 1 << 48, user: bool = False
    ) -> Iterator[Page]:
        """Every present leaf below table ROOT whose 48-bit address is in [START, END).

        USER: only those that user code may use.  The upper half has addresses from
        ``UPPER_HALF`` on, without sign extension.  Endless when the tables go in circles,
        or nearly so.
        """
        seen = 0
        walk = _Walk(start, end, _USER if user else 0)
        for page in self._below(root & _FRAME, 4, 0, walk, _WRITE | _USER):
            if page is not None:
                yield page
            seen += 1
            if seen > self._most:
                raise Endless(f"more than {self._most} entries")

    def _below(
        self, table: int, level: int, base: int, walk: "_Walk", rights: int
    ) -> Iterator[Page | None]:
        """The same; None for each table, so that whoever counts can give up."""
        span = PAGE << (9 * (level - 1))
        first, last = max(0, walk.start - base) // span, (walk.end - base - 1) // span
        for index, entry in enumerate(self.table(table)[first : last + 1], first):
            allowed = rights & entry | (rights | entry) & _NX
            if not entry & _PRESENT or allowed & walk.needed != walk.needed:
                continue
            address = base + index * span
            if level == 1 or (level < 4 and entry & _LARGE):
                frame = entry & _FRAME & ~(span - 1)
                yield Page(
                    address,
                    frame,
                    span,
                    bool(allowed & _WRITE),
                    bool(allowed & _USER),
                    not allowed & _NX,
                )
            else:
                yield None
                yield from self._below(entry & _FRAME, level - 1, address, walk, allowed)

    def tables(self, root: int, end: int = UPPER_HALF) -> set[int]:
        """The frames of all tables that ROOT reaches for addresses below END, itself included."""
        found = {root & _FRAME}
        level_tables = {root & _FRAME: 0}
        for level in (4, 3, 2):
            span = PAGE << (9 * (level - 1))
            deeper: dict[int, int] = {}
            for table, base in level_tables.items():
                for index, entry in enumerate(self.table(table)):
                    address = base + index * span
                    if entry & _PRESENT and address < end and not (level < 4 and entry & _LARGE):
                        deeper.setdefault(entry & _FRAME, address)
            found.update(deeper)
            level_tables = deeper
        return found

    def page_at(self, root: int, address: int) -> Page | None:
        """The leaf that translates ADDRESS (48 bits), or None."""
        base = address & ~(PAGE - 1)
        return next(self.pages(root, base, base + PAGE), None)

    def read_virtual(self, root: int, address: int, size: int) -> bytes:
        """Up to SIZE bytes at user ADDRESS: stops before the first page that is not there."""
        parts = []
        while size > 0:
            page = self.page_at(root, address)
            if page is None:
                break
            offset = address - page.address
            part = self.read(page.frame + offset, min(size, page.size - offset))
            if not part:
                break
            parts.append(part)
            address += len(part)
            size -= len(part)
        return b"".join(parts)

    def string(self, root: int, address: int, limit: int = 256) -> str | None:
        """The terminated string at user ADDRESS, made harmless; None when it is not all there."""
        data, end, _ = self.read_virtual(root, address, limit).partition(b"\0")
        return clean_line(data) if end else None
