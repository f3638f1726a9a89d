# SPDX-License-Identifier: MIT
"""A lab as data: reads labs/NAME/lab.toml and refuses what is wrong in it.

A Lab that was loaded keeps these promises: ids are unique, points add up, every
``needs`` names a test and nothing needs itself in the end, every regular
expression compiles, and the files it names are there.
"""

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

from grading.errors import LabError, UsageError
from grading.toml_table import Locator, Table

MIN_BUDGET, MAX_BUDGET = 10_000_000, 1_000_000_000_000
DEFAULT_BUDGET = 1_000_000_000
VISIBILITIES = ("visible", "after_due", "hidden")

_ID = re.compile(r"[a-z0-9][a-z0-9_-]*")
_PROGRAM = re.compile(r"(/[A-Za-z0-9][A-Za-z0-9._-]*)+")


@dataclass(frozen=True)
class Step:
    """A part of a test with points of its own."""

    id: str
    points: int
    title: str


@dataclass(frozen=True)
class Input:
    """Type SEND once the console shows something that matches EXPECT."""

    expect: str
    send: str


@dataclass(frozen=True)
class Case:
    """One test: a program that is booted, and what must be seen."""

    id: str
    title: str
    requirement: str
    group: str
    program: str
    args: tuple[str, ...]
    points: int
    steps: tuple[Step, ...]
    needs: tuple[str, ...]
    budget: int
    memory_mib: int
    input: tuple[Input, ...]
    output: tuple[str, ...]
    absent: tuple[str, ...]
    visibility: str
    hints: tuple[tuple[str, str], ...]
    witness: tuple[str, ...] = ()  # rules of the lab's witness.py that this test asks for
    stack_kib: int = 0  # limit of the programs' stacks; 0: the kernel's own
    children: int = 0  # of the program, that must be seen to end before the test passes

    @property
    def name(self) -> str:
        """What the program calls itself in its ``begin`` line."""
        return self.program.rsplit("/", 1)[-1]


@dataclass(frozen=True)
class Group:
    """Tests that are reported together."""

    id: str
    title: str


@dataclass(frozen=True)
class Lab:
    """A rubric; ``cases`` are in the order in which they are reported."""

    id: str
    version: str
    title: str
    points: int
    folder: Path
    student_files: tuple[str, ...]
    groups: tuple[Group, ...]
    cases: tuple[Case, ...]
    floor: int = 0  # what the stubs score

    def case(self, name: str) -> Case:
        """The test called NAME, or a UsageError that lists the nearest ones."""
        for case in self.cases:
            if case.id == name:
                return case
        near = [c.id for c in self.cases if name and (name in c.id or c.id in name)]
        known = ", ".join(near or [c.id for c in self.cases])
        raise UsageError(f"{self.id} has no test {name!r}: try {known}")

    def requirement(self, name: str) -> str:
        """What the handout says under ``**NAME.**``, or nothing."""
        try:
            lines = (self.folder / "README.md").read_text(encoding="utf-8").split("\n")
        except OSError:
            return ""
        for number, line in enumerate(lines):
            if line.lstrip("* ").startswith(f"{name}.**"):
                rest = takewhile(lambda text: text.startswith(" "), lines[number + 1 :])
                return " ".join([line.lstrip("* "), *map(str.strip, rest)]).replace("*", "")
        return ""

    def in_order(self) -> list[Case]:
        """The tests as they are reported: by group, then as written."""
        return [c for g in self.groups for c in self.cases if c.group == g.id]


def find_lab(root: Path, name: str | None) -> Lab:
    """Load the lab called NAME, or the only one of the tree at ROOT."""
    found = sorted(p.parent.name for p in root.glob("labs/*/lab.toml"))
    if name is None and len(found) == 1:
        name = found[0]
    if name is None:
        raise UsageError(
            f"--lab is needed: one of {', '.join(found)}" if found else "no labs/*/lab.toml here"
        )
    if name not in found:
        raise UsageError(f"there is no lab {name!r}: this tree has {', '.join(found) or 'none'}")
    return load_lab(root / "labs" / name / "lab.toml", root)


def load_lab(path: Path, root: Path) -> Lab:
    """Read and check the rubric at PATH; its files are looked for below ROOT."""
    shown = path.relative_to(root) if path.is_relative_to(root) else path
    try:
        source = path.read_text(encoding="utf-8")
        data = tomllib.loads(source)
    except OSError as error:
        raise LabError(f"{shown}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise LabError(f"{shown}: not UTF-8 text: {error.reason}") from error
    except tomllib.TOMLDecodeError as error:
        raise LabError(f"{shown}: {error}") from error
    lab = _read_lab(Table(data, Locator(str(shown), source)), path.parent)
    _check_files(lab, root, Table(data, Locator(str(shown), source)))
    return lab


def pick(lab: Lab, names: Iterable[str]) -> tuple[Case, ...]:
    """The tests called NAMES in the rubric's order, all of them when there are none."""
    wanted = {lab.case(name).id for name in names}
    return tuple(c for c in lab.in_order() if not wanted or c.id in wanted)


def _read_lab(top: Table, folder: Path) -> Lab:
    budget = top.integer("budget", MIN_BUDGET, MAX_BUDGET, DEFAULT_BUDGET)
    memory = top.integer("memory_mib", 8, 2048, 128)
    stack = top.integer("stack_kib", 0, 1 << 20, 0)
    lab = Lab(
        id=_id(top),
        version=top.text("version"),
        title=top.text("title"),
        points=top.integer("points", 0, 1_000_000),
        folder=folder,
        student_files=tuple(top.texts("student_files", needed=True)),
        groups=tuple(_read_group(t) for t in top.tables("group", needed=True)),
        cases=tuple(_read_case(t, budget, memory, stack) for t in top.tables("test", needed=True)),
        floor=top.integer("floor", 0, 1_000_000, 0),
    )
    top.finish()
    _check_ids(lab, top)
    _check_needs(lab, top)
    total = sum(case.points for case in lab.cases)
    if total != lab.points:
        top.fail("points", f"is {lab.points}, but the tests add up to {total}")
    return lab


def _id(table: Table) -> str:
    value = table.text("id")
    if not _ID.fullmatch(value):
        table.fail("id", f"{value!r} is not made of a-z, 0-9, - and _")
    return value


def _read_group(table: Table) -> Group:
    group = Group(_id(table), table.text("title"))
    table.finish()
    return group


def _read_case(table: Table, budget: int, memory: int, stack: int) -> Case:
    case = Case(
        id=_id(table),
        title=table.text("title"),
        requirement=table.text("requirement"),
        group=table.text("group"),
        program=table.text("program"),
        args=tuple(table.texts("args")),
        points=table.integer("points", 0, 1_000_000),
        steps=tuple(_read_step(t) for t in table.tables("steps")),
        needs=tuple(table.texts("needs")),
        budget=table.integer("budget", MIN_BUDGET, MAX_BUDGET, budget),
        memory_mib=table.integer("memory_mib", 8, 2048, memory),
        stack_kib=table.integer("stack_kib", 0, 1 << 20, stack),
        input=tuple(_read_input(t) for t in table.tables("input")),
        output=tuple(table.patterns("output")),
        absent=tuple(table.patterns("absent")),
        visibility=table.text("visibility", "visible"),
        hints=tuple(table.mapping("hints").items()),
        witness=tuple(table.texts("witness")),
        children=table.integer("children", 0, 100_000, 0),
    )
    table.finish()
    _check_case(case, table)
    return case


def _read_step(table: Table) -> Step:
    step = Step(_id(table), table.integer("points", 0, 1_000_000), table.text("title"))
    table.finish()
    return step


def _read_input(table: Table) -> Input:
    line = Input(table.pattern("expect"), table.text("send"))
    table.finish()
    return line


def _check_case(case: Case, table: Table) -> None:
    if not _PROGRAM.fullmatch(case.program):
        table.fail("program", f"{case.program!r} is not an absolute path of plain names")
    for arg in case.args:
        if not arg or not arg.isascii() or not arg.isprintable() or re.search(r"[\s\"']", arg):
            table.fail("args", f"{arg!r} cannot stand on a kernel command line")
    if case.visibility not in VISIBILITIES:
        table.fail("visibility", f"{case.visibility!r} is not one of {', '.join(VISIBILITIES)}")
    total = sum(step.points for step in case.steps)
    if case.steps and total != case.points:
        table.fail("points", f"is {case.points}, but the steps add up to {total}")
    _unique((step.id for step in case.steps), table, "steps")
    if not case.steps and not case.output:
        table.fail("steps", "missing: a test needs steps or output, or nothing could fail")


def _twice(ids: Iterable[str]) -> tuple[int, str] | None:
    """The first of IDS that was there before, and its index."""
    seen: set[str] = set()
    for index, name in enumerate(ids):
        if name in seen:
            return index, name
        seen.add(name)
    return None


def _unique(ids: Iterable[str], table: Table, key: str) -> None:
    """Refuse tables of the array KEY that have the same id."""
    if twice := _twice(ids):
        index, name = twice
        table.child(key, index).fail("id", f"the id {name!r} is used twice", near=name)


def _check_ids(lab: Lab, top: Table) -> None:
    _unique((group.id for group in lab.groups), top, "group")
    _unique((case.id for case in lab.cases), top, "test")
    groups = {group.id for group in lab.groups}
    for index, case in enumerate(lab.cases):
        if case.group not in groups:
            top.child("test", index).fail("group", f"there is no group {case.group!r}")


def _check_needs(lab: Lab, top: Table) -> None:
    needs = {case.id: case.needs for case in lab.cases}
    for index, case in enumerate(lab.cases):
        for need in case.needs:
            if need not in needs:
                top.child("test", index).fail("needs", f"there is no test {need!r}")
    for index, case in enumerate(lab.cases):
        cycle = _cycle_from(case.id, needs)
        if cycle:
            top.child("test", index).fail("needs", f"goes in a circle: {' -> '.join(cycle)}")


def _cycle_from(start: str, needs: dict[str, tuple[str, ...]]) -> list[str]:
    """A path of needs from START back to START, or nothing."""
    trail, seen = [[start]], set()
    while trail:
        path = trail.pop()
        for need in needs[path[-1]]:
            if need == start:
                return [*path, need]
            if need not in seen:
                seen.add(need)
                trail.append([*path, need])
    return []


def _check_files(lab: Lab, root: Path, top: Table) -> None:
    for name in lab.student_files:
        parts = name.split("/")
        if name.startswith("/") or not name or {"", ".", ".."} & set(parts) or "\\" in name:
            top.fail("student_files", f"{name!r} is not a plain path inside the tree", near=name)
        if not (root / name).is_file():
            top.fail("student_files", f"{name!r} is not in the tree", near=name)
    if twice := _twice(lab.student_files):
        top.fail("student_files", f"{twice[1]!r} is named twice")
    for index, case in enumerate(lab.cases):
        if case.program.startswith("/tests/") and not _has_source(case.name, lab, root):
            near = f"{case.name}.c"
            top.child("test", index).fail(
                "program", f"no {near} in the lab's tests or in tests/guest"
            )


def _has_source(name: str, lab: Lab, root: Path) -> bool:
    return any((f / f"{name}.c").is_file() for f in (lab.folder / "tests", root / "tests/guest"))
