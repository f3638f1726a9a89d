# SPDX-License-Identifier: MIT
"""All that stands between a submission's sources and this host, put together.

``build`` asks it three things: may these files be compiled, how is the compiler
started, and may the objects be linked into a kernel.  A lab says that its student's
files are kernel sources by having an allowed.toml; others are not looked at.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from grading.binutils import run_tool
from grading.elf import ElfError, load
from grading.lab import Lab
from grading.sandbox import Sandbox, open_sandbox
from grading.scan_object import Allowed, load_allowed, scan_objects
from grading.scan_source import Problem, scan_sources
from grading.text import clean_line


@dataclass(frozen=True)
class Guard:
    """What is asked of the student's FILES; nothing without ALLOWED."""

    files: tuple[str, ...] = ()
    allowed: Allowed | None = None
    sandbox: Sandbox | None = None

    def check_sources(self, tree: Path) -> list[Problem]:
        """What the student's files in TREE must not say."""
        if self.allowed is None:
            return []
        return scan_sources({name: (tree / name).read_bytes() for name in self.files}, tree)

    def check_objects(self, tree: Path, made: Path) -> list[Problem]:
        """What the student's objects below MADE, and the kernel there, must not be."""
        if self.allowed is None:
            return []
        objects = {name: (made / name).with_suffix(".o") for name in self.files}
        others = [p for p in _objects_of(tree, made) if p not in objects.values()]

        def run(command: Sequence[str]) -> str:
            return run_tool(command, self.sandbox, [made])

        return [*scan_objects(objects, others, self.allowed, run), *_no_kernel(made)]


def make_guard(lab: Lab, sandboxed: bool) -> Guard:
    """The guard for LAB; an InfraError when there should be a sandbox and none works here."""
    allowed = load_allowed(lab.folder) if (lab.folder / "allowed.toml").is_file() else None
    return Guard(lab.student_files, allowed, open_sandbox() if sandboxed else None)


def _no_kernel(made: Path) -> Iterator[Problem]:
    """The witness reads the kernel's symbols: is it a file that can be read?"""
    kernel = made / "kernel.elf"
    try:
        if kernel.is_file():
            load(kernel)
    except ElfError as error:
        yield Problem(kernel.name, 0, f"it cannot be read: {clean_line(str(error))}")


def _objects_of(tree: Path, made: Path) -> list[Path]:
    """The kernel's objects below MADE whose source is still in TREE."""
    found = []
    for path in sorted(made.glob("kernel/**/*.o")):
        source = tree / path.relative_to(made)
        if any(source.with_suffix(suffix).is_file() for suffix in (".c", ".S")):
            found.append(path)
    return found
