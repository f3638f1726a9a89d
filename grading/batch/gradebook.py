# SPDX-License-Identifier: MIT
"""A class for other programs: CSV for a gradebook, CSV for Canvas, a file each for Gradescope.

Whoever has no score gets an empty cell, never a zero.  No cell begins with what a
spreadsheet takes for a formula.
"""

import argparse
import csv
import io
import sys
from collections.abc import Iterable
from pathlib import Path

from grading.batch import store
from grading.batch.book import Book, Row
from grading.batch.journal import FINAL
from grading.batch.roster import Member
from grading.export import gradescope
from grading.export.model import load_grade
from grading.export.words import bounded
from grading.files import replace_text

FORMATS = ("csv", "canvas", "gradescope")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_MAX_CELL = 1000


def export(book: Book, options: argparse.Namespace) -> None:
    """Write BOOK as OPTIONS ask, to a file or to standard output."""
    if options.to == "gradescope":
        folder = options.output or book.out / "gradescope"
        print(f"{folder}: {to_gradescope(book, folder)} results.json")
        return
    text = to_csv(book) if options.to == "csv" else to_canvas(book, options.column)
    if options.output is None:
        sys.stdout.write(text)
    else:
        replace_text(options.output, text)


def to_csv(book: Book) -> str:
    """A row for each student, with the points of each test."""
    head = ["id", "name", "email", "state", "score", "max", "late_days", "final", "note"]
    rows = [[*head, *(column.id for column in book.columns)]]
    for row in book.rows:
        standing = row.standing
        marks = [row.marks[c.id].score if c.id in row.marks else None for c in book.columns]
        final = standing.state in FINAL
        for member in row.standing.entry.members:
            rows.append([
                cell(member.id), cell(member.name), cell(member.email), cell(row.state),
                _number(standing.score if final else None), _number(standing.max),
                _number(row.late.days), _number(row.final), cell(_note(row)),
                *map(_number, marks if final else [None] * len(marks)),
            ])  # fmt: skip
    return _text(rows)


def to_canvas(book: Book, column: str | None) -> str:
    """What Canvas' gradebook imports; COLUMN is the assignment's, as in an export of Canvas."""
    name = column or book.title
    empty = ["", "", "", ""]
    rows = [
        ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", cell(name)],
        ["    Points Possible", *empty, _number(book.max)],
    ]
    for row, member in _members(book):
        rows.append(
            [cell(member.name or member.id), cell(member.id), "", cell(member.email), "",
             _number(row.final)]
        )  # fmt: skip
    return _text(rows)


def to_gradescope(book: Book, folder: Path) -> int:
    """A results.json for each final result, below FOLDER; how many there are."""
    count = 0
    for row in book.rows:
        if row.standing.state in FINAL:
            grade = load_grade(store.result_folder(book.out, row.standing))
            place = folder / row.standing.slug
            place.mkdir(parents=True, exist_ok=True)
            replace_text(place / "results.json", gradescope.render(grade))
            count += 1
    return count


def _members(book: Book) -> Iterable[tuple[Row, Member]]:
    return ((row, member) for row in book.rows for member in row.standing.entry.members)


def _note(row: Row) -> str:
    tampered = row.with_status("tampered")
    review = [f"to be reviewed: {', '.join(tampered)}"] if tampered else []
    return "; ".join(part for part in (row.note, row.late.note, *review) if part)


def _text(rows: Iterable[Iterable[str]]) -> str:
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\r\n").writerows(rows)
    return stream.getvalue()


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:g}"


def cell(value: str) -> str:
    """VALUE as a cell that is text to every spreadsheet."""
    value = bounded(value.replace("\n", " / "), _MAX_CELL)
    return f"'{value}" if value.lstrip(" ").startswith(_FORMULA) else value
