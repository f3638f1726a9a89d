# SPDX-License-Identifier: MIT
"""Attacks on the build of the real kernel: each ends as a build error with its reason.

One tree is built once; then each of attacks/*.c takes the place of kernel/pgfault.c
in it, and the build goes on from there.
"""

import hashlib
import os
import re
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from conftest import ROOT

from grading import build
from grading.build import Build, build_submission
from grading.errors import InfraError
from grading.guard import Guard
from grading.process import run_bounded
from grading.sandbox import build_limits, open_sandbox
from grading.scan_object import load_allowed
from grading.submission import Submission
from grading.text import LINE_LENGTH

FILES = ("kernel/mm/vm.c", "kernel/pgfault.c", "kernel/proc.c", "kernel/syscall.c")
VICTIM = "kernel/pgfault.c"
ATTACKS = sorted((Path(__file__).parent / "attacks").glob("*.c"))


def checksum(folder: Path) -> str:
    """Of all names, contents, rights and times below FOLDER."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        status = path.lstat()
        digest.update(f"{path}\0{status.st_mode}\0{status.st_uid}\0{status.st_mtime_ns}\0".encode())
        digest.update(path.read_bytes() if path.is_file() else b"")
    return digest.hexdigest()


@dataclass(frozen=True)
class Class:
    """A tree without most of its programs, and what was made of it below OUT."""

    root: Path
    out: Path
    guard: Guard

    def hand_in(self, source: str | bytes) -> Build:
        """Build again with SOURCE as the victim."""
        tree = self.out / "tree"
        data = source.encode() if isinstance(source, str) else source
        (tree / VICTIM).write_bytes(data)
        return build._build(tree, False, ["WERROR=0"], self.out, self.guard)

    @property
    def log(self) -> str:
        return (self.out / "build.log").read_text()


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Class]:
    """Builds once; and sees to it that no attack has changed anything but what it may."""
    if shutil.which("gcc") is None or shutil.which("make") is None:
        pytest.skip("needs gcc and make")
    try:
        sandbox = open_sandbox()
    except InfraError as error:
        pytest.skip(str(error).splitlines()[0])
    root, out = tmp_path_factory.mktemp("root"), tmp_path_factory.mktemp("out")
    shutil.copy(ROOT / "GNUmakefile", root)
    for name in (".ci", "kernel", "user/lib", "user/sh"):
        shutil.copytree(ROOT / name, root / name)
    before = checksum(root)
    guard = Guard(FILES, load_allowed(ROOT / "labs/demand-paging"), sandbox)
    made = build_submission(root, Submission("x", {}, ()), out, guard)
    assert made.status == "ok", made
    tree = out / "tree"
    (tree / VICTIM).unlink()
    aside = tree / "build/stub"
    rest = [p for p in sorted(tree.rglob("*")) if p.is_file() and aside not in p.parents]
    digests = {path: path.read_bytes() for path in rest}
    yield Class(root, out, guard)
    assert checksum(root) == before
    assert {path: path.read_bytes() for path in rest} == digests
    assert sorted(os.listdir(out)) == ["build.log", "tree"]


def test_honest_file_is_built(school: Class) -> None:
    made = school.hand_in((ROOT / VICTIM).read_bytes())
    assert made.status == "ok" and made.image is not None


@pytest.mark.parametrize("path", ATTACKS, ids=lambda path: path.stem)
def test_attack_is_a_build_error(school: Class, path: Path) -> None:
    source = path.read_text()
    wanted = re.search(r"refused: (.*) \*/", source)
    assert wanted is not None
    started = time.monotonic()
    made = school.hand_in(source)
    assert made.status == "build_error" and made.image is None
    assert re.search(wanted[1], made.first_error), made
    assert time.monotonic() - started < 60
    check_harmless(school, made)


def check_harmless(school: Class, made: Build) -> None:
    """What is kept of a build can be shown anywhere, and is short."""
    for line in (made.first_error, *made.log):
        assert len(line) <= LINE_LENGTH and line.replace("\t", "").isprintable()
        assert not line.lstrip().startswith(("::", "##"))
    assert len(made.log) <= build.LOG_LINES
    assert len(school.log) < 5 * build.LOG_BYTES
    assert school.log.replace("\n", "").replace("\t", "").isprintable()


# A source, and what must be in the log in its place: the bytes themselves are not.
DIRTY = [
    (b'_Static_assert(0, "\x1b[2J");', "a control character, U+001B"),
    (b"#error a\0b", "a control character, U+0000"),
    (b"int caf\xe9;", "not ASCII"),
    (b'_Static_assert(0, "\xe9\xff \xc2\x9b");', "\\x9b"),
    ("int \u202egnp;".encode(), "an invisible character, U+202E"),
    ("\ufeffint x = y;".encode(), "'y' undeclared"),
    (b"#error " + b"x" * 100_000, "characters ..."),
    (b"int " + b"x" * 100_000 + b" = y;", "'y' undeclared"),
    (b"int x = " + b"(" * 50_000 + b"y" + b")" * 50_000 + b";", "gave up"),
]


@pytest.mark.parametrize(("source", "wanted"), DIRTY, ids=range(len(DIRTY)))
def test_log_is_harmless(school: Class, source: bytes, wanted: str) -> None:
    made = school.hand_in(source)
    assert made.status == "build_error"
    assert wanted in "\n".join([made.first_error, *made.log])
    check_harmless(school, made)


# What a compiler could do that is in the attacker's hands.  Should it ever run outside
# of a sandbox, it does no harm: it names no file but those of this test, and its
# processes are few enough, and gone soon.
WILD = """#!/bin/sh
exec >/dev/null 2>&1
for file in GNUmakefile user/sh/main.c build/initrd.tar ../build.log {root}/GNUmakefile; do
    echo wild >>{tree}/$file
done
rm -f {tree}/GNUmakefile {tree}/build/initrd.tar {root}/GNUmakefile
cp {root}/GNUmakefile {tree}/build/stub/stolen
for i in $(seq 200); do sleep 10 & done
"""


def test_wild_compiler_is_contained(school: Class) -> None:
    """Even when all the scans are passed by, the sandbox holds."""
    sandbox = school.guard.sandbox
    assert sandbox is not None
    tree = school.out / "tree"
    made = tree / "build/stub"
    wild = made / "wild"
    wild.write_text(WILD.format(root=school.root, tree=tree))
    wild.chmod(0o755)
    (tree / VICTIM).write_bytes((ROOT / VICTIM).read_bytes())
    # Not by build._make, which makes the programs outside: this compiler is for inside only.
    command = ["make", "-C", str(tree), f"CC={wild}", "kernel"]
    started = time.monotonic()
    done = run_bounded(
        sandbox.wrap(command, made, build_limits(2), read=[tree]), tree, 60, build.LOG_BYTES
    )
    assert done.status != 0 and not done.cut
    assert time.monotonic() - started < 30
    assert not (made / "stolen").exists()
    wild.unlink()
