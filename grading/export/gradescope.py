# SPDX-License-Identifier: MIT
"""results.json for Gradescope.

A grade without a score gives a file without any score, neither at the top nor in
tests: Gradescope then reports a failed run, which staff can run again, and not a zero.
"""

import json
from typing import Any

from grading.export.model import UNCONFIRMED, Grade, Test
from grading.export.words import LABELS, bounded, explain, headline

_MAX_OUTPUT = 32 << 10  # of one test; pages get slow beyond
_VISIBILITY = {"visible": "visible", "after_due": "after_due_date", "hidden": "hidden"}


def render(grade: Grade) -> str:
    """The text of results.json."""
    data = _without_score(grade) if grade.trouble else _with_score(grade)
    return json.dumps(data, indent=1, ensure_ascii=True) + "\n"


def _with_score(grade: Grade) -> dict[str, Any]:
    numbers = {tests[0].group: index for index, tests in enumerate(grade.groups(), 1)}
    places: dict[str, int] = {}
    tests = []
    for test in grade.tests:
        places[test.group] = places.get(test.group, 0) + 1
        tests.append(_test(test, f"{numbers[test.group]}.{places[test.group]}"))
    return {
        "score": grade.total,
        "output": _summary(grade),
        "output_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "extra_data": _facts(grade),
        "tests": tests,
    }


def _without_score(grade: Grade) -> dict[str, Any]:
    """A run that failed: no number that could be taken for a score."""
    lines = [
        "This run of the autograder failed, which is not your fault: there is no score.",
        "Course staff can run it again.",
        "",
        f"For staff: {grade.trouble}.",
    ]
    broken = [test for test in grade.tests if test.status == "infra_error"]
    lines += [f"  {test.id}: {test.reason}" for test in broken]
    return {
        "output": bounded("\n".join(lines), _MAX_OUTPUT),
        "output_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "extra_data": {**_facts(grade), "failed_run": True},
    }


def _test(test: Test, number: str) -> dict[str, Any]:
    output = UNCONFIRMED if test.status == "tampered" else explain(test)
    return {
        "name": f"{test.id}: {test.title}",
        "number": number,
        "score": test.score,
        "max_score": test.max,
        "status": "passed" if test.status == "pass" else "failed",
        "output": bounded(output, _MAX_OUTPUT),
        "output_format": "text",
        "visibility": _VISIBILITY[test.visibility],
        "extra_data": {"id": test.id, "status": test.status, "requirement": test.requirement},
    }


def _summary(grade: Grade) -> str:
    lines = [f"{grade.title} ({grade.lab} {grade.lab_version})", headline(grade)]
    lines += [f"note: {note}" for note in grade.notes]
    if not grade.built:
        lines += ["", "The kernel could not be built:", grade.first_error, "", *grade.build_log]
    return bounded("\n".join(lines), _MAX_OUTPUT)


def _facts(grade: Grade) -> dict[str, Any]:
    """What staff may want to look at later; students do not see it."""
    return {
        "lab": grade.lab,
        "submission_hash": grade.submission_hash,
        "inputs": dict(grade.inputs),
        "signed_by": grade.signed_by,
        "tests": [
            {
                "id": test.id,
                "status": test.status,
                "label": LABELS[test.status],
                "flaky": test.flaky,
                "score": test.score,
                "max": test.max,
                "reason": test.reason,
                "disagreements": [
                    f"{f.what}: expected {f.expected}, got {f.got}" for f in test.evidence.wrong
                ],
            }
            for test in grade.tests
        ],
    }
