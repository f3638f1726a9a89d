# SPDX-License-Identifier: MIT
"""Static C programs: of two C libraries, of two compilers, at every level of optimization."""

import shutil
from functools import lru_cache
from pathlib import Path

import pytest
from both import Group, run
from conftest import BUILD, compile_c

from grading.programs.compare import ENV
from grading.programs.machine import Job
from grading.programs.pack import Archive

SOURCES = Path(__file__).with_name("c")
PROGRAMS = (
    *("malloc", "breaks", "processes", "signals", "jumps", "floats", "faults", "files"),
    *("filecalls", "morecalls", "proccalls"),
)
LIBRARIES = {"glibc": "gcc", "musl": "musl-gcc"}
COMPILERS = [name for name in ("gcc", "clang") if shutil.which(name)]
LEVELS = ("-O0", "-O1", "-O2", "-O3", "-Os")


@lru_cache(maxsize=None)
def built(name: str, source: str, compiler: str, level: str) -> Path:
    """A program, compiled."""
    out = BUILD / "static" / name
    flags = ("-static", level, f"-I{SOURCES}")
    return compile_c(str(SOURCES / source), out, *flags, compiler=compiler)


WAYS = {  # by the name of the program: how it is made
    **{f"{p}-{lib}": (f"{p}.c", LIBRARIES[lib], "-O1") for p in PROGRAMS for lib in LIBRARIES},
    **{f"levels-{c}{level}": ("levels.c", c, level) for c in COMPILERS for level in LEVELS},
}


def fill(archive: Archive) -> None:
    """The programs, and a shell for those that start one."""
    for name, way in WAYS.items():
        archive.add(built(name, *way), f"/bin/{name}")
        archive.add_folder(f"/tmp/{name}")
    archive.add(Path("/bin/busybox"), follow=True)
    for name in ("sh", "cat", "seq", "sort"):
        archive.add_link(f"/bin/{name}", "busybox")


GROUP = Group(
    "static", {name: Job((f"/bin/{name}",), ENV, cwd=f"/tmp/{name}") for name in WAYS}, fill
)


@pytest.mark.parametrize("name", WAYS)
def test_program(name: str) -> None:
    """It prints the same on both, and ends alike."""
    pair = run(GROUP)[name]
    assert pair.linux.status is not None
    assert pair.differences() == ""
