# SPDX-License-Identifier: MIT
"""What all formats call things, and the plain text that explains one test."""

import re
from collections.abc import Iterable

from grading.export.model import Grade, Test
from grading.verdict import FLAKY

LABELS = {
    "pass": "passed",
    "fail": "failed",
    "crash": "crashed",
    "timeout": "timed out",
    "build_error": "not built",
    "skipped": "not run",
    "tampered": "to be reviewed",
    "infra_error": "grader failed",
}
# A sign for each status, so that nothing is said by color alone.
SIGNS = {
    "pass": "\u2713",
    "fail": "\u2717",
    "crash": "\u2717",
    "timeout": "\u2717",
    "build_error": "\u2717",
    "skipped": "\u2013",
    "tampered": "!",
    "infra_error": "?",
}
STEP_SIGNS = {"ok": "\u2713", "fail": "\u2717", "unreached": "\u2013"}


def headline(grade: Grade) -> str:
    """The score in one line, or why there is none."""
    if grade.trouble:
        return f"No score: {grade.trouble}."
    part = "" if all(t.status != "skipped" for t in grade.tests) else " (not all tests were run)"
    return f"Score: {grade.total} of {grade.max}{part}"


def explain(test: Test, console: bool = True) -> str:
    """Everything about TEST as plain text, the reason first."""
    lines = [f"{LABELS[test.status]}: {test.title}"]
    if test.requirement:
        lines.append(f"requirement {test.requirement}")
    lines += ["", *test.message.split("\n")] if test.message else []
    lines += _source(test)
    lines += ["", FLAKY] if test.flaky else []
    lines += _steps(test)
    lines += ["", f"hint: {test.hint}"] if test.hint else []
    if console and test.console and test.status != "pass":
        lines += ["", "the console's last lines:", *(f"  {line}" for line in test.console)]
    if test.repeat and test.status not in ("pass", "skipped"):
        lines += ["", f"again: {test.repeat}"]
        lines += [f"the same boot, in gdb: {test.replay} --gdb"] if test.replay else []
    return "\n".join(lines)


def _source(test: Test) -> list[str]:
    """The line that it points at, with a mark, between its neighbors."""
    if test.source is None or not test.source.text:
        return []
    lines = [
        f"{'>' if number == test.source.line else ' '} {number:>5}  {text}".rstrip()
        for number, text in test.source.numbered()
    ]
    return ["", f"{test.source.file}:{test.source.line}", *lines]


def _steps(test: Test) -> list[str]:
    if not test.steps or test.status in ("build_error", "skipped"):
        return []
    return ["", *(f"  {s.status:<9}  {s.score}/{s.max}  {s.id}: {s.title}" for s in test.steps)]


def bounded(text: str, limit: int) -> str:
    """TEXT in at most LIMIT bytes of UTF-8, its middle left out when it is longer."""
    raw = text.encode("utf-8", "backslashreplace")
    if len(raw) <= limit:
        return raw.decode()
    mark = "\n... cut here ...\n"
    half = max(0, (limit - len(mark)) // 2)
    head, tail = raw[:half].decode(errors="ignore"), raw[len(raw) - half :].decode(errors="ignore")
    return f"{head}{mark}{tail}"


def fence(lines: Iterable[str]) -> str:
    """A block of code in Markdown that nothing in LINES can end."""
    text = "\n".join(lines)
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    marks = "`" * max(3, longest + 1)
    return f"{marks}text\n{text}\n{marks}"
