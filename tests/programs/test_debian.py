# SPDX-License-Identifier: MIT
"""Dynamic programs from Debian's packages: dash with coreutils, perl, python3."""

import re
import shutil
import subprocess
import tomllib
from functools import lru_cache
from pathlib import Path

import pytest
from both import Group, run

from grading.programs.collect import collect, collect_library
from grading.programs.compare import ENV
from grading.programs.machine import Job
from grading.programs.pack import Archive

SCRIPT = Path(__file__).with_name("scripts") / "debian.sh"
COREUTILS_MIN = 20


def texts(language: str) -> dict[str, str]:
    """What LANGUAGE is given, by name."""
    path = SCRIPT.with_name(f"{language}.toml")
    return tomllib.loads(path.read_text(encoding="utf-8"))


# What those import, so that the files of the modules can be found.
IMPORTS = "json re os subprocess signal math collections heapq mmap tempfile hashlib traceback"
LIST_FILES = (
    f"import sys, {IMPORTS.replace(' ', ', ')}\n"
    "for module in list(sys.modules.values()):\n"
    "    for name in ('__file__', '__cached__'):\n"
    "        print(getattr(module, name, None) or '')\n"
)


def sections() -> dict[str, str]:
    """The script's sections by name."""
    parts = re.split(r"^## (\w+)\n", SCRIPT.read_text(), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2]))


@lru_cache(maxsize=None)
def tools() -> tuple[list[str], int]:
    """The programs of /usr/bin that the sections name, and how many are coreutils'."""
    listed = subprocess.run(
        ["dpkg", "-L", "coreutils"], capture_output=True, text=True, check=True
    ).stdout.split()
    coreutils = {Path(name).name for name in listed if "/bin/" in name}
    words = set(re.findall(r"[a-z][\w]*", SCRIPT.read_text()))
    return sorted((words & coreutils) | {"dash", "grep", "sed", "awk"}), len(words & coreutils)


def add_program(archive: Archive, name: str, there: str = "") -> None:
    """Add the program NAME of this machine's /usr/bin, and what it needs, as /usr/bin/NAME."""
    path = Path(shutil.which(name, path="/usr/bin:/bin"))
    for needed in collect(path):
        archive.add(needed, follow=True)
    archive.add(path, there or f"/usr/bin/{name}", follow=True)


def fill_dash(archive: Archive) -> None:
    """Dash, coreutils, and the sections."""
    for name in tools()[0]:
        add_program(archive, name)
    archive.add_link("/bin/sh", "/usr/bin/dash")
    for name, text in sections().items():
        archive.add_bytes(f"/scripts/{name}", text.encode())
        archive.add_folder(f"/tmp/{name}")


def fill_perl(archive: Archive) -> None:
    """What perl-base has, and a shell."""
    for name in ("perl", "dash", "seq", "echo"):
        add_program(archive, name)
    archive.add_link("/bin/sh", "/usr/bin/dash")
    archive.add(Path("/usr/lib/x86_64-linux-gnu/perl-base"))


def fill_python(archive: Archive) -> None:
    """Python, the modules that its programs import, and a shell."""
    for name in ("python3", "dash", "seq", "tr"):
        add_program(archive, name)
    archive.add_link("/bin/sh", "/usr/bin/dash")
    done = subprocess.run(
        ["/usr/bin/python3", "-I", "-S", "-c", LIST_FILES],
        capture_output=True,
        text=True,
        check=True,
    )
    for name in sorted(set(done.stdout.split())):
        if name.endswith(".so"):
            for needed in collect_library(Path(name)):
                archive.add(needed, follow=True)
        elif name.startswith("/") and Path(name).exists():
            archive.add(Path(name), follow=True)


DASH = Group(
    "dash",
    {
        name: Job(("/usr/bin/dash", f"/scripts/{name}"), ENV, cwd=f"/tmp/{name}")
        for name in sections()
    },
    fill_dash,
)
PERLS = Group(
    "perl",
    {
        name: Job(("/usr/bin/perl", "-e", text), ENV, cwd="/tmp")
        for name, text in texts("perl").items()
    },
    fill_perl,
)
PYTHONS = Group(
    "python",
    {
        name: Job(("/usr/bin/python3", "-S", "-c", text), ENV, cwd="/tmp")
        for name, text in texts("python").items()
    },
    fill_python,
    memory="64M",
)
ALL = [(group, name) for group in (DASH, PERLS, PYTHONS) for name in group.jobs]


@pytest.mark.parametrize(("group", "name"), ALL, ids=[f"{g.name}-{n}" for g, n in ALL])
def test_program(group: Group, name: str) -> None:
    """It prints the same on both, and ends alike; python in 64 MiB."""
    pair = run(group)[name]
    assert pair.linux.status not in (None, 126, 127)
    assert pair.differences() == ""


def test_enough() -> None:
    """So many programs of coreutils are run at least."""
    assert tools()[1] >= COREUTILS_MIN
