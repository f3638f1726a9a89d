# SPDX-License-Identifier: MIT
"""A batch from start to end: lock, read, plan, run, store, tell.

What may be killed when: a job works in a folder of its own below OUT/work; its result
comes into OUT/results by a rename; then the journal says so.  Killed before the
rename, the job is done again, or its finished result.json is found in its folder;
killed after it, the result is found in its place.  So nothing is lost or done twice.
"""

import os
import secrets
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from grading.batch import store
from grading.batch.engine import Ended, Engine, Task
from grading.batch.journal import (
    BROKEN,
    DONE,
    REFUSED,
    RUNNING,
    WAITING,
    Journal,
    Standing,
    open_journal,
)
from grading.batch.late import Policy
from grading.batch.plan import Planner, Setting, find_base
from grading.batch.progress import Teller
from grading.batch.roster import read_roster
from grading.build import prepare_pristine
from grading.errors import UsageError
from grading.files import locked
from grading.guard import make_guard
from grading.lab import Lab, find_lab
from grading.pristine import VARIABLE
from grading.results import find_inputs
from grading.sign import find_key
from grading.submission import Submission
from grading.text import clean_line


@dataclass(frozen=True)
class Order:
    """What was asked for; what is None was said by the first batch on this OUT."""

    root: Path
    out: Path
    source: Path | None = None
    lab: str | None = None
    seed: int | None = None
    machines: int = 1
    sandbox: bool | None = None
    policy: Policy | None = None


@contextmanager
def opened(order: Order) -> Iterator["Batch"]:
    """The class in ORDER's OUT, made if need be, with its lock held."""
    out = order.out
    if order.source is None and not out.is_dir():
        raise UsageError(f"{out}: there is no class here: 'grade batch' makes one")
    _check_place(order.root, out, "OUT")
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{out}: {error.strerror}") from error
    with locked(out), open_journal(out, write=True) as journal:
        lab = _settle(order, journal)
        yield Batch(order, journal, lab)


def _check_place(root: Path, path: Path, what: str) -> None:
    """Every build copies the tree but its build/: a class must not lie in it."""
    inside = path.resolve()
    if inside.is_relative_to(root.resolve()) and not inside.is_relative_to(
        root.resolve() / "build"
    ):
        raise UsageError(f"{path}: {what} lies in the tree: choose one outside of it or in build/")


def _settle(order: Order, journal: Journal) -> Lab:
    """Keep ORDER's choices in JOURNAL; a UsageError where they differ from earlier ones."""
    lab = find_lab(order.root, order.lab or journal.meta("lab"))
    seed = secrets.randbits(48) if order.seed is None else order.seed
    for name, value, given in (
        ("lab", lab.id, order.lab is not None),
        ("seed", seed, order.seed is not None),
    ):
        known = journal.meta(name)
        if known is None:
            journal.set_meta(name, value)
        elif given and known != value:
            raise UsageError(f"{order.out}: this class has the {name} {known}, not {value}")
    if order.source is not None:
        _check_place(order.root, order.source, "DIR")
        journal.set_meta("source", str(order.source.absolute()))
    if order.sandbox is not None or journal.meta("sandbox") is None:
        journal.set_meta("sandbox", order.sandbox is not False)
    if order.policy is not None:
        journal.set_meta("late", order.policy.as_json())
    return lab


class Batch:
    """One run on a class; made by ``opened``."""

    def __init__(self, order: Order, journal: Journal, lab: Lab) -> None:
        self.journal = journal
        self.lab = lab
        self.out = order.out.absolute()
        self._order = order
        inputs = find_inputs(
            order.root, lab, Submission("", {}, ()), False, int(journal.meta("seed"))
        )
        self._setting = Setting(
            root=order.root,
            lab=lab,
            out=self.out,
            inputs=inputs,
            machines=order.machines,
            sandbox=bool(journal.meta("sandbox")),
            run_id=secrets.token_hex(4),
            # Out of a copy of the environment: the jobs sign for themselves.
            key=find_key(None, dict(os.environ), [order.root, self.out]),
        )

    @property
    def root(self) -> Path:
        """The tree."""
        return self._order.root

    @property
    def sandboxed(self) -> bool:
        """Do submissions run in a sandbox?"""
        return self._setting.sandbox

    def paths(self) -> Iterator[tuple[str, Path]]:
        """Where each submission lies that is there, by its slug."""
        for entry in read_roster(self.source):
            taken = self.out / store.TAKEN / entry.slug
            path = taken if entry.files else entry.path
            if path is not None and path.exists():
                yield entry.slug, path

    @property
    def source(self) -> Path:
        """Where the submissions are."""
        return Path(self.journal.meta("source"))

    def ask_again(self, students: Sequence[str], tests: Sequence[str], reason: str) -> int:
        """Ask for a new attempt of STUDENTS, all when empty, with TESTS, all when empty."""
        standings = self.journal.standings()
        _check_names("student", students, [s.id for s in standings])
        _check_names("test", tests, [case.id for case in self.lab.cases])
        asked = [s for s in standings if not students or s.id in students]
        asked = [s for s in asked if s.state in (DONE, REFUSED)]
        for old in asked:
            now = replace(old, state=WAITING, attempt=old.attempt + 1, tests=tuple(tests))
            self.journal.record(now, reason)
        return len(asked)

    def plan(self, manual: bool = False) -> list[Task]:
        """What is to be run; finished work that was left lying is brought in first."""
        entries = read_roster(self.source)
        self.journal.enroll(entries)
        setting = replace(self._setting, run_id=store.MANUAL) if manual else self._setting
        make_guard(self.lab, setting.sandbox)  # no sandbox here: say so now, not for each student
        tasks = Planner(setting, self.journal).plan(entries)
        tasks = [task for task in tasks if not self._bring_in(task)]
        self._clear(tasks)
        if tasks:
            self._prepare()
        return tasks

    def run(self, tasks: Sequence[Task], engine: Engine, teller: Teller) -> None:
        """Run TASKS and store what comes of them."""
        students = self.journal.standings()
        final = sum(s.state in (DONE, REFUSED) for s in students)
        teller.begin(len(students), final, len(tasks))
        try:
            with (
                _terminated_like_interrupted(),
                closing(engine.run(tasks, self._started)) as running,
            ):
                for ended in running:
                    teller.done(self._store(ended))
                    store.remove(ended.task.folder)
        finally:
            for standing in self.journal.standings():
                if standing.state == RUNNING:
                    self.journal.record(replace(standing, state=WAITING), "stopped on the way")
            teller.end()

    def _started(self, task: Task) -> None:
        self.journal.record(replace(task.standing, state=RUNNING), "begun")

    def _prepare(self) -> None:
        """Build what is pristine before anybody waits for it."""
        os.environ[VARIABLE] = str(self._setting.cache)
        self._setting.cache.mkdir(exist_ok=True)
        work = self.out / store.WORK / f"pristine.{self._setting.run_id}"
        work.parent.mkdir(exist_ok=True)
        prepare_pristine(self._order.root, self.lab.student_files, work)

    def _bring_in(self, task: Task) -> bool:
        """Store a result of TASK's attempt that an earlier run finished and did not store."""
        name = task.folder.name.rpartition(".")[0]
        for where in (store.WORK, store.MANUAL):
            for folder in sorted((self.out / where).glob(f"{name}.*")):
                if store.read_result(folder) is None:
                    continue
                now = self._store(Ended(replace(task, folder=folder), 0))
                store.remove(folder)
                if now.state == DONE:
                    return True
        return False

    def _clear(self, tasks: Sequence[Task]) -> None:
        """Remove what earlier runs left, but for what somebody runs by hand just now."""
        for folder in (self.out / store.WORK).glob("*"):
            store.remove(folder)
        wanted = {task.folder.name.rpartition(".")[0] for task in tasks}
        for folder in (self.out / store.MANUAL).glob("*"):
            if folder.name.rpartition(".")[0] not in wanted:
                store.remove(folder)
        for left in (self.out / store.RESULTS).glob("*/.new-*"):
            store.remove(left)

    def _store(self, ended: Ended) -> Standing:
        """Put what ENDED left into its place, then say so in the journal."""
        task, standing = ended.task, ended.task.standing
        data = store.read_result(task.folder)
        problem = _problem(ended, data, standing)
        if data is not None and not problem:
            data = self._merged(standing, data)
            store.keep(data, task.folder, store.result_folder(self.out, standing))
            now = replace(standing, state=DONE, tests=(), score=data["total"], max=data["max"])
            self.journal.record(now, _built(data))
            store.remove(store.broken_folder(self.out, standing))
            return now
        if data is not None:
            store.keep(data, task.folder, store.broken_folder(self.out, standing))
        now = replace(standing, state=BROKEN, note=problem)
        self.journal.record(now, problem)
        return now

    def _merged(self, standing: Standing, data: dict[str, Any]) -> dict[str, Any]:
        """DATA, with the tests that this attempt did not run from the one before it."""
        base = find_base(self.out, standing)
        if not standing.tests or base is None or data["build"]["status"] != "ok":
            return data
        old = {test["id"]: test for test in base["tests"]}
        again = set(standing.tests)
        tests = [t if t["id"] in again else old[t["id"]] for t in data["tests"]]
        names = ", ".join(standing.tests)
        note = f"graded again: {names}; the other tests are of an earlier attempt"
        notes = [*data["submission"]["notes"], note]
        merged = {
            **data,
            "submission": {**data["submission"], "notes": notes},
            "tests": tests,
            "total": sum(test["score"] for test in tests),
        }
        return self._setting.signed(merged)


def _check_names(what: str, names: Sequence[str], known: Sequence[str]) -> None:
    for name in names:
        if name not in known:
            raise UsageError(f"there is no {what} {clean_line(name)!r} in this class")


def _problem(ended: Ended, data: dict[str, Any] | None, standing: Standing) -> str:
    """Why ENDED gave no score, or nothing."""
    said = f": {ended.said}" if ended.said else ""
    if data is None:
        how = f"signal {-ended.status}" if ended.status < 0 else f"status {ended.status}"
        return f"the job ended with {how} and no result{said}"
    if data["inputs"]["hash"] != standing.key:
        return "the submission or the tree changed while it was graded"
    if data["total"] is None:
        broken = [test["id"] for test in data["tests"] if test["status"] == "infra_error"]
        return f"the grader or its host failed in {', '.join(broken)}"
    return ""


def _built(data: dict[str, Any]) -> str:
    return "graded" if data["build"]["status"] == "ok" else "graded: it could not be built"


@contextmanager
def _terminated_like_interrupted() -> Iterator[None]:
    """SIGTERM stops a batch as ^C does."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before: Callable[..., Any] | int | None = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
