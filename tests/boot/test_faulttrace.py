# SPDX-License-Identifier: MIT
"""The lines of the fault trace.  KERNEL and INITRD are in the environment, as for test_boot.py."""

import os
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))

from machine import POWERED_OFF, command, run  # noqa: E402  (needs the path above)

KERNEL = ROOT / os.environ.get("KERNEL", "build/solution/kernel.elf")
INITRD = ROOT / os.environ.get("INITRD", "build/initrd.tar")

LINE = re.compile(
    r" +(?P<pid>\d+) +(?P<number>\d+)  (?P<access>read|write|execute) +0x(?P<address>[0-9a-f]{12})"
    r"  (?P<page>absent|present) +(?P<region>\S.*?)  +(?P<done>\S.*)"
)


def console(append: str) -> list[str]:
    """What is printed by a boot with the command line APPEND."""
    boot = run(command(KERNEL, INITRD, f"-- {append}", "-icount", "shift=0,sleep=off"))
    assert boot.status == POWERED_OFF, boot.console
    return boot.lines()


@pytest.fixture(scope="module")
def faults() -> set[tuple[str, ...]]:
    """What tests/guest/faulttrace.c does, as (access, page, region, done)."""
    matches = [match for line in console("/tests/faulttrace") if (match := LINE.fullmatch(line))]
    return {match.group("access", "page", "region", "done") for match in matches}


@pytest.mark.parametrize(
    "fault",
    [
        ("read", "absent", "rw-p [anonymous]", "zero page"),
        ("write", "present", "rw-p [anonymous]", "new page, was the zero page"),
        ("write", "absent", "rw-p [anonymous]", "new page"),
        ("write", "absent", "rw-p [anonymous]", "new page, in a system call"),
        ("write", "absent", "rw-p [anonymous]", "stack grown, new page"),
        ("write", "absent", "rw-p [heap]", "new page"),
        ("write", "present", "rw-p [anonymous]", "copied"),
        ("write", "present", "rw-p [anonymous]", "kept (last owner)"),
        ("write", "absent", "rw-p /tmp/pages", "new page, copied from the file"),
        ("read", "absent", "rw-p /tmp/pages", "file page"),
        ("read", "absent", "rw-p /tmp/pages", "file page, +1 ahead"),
        ("write", "present", "rw-p /tmp/pages", "copied"),
        ("read", "absent", "rw-s /tmp/pages", "file page"),
        ("write", "present", "rw-s /tmp/pages", "made writable"),
        ("write", "absent", "no region", "refused: SIGSEGV"),
        ("read", "absent", "r--p /tmp/empty", "refused: SIGBUS"),
        ("read", "absent", "no region", "refused: EFAULT, in a system call"),
    ],
)
def test_each_kind(faults: set[tuple[str, ...]], fault: tuple[str, ...]) -> None:
    assert fault in faults


def test_command() -> None:
    """A heading for each program, then faults numbered from 1; the shell's children too."""
    lines = console("faulttrace sh -c hello")
    heads = [line for line in lines if line.startswith("faulttrace: ")]
    assert heads == ["faulttrace: pid 2 runs sh", "faulttrace: pid 3 runs hello"]
    first = lines.index(heads[0])
    assert lines[first + 1].split() == "pid # access address page region what was done".split()
    matches = [match for line in lines if (match := LINE.fullmatch(line))]
    for pid in ("2", "3"):
        numbers = [int(match["number"]) for match in matches if match["pid"] == pid]
        assert numbers == list(range(1, len(numbers) + 1)) and numbers


def test_off_is_silent() -> None:
    assert not any(LINE.fullmatch(line) for line in console("sh -c hello"))
    assert "usage: faulttrace PROGRAM [ARG...]" in console("faulttrace")
    assert "faulttrace: nope: no such file or directory" in console("faulttrace nope")
