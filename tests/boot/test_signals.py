# SPDX-License-Identifier: MIT
"""Signals as a program made for Linux sees them, and what the console says of faults."""

import subprocess
from pathlib import Path

from test_boot import INITRD, archive_with, assert_passed, boot, linux_program

ICOUNT = ("-icount", "shift=0,sleep=off")


def test_linux_program(tmp_path: Path) -> None:
    """Handlers, jumps out of them, children, alarms: the same words on Linux and here."""
    signals = linux_program("musl_signals", tmp_path)
    linux = subprocess.run([signals], stdout=subprocess.PIPE, text=True, check=True)
    archive = archive_with(INITRD, signals, tmp_path / "initrd.tar")
    result = boot(*ICOUNT, append="NONCE=77 -- run /bin/musl_signals", initrd=archive)
    assert_passed(result)
    assert result.lines()[1:-2] == linux.stdout.splitlines(), result.console


def test_one_line_for_each_death() -> None:
    """C23: a process that a fault kills has a line on the console, one that handles it none."""
    result = boot(*ICOUNT, append="NONCE=77 -- run /tests/sigfault")
    assert_passed(result)
    faults = [line for line in result.lines() if line.startswith("fault: ")]
    pids = [line.split()[2] for line in faults]
    killed = ("stack-overflow-no-stack", "blocked", "ignored", "divided", "in-handler", "reset")
    assert len(faults) == len(set(pids)) == len(killed), result.console
    assert sum(": SIGSEGV: " in line for line in faults) == len(killed) - 1


def test_guard_is_named() -> None:
    """C20: a write below a stack that does not grow."""
    result = boot(*ICOUNT, append="NONCE=77 -- run /tests/limits")
    assert_passed(result)
    (fault,) = [line for line in result.lines() if line.startswith("fault: ")]
    assert ": SIGSEGV: write to " in fault and fault.endswith(": stack guard")
