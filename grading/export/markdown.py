# SPDX-License-Identifier: MIT
"""A grade in Markdown: the score, a table of tests, and why those failed that did."""

import re
from collections.abc import Iterable

from grading.export.model import Grade, Test
from grading.export.words import LABELS, SIGNS, explain, fence, headline

_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+!|~@:-])")


def render(grade: Grade, limit: int | None = None) -> str:
    """The whole text; details are left out from the end when it is over LIMIT bytes."""
    parts = [_head(grade), _table(grade)]
    details = [_detail(test) for test in grade.tests if test.status not in _QUIET]
    if limit is None:
        return "\n".join(parts + details)
    return _cut(parts, details, limit)


_QUIET = ("pass", "skipped", "build_error")


def _cut(parts: list[str], details: list[str], limit: int) -> str:
    """As many of DETAILS as fit."""
    note = "\nThe details of {} more tests are left out: there is no room.\n"
    used = sum(len(part.encode()) + 1 for part in parts) + len(note) + 8
    for index, detail in enumerate(details):
        used += len(detail.encode()) + 1
        if used > limit:
            return "\n".join([*parts, note.format(len(details) - index)])
        parts.append(detail)
    return "\n".join(parts)


def _head(grade: Grade) -> str:
    lines = [f"# {escape(grade.title)}", "", f"**{escape(headline(grade))}**", ""]
    lines += [f"Submission: {escape(grade.submission)}", ""]
    lines += [line for note in grade.notes for line in (f"* {escape(note)}",)]
    if not grade.built:
        lines += ["", "The kernel could not be built:", ""]
        lines += [fence([grade.first_error, "", *grade.build_log])]
    return "\n".join([*lines, ""])


def _table(grade: Grade) -> str:
    lines = ["| | test | points | |", "|---|---|--:|---|"]
    for tests in grade.groups():
        lines.append(f"| | **{escape(tests[0].group_title)}** | {_sum(tests)} | |")
        for test in tests:
            sign, label = SIGNS[test.status], LABELS[test.status]
            label += ", flaky" if test.flaky else ""
            name, title = escape(test.id), escape(test.title)
            lines.append(f"| {sign} | {name}: {title} | {test.score_text} | {label} |")
    return "\n".join([*lines, ""])


def _sum(tests: Iterable[Test]) -> str:
    tests = list(tests)
    scores = [test.score for test in tests]
    score = "?" if None in scores else str(sum(s for s in scores if s is not None))
    return f"{score}/{sum(test.max for test in tests)}"


def _detail(test: Test) -> str:
    where = test.source
    at = f", {escape(f'{where.file}:{where.line}')}" if where else ""
    return "\n".join(
        [
            f"## {SIGNS[test.status]} {escape(test.id)}: {test.score_text} points{at}",
            "",
            fence(explain(test).split("\n")),
            "",
        ]
    )


def escape(text: str) -> str:
    """TEXT on one line without a meaning in Markdown or HTML."""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))
