# SPDX-License-Identifier: MIT
"""The runner over a folder, and the way it compares."""

from collections.abc import Callable
from pathlib import Path

from conftest import compile_c

from grading.programs.compare import difference
from grading.programs.host import Seen


def test_difference() -> None:
    """Status, output and errors count; the first line that differs is shown."""
    one = Seen(0, b"a\nb\n", b"")
    assert difference(one, one) == []
    assert difference(one, Seen(1, b"a\nb\n", b"")) == ["exit status: Linux 0, Faultline 1"]
    told = difference(one, Seen(None, b"a\n", b"e\xff"))
    assert told == [
        "exit status: Linux 0, Faultline did not end",
        "output, line 2: Linux:     b",
        "output, line 2: Faultline: nothing",
        "errors, line 1: Linux:     nothing",
        "errors, line 1: Faultline: e\\xff",
    ]


def test_folder(programs_run: Callable, tmp_path: Path) -> None:
    """A row for each program, what differs below it, and what fails is the exit status."""
    text = 'int puts(const char *); int main(void) { puts("hi"); return %d; }'
    compile_c(text % 3, tmp_path / "three")
    compile_c("int main(void) { __builtin_trap(); }", tmp_path / "trap")
    (tmp_path / "data").write_text("not a program\n")
    done = programs_run("all", str(tmp_path))
    assert done.returncode == 0
    assert done.stdout.decode().splitlines() == [
        "program  Linux  Faultline  output",
        "three        3          3  same",
        "trap       132        132  same",
        "2 agree, 0 do not",
    ]
    # Linux has no such call (kernel/sys/abi.h).
    own = "long syscall(long, ...); int main(void) { return syscall(1024, 0) == -1; }"
    compile_c(own, tmp_path / "own")
    done = programs_run("all", str(tmp_path))
    assert done.returncode == 1
    assert b"own          1          0  same" in done.stdout
    assert b"exit status: Linux 1, Faultline 0" in done.stdout
    assert b"2 agree, 1 do not" in done.stdout


def test_no_folder(programs_run: Callable, tmp_path: Path) -> None:
    """A folder without programs is no success."""
    for folder, why in ((tmp_path, b"no program in it"), (tmp_path / "x", b"no such folder")):
        done = programs_run("all", str(folder))
        assert (done.returncode, done.stdout) == (125, b"")
        assert why in done.stderr
