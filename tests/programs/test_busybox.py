# SPDX-License-Identifier: MIT
"""Debian's busybox-static: a shell and the rest, in sections, the same on both."""

import re
import subprocess
from pathlib import Path

import pytest
from both import Group, run

from grading.programs.compare import ENV
from grading.programs.machine import Job
from grading.programs.pack import Archive

BUSYBOX = "/bin/busybox"
SCRIPT = Path(__file__).with_name("scripts") / "busybox.sh"
APPLETS_MIN = 60


def sections() -> dict[str, str]:
    """The script's sections by name."""
    parts = re.split(r"^## (\w+)\n", SCRIPT.read_text(), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2]))


def applets() -> list[str]:
    """The names that this busybox goes by."""
    done = subprocess.run([BUSYBOX, "--list"], capture_output=True, text=True, check=True)
    return done.stdout.split()


def fill(archive: Archive) -> None:
    """Busybox under all its names, and the sections."""
    archive.add(Path(BUSYBOX), follow=True)
    for name in applets():
        if name != "busybox":
            archive.add_link(f"/bin/{name}", "busybox")
    for name, text in sections().items():
        archive.add_bytes(f"/scripts/{name}", text.encode())
        archive.add_folder(f"/tmp/{name}")
    archive.add_bytes("/etc/passwd", b"root:x:0:0:root:/root:/bin/sh\n")
    archive.add_bytes("/etc/group", b"root:x:0:\n")


GROUP = Group(
    "busybox",
    {name: Job(("/bin/sh", f"/scripts/{name}"), ENV, cwd=f"/tmp/{name}") for name in sections()},
    fill,
    memory="64M",
)


@pytest.mark.parametrize("name", GROUP.jobs)
def test_section(name: str) -> None:
    """A section prints the same, and ends alike."""
    pair = run(GROUP)[name]
    assert pair.linux.status is not None
    assert pair.differences() == ""


def test_enough() -> None:
    """The script uses at least so many applets, each of which there is."""
    words = set(re.findall(r"[\w\[]+", SCRIPT.read_text()))
    assert len(words & set(applets())) >= APPLETS_MIN
