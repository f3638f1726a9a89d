# SPDX-License-Identifier: MIT
"""Solutions whose marks are known: what a self-test of a lab is made of.

A mutant (``labs/LAB/mutants/*.patch``) is the reference with one mistake, and names the
tests that must find it.  A spoof (``tests/grader/spoofs/*.patch``) is a kernel that
cheats, and names the tests that it cheats.  Both are patches of the tree, with lines
``# key: value`` above; a value goes on in lines that begin with ``#   ``.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from grading.errors import UsageError
from grading.lab import Lab

_HEADER = re.compile(r"# ([a-z]+): *(.*)")
_MORE = re.compile(r"#   +(.*)")
_FILE = re.compile(r"^\+\+\+ b/(\S+)", re.MULTILINE)

_MUTANT_KEYS = {"title", "mistake", "fails"}
_SPOOF_KEYS = {"title", "cheats", "expect", "base", "refused", "outside", "members"}
EXPECTED = ("tampered", "build_error", "refused", "fail", "crash", "timeout")


@dataclass(frozen=True)
class Variant:
    """One kernel to be graded; TESTS are those it must fail (mutant) or that it cheats (spoof).

    EXPECT is the status of a spoof's tests.  REFUSED is what the guard says about it
    when it is on, OUTSIDE are its files that no submission can have: with either it is
    stopped earlier, and booted here all the same.
    """

    name: str
    kind: str  # reference, stub, mutant, spoof
    title: str
    solution: bool
    patch: Path | None = None
    files: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()
    expect: str = ""
    refused: str = ""
    outside: tuple[str, ...] = ()
    members: tuple[str, ...] = ()  # names in an archive, for a spoof without a kernel


def plain_variants() -> list[Variant]:
    """The two kernels that need no patch."""
    return [
        Variant("reference", "reference", "all marks", True),
        Variant("stub", "stub", "the lab as it is handed out", False),
    ]


def load_mutants(lab: Lab) -> list[Variant]:
    """The mutants of LAB, by name."""
    return [_mutant(path, lab) for path in sorted((lab.folder / "mutants").glob("*.patch"))]


def load_spoofs(folder: Path, lab: Lab) -> list[Variant]:
    """The spoofs in FOLDER that cheat tests of LAB, by name."""
    return [_spoof(path, lab) for path in sorted(folder.glob("*.patch"))]


def read_header(text: str) -> dict[str, str]:
    """The keys and values above a patch."""
    values: dict[str, str] = {}
    key = ""
    for line in text.split("\n"):
        if match := _HEADER.match(line):
            key = match[1]
            values[key] = match[2].strip()
        elif (match := _MORE.match(line)) and key:
            values[key] = f"{values[key]} {match[1].strip()}".strip()
        elif not line.startswith("#"):
            break
    return values


def _read(path: Path, needed: Iterable[str], known: Iterable[str]) -> tuple[str, dict[str, str]]:
    text = path.read_text(encoding="utf-8")
    values = read_header(text)
    for key in needed:
        if not values.get(key):
            raise UsageError(f"{path}: the line '# {key}: ...' is missing")
    for key in values:
        if key not in known:
            raise UsageError(f"{path}: there is no key {key!r}")
    return text, values


def _tests(path: Path, lab: Lab, names: str) -> tuple[str, ...]:
    """The ids in NAMES; "all" means every test."""
    if names == "all":
        return tuple(case.id for case in lab.cases)
    ids = {case.id for case in lab.cases}
    for name in names.split():
        if name not in ids:
            raise UsageError(f"{path}: {lab.id} has no test {name!r}")
    return tuple(names.split())


def _mutant(path: Path, lab: Lab) -> Variant:
    text, values = _read(path, _MUTANT_KEYS, _MUTANT_KEYS)
    files = tuple(_FILE.findall(text))
    if not files or set(files) - set(lab.student_files):
        raise UsageError(f"{path}: a mutant changes the student's files, and nothing else")
    tests = _tests(path, lab, values["fails"])
    return Variant(path.stem, "mutant", values["title"], True, path, files, tests)


def _spoof(path: Path, lab: Lab) -> Variant:
    text, values = _read(path, ("title", "cheats", "expect"), _SPOOF_KEYS)
    files = tuple(_FILE.findall(text))
    outside = tuple(values.get("outside", "").split())
    if values["expect"] not in EXPECTED:
        raise UsageError(f"{path}: expect is one of {', '.join(EXPECTED)}")
    if set(files) - set(lab.student_files) != set(outside):
        raise UsageError(f"{path}: '# outside: ...' must name its files that are no student's")
    return Variant(
        name=path.stem,
        kind="spoof",
        title=values["title"],
        solution=_choice(path, values, "base", {"stub": False, "reference": True}, "stub"),
        patch=path,
        files=files,
        tests=_tests(path, lab, values["cheats"]),
        expect=values["expect"],
        refused=values.get("refused", ""),
        outside=outside,
        members=tuple(values.get("members", "").split()),
    )


def _choice(
    path: Path, values: Mapping[str, str], key: str, choices: Mapping[str, bool], default: str
) -> bool:
    value = values.get(key, default)
    if value not in choices:
        raise UsageError(f"{path}: {key} is one of {', '.join(choices)}")
    return choices[value]
