# SPDX-License-Identifier: MIT
"""Builds many kernels that differ in a few lines, in one copy of the tree.

The copy stays from run to run, so that make has little to do.  ``build`` may be called
by several threads; kernels are made one at a time.
"""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from grading.build import Image, first_error
from grading.errors import InfraError, UsageError
from grading.guard import Guard
from grading.process import run_bounded
from grading.text import clean
from grading.variants import Variant

_PARTS = ("GNUmakefile", "Makefile", "staff.mk", ".ci", "kernel", "user", "labs", "tests/guest")
_TIMEOUT_S = 600
_LOG_BYTES = 1 << 20


@dataclass(frozen=True)
class Built:
    """REFUSED is what a guard would have said; it does not keep a kernel from being built."""

    image: Image | None
    error: str = ""
    refused: str = ""


class Bench:
    """A copy of the tree at ROOT below OUT."""

    def __init__(self, root: Path, out: Path, guard: Guard) -> None:
        self._root = root
        self._out = out
        self._guard = guard
        self._tree = out / "tree"
        self._lock = Lock()
        self._changed: set[str] = set()
        if shutil.which("patch") is None:
            raise InfraError("cannot run patch (Debian package patch)")
        sync(root, self._tree)
        shutil.rmtree(out / "runs", ignore_errors=True)
        self._must_make("initrd")

    def build(self, variant: Variant) -> Built:
        """The kernel of VARIANT, kept under a name of its own."""
        with self._lock:
            self._restore()
            if variant.patch is not None:
                self._patch(variant)
            return self._build(variant)

    def submission(self, variant: Variant) -> Path:
        """A folder with the files that VARIANT changes, as a student could hand them in."""
        folder = self._out / "runs" / variant.name / "submission"
        with self._lock:
            self._restore()
            self._patch(variant)
            for name in {*variant.files, *self._guard.files}:
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(self._tree / name, folder / name)
        return folder

    def _restore(self) -> None:
        for name in self._changed:
            _copy_if_other(self._root / name, self._tree / name)
        self._changed.clear()

    def _patch(self, variant: Variant) -> None:
        self._changed.update(variant.files)
        command = ["patch", "-p1", "--batch", "--forward", "--no-backup-if-mismatch", "-r", "-"]
        done = run_bounded([*command, "-i", str(variant.patch)], self._tree, 60, _LOG_BYTES)
        if done.status != 0:
            raise UsageError(f"{variant.patch} does not fit:\n{clean(done.output)}")

    def _build(self, variant: Variant) -> Built:
        kind = "solution" if variant.solution else "stub"
        problems = self._guard.check_sources(self._tree)
        refused = f"{problems[0]}" if problems else ""
        status, log = self._make("kernel", f"KIND={kind}")
        folder = self._out / "runs" / variant.name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "build.log").write_text(log, encoding="utf-8")
        if status != 0:
            return Built(None, first_error(log), refused)
        made = self._tree / "build" / kind
        if not refused and variant.kind == "spoof":
            problems = self._guard.check_objects(self._tree, made)
            refused = f"{problems[0]}" if problems else ""
        kernel = folder / "kernel.elf"
        shutil.copyfile(made / "kernel.elf", kernel)
        return Built(Image(self._tree, kernel, self._tree / "build/initrd.tar"), "", refused)

    def _make(self, *what: str) -> tuple[int, str]:
        jobs = len(os.sched_getaffinity(0))
        command = ["make", f"-j{jobs}", "--no-print-directory", "WERROR=0", *what]
        done = run_bounded(command, self._tree, _TIMEOUT_S, _LOG_BYTES)
        return done.status, clean(done.output)

    def _must_make(self, what: str) -> None:
        status, log = self._make(what)
        if status != 0:
            raise InfraError(f"the tree itself cannot be built: {first_error(log)}")


def sync(root: Path, tree: Path) -> None:
    """Make the parts of TREE that a build needs the same as those of ROOT."""
    wanted = {path.relative_to(root) for path in _sources(root)}
    for path in list(_sources(tree)):
        if path.relative_to(tree) not in wanted:
            path.unlink()
    for name in sorted(wanted):
        _copy_if_other(root / name, tree / name)


def _sources(root: Path) -> Iterator[Path]:
    for part in _PARTS:
        path = root / part
        found = path.rglob("*") if path.is_dir() else [path]
        yield from (p for p in found if p.is_file() and "__pycache__" not in p.parts)


def _copy_if_other(source: Path, target: Path) -> None:
    """Copy only what differs: make goes by the time of the last change."""
    data = source.read_bytes()
    if target.is_file() and target.read_bytes() == data:
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(data)
    shutil.copymode(source, target)
