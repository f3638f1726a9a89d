# SPDX-License-Identifier: MIT
"""Makes what is booted: a kernel and the archive of programs.

The working tree is built in place.  A submission is laid over a copy of the tree
below OUT/tree and built there: a copy, not hard links, so that nothing the
submission's build does can reach the tree it came from.
"""

import os
import re
import shutil
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

from grading.errors import InfraError, UsageError
from grading.submission import Submission
from grading.text import clean, tail

BUILD_TIMEOUT_S = 600
LOG_LINES = 30
_MARK = ".grader-copy"
# Folders of the tree that no build needs.
_NOT_COPIED = {"build", "docs", "grading", ".git", "__pycache__", ".pytest_cache", ".hypothesis"}

_FIRST_ERROR = re.compile(r"^(?:\./)?(\S+?:\d+(?::\d+)?): (?:fatal )?error: .*$", re.MULTILINE)
_LINK_ERROR = re.compile(r"^.*(?:undefined reference to|multiple definition of).*$", re.MULTILINE)
_MAKE_ERROR = re.compile(r"^make.*\*\*\*.*$", re.MULTILINE)


@dataclass(frozen=True)
class Image:
    """What a virtual machine needs, and the files to look addresses up in."""

    root: Path
    kernel: Path
    initrd: Path

    def program(self, path: str) -> Path:
        """The ELF file, with debug information, of the guest's program PATH."""
        return self.root / "build/user" / path.lstrip("/")


@dataclass(frozen=True)
class Build:
    """How a build went; ``image`` is there when ``status`` is ok."""

    status: str  # "ok" or "build_error"
    first_error: str
    log: tuple[str, ...]
    image: Image | None


def build_working_tree(root: Path, solution: bool, out: Path) -> Build:
    """Build the tree at ROOT where it is."""
    return _make(root, solution, ["SOLUTION=1"] if solution else [], out)


def build_submission(root: Path, submission: Submission, out: Path) -> Build:
    """Build a copy of the tree at ROOT with the submission's files in it."""
    tree = out / "tree"
    if tree.exists():
        if not (tree / _MARK).exists():
            raise UsageError(f"{tree} exists and was not made by the grader: choose another --out")
        shutil.rmtree(tree)
    _copy_tree(root, tree, out)
    (tree / _MARK).write_text(
        "a copy made by the grader, removed by its next run\n", encoding="utf-8"
    )
    for name, data in submission.files.items():
        (tree / name).write_bytes(data)
    return _make(tree, False, ["WERROR=0"], out)


def _copy_tree(root: Path, tree: Path, out: Path) -> None:
    kept_out = out.resolve()

    def skip(folder: str, names: list[str]) -> set[str]:
        here = Path(folder).resolve()
        return {n for n in names if n in _NOT_COPIED or here / n == kept_out}

    try:
        shutil.copytree(root, tree, ignore=skip)
    except (OSError, shutil.Error) as error:
        raise InfraError(f"cannot copy the tree to {tree}: {error}") from error


def _make(tree: Path, solution: bool, flags: list[str], out: Path) -> Build:
    jobs = len(os.sched_getaffinity(0))
    command = ["make", f"-j{jobs}", "--no-print-directory", "kernel", "initrd", *flags]
    status, log = _run(command, tree)
    out.mkdir(parents=True, exist_ok=True)
    (out / "build.log").write_text(log, encoding="utf-8")
    image = Image(
        tree,
        tree / f"build/{'solution' if solution else 'stub'}/kernel.elf",
        tree / "build/initrd.tar",
    )
    if status == 0 and image.kernel.is_file() and image.initrd.is_file():
        return Build("ok", "", (), image)
    return Build("build_error", first_error(log), tuple(tail(log, LOG_LINES)), None)


def _run(command: list[str], tree: Path) -> tuple[int, str]:
    """Run COMMAND in TREE: its exit status and its output, made harmless."""
    inherited = {
        k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")
    }
    try:
        process = subprocess.Popen(
            command,
            cwd=tree,
            env={**inherited, "LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    except OSError as error:
        raise InfraError(
            f"cannot run {command[0]}: {error.strerror} (Debian package {command[0]})"
        ) from error
    try:
        output, _ = process.communicate(timeout=BUILD_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        output, _ = process.communicate()
        output += f"\nbuild: error: not ready after {BUILD_TIMEOUT_S} s\n".encode()
    except BaseException:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        raise
    return process.returncode, clean(output)


def first_error(log: str) -> str:
    """The line of LOG that most likely says what is wrong."""
    for pattern in (_FIRST_ERROR, _LINK_ERROR, _MAKE_ERROR):
        match = pattern.search(log)
        if match:
            return match[0].strip().removeprefix("./")
    lines = tail(log, 1)
    return lines[0].strip() if lines else "make failed without a word"
