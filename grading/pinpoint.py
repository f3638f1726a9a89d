# SPDX-License-Identifier: MIT
"""What a failure points at: a line of source, with its text, and addresses in memory."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from grading.text import clean, shorten

_PLACE = re.compile(r"\b((?:kernel|user|labs|tests)/[\w./-]+\.[chS]):(\d{1,7})(?::\d+)?\b")
_FAULT = re.compile(
    r"(?:read from|write to|execute at|page fault (?:was )?at) (0x[0-9a-f]{1,16})\b"
)
_SERVING, _CR2 = "handle_page_fault+", re.compile(r"\bcr2=([0-9a-f]{16})\b")
_YOURS = "your code"  # how grading.deaths says that a line is the student's
_AROUND = 2  # lines of source that are shown on each side
_MAX_FILE = 1 << 20
_MAX_ADDRESSES = 4

# The path in the tree, and the bytes, of the file of that name; None when there is none.
Read = Callable[[str], tuple[str, bytes] | None]


@dataclass(frozen=True)
class Source:
    """A line of FILE, a path in the tree; TEXT are the lines from FIRST on, it among them."""

    file: str
    line: int
    first: int = 0
    text: tuple[str, ...] = ()

    def numbered(self) -> Iterator[tuple[int, str]]:
        """The lines that are known, with their numbers."""
        return enumerate(self.text, self.first)


def find_source(lines: Sequence[str], where: str, read: Read) -> Source | None:
    """What LINES, the reasons of a failure, and WHERE it died point at: the student's line first.

    READ gives the files that the text may be taken from.
    """
    own = [line for line in lines if _YOURS in line]
    places = [m for text in (*own, where, *lines) for m in _PLACE.finditer(text)]
    kernel = [m for m in places if m[1].startswith("kernel/")]
    match = next(iter(kernel or places), None)
    return None if match is None else _read_lines(match[1], int(match[2]), read)


def _read_lines(file: str, line: int, read: Read) -> Source:
    found = read(file)
    if found is None or len(found[1]) > _MAX_FILE:
        return Source(file, line)
    file, data = found
    every = clean(data).expandtabs(8).split("\n")
    if not 0 < line <= len(every):
        return Source(file, line)
    first = max(1, line - _AROUND)
    text = tuple(shorten(text.rstrip()) for text in every[first - 1 : line + _AROUND])
    return Source(file, line, first, text)


def reader(files: Mapping[str, bytes], root: Path, lab: Path) -> Read:
    """Looks a name up in FILES, in the tree at ROOT, then in its folder LAB; not outside."""

    def read(name: str) -> tuple[str, bytes] | None:
        if name in files:
            return name, files[name]
        for folder in (root, lab):
            path = (folder / name).resolve()
            if path.is_relative_to(folder.resolve()) and path.is_file():
                shown = (folder / name).relative_to(root).as_posix()
                return shown, path.read_bytes()[: _MAX_FILE + 1]
        return None

    return read


def find_addresses(lines: Sequence[str], console: Sequence[str] = ()) -> list[int]:
    """The addresses of the faults that LINES speak of, each once.

    When the kernel's last words on the CONSOLE are that it died while it served a page
    fault, the address of that fault is the last one.
    """
    found = [int(match[1], 16) for line in lines for match in _FAULT.finditer(line)]
    if any(_SERVING in line for line in console):
        found += [int(match[1], 16) for line in console if (match := _CR2.search(line))]
    return list(dict.fromkeys(found))[:_MAX_ADDRESSES]


def source_json(source: Source | None) -> dict[str, object] | None:
    """What result.json says."""
    return None if source is None else {**vars(source), "text": list(source.text)}
