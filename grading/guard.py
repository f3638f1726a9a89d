# SPDX-License-Identifier: MIT
"""All that stands between a submission's sources and this host, put together.

``build`` asks it three things: may these files be compiled, how is the compiler
started, and may the objects be linked into a kernel.  A lab says that its student's
files are kernel sources by having an allowed.toml; others are not looked at.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from grading.errors import InfraError
from grading.lab import Lab
from grading.process import run_bounded
from grading.sandbox import Limits, Sandbox, exit_status, open_sandbox
from grading.scan_object import Allowed, Unreadable, load_allowed, scan_objects
from grading.scan_source import Problem, scan_sources

_TOOL_S = 120
_TOOL_OUTPUT = 64 << 20
_TOOL_LIMITS = Limits(cpu_s=20, memory_mib=512, file_mib=1, processes=16)


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
        """What the student's objects below the folder MADE must not have in them."""
        if self.allowed is None:
            return []
        objects = {name: (made / name).with_suffix(".o") for name in self.files}
        others = [p for p in _objects_of(tree, made) if p not in objects.values()]

        def run(command: Sequence[str]) -> str:
            return self._tool(command, made)

        return scan_objects(objects, others, self.allowed, run)

    def _tool(self, command: Sequence[str], folder: Path) -> str:
        """What a program of binutils says about what a compiler made of students' text."""
        if self.sandbox is not None:
            command = self.sandbox.wrap(command, folder, _TOOL_LIMITS)
        done = run_bounded(command, folder, _TOOL_S, _TOOL_OUTPUT)
        if done.cut == "time":
            raise InfraError(f"{command[0]} was not ready after {_TOOL_S} s")
        if done.cut or exit_status(done.status) != 0:
            raise Unreadable(f"{command[0]}: status {done.status}")
        return done.output.decode("utf-8", "replace")


def make_guard(lab: Lab, sandboxed: bool) -> Guard:
    """The guard for LAB; an InfraError when there should be a sandbox and none works here."""
    allowed = load_allowed(lab.folder) if (lab.folder / "allowed.toml").is_file() else None
    return Guard(lab.student_files, allowed, open_sandbox() if sandboxed else None)


def _objects_of(tree: Path, made: Path) -> list[Path]:
    """The kernel's objects below MADE whose source is still in TREE."""
    found = []
    for path in sorted(made.glob("kernel/**/*.o")):
        source = tree / path.relative_to(made)
        if any(source.with_suffix(suffix).is_file() for suffix in (".c", ".S")):
            found.append(path)
    return found
