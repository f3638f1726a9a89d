# SPDX-License-Identifier: MIT
"""For GitHub Actions: the step summary, annotations, and the line for autograding reporters.

The runner takes lines of a step's output for commands.  What may hold a student's
bytes is printed between ``::stop-commands::TOKEN`` and ``::TOKEN::``, with a token that
nobody could guess when the kernel was written.
"""

import base64
import json
import secrets
from typing import Any

from grading.export import markdown
from grading.export.model import Grade, Test
from grading.export.words import LABELS, bounded, explain, headline

SUMMARY_BYTES = 1024 << 10
_ANNOTATIONS = 10  # of each kind and step; GitHub shows no more
_MAX_MESSAGE = 4000


def render(grade: Grade) -> str:
    """What belongs into $GITHUB_STEP_SUMMARY."""
    return markdown.render(grade, SUMMARY_BYTES - 1024)


def fenced(text: str) -> str:
    """TEXT for the log, with no line of it taken for a command."""
    token = secrets.token_hex(24)
    return f"::stop-commands::{token}\n{text.rstrip()}\n::{token}::\n"


def annotations(grade: Grade) -> str:
    """Workflow commands that mark source lines; the first failures only."""
    lines = []
    if not grade.built:
        lines = [_command("error", grade, grade.tests[0] if grade.tests else None)]
    else:
        bad = [t for t in grade.tests if t.status not in ("pass", "skipped")]
        lines = [_command("error", grade, test) for test in bad[:_ANNOTATIONS]]
    notice = f"::notice title={_property(grade.lab)}::{_data(headline(grade))}"
    return "".join(f"{line}\n" for line in [*lines, notice])


def _command(kind: str, grade: Grade, test: Test | None) -> str:
    if test is None or not grade.built:
        title, message = "the kernel could not be built", grade.first_error
    else:
        title = f"{test.id}: {LABELS[test.status]}"
        message = explain(test, console=False)
    where = test.source if test else None
    place = f"file={_property(where.file)},line={where.line}," if where else ""
    return f"::{kind} {place}title={_property(title)}::{_data(bounded(message, _MAX_MESSAGE))}"


def _data(text: str) -> str:
    """TEXT as a command's message: on one line."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def reporter_line(grade: Grade) -> str:
    """``result=BASE64`` for $GITHUB_OUTPUT, as GitHub Classroom's reporter reads it.

    Without a score the status is ``error`` and no test has a score.
    """
    failed = any(test.status != "pass" for test in grade.tests)
    data = {
        "version": 1,
        "status": "error" if grade.trouble else "fail" if failed else "pass",
        "max_score": grade.max,
        "tests": [_reported(grade, test) for test in grade.tests],
    }
    return "result=" + base64.b64encode(json.dumps(data).encode()).decode() + "\n"


def _reported(grade: Grade, test: Test) -> dict[str, Any]:
    where = test.source
    broken = bool(grade.trouble) and test.status in ("infra_error", "skipped")
    report: dict[str, Any] = {
        "name": test.id,
        "status": "error" if broken else "pass" if test.status == "pass" else "fail",
        "message": bounded(test.message or LABELS[test.status], _MAX_MESSAGE),
        "test_code": test.repeat,
        "filename": where.file if where else "",
        "line_no": where.line if where else 0,
        "execution_time": f"{test.wall_s:.3f}s",
        "max_score": test.max,
        "grader_status": test.status,
    }
    if not grade.trouble:
        report["score"] = test.score
    return report
