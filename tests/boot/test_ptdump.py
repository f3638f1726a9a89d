# SPDX-License-Identifier: MIT
"""The kernel's dump of its page tables against a walk of them from outside.

KERNEL and INITRD are in the environment, as for test_boot.py.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from grading import elf  # noqa: E402  (needs the path above)
from grading.ptdump import CHECKPOINT, START, Dumper  # noqa: E402
from grading.ptdump_command import look  # noqa: E402

KERNEL = ROOT / os.environ.get("KERNEL", "build/solution/kernel.elf")
INITRD = ROOT / os.environ.get("INITRD", "build/initrd.tar")
PROGRAMS = INITRD.parent / INITRD.stem.replace("initrd", "user") / "bin"


def both(name: str, point: str) -> tuple[str, str]:
    """Boot the program NAME: what it printed, and the dump from outside at POINT."""
    program = PROGRAMS / name
    dumper = Dumper(elf.load(program), point)
    transcript = look(KERNEL, INITRD, program, dumper)
    assert dumper.problem == ""
    return transcript.text, dumper.text


def test_inside_and_outside_are_the_same() -> None:
    """B5."""
    console, outside = both("ptdump", CHECKPOINT)
    inside = console[console.index("root  0x") :].replace("\r", "")
    assert inside.splitlines() == outside.splitlines()


def image_pages(name: str) -> list[int]:
    """Which pages the program NAME has, from 4 MiB on."""
    headers = subprocess.run(
        ["readelf", "-lW", str(PROGRAMS / name)], capture_output=True, text=True, check=True
    ).stdout
    loads = re.findall(r"LOAD +\S+ (0x[0-9a-f]+) \S+ \S+ (0x[0-9a-f]+)", headers)
    pages = [range(int(at, 16) // 4096, -(-(int(at, 16) + int(n, 16)) // 4096)) for at, n in loads]
    return [page - 1024 for pages_of in pages for page in pages_of]


@pytest.mark.parametrize("name", ["init", "hello"])
def test_a_program_before_its_first_instruction(name: str) -> None:
    """Its image and one page of stack are all there is, and the kernel's parts are in place.

    B1, B3, B4, N5.
    """
    _, outside = both(name, START)
    user, kernel = outside.split("\nL4=384", 1)
    assert re.findall(r"^L4=(\d+)", outside, re.M) == ["000", "255", "384", "511"]
    assert re.search(r"^L4=255.*\n  L3=511.*\n    L2=511.*\n      L1=255.*\Z", user, re.M)
    image = user.split("\nL4=000", 1)[1].split("\nL4=255", 1)[0]
    assert re.findall(r"L[32]=(\d+)", image) == ["000", "002"]
    assert [int(page) for page in re.findall(r"L1=(\d+)", image)] == image_pages(name)
    assert "USER" not in kernel
    leaves = re.findall(r"^      L1=.*$", kernel, re.M)
    assert all("NO_EXECUTE" in leaf for leaf in leaves if "WRITABLE" in leaf)
