# SPDX-License-Identifier: MIT
"""The class's diary: who is in which state, and every change of it, in SQLite.

Results are files and the truth; the journal says what is still to be done and why a
submission was graded again.  One process writes; others may read at the same time.
"""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from grading.batch.roster import Entry, Member
from grading.errors import UsageError

FILE = "journal.sqlite3"
VERSION = 1

WAITING, RUNNING, DONE, REFUSED = "waiting", "running", "done", "refused"
BROKEN, MISSING = "infra_error", "missing"
FINAL = (DONE, REFUSED)

_TABLES = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS student (
 id TEXT PRIMARY KEY, slug TEXT NOT NULL UNIQUE, place INTEGER, entry TEXT NOT NULL,
 state TEXT NOT NULL, attempt INTEGER NOT NULL, key TEXT NOT NULL, tests TEXT NOT NULL,
 score INTEGER, max INTEGER, note TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS change (
 seq INTEGER PRIMARY KEY, at TEXT NOT NULL, student TEXT NOT NULL, state TEXT NOT NULL,
 attempt INTEGER NOT NULL, key TEXT NOT NULL, score INTEGER, reason TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS change_student ON change (student);
"""


@dataclass(frozen=True)
class Standing:
    """Where one submission is.  TESTS, when not empty, are all that this attempt runs."""

    id: str
    slug: str
    entry: Entry
    state: str = WAITING
    attempt: int = 1
    key: str = ""
    tests: tuple[str, ...] = ()
    score: int | None = None
    max: int | None = None
    note: str = ""


@dataclass(frozen=True)
class Change:
    """One line of the diary."""

    at: str
    student: str
    state: str
    attempt: int
    key: str
    score: int | None
    reason: str


class Journal:
    """The journal of one class; use it with ``open_journal``."""

    def __init__(self, base: sqlite3.Connection) -> None:
        self._base = base

    def meta(self, name: str) -> Any:
        """What ``set_meta`` stored, or None."""
        row = self._base.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        return json.loads(row[0]) if row else None

    def set_meta(self, name: str, value: Any) -> None:
        """Store VALUE, of JSON's kinds."""
        with self._base:
            self._base.execute("REPLACE INTO meta VALUES (?, ?)", (name, json.dumps(value)))

    def enroll(self, entries: list[Entry]) -> None:
        """Make ENTRIES the class, in this order; others keep their results, out of sight."""
        with self._base:
            self._base.execute("UPDATE student SET place = NULL")
            for place, entry in enumerate(entries):
                self._base.execute(
                    "INSERT INTO student VALUES (?, ?, ?, ?, ?, 1, '', '[]', NULL, NULL, '')"
                    " ON CONFLICT (id) DO UPDATE"
                    " SET place = excluded.place, entry = excluded.entry",
                    (entry.id, entry.slug, place, _entry_json(entry), WAITING),
                )

    def standings(self) -> list[Standing]:
        """Everybody in the class."""
        rows = self._base.execute(
            "SELECT id, slug, entry, state, attempt, key, tests, score, max, note FROM student"
            " WHERE place IS NOT NULL ORDER BY place"
        )
        return [
            Standing(r[0], r[1], _read_entry(r[0], r[2]), *r[3:6], tuple(json.loads(r[6])), *r[7:])
            for r in rows
        ]

    def record(self, now: Standing, reason: str) -> None:
        """NOW is where its submission is, for this REASON."""
        at = datetime.now(UTC).isoformat(timespec="seconds")
        with self._base:
            self._base.execute(
                "UPDATE student SET state = ?, attempt = ?, key = ?, tests = ?, score = ?,"
                " max = ?, note = ? WHERE id = ?",
                (now.state, now.attempt, now.key, json.dumps(now.tests), now.score, now.max,
                 now.note, now.id),
            )  # fmt: skip
            self._base.execute(
                "INSERT INTO change (at, student, state, attempt, key, score, reason)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (at, now.id, now.state, now.attempt, now.key, now.score, reason),
            )

    def changes(self) -> Iterator[Change]:
        """All of the diary, from the beginning."""
        rows = self._base.execute(
            "SELECT at, student, state, attempt, key, score, reason FROM change ORDER BY seq"
        )
        return (Change(*row) for row in rows)


@contextmanager
def open_journal(out: Path, write: bool = False) -> Iterator[Journal]:
    """The journal in OUT; a UsageError when there is none and it is not to WRITE."""
    file = out / FILE
    if not write and not file.is_file():
        raise UsageError(f"{out}: there is no class here: 'grade batch' makes one")
    try:
        base = sqlite3.connect(file, timeout=30)
        try:
            if write:
                base.execute("PRAGMA journal_mode = WAL")
                base.executescript(_TABLES)
            journal = Journal(base)
            found = journal.meta("version")
            if found is None and write:
                journal.set_meta("version", VERSION)
            elif found != VERSION:
                raise UsageError(f"{file}: version {found}, of another grader than this one")
            yield journal
        finally:
            base.close()
    except sqlite3.DatabaseError as error:
        raise UsageError(f"{file}: {error}") from error


def _entry_json(entry: Entry) -> str:
    """What is kept of ENTRY: not where it lay."""
    data = {
        "members": [[m.id, m.name, m.email] for m in entry.members],
        "submitted": entry.submitted.isoformat() if entry.submitted else None,
        "late_days": entry.late_days,
        "is_late": entry.is_late,
    }
    return json.dumps(data)


def _read_entry(ident: str, text: str) -> Entry:
    data = json.loads(text)
    return Entry(
        id=ident,
        members=tuple(Member(*m) for m in data["members"]),
        submitted=datetime.fromisoformat(data["submitted"]) if data["submitted"] else None,
        late_days=data["late_days"],
        is_late=data["is_late"],
    )
