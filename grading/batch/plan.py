# SPDX-License-Identifier: MIT
"""Finds out what is still to be done: each submission's key against what is stored.

The key is the hash of all that a grade depends on.  A submission whose key is other
than that of its result is graded again, and the reason is written down; an archive
that cannot be read gets its result here.
"""

import hashlib
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from grading.batch import store
from grading.batch.engine import Task
from grading.batch.journal import (
    BROKEN,
    DONE,
    FINAL,
    MISSING,
    REFUSED,
    WAITING,
    Journal,
    Standing,
)
from grading.batch.roster import Entry
from grading.build import Build
from grading.errors import SubmissionError
from grading.lab import Lab
from grading.pristine import VARIABLE
from grading.results import Inputs, Result
from grading.sign import Key
from grading.submission import MAX_FILE, Submission, load_submission
from grading.verdict import without_boot

_INPUT_NAMES = {
    "submission": "the submission",
    "tree": "the tree or the tests",
    "lab": "the rubric",
    "grader": "the grader",
    "compiler": "the compiler",
    "qemu": "QEMU",
    "seed": "the seed",
}


@dataclass(frozen=True)
class Setting:
    """What all jobs of a batch have in common."""

    root: Path
    lab: Lab
    out: Path
    inputs: Inputs
    machines: int
    sandbox: bool
    run_id: str
    key: Key | None = None  # of this host, for results that no job writes

    @property
    def cache(self) -> Path:
        """Where the pristine part of the build is kept."""
        return self.out / "cache"

    def signed(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """DATA as this host would have written it; a signature of other data is taken off."""
        if self.key is not None:
            return self.key.sign(data)
        return {name: value for name, value in data.items() if name != "signature"}


class Planner:
    """Compares; writes what it decides into the journal."""

    def __init__(self, setting: Setting, journal: Journal) -> None:
        self._setting = setting
        self._journal = journal

    def plan(self, entries: Iterable[Entry]) -> list[Task]:
        """What is to be run for ENTRIES, which are the class."""
        standings = {standing.id: standing for standing in self._journal.standings()}
        tasks = []
        for entry in entries:
            if task := self._plan(entry, standings[entry.id]):
                tasks.append(task)
        return tasks

    def _plan(self, entry: Entry, standing: Standing) -> Task | None:
        path = self._path(entry)
        if path is None or not path.exists():
            note = "nothing was handed in" if path is None else "the file or folder is not there"
            if standing.state != MISSING or standing.note != note:
                self._journal.record(replace(standing, state=MISSING, note=note), note)
            return None
        try:
            submission = load_submission(path, self._setting.lab.student_files)
        except SubmissionError as error:
            self._refuse(standing, path, str(error))
            return None
        key = replace(self._setting.inputs, submission=submission.hash).hash
        now = self._standing(standing, key)
        if now.state in FINAL:
            return None
        return self._task(now, path)

    def _standing(self, old: Standing, key: str) -> Standing:
        """What is to be done now about OLD, whose inputs have the hash KEY."""
        now = replace(old, key=key)
        kept = store.read_result(store.result_folder(self._setting.out, now))
        if kept is not None:
            if now != old or old.state not in FINAL:
                now = replace(now, state=DONE, tests=(), note="", **_score(kept))
                self._journal.record(now, "its result was stored already")
            return now
        reason = "first attempt"
        if old.state in FINAL and old.key != key:
            before = store.read_result(store.result_folder(self._setting.out, old))
            now = replace(now, attempt=old.attempt + 1, tests=())
            reason = self._difference(before)
        elif old.state in FINAL:
            reason = "its result is gone"
        elif old.state == BROKEN:
            reason = "again: no score so far"
        elif old.state != WAITING or old.key:
            reason = ""  # asked for, or stopped on the way
        now = replace(now, state=WAITING, tests=self._only(now), score=None, max=None, note="")
        if now != old:
            self._journal.record(now, reason or "to be done")
        return now

    def _difference(self, before: Mapping[str, Any] | None) -> str:
        """Which inputs are other than those of the result BEFORE."""
        if before is None:
            return "the inputs changed"
        old, new = before["inputs"], vars(self._setting.inputs)
        names = [n for n in _INPUT_NAMES if n != "submission" and old.get(n) != new[n]]
        names = names or ["submission"]
        return f"changed: {', '.join(_INPUT_NAMES[name] for name in names)}"

    def _only(self, now: Standing) -> tuple[str, ...]:
        """The tests that NOW may be limited to; all, when the old result is no base."""
        base = find_base(self._setting.out, now)
        if not now.tests or base is None:
            return ()
        names = {case.id: case.points for case in self._setting.lab.cases}
        fits = {test["id"]: test["max"] for test in base["tests"]} == names
        inputs = replace(self._setting.inputs, submission=base["inputs"]["submission"])
        return now.tests if fits and inputs.hash == now.key else ()

    def _refuse(self, standing: Standing, path: Path, message: str) -> None:
        """Give a submission that cannot be read its result."""
        setting = self._setting
        unread = Submission(path.name, {}, ())
        digest = hashlib.sha256(f"refused\0{message}".encode("utf-8", "backslashreplace"))
        inputs = replace(setting.inputs, submission=digest.hexdigest())
        now = replace(standing, key=inputs.hash, tests=(), score=0, max=setting.lab.points)
        reason = "it cannot be read"
        if standing.state in FINAL and standing.key != now.key:
            now = replace(now, attempt=standing.attempt + 1)
            reason = "changed: it cannot be read"
        now = replace(now, state=REFUSED, note=message.split("\n")[0])
        folder = store.result_folder(setting.out, now)
        if store.read_result(folder) is None:
            result = Result(
                lab=setting.lab,
                submission=unread,
                inputs=inputs,
                build=Build(
                    "build_error", message.split("\n")[0], tuple(message.split("\n")), None
                ),
                repeat={case.id: "" for case in setting.lab.cases},
                verdicts={
                    case.id: without_boot(case, "build_error", message)
                    for case in setting.lab.cases
                },
                complete=True,
                origin=path.absolute(),
                sandboxed=setting.sandbox,
            )
            store.keep(setting.signed(result.as_json()), None, folder)
        if now != standing:
            self._journal.record(now, reason)

    def _path(self, entry: Entry) -> Path | None:
        """Where ENTRY lies; loose files are brought together, under the lab's names."""
        if not entry.files:
            return entry.path
        folder = self._setting.out / store.TAKEN / entry.slug
        store.remove(folder)
        names = {name.rsplit("/", 1)[-1]: name for name in self._setting.lab.student_files}
        for name, path in entry.files:
            target = folder / names.get(name, name)
            target.parent.mkdir(parents=True, exist_ok=True)
            if path.is_file() and not path.is_symlink():
                with open(path, "rb") as stream:
                    target.write_bytes(stream.read(MAX_FILE + 1))
        return folder

    def _task(self, standing: Standing, path: Path) -> Task:
        name = f"{standing.slug}-{store.attempt_name(standing)}.{self._setting.run_id}"
        where = store.MANUAL if self._setting.run_id == store.MANUAL else store.WORK
        folder = self._setting.out / where / name
        return Task(standing, folder, command(self._setting, standing, path, folder))


def command(setting: Setting, standing: Standing, path: Path, folder: Path) -> tuple[str, ...]:
    """The words that grade the submission at PATH in FOLDER, on any machine that has both."""
    return (
        "env",
        f"{VARIABLE}={setting.cache}",
        f"TMPDIR={folder / 'tmp'}",
        *("setpriv", "--pdeathsig", "KILL", "--"),  # no job outlives who started it
        *(str(setting.root / "grading/grade"), "grade", "--lab", setting.lab.id),
        *("--submission", str(path.absolute()), "--out", str(folder)),
        *("--seed", str(setting.inputs.seed), "--jobs", str(setting.machines)),
        *(() if setting.sandbox else ("--unsafe-no-sandbox",)),
        *(("--only", *standing.tests) if standing.tests else ()),
    )


def shell_line(task: Task) -> str:
    """TASK's command for a shell."""
    return shlex.join(task.command)


def find_base(out: Path, standing: Standing) -> dict[str, Any] | None:
    """The newest result before STANDING's attempt, if its kernel was built."""
    for folder in store.earlier(out, standing):
        if data := store.read_result(folder):
            return data if data["build"]["status"] == "ok" else None
    return None


def _score(data: Mapping[str, Any]) -> dict[str, int]:
    return {"score": data["total"], "max": data["max"]}
