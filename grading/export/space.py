# SPDX-License-Identifier: MIT
"""Lays an address space out in bands: what a drawing of it shows, from high to low.

All moments of one test share the bands, so that they can stand side by side.  A band
is a run of addresses that are alike at every moment; where there would be too many,
neighbors of the same area become one, whose cells then may be partly present.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from grading.evidence import Picture, Range

PAGE = 4096
# Those of kernel/mm/layout.h, which a test compares with these.
STACK_TOP = 0x7FFFFFF00000
STACK_LOW = STACK_TOP - 10 * PAGE
USER_TEXT = 0x400000
CANONICAL_END = 1 << 47
KERNEL_START = 0xFFFF800000000000

MAX_MOMENTS = 8
MAX_BANDS = 18  # of the heap, or of the stack
_ADDRESSES = 1 << 64
_PARTLY = "?"
_REGIONS = ("text", "rodata", "data", "heap", "stack")


@dataclass(frozen=True)
class Moment:
    """One column: what was present at POINTS, in a row and all alike; BAD when a rule failed."""

    points: tuple[str, ...]
    ranges: tuple[Range, ...]
    bad: bool


@dataclass(frozen=True)
class Band:
    """Addresses [START, END) of one AREA; CELLS has the rights at each moment, or nothing.

    In PART of the cells' pages only, if that is not 0: so many at the moment with the most.
    """

    start: int
    end: int
    area: str
    cells: tuple[str, ...]
    part: int = 0
    marks: tuple[int, ...] = ()

    @property
    def pages(self) -> int:
        """How many pages long it is."""
        return (self.end - self.start) // PAGE

    @property
    def present(self) -> bool:
        """Was anything of it ever there?"""
        return any(self.cells)

    @property
    def is_region(self) -> bool:
        """Does it belong to a part of the address space that pages may be in?"""
        return self.area in _REGIONS


@dataclass(frozen=True)
class Space:
    """What is drawn."""

    moments: tuple[Moment, ...]
    bands: tuple[Band, ...]  # from high to low


def lay_out(pictures: Sequence[Picture], marks: Iterable[int], bad_points: set[str]) -> Space:
    """The bands of PICTURES, which are not empty, with MARKS in bands of their own."""
    program_end = _program_end(pictures)
    moments = _moments(pictures, bad_points)
    marks = sorted(set(marks))
    cuts = _cuts(moments, marks, program_end)
    bands = [
        _band(start, end, moments, marks, program_end)
        for start, end in zip(cuts, cuts[1:], strict=False)
    ]
    bands = _thin_out(_join_alike(bands))
    outer = ("unused", "non-canonical")
    shown = [b for b in bands if b.area not in outer or b.marks or b.present]
    return Space(moments, tuple(reversed(shown)))


def _moments(pictures: Sequence[Picture], bad_points: set[str]) -> tuple[Moment, ...]:
    """Pictures that are alike and in a row are one; the most telling ones are kept."""
    moments: list[Moment] = []
    for picture in pictures:
        bad = picture.point in bad_points
        if moments and moments[-1].ranges == picture.ranges:
            before = moments[-1]
            points = (*before.points, picture.point)
            moments[-1] = replace(before, points=points, bad=before.bad or bad)
        else:
            moments.append(Moment((picture.point,), picture.ranges, bad))
    if len(moments) <= MAX_MOMENTS:
        return tuple(moments)
    last = len(moments) - 1
    first_bad = [index for index, moment in enumerate(moments) if moment.bad][:3]
    kept = {0, last, *first_bad}
    evenly = [round(step * last / (MAX_MOMENTS - 1)) for step in range(MAX_MOMENTS)]
    for index in [*evenly, *range(last)]:
        if len(kept) == MAX_MOMENTS:
            break
        kept.add(index)
    return tuple(moments[index] for index in sorted(kept))


def _program_end(pictures: Sequence[Picture]) -> int:
    """Where the program ends: at its first instruction nothing but it lies below the stack."""
    start = next((p for p in pictures if p.point == "start"), None)
    low = [r for r in (start or pictures[0]).ranges if r.end <= STACK_LOW - PAGE]
    end = USER_TEXT
    for found in low:
        if start is None and end != USER_TEXT and found.start > end:
            break
        end = found.end
    return end


def _cuts(moments: Iterable[Moment], marks: Iterable[int], program_end: int) -> list[int]:
    cuts = {0, USER_TEXT, program_end, program_end + PAGE, STACK_LOW - PAGE, STACK_LOW}
    cuts |= {STACK_TOP, CANONICAL_END, KERNEL_START, _ADDRESSES}
    for moment in moments:
        for found in moment.ranges:
            cuts |= {found.start, found.end}
    for mark in marks:
        cuts |= {mark & -PAGE, (mark & -PAGE) + PAGE}
    return sorted(cuts)


def _area(start: int, program_end: int, rights: str) -> str:
    """What lies at START, a cut."""
    if start < USER_TEXT:
        return "unused" if start else "null"
    if start < program_end:
        return "text" if "x" in rights else "data" if "w" in rights else "rodata"
    if start < program_end + PAGE or STACK_LOW - PAGE <= start < STACK_LOW:
        return "guard"
    if start < STACK_LOW:
        return "heap" if rights else "gap"
    if start < STACK_TOP:
        return "stack"
    if start < CANONICAL_END:
        return "gap"
    return "non-canonical" if start < KERNEL_START else "kernel"


def _rights(moment: Moment, start: int) -> str:
    """The rights at START, nothing when no page is there."""
    index = bisect_right(moment.ranges, start, key=lambda r: r.start) - 1
    if index < 0 or moment.ranges[index].end <= start:
        return ""
    return moment.ranges[index].rights or _PARTLY


def _band(
    start: int, end: int, moments: Sequence[Moment], marks: Sequence[int], program_end: int
) -> Band:
    cells = tuple(_rights(moment, start) for moment in moments)
    here = tuple(marks[bisect_left(marks, start) : bisect_left(marks, end)])
    rights = next((r for r in reversed(cells) if r), "")
    return Band(start, end, _area(start, program_end, rights), cells, marks=here)


def _join_alike(bands: Iterable[Band]) -> list[Band]:
    """Neighbors that differ in nothing are one."""
    joined: list[Band] = []
    for band in bands:
        last = joined[-1] if joined else None
        alike = last and (last.area, last.cells) == (band.area, band.cells)
        if last and alike and not (last.marks or band.marks):
            joined[-1] = replace(last, end=band.end)
        else:
            joined.append(band)
    return joined


def _thin_out(bands: Sequence[Band]) -> list[Band]:
    """At most MAX_BANDS for the heap with the holes in it, and for the stack."""
    result: list[Band] = []
    for run in _runs(bands):
        per = -(-len(run) // MAX_BANDS)
        for index in range(0, len(run), per):
            result.append(_merge(run[index : index + per]))
    return result


def _runs(bands: Sequence[Band]) -> list[list[Band]]:
    """BANDS in pieces that may be thinned: a mark, and each end of the heap, stays apart."""
    heap = [index for index, band in enumerate(bands) if band.area == "heap"]
    inside = range(heap[0], heap[-1] + 1) if heap else range(0)
    runs: list[list[Band]] = []
    keys: list[object] = []
    for index, band in enumerate(bands):
        alone = band.marks or band.area not in ("heap", "stack") and index not in inside
        key = index if alone else "heap" if index in inside else band.area
        if keys and keys[-1] == key:
            runs[-1].append(band)
        else:
            runs.append([band])
            keys.append(key)
    return runs


def _merge(bands: Sequence[Band]) -> Band:
    """One band for all of BANDS."""
    if len(bands) == 1:
        return bands[0]
    columns = list(zip(*(band.cells for band in bands), strict=True))
    cells = tuple(_either(column) for column in columns)
    area = "heap" if any(band.area == "heap" for band in bands) else bands[0].area
    counts = [
        sum(band.pages for band, rights in zip(bands, column, strict=True) if rights)
        for column in columns
    ]
    return Band(bands[0].start, bands[-1].end, area, cells, part=max(counts))


def _either(rights: Sequence[str]) -> str:
    present = {r for r in rights if r}
    return present.pop() if len(present) == 1 else _PARTLY if present else ""
