# SPDX-License-Identifier: MIT
"""A class as it is shown and exported: a row for each submission, with its late policy applied.

A row has a score only when its attempt is final.  Everything here comes from OUT; the
submissions themselves need not be there any more.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grading.batch import store
from grading.batch.journal import (
    BROKEN,
    DONE,
    FINAL,
    REFUSED,
    Change,
    Journal,
    Standing,
    open_journal,
)
from grading.batch.late import Lateness, Policy, lateness, read_policy
from grading.lab import Lab


@dataclass(frozen=True)
class Mark:
    """What one test gave."""

    status: str
    score: int | None
    max: int
    flaky: bool


@dataclass(frozen=True)
class Row:
    """One submission."""

    standing: Standing
    marks: Mapping[str, Mark]
    late: Lateness
    built: bool
    note: str
    history: tuple[Change, ...]  # of its finished attempts, and why there were more than one

    @property
    def final(self) -> float | None:
        """The score with the late policy applied; None while there is none."""
        score = self.standing.score
        if self.standing.state not in FINAL or score is None:
            return None
        return self.late.apply(score)

    @property
    def state(self) -> str:
        """The state, in words that say what an instructor has to know."""
        if self.standing.state == DONE:
            return "graded" if self.built else "not built"
        return {BROKEN: "no score", REFUSED: "cannot be read"}.get(
            self.standing.state, self.standing.state
        )

    def with_status(self, status: str) -> list[str]:
        """The tests of that status."""
        return [name for name, mark in self.marks.items() if mark.status == status]

    @property
    def flaky(self) -> list[str]:
        """The tests that ended in two ways."""
        return [name for name, mark in self.marks.items() if mark.flaky]


@dataclass(frozen=True)
class Column:
    """One test of the rubric."""

    id: str
    title: str
    max: int


@dataclass(frozen=True)
class Book:
    """The class."""

    out: Path
    lab: str
    title: str
    max: int
    seed: int
    policy: Policy
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    facts: Mapping[str, Any]  # the inputs of one result


def load_book(out: Path) -> Book:
    """The class in OUT."""
    with open_journal(out) as journal:
        return read_book(out, journal)


def read_book(out: Path, journal: Journal, lab: Lab | None = None) -> Book:
    """The class in OUT, whose JOURNAL is open; the tests are LAB's, or those of its results."""
    policy = read_policy(journal.meta("late"))
    history: dict[str, list[Change]] = {}
    asked: dict[str, str] = {}
    for change in journal.changes():
        if change.state in (*FINAL, BROKEN):
            reason = asked.pop(change.student, "") or change.reason
            history.setdefault(change.student, []).append(_because(change, reason))
        elif change.attempt > 1 and change.reason not in ("begun", "to be done"):
            asked.setdefault(change.student, change.reason)
    rows, columns, facts, title = [], (), {}, journal.meta("lab")
    for standing in journal.standings():
        data = None
        if standing.state in (*FINAL, BROKEN):
            data = store.read_result(store.shown_folder(out, standing))
        if data is not None and (not columns or standing.state == DONE):
            columns = tuple(Column(t["id"], t["title"], t["max"]) for t in data["tests"])
            facts, title = data["inputs"], data["lab"]["title"]
        rows.append(_row(standing, data, policy, history.get(standing.id, [])))
    return Book(
        out=out,
        lab=journal.meta("lab"),
        title=title,
        max=sum(column.max for column in columns),
        seed=int(journal.meta("seed")),
        policy=policy,
        columns=columns,
        rows=tuple(rows),
        facts=facts,
    )


def _because(change: Change, reason: str) -> Change:
    return Change(**{**vars(change), "reason": reason})


def _row(
    standing: Standing, data: Mapping[str, Any] | None, policy: Policy, history: list[Change]
) -> Row:
    tests = data["tests"] if data else ()
    marks = {t["id"]: Mark(t["status"], t["score"], t["max"], bool(t.get("flaky"))) for t in tests}
    built = not data or data["build"]["status"] == "ok"
    note = standing.note
    if data and not built and not note:
        note = data["build"]["first_error"]
    late = lateness(standing.entry, policy)
    return Row(standing, marks, late, built, note, tuple(history))
