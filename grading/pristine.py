# SPDX-License-Identifier: MIT
"""Keeps what the builds of all submissions have in common: the programs, and most objects.

The folder that the environment's GRADE_CACHE names holds a folder for each pristine
tree and compiler, called by the hash of both.  Nothing that a student's file goes into
is kept, and nothing there is ever changed: a build takes copies.  A folder is made
under another name, by one process at a time, and renamed when all of it is on the disk.
"""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from grading.errors import InfraError
from grading.process import run_bounded
from grading.text import clean, tail

VARIABLE = "GRADE_CACHE"
_TIMEOUT_S = 600
_LOG_BYTES = 1 << 20
_LOG_LINES = 30
_SOURCES = (".c", ".S")
# Times of the files in a tree that is laid out: what is made of a submission is newer.
_SOURCE_TIME, _OBJECT_TIME = 1_000_000_000, 1_000_000_001
# The one thing in a build that depends on where it was made.  The objects do not.
_PLACE = re.compile(r"(?<=-ffile-prefix-map=)[^'=]*(?==)")


@dataclass(frozen=True)
class Pristine:
    """What was made of a tree before any student's file came into it."""

    folder: Path

    @property
    def initrd(self) -> Path:
        """The archive of programs."""
        return self.folder / "initrd.tar"

    def lay_out(self, tree: Path, made: Path) -> None:
        """Put the objects into MADE, a folder of TREE, and show the programs in TREE."""
        for path in _files(tree):
            os.utime(path, (_SOURCE_TIME, _SOURCE_TIME))
        (tree / "build").mkdir(exist_ok=True)
        (tree / "build/user").symlink_to(self.folder / "user")
        source = self.folder / "objects"
        if not source.is_dir():
            return
        shutil.copytree(source, made, copy_function=shutil.copyfile)
        flags = made / "flags"
        if flags.is_file():
            flags.write_text(_PLACE.sub(lambda _: str(tree), flags.read_text()))
        for path in _files(made):
            os.utime(path, (_OBJECT_TIME, _OBJECT_TIME))


def find_pristine(tree: Path, files: Collection[str], variant: str) -> Pristine | None:
    """What is kept for TREE, whose students hand in FILES; made now if it is not there yet.

    TREE is as it was copied, without a submission's files and not built.  VARIANT is the
    name of the kernel's folder.  None when nobody asked for a cache.
    """
    where = os.environ.get(VARIABLE)
    if not where:
        return None
    cache = Path(where).absolute()
    folder = cache / _key(tree, files, variant)
    try:
        if not folder.is_dir():
            cache.mkdir(parents=True, exist_ok=True)
            with _locked(cache):
                if not folder.is_dir():
                    _make(tree, files, variant, folder)
    except OSError as error:
        raise InfraError(f"{VARIABLE}: {error.filename}: {error.strerror}") from error
    return Pristine(folder)


@contextmanager
def _locked(cache: Path) -> Iterator[None]:
    with open(cache / "lock", "w", encoding="utf-8") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        for left in cache.glob(".new-*"):  # by a process that was killed
            shutil.rmtree(left, ignore_errors=True)
        yield


def _files(folder: Path) -> Iterator[Path]:
    for parent, _, names in os.walk(folder):
        yield from (Path(parent, name) for name in names)


def _key(tree: Path, files: Collection[str], variant: str) -> str:
    digest = hashlib.sha256()
    for part in (variant, *sorted(files), *_tools()):
        digest.update(f"{part}\0".encode())
    for path in sorted(_files(tree)):
        data = path.read_bytes()
        digest.update(f"{path.relative_to(tree)}\0{len(data)}\0".encode() + data)
    return digest.hexdigest()[:32]


def _tools() -> Iterator[str]:
    """What the compiler and the linker say about themselves."""
    for tool in (os.environ.get("CC", "gcc"), "ld"):
        try:
            run = subprocess.run(
                [tool, "--version"], stdin=subprocess.DEVNULL, capture_output=True, check=False
            )
        except OSError as error:
            raise InfraError(f"cannot run {tool}: {error.strerror}") from error
        yield clean(run.stdout)


def _make(tree: Path, files: Collection[str], variant: str, folder: Path) -> None:
    """Build what is kept, and give it its name."""
    new = Path(tempfile.mkdtemp(prefix=".new-", dir=folder.parent))
    try:
        work = new / "tree"
        shutil.copytree(tree, work)
        _must_make(work)
        if all(name.endswith(_SOURCES) for name in files):
            objects = work / "build" / variant
            wanted = [f"build/{variant}/{name}" for name in _objects(tree, files)]
            # One that cannot be made is left to the submission's own build, to say so there.
            _run(work, ["-k", *wanted])
            if objects.is_dir():
                _keep_only(objects, {work / name for name in wanted})
                objects.rename(new / "objects")
        (work / "build/user").mkdir(exist_ok=True)
        (work / "build/user").rename(new / "user")
        (work / "build/initrd.tar").rename(new / "initrd.tar")
        shutil.rmtree(work)
        new.chmod(0o755)
        os.sync()
        new.rename(folder)
    except BaseException:
        shutil.rmtree(new, ignore_errors=True)
        raise


def _objects(tree: Path, files: Collection[str]) -> Iterator[str]:
    """The kernel's objects that no student's file goes into."""
    for path in sorted((tree / "kernel").rglob("*")):
        name = path.relative_to(tree)
        if path.suffix in _SOURCES and name.as_posix() not in files:
            yield name.with_suffix(".o").as_posix()


def _keep_only(folder: Path, objects: Collection[Path]) -> None:
    """Remove what is not one of OBJECTS, what it depends on, or the stamp of the flags."""
    kept = {*objects, *(path.with_suffix(".d") for path in objects), folder / "flags"}
    for path in list(_files(folder)):
        if path not in kept:
            path.unlink()


def _must_make(tree: Path) -> None:
    status, log = _run(tree, ["initrd"])
    if status != 0 or not (tree / "build/initrd.tar").is_file():
        last = "\n".join(tail(log, _LOG_LINES))
        raise InfraError(f"the tree's own programs could not be built:\n{last}")


def _run(tree: Path, what: list[str]) -> tuple[int, str]:
    jobs = len(os.sched_getaffinity(0))
    # make ends its compilers when it is told to; when the grader is gone, the kernel tells it.
    command = ["setpriv", "--pdeathsig", "TERM", "--", "make", f"-j{jobs}", "-s", "WERROR=0"]
    done = run_bounded([*command, *what], tree, _TIMEOUT_S, _LOG_BYTES)
    if done.cut == "time":
        raise InfraError(f"the tree was not built after {_TIMEOUT_S} s: this host is too slow")
    return done.status, clean(done.output)
