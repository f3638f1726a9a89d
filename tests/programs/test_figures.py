# SPDX-License-Identifier: MIT
"""How little it takes: memory for a shell and for python, instructions and time to an echo."""

import re
from pathlib import Path

import pytest
from both import Group, run
from conftest import BUILD, INITRD, KERNEL
from test_busybox import BUSYBOX
from test_busybox import fill as fill_busybox
from test_debian import fill_python

from grading.programs.compare import ENV
from grading.programs.machine import HOME, Job, Machine
from grading.programs.pack import Archive

# From power-on to the end of a shell's echo.  Three million of them wait for kernel/clock.c to
# measure the time-stamp counter, when the shell looks at its script's times.
INSTRUCTIONS_MAX = 5_000_000
CPU_BAR_S = 0.15  # what it should take on a machine of today; told, not judged

SHELL = Group(
    "shell16",
    {"echo": Job(("/bin/sh", "-c", "echo hi; ls / | wc -l >/dev/null; echo $((6 * 7))"), ENV)},
    fill_busybox,
    memory="16M",
)
PYTHON = Group(
    "python64",
    {"json": Job(("/usr/bin/python3", "-S", "-c", "import json; print(json.dumps([1]))"), ENV)},
    fill_python,
    memory="64M",
)


@pytest.mark.parametrize("group", (SHELL, PYTHON), ids=("shell", "python"))
def test_memory(group: Group) -> None:
    """It runs in a machine of so little memory."""
    (pair,) = run(group).values()
    assert pair.linux.status == 0
    assert pair.differences() == ""


def test_start() -> None:
    """Instructions from power-on to the end of an echo; the time is told."""
    folder = BUILD / "start"
    with Archive(folder / "root.tar") as archive:
        archive.add_programs(INITRD, HOME, "init")
        archive.add(Path(BUSYBOX), "/bin/sh", follow=True)
        archive.add_bytes("/hi", b"echo hi\n")
    append = f"init={HOME}/init -- run /bin/sh /hi"
    counted = Machine(KERNEL, "64M", extra=("-icount", "shift=0,sleep=off"))
    _, console = counted.capture(archive.path, append)
    assert "\nhi\n" in console and "exit code 0" in console
    instructions = int(re.search(r"insns (\d+)", console)[1])
    plain, console = Machine(KERNEL, "64M").capture(archive.path, append)
    assert "\nhi\n" in console
    print(f"instructions to the end of echo: {instructions} (at most {INSTRUCTIONS_MAX})")
    print(f"CPU time of QEMU: {plain.cpu_s:.3f} s (bar {CPU_BAR_S} s)")
    (folder / "figures").write_text(f"{instructions} {plain.cpu_s:.3f}\n")
    assert instructions <= INSTRUCTIONS_MAX
