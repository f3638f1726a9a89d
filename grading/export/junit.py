# SPDX-License-Identifier: MIT
"""JUnit's XML, as GitLab, Jenkins and others read it.

A failure is the student's: fail, crash, timeout, build_error, tampered.  An error is
ours: infra_error, and a test that an unfinished grade has not come to.
"""

import re
from xml.etree import ElementTree

from grading.export.model import Grade, Test
from grading.export.words import LABELS, bounded, explain, headline

_MAX_TEXT = 16 << 10  # of one test: GitLab reads 30 MB at most
# What XML 1.0 cannot hold, not even escaped.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render(grade: Grade) -> str:
    """The text of the report."""
    kinds = [_kind(grade, test) for test in grade.tests]
    counts = {
        "tests": len(kinds),
        "failures": kinds.count("failure"),
        "errors": kinds.count("error"),
        "skipped": kinds.count("skipped"),
        "time": f"{sum(test.wall_s for test in grade.tests):.3f}",
    }
    texts = {key: str(value) for key, value in counts.items()}
    root = ElementTree.Element("testsuites", {"name": _safe(grade.lab), **texts})
    suite = ElementTree.SubElement(root, "testsuite", {"name": _safe(grade.title), **texts})
    _properties(suite, grade)
    seen: dict[str, int] = {}
    for test, kind in zip(grade.tests, kinds):
        seen[test.id] = seen.get(test.id, 0) + 1
        name = test.id if seen[test.id] == 1 else f"{test.id} ({seen[test.id]})"
        _case(suite, grade, test, kind, name)
    ElementTree.indent(root)
    body = ElementTree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{body}\n'


def _kind(grade: Grade, test: Test) -> str:
    """Which element TEST gets; none when it passed."""
    if test.status == "infra_error" or (test.status == "skipped" and not grade.complete):
        return "error"
    return {"pass": "", "skipped": "skipped"}.get(test.status, "failure")


def _properties(suite: ElementTree.Element, grade: Grade) -> None:
    score = "" if grade.total is None else str(grade.total)
    facts = {
        "submission": grade.submission,
        "submission_hash": grade.submission_hash,
        "score": score,
        "max": str(grade.max),
        "result": headline(grade),
        "inputs": str(grade.inputs["hash"]),
        "signed_by": grade.signed_by,
        "flaky": " ".join(test.id for test in grade.tests if test.flaky),
    }
    properties = ElementTree.SubElement(suite, "properties")
    for name, value in facts.items():
        ElementTree.SubElement(properties, "property", name=name, value=_safe(value))


def _case(suite: ElementTree.Element, grade: Grade, test: Test, kind: str, name: str) -> None:
    where = test.source
    facts = {
        "classname": _safe(f"{grade.lab}.{test.group}"),
        "name": _safe(name),
        "time": f"{test.wall_s:.3f}",
    }
    if where:
        facts |= {"file": where.file, "line": str(where.line)}
    case = ElementTree.SubElement(suite, "testcase", facts)
    if kind:
        said = test.reason or LABELS[test.status]
        message = _safe(bounded(f"{test.score_text} points: {said}", 1000))
        mark = ElementTree.SubElement(case, kind, message=message)
        if kind != "skipped":
            mark.set("type", test.status)
            mark.text = _safe(bounded(explain(test, console=False), _MAX_TEXT))
    if test.console and test.status != "pass":
        output = ElementTree.SubElement(case, "system-out")
        output.text = _safe(bounded("\n".join(test.console), _MAX_TEXT))


def _safe(text: str) -> str:
    """TEXT with what XML cannot hold written as an escape."""
    return _FORBIDDEN.sub(lambda match: f"\\u{ord(match[0]):04x}", text)
