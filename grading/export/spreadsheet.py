# SPDX-License-Identifier: MIT
"""CSV for a gradebook: a row for each test, then one with the total.

A cell never begins with what a spreadsheet takes for a formula.  A score that does
not exist is an empty cell, not a zero.
"""

import csv
import io

from grading.export.model import Grade
from grading.export.words import bounded, headline

COLUMNS = (
    "submission",
    "submission_hash",
    "lab",
    "lab_version",
    "group",
    "test",
    "requirement",
    "status",
    "score",
    "max",
    "message",
    "guest_instructions",
    "flaky",
)
TOTAL = "TOTAL"
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_MAX_CELL = 1000


def render(grade: Grade) -> str:
    """The text of the file."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    who = [_text(grade.submission), _text(grade.submission_hash)]
    who += [_text(grade.lab), _text(grade.lab_version)]
    for test in grade.tests:
        row = [_text(text) for text in (test.group, test.id, test.requirement, test.status)]
        message = _text(test.message.replace("\n", " / "))
        writer.writerow(
            [
                *who,
                *row,
                _number(test.score),
                test.max,
                message,
                _number(test.instructions),
                "yes" if test.flaky else "",
            ]
        )
    status = _total_status(grade)
    score, said = _number(grade.total), _text(headline(grade))
    writer.writerow([*who, "", TOTAL, "", status, score, grade.max, said, "", ""])
    return stream.getvalue()


def _total_status(grade: Grade) -> str:
    if grade.total is not None:
        return "graded" if grade.built else "build_error"
    return "infra_error" if grade.complete else "unfinished"


def _number(value: int | None) -> int | str:
    return "" if value is None else value


def _text(value: str) -> str:
    """VALUE as a cell that is text to every spreadsheet."""
    value = bounded(value, _MAX_CELL)
    return f"'{value}" if value.lstrip(" ").startswith(_FORMULA) else value
