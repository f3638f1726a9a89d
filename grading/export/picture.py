# SPDX-License-Identifier: MIT
"""Draws an address space as SVG: bands from high to low, a column for each moment.

Not to scale.  Colors and patterns are classes, which the page's style sheet defines;
rights and marks are also written as letters and signs.
"""

from dataclasses import dataclass
from itertools import groupby
from xml.etree import ElementTree

from grading.evidence import Finding
from grading.export.model import Test
from grading.export.space import PAGE, Band, Moment, Space, lay_out

_NARROWEST, _LETTER = 300, 5.7
_LEFT = 90  # the columns begin here, addresses end before
_COLUMNS = 128
_HEAD = 24
_MAX_MARKS = 4

_NAMES = {
    "text": "program text",
    "rodata": "constants",
    "data": "program data",
    "heap": "heap",
    "stack": "stack",
    "guard": "guard page",
    "kernel": "kernel",
    "non-canonical": "no such addresses",
    "null": "null pointers",
}
_POINTS = {
    "start": "first instruction",
    "begin": "the test begins",
    "step": "a step is done",
    "end": "the test ends",
    "resident": "present pages are counted",
    "holes": "present pages are counted",
    "frames": "free frames are counted",
    "exit": "a child ends",
    "exec": "a child becomes a program",
    "child": "a child has ended",
}
_UNITS = ((1 << 40, "TiB"), (1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB"))


@dataclass(frozen=True)
class Drawing:
    """An SVG element, and what its columns are, in words."""

    svg: str
    moments: tuple[str, ...]


def draw(test: Test) -> Drawing | None:
    """The address space of TEST at all moments that the witness saw, or None."""
    pictures = [p for p in test.evidence.pictures if p.ranges]
    if not pictures:
        return None
    wrong = test.evidence.wrong
    points = [picture.point for picture in pictures]
    # A point's name tells which picture it is only when there is one of that name.
    bad = {finding.point for finding in wrong if points.count(finding.point) == 1}
    space = lay_out(pictures, _marks(test, wrong), bad)
    return Drawing(_svg(test.id, space), _legend(space.moments))


def _legend(moments: tuple[Moment, ...]) -> tuple[str, ...]:
    """``1 first instruction``, ``2-5 a step is done``: what the columns are."""
    lines = []
    numbered = enumerate(moments, 1)
    for name, group in groupby(numbered, lambda pair: _said(pair[1])):
        numbers = [number for number, _ in group]
        span = f"{numbers[0]}" if len(numbers) == 1 else f"{numbers[0]}\u2013{numbers[-1]}"
        lines.append(f"{span} {name}")
    return tuple(lines)


def _said(moment: Moment) -> str:
    """What happened at MOMENT, in words."""
    first, last = (_POINTS.get(p, p) for p in (moment.points[0], moment.points[-1]))
    name = first if first == last else f"{first} to {last}"
    return f"{name} \u2717" if moment.bad else name


def _marks(test: Test, wrong: tuple[Finding, ...]) -> list[int]:
    """The addresses that a failure is about."""
    if test.status == "pass":
        return []
    found = [*test.faults, *(f.address for f in wrong if f.address is not None)]
    return list(dict.fromkeys(found))[:_MAX_MARKS]


def _svg(name: str, space: Space) -> str:
    heights = [_height(band) for band in space.bands]
    total = _HEAD + sum(heights) + 14
    width = min(44, _COLUMNS / len(space.moments))
    labels = max(max(len(_label(band)), 21 if band.marks else 0) for band in space.bands)
    across = round(max(_NARROWEST, _LEFT + width * len(space.moments) + 12 + labels * _LETTER))
    svg = ElementTree.Element(
        "svg",
        {"viewBox": f"0 0 {across} {total}", "role": "img", "class": "space"},
        width=f"{across * 1.2:.0f}",
        **{"aria-labelledby": f"space-{name}"},
    )
    title = ElementTree.SubElement(svg, "title", id=f"space-{name}")
    title.text = _in_words(space)
    for index, moment in enumerate(space.moments):
        x = _LEFT + (index + 0.5) * width
        sign = "\u2717" if moment.bad else ""
        _text(svg, x, _HEAD - 8, f"{index + 1}{sign}", "head bad" if sign else "head", "middle")
    y = float(_HEAD)
    for band, height in zip(space.bands, heights, strict=True):
        _draw_band(svg, band, y, height, width)
        y += height
    _text(svg, _LEFT - 6, y + 4, "0x0" if space.bands[-1].start == 0 else "", "address", "end")
    return ElementTree.tostring(svg, encoding="unicode")


def _height(band: Band) -> int:
    """More pages are higher, but not in proportion."""
    base = 20 if band.present else 17
    size = min(12, 2 * max(0, band.pages.bit_length() - 1)) if band.present else 0
    return base + size + 14 * len(band.marks)


def _draw_band(svg: ElementTree.Element, band: Band, y: float, height: float, width: float) -> None:
    across = len(band.cells) * width
    kind = band.area if band.is_region or band.area in ("guard", "kernel") else "gap"
    group = ElementTree.SubElement(svg, "g", {"class": f"band {kind}"})
    for index, rights in enumerate(band.cells):
        _draw_cell(group, band, rights, _LEFT + index * width, y, width, height)
    if band.start and (band.is_region or band.area in ("guard", "kernel")):
        _line(group, _LEFT - 4, _LEFT, y + height)
        address = f"{band.start:#x}"
        shown = address if len(address) <= 14 else f"{address[:10]}\u2026"
        _text(group, _LEFT - 6, y + height - 2, shown, "address", "end")
    x = _LEFT + across + 8
    _text(group, x, y + 13, _label(band), "label")
    for index, mark in enumerate(band.marks):
        at = y + 27 + 14 * index
        _text(group, x, at, f"\u25c0 {mark:#x}", "mark")
        _line(group, _LEFT, _LEFT + across + 4, at - 3.5, "mark")


def _draw_cell(
    group: ElementTree.Element,
    band: Band,
    rights: str,
    x: float,
    y: float,
    width: float,
    height: float,
) -> None:
    """Filled when present, striped when partly so, a dashed outline or nothing when not."""
    if rights or band.is_region or band.area in ("guard", "kernel"):
        state = "part" if rights and band.part else "present" if rights else "absent"
        box = {"x": _n(x + 0.5), "y": _n(y + 0.5), "width": _n(width - 1), "height": _n(height - 1)}
        ElementTree.SubElement(group, "rect", {**box, "class": state})
        if state == "part":
            ElementTree.SubElement(group, "rect", {**box, "fill": "url(#stripes)"})
    else:
        for edge in (x + 0.5, x + width - 0.5):
            box = {"x1": _n(edge), "x2": _n(edge), "y1": _n(y), "y2": _n(y + height)}
            ElementTree.SubElement(group, "line", {**box, "class": "torn"})
    if rights and width >= 14:
        _text(group, x + width / 2, y + height / 2 + 3.5, short_rights(rights), "rights", "middle")


def short_rights(rights: str) -> str:
    """``rw`` for ``urw-``; with a K when user code may not touch the page."""
    if "?" in rights:
        return "~"
    kernel = "" if "u" in rights else "K"
    return kernel + "".join(letter for letter in "rwx" if letter in rights)


def _label(band: Band) -> str:
    if band.area in ("gap", "unused"):
        return f"{_size(band.end - band.start)} empty" if not band.present else "not a region"
    name = _NAMES[band.area]
    if band.area in ("kernel", "non-canonical", "null"):
        return name
    if band.area == "guard":
        return f"{name}, present!" if band.present else name
    pages = "1 page" if band.pages == 1 else f"{band.pages:,} pages"
    return f"{name}, {f'{band.part:,} of ' if band.part else ''}{pages}"


def _size(size: int) -> str:
    if size < 16 * PAGE:
        return "1 page" if size == PAGE else f"{size // PAGE} pages"
    unit, name = next((u, n) for u, n in _UNITS if size >= u)
    return f"{size // unit:,} {name}"


def _in_words(space: Space) -> str:
    """The last moment, for those who cannot see the drawing."""
    parts = [
        f"{_label(band)} from {band.start:#x}, {short_rights(band.cells[-1])}"
        for band in reversed(space.bands)
        if band.cells[-1]
    ]
    marks = [f"{mark:#x}" for band in space.bands for mark in band.marks]
    marked = f" Marked: {', '.join(marks)}." if marks else ""
    return f"Present at {_said(space.moments[-1])}: {'; '.join(parts) or 'nothing'}.{marked}"


def _line(
    parent: ElementTree.Element, start: float, end: float, y: float, kind: str = "tick"
) -> None:
    where = {"x1": _n(start), "x2": _n(end), "y1": _n(y), "y2": _n(y)}
    ElementTree.SubElement(parent, "line", {**where, "class": kind})


def _text(
    parent: ElementTree.Element, x: float, y: float, text: str, kind: str, anchor: str = "start"
) -> None:
    where = {"x": _n(x), "y": _n(y), "class": kind, "text-anchor": anchor}
    ElementTree.SubElement(parent, "text", where).text = text


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
