# SPDX-License-Identifier: MIT
"""Makes what is booted: a kernel and the archive of programs.

The working tree is built in place.  A submission is laid over a copy of the tree
below OUT/tree and built there: a copy, not hard links, so that nothing the
submission's build does can reach the tree it came from.  What does not depend on
the submission is made once for many of them where there is a cache, see ``pristine``.

In a sandbox, only the kernel is made, and only its own folder can be written.  What
no student's file goes into, the programs and their archive, is made before that and
outside: a compiler gone wild cannot change the tests.
"""

import os
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from grading.errors import InfraError, UsageError
from grading.guard import Guard
from grading.pristine import Pristine, find_pristine
from grading.process import Finished, run_bounded
from grading.sandbox import Sandbox, build_limits, exit_status
from grading.scan_source import Problem
from grading.submission import Submission
from grading.text import clean, shorten, tail

BUILD_TIMEOUT_S = 600
LOG_BYTES = 1 << 20
LOG_LINES = 30
_MARK = ".grader-copy"
# Folders of the tree that no build needs.
_NOT_COPIED = {"build", "docs", "grading", ".git", "__pycache__", ".pytest_cache", ".hypothesis"}
_NOT_COPIED |= {"mutants", "grader", "host"}

_FIRST_ERROR = re.compile(r"^(?:\./)?(\S+?:\d+(?::\d+)?): (?:fatal )?error: .*$", re.MULTILINE)
_LINK_ERROR = re.compile(r"^.*(?:undefined reference to|multiple definition of).*$", re.MULTILINE)
_GAVE_UP = re.compile(
    r"^.*(?:signal terminated program|out of memory allocating|memory exhausted).*$", re.MULTILINE
)
_TARGET = re.compile(r"^make: \*\*\* \[.*?: build/\w+/(\S+)\.o\]", re.MULTILINE)
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


def build_working_tree(root: Path, solution: bool, out: Path, guard: Guard = Guard()) -> Build:
    """Build the tree at ROOT where it is."""
    return _build(root, solution, ["KIND=solution"] if solution else [], out, guard)


def build_submission(
    root: Path, submission: Submission, out: Path, guard: Guard = Guard(), solution: bool = False
) -> Build:
    """Build a copy of the tree at ROOT with the submission's files in it."""
    tree = out / "tree"
    if tree.exists():
        if not (tree / _MARK).exists():
            raise UsageError(f"{tree} exists and was not made by the grader: choose another --out")
        shutil.rmtree(tree)
    _copy_tree(root, tree, out)
    files = {*guard.files, *submission.files}
    pristine = find_pristine(tree, files, _variant(solution))
    if pristine is not None:
        pristine.lay_out(tree, tree / "build" / _variant(solution))
    for name, data in submission.files.items():
        (tree / name).write_bytes(data)
    flags = ["WERROR=0", *(["KIND=solution"] if solution else [])]
    return _build(tree, solution, flags, out, guard, pristine)


def prepare_pristine(root: Path, files: Sequence[str], work: Path) -> None:
    """Fill the cache of the pristine tree at ROOT now, by way of the new folder WORK."""
    _copy_tree(root, work, work)
    try:
        find_pristine(work, set(files), _variant(False))
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _variant(solution: bool) -> str:
    return "solution" if solution else "stub"


def _copy_tree(root: Path, tree: Path, out: Path) -> None:
    kept_out = out.resolve()

    def skip(folder: str, names: list[str]) -> set[str]:
        here = Path(folder).resolve()
        return {n for n in names if n in _NOT_COPIED or here / n == kept_out}

    try:
        shutil.copytree(root, tree, ignore=skip)
        (tree / _MARK).write_text(
            "a copy made by the grader, removed by its next run\n", encoding="utf-8"
        )
    except (OSError, shutil.Error) as error:
        raise InfraError(f"cannot copy the tree to {tree}: {error}") from error


def _build(
    tree: Path,
    solution: bool,
    flags: list[str],
    out: Path,
    guard: Guard,
    pristine: Pristine | None = None,
) -> Build:
    """Look at the sources, make, look at the objects."""
    out.mkdir(parents=True, exist_ok=True)
    if problems := guard.check_sources(tree):
        return _refused(problems, out)
    made = tree / "build" / _variant(solution)
    done = _make(tree, made, flags, guard.sandbox, pristine)
    log = clean(done.output)
    (out / "build.log").write_text(log, encoding="utf-8")
    if done.status != 0 or done.cut:
        return Build("build_error", first_error(log), tuple(tail(log, LOG_LINES)), None)
    initrd = pristine.initrd if pristine else tree / "build/initrd.tar"
    image = Image(tree, made / "kernel.elf", initrd)
    missing = [p for p in (image.kernel, image.initrd) if not p.is_file()]
    if missing:
        raise InfraError(f"make was content, but made no {missing[0]}")
    if problems := guard.check_objects(tree, made):
        return _refused(problems, out)
    return Build("ok", "", (), image)


def _refused(problems: Sequence[Problem], out: Path) -> Build:
    log = "".join(f"{problem}\n" for problem in problems)
    (out / "build.log").write_text(log, encoding="utf-8")
    return Build("build_error", str(problems[0]), tuple(tail(log, LOG_LINES)), None)


def _make(
    tree: Path, made: Path, flags: list[str], sandbox: Sandbox | None, pristine: Pristine | None
) -> Finished:
    """Run make; with a SANDBOX, in it for the kernel, which goes into the folder MADE."""
    jobs = len(os.sched_getaffinity(0))
    make = ["make", f"-j{jobs}", "--no-print-directory", *flags]
    if shutil.which("make") is None:
        raise InfraError("cannot run make: not found (Debian package make)")
    # make ends its compilers when it is told to; when the grader is gone, the kernel tells it.
    outside = ["setpriv", "--pdeathsig", "TERM", "--", *make]
    if sandbox is None:
        return _run([*outside, "kernel", *([] if pristine else ["initrd"])], tree)
    programs = Finished(0, b"") if pristine else _run([*outside, "initrd"], tree)
    if programs.status != 0:
        last = "\n".join(tail(clean(programs.output), LOG_LINES))
        raise InfraError(f"the tree's own programs could not be built:\n{last}")
    made.mkdir(parents=True, exist_ok=True)
    sandbox.show(tree)
    sandbox.give(made)
    inside = [*make, "-C", str(tree), "kernel"]
    done = _run(sandbox.wrap(inside, made, build_limits(jobs), read=[tree]), tree)
    return Finished(exit_status(done.status), programs.output + done.output, done.cut)


def _run(command: list[str], tree: Path) -> Finished:
    done = run_bounded(command, tree, BUILD_TIMEOUT_S, LOG_BYTES)
    if done.cut == "time":
        raise InfraError(
            f"the build was not ready after {BUILD_TIMEOUT_S} s: this host is too slow"
        )
    if not done.cut:
        return done
    said = f"\nmake: *** the compiler printed more than {LOG_BYTES >> 20} MiB.  Stop.\n"
    return Finished(done.status, done.output + said.encode(), done.cut)


def first_error(log: str) -> str:
    """The line of LOG that most likely says what is wrong."""
    for pattern in (_FIRST_ERROR, _LINK_ERROR, _GAVE_UP, _MAKE_ERROR):
        match = pattern.search(log)
        if match is None:
            continue
        line = match[0].strip().removeprefix("./")
        if pattern is _GAVE_UP and (target := _TARGET.search(log)):
            line = f"{target[1]}.c: the compiler gave up: {line}"
        return shorten(line)
    lines = tail(log, 1)
    return lines[0].strip() if lines else "make failed without a word"
