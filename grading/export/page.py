# SPDX-License-Identifier: MIT
"""A grade as one HTML page that needs nothing else: no network, no other file, no script.

Everything that is put into the template is escaped by jinja2; only the style sheet
and the drawings, which ElementTree escaped, are not.
"""

from pathlib import Path
from typing import Any

from grading.export.html import load_template, raw
from grading.export.model import Grade, Test
from grading.export.picture import draw
from grading.export.words import LABELS, headline
from grading.verdict import FLAKY

_HERE = Path(__file__).resolve().parent
_GOOD_FINDINGS = 30


def render(grade: Grade) -> str:
    """The page."""
    page = load_template(_HERE / "page.html.j2")
    return page.render(
        grade=grade,
        headline=headline(grade),
        style=raw((_HERE / "page.css").read_text(encoding="utf-8")),
        first=_first_to_fix(grade),
        flaky=FLAKY,
        groups=[_group(tests) for tests in grade.groups()],
        counts=[(s, sum(t.status == s for t in grade.tests)) for s in LABELS],
    )


def _group(tests: list[Test]) -> dict[str, Any]:
    scores = [test.score for test in tests]
    return {
        "name": tests[0].group_title or tests[0].group,
        "score": "?" if None in scores else sum(s for s in scores if s is not None),
        "max": sum(test.max for test in tests),
        "tests": [_test(test) for test in tests],
    }


def _test(test: Test) -> dict[str, Any]:
    """What the template wants to know about one test."""
    drawing = draw(test)
    good = [finding for finding in test.evidence.findings if finding.ok]
    return {
        "test": test,
        "svg": raw(drawing.svg) if drawing else "",
        "moments": drawing.moments if drawing else (),
        "wrong": test.evidence.wrong,
        "good": good[:_GOOD_FINDINGS],
        "more_good": max(0, len(good) - _GOOD_FINDINGS),
        "lines": test.message.split("\n") if test.message else [],
    }


def _first_to_fix(grade: Grade) -> Test | None:
    """The first failing test that does not build on another failing one."""
    quiet = ("pass", "skipped", "infra_error", "tampered")
    bad = [test for test in grade.tests if test.status not in quiet]
    free = [test for test in bad if not test.message.startswith("fix ")]
    return next(iter(free or bad), None)
