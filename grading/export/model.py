# SPDX-License-Identifier: MIT
"""A result.json as the exporters see it: checked against its schema, then typed.

A Grade has a ``total`` only if it may be used as a score: when every test that was
asked for has a verdict.  Else ``trouble`` says why not, and no exporter gives a number.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import Any

from grading.errors import InfraError, UsageError
from grading.evidence import Evidence, Finding, Picture, Range, Word
from grading.pinpoint import Source
from grading.text import clean, clean_line, shorten

UNCONFIRMED = "This result could not be confirmed. Course staff will look at it."
_SCHEMA = Path(__file__).resolve().parent.parent / "result.schema.json"
_MAX_RESULT = 256 << 20


@dataclass(frozen=True)
class Step:
    """A part of a test; STATUS is ok, fail or unreached."""

    id: str
    title: str
    status: str
    score: int
    max: int
    message: str


@dataclass(frozen=True)
class Ending:
    """How a test died."""

    kind: str
    summary: str
    where: str


@dataclass(frozen=True)
class Test:
    """One test of a grade; SCORE is None for an infra_error."""

    id: str
    title: str
    requirement: str
    group: str
    group_title: str
    visibility: str
    status: str
    score: int | None
    max: int
    message: str
    hint: str
    source: Source | None
    faults: tuple[int, ...]  # addresses
    steps: tuple[Step, ...]
    instructions: int | None
    cpu_s: float
    wall_s: float
    death: Ending | None
    console: tuple[str, ...]
    flaky: bool
    repeat: str
    replay: str
    evidence: Evidence

    @property
    def score_text(self) -> str:
        """``2/3``, with a mark instead of a score that is not there."""
        mark = {"infra_error": "?", "skipped": "-"}.get(self.status)
        return f"{mark or self.score}/{self.max}"

    @property
    def reason(self) -> str:
        """The first line of why it did not pass."""
        return self.message.partition("\n")[0].strip()


@dataclass(frozen=True)
class Grade:
    """One result.json."""

    lab: str
    lab_version: str
    title: str
    submission: str
    submission_hash: str
    notes: tuple[str, ...]
    inputs: Mapping[str, Any]
    built: bool
    first_error: str
    build_log: tuple[str, ...]
    complete: bool
    recorded_total: int | None
    signed_by: str  # the id of a key, or nothing; whether it is valid is not known here
    max: int
    tests: tuple[Test, ...]

    @property
    def total(self) -> int | None:
        """The score, or None while there is none that may be used."""
        return None if self.trouble else self.recorded_total

    @property
    def trouble(self) -> str:
        """Why there is no score, or nothing."""
        broken = [t.id for t in self.tests if t.status == "infra_error"]
        if broken:
            return f"the grader or its host failed in {', '.join(broken)}"
        if not self.complete:
            return "the grade was not finished: some tests have not run"
        return "" if self.recorded_total is not None else "the result has no total"

    def groups(self) -> list[list[Test]]:
        """The tests by group, in the order of the report."""
        return [list(tests) for _, tests in groupby(self.tests, lambda t: t.group)]


def load_grade(path: Path) -> Grade:
    """Read the result.json at PATH, or in the folder PATH; a UsageError says what is wrong."""
    file = path / "result.json" if path.is_dir() else path
    shown = clean_line(str(file))
    try:
        if file.stat().st_size > _MAX_RESULT:
            raise UsageError(f"{shown}: larger than {_MAX_RESULT >> 20} MiB")
        data = json.loads(file.read_bytes())
    except OSError as error:
        raise UsageError(f"{shown}: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{shown}: not JSON: {clean_line(str(error))}") from error
    if problem := find_problem(data):
        raise UsageError(f"{shown}: not a result of this grader: {problem}")
    return read_grade(_harmless(data))


def _harmless(data: Any) -> Any:
    """DATA with all its texts made safe to show, whoever wrote the file."""
    if isinstance(data, str):
        return clean(data.encode("utf-8", "backslashreplace"))
    if isinstance(data, list):
        return [_harmless(value) for value in data]
    if isinstance(data, dict):
        return {key: _harmless(value) for key, value in data.items()}
    return data


def find_problem(data: object) -> str:
    """Where DATA breaks the schema of result.json first, or nothing."""
    try:
        from jsonschema.exceptions import best_match
        from jsonschema.validators import validator_for
    except ImportError as missing:
        raise InfraError("export needs the Debian package python3-jsonschema") from missing
    schema = json.loads(_SCHEMA.read_bytes())
    error = best_match(validator_for(schema)(schema).iter_errors(data))
    if error is None:
        return ""
    while error.context:  # of what could have been here, what came nearest
        error = max(error.context, key=lambda e: len(e.absolute_path))
    place = ".".join(str(part) for part in error.absolute_path) or "the top"
    return shorten(clean_line(f"at {place}: {error.message}"))


def read_grade(data: Mapping[str, Any]) -> Grade:
    """DATA keeps the schema."""
    lab, submission, build = data["lab"], data["submission"], data["build"]
    return Grade(
        lab=lab["id"],
        lab_version=lab["version"],
        title=lab["title"],
        submission=submission["id"],
        submission_hash=submission["hash"],
        notes=tuple(submission["notes"]),
        inputs=data["inputs"],
        built=build["status"] == "ok",
        first_error=build["first_error"],
        build_log=tuple(build["log"]),
        complete=data["complete"],
        recorded_total=data["total"],
        signed_by=data.get("signature", {}).get("key_id", ""),
        max=data["max"],
        tests=tuple(_test(test) for test in data["tests"]),
    )


_PLAIN = ("id", "title", "requirement", "group", "group_title", "visibility", "status", "score")
_PLAIN += ("max", "message", "hint", "flaky", "repeat", "replay")


def _test(data: Mapping[str, Any]) -> Test:
    death = data["death"]
    source = data["source"]
    return Test(
        **{name: data[name] for name in _PLAIN},
        source=Source(**{**source, "text": tuple(source["text"])}) if source else None,
        faults=tuple(int(address, 16) for address in data["fault_addresses"]),
        steps=tuple(Step(**{k: s[k] for k in Step.__annotations__}) for s in data["steps"]),
        instructions=data["guest_instructions"],
        cpu_s=data["cpu_s"],
        wall_s=data["wall_s"],
        death=Ending(death["kind"], death["summary"], death["where"]) if death else None,
        console=tuple(shorten(line) for line in data["console_tail"]),
        evidence=_evidence(data.get("evidence") or {}),
    )


def _evidence(data: Mapping[str, Any]) -> Evidence:
    """What the witness saw; nothing where there was none."""
    return Evidence(
        started=bool(data),
        words=tuple(Word(w["what"], w["text"], w["ok"]) for w in data.get("words", ())),
        findings=tuple(_finding(f) for f in data.get("findings", ())),
        pictures=tuple(
            Picture(
                p["point"],
                tuple(
                    Range(int(r["start"], 16), int(r["end"], 16), r["rights"]) for r in p["ranges"]
                ),
            )
            for p in data.get("pictures", ())
        ),
        problem=data.get("problem") or "",
    )


def _finding(data: Mapping[str, Any]) -> Finding:
    address: str | None = data["address"]
    return Finding(
        kind=data["kind"],
        point=data["point"],
        what=data["what"],
        expected=data["expected"],
        got=data["got"],
        ok=data["ok"],
        address=None if address is None else int(address, 16),
    )


def for_students(grade: Grade) -> Grade:
    """GRADE without what only staff may see: hidden tests' reasons, and suspicions."""
    return replace(grade, tests=tuple(_for_students(test) for test in grade.tests))


def _for_students(test: Test) -> Test:
    """A test that is not visible keeps its id, its status and its points."""
    bare = replace(
        test,
        message="",
        hint="",
        source=None,
        faults=(),
        steps=(),
        death=None,
        console=(),
        repeat="",
        replay="",
        evidence=Evidence(),
    )
    if test.visibility != "visible":
        return replace(bare, title="a test that is not shown", requirement="")
    return replace(bare, message=UNCONFIRMED) if test.status == "tampered" else test
