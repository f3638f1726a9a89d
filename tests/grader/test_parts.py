# SPDX-License-Identifier: MIT
"""The smaller parts: symbols, QEMU's command line and registers, logs of builds."""

import subprocess
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from grading import build, qemu
from grading.binutils import run_tool
from grading.build import build_submission, first_error
from grading.errors import InfraError, UsageError
from grading.qemu import Config, command_line
from grading.sample import parse_registers
from grading.submission import Submission
from grading.symbols import Place, lookup, read_elf, which_elf
from grading.watchdog import TICK, count_ticks, watchdog_program

PROGRAM = """\
int twice(int x) { return 2 * x; }

int
_start(int x)
{
	return twice(x) + 1;
}
"""


@pytest.fixture
def elf(tmp_path: Path) -> Path:
    (tmp_path / "user").mkdir()
    (tmp_path / "user/prog.c").write_text(PROGRAM)
    flags = [
        "-g",
        "-O0",
        "-nostdlib",
        "-static",
        "-fno-pic",
        "-no-pie",
        "-Wl,-Ttext-segment=0x400000",
    ]
    subprocess.run(["gcc", *flags, "-o", "prog", "user/prog.c"], cwd=tmp_path, check=True)
    return tmp_path / "prog"


def symbol(elf: Path, name: str) -> int:
    run = subprocess.run(["nm", str(elf)], capture_output=True, text=True, check=True)
    return next(
        int(line.split()[0], 16) for line in run.stdout.splitlines() if line.endswith(f" {name}")
    )


def run(command: Sequence[str]) -> str:
    return run_tool(command, None, [])


def test_lookup(elf: Path) -> None:
    twice, start = symbol(elf, "twice"), symbol(elf, "_start")
    found = lookup(elf, [start, twice, 0x10], elf.parent, run)
    assert found == {
        twice: Place("twice", "user/prog.c", 1),
        start: Place("_start", "user/prog.c", 5),
    }
    assert str(found[twice]) == "twice (user/prog.c:1)"


def test_lookup_without_a_file(tmp_path: Path) -> None:
    assert lookup(tmp_path / "none", [1, 2], tmp_path, run) == {}
    assert lookup(Path(__file__), [1, 2], tmp_path, run) == {}


def test_bytes_tell_programs_apart(elf: Path) -> None:
    start = symbol(elf, "_start")
    code = read_elf(elf, start, 16)
    assert len(code) == 16
    assert which_elf([Path(__file__), elf], start, code) == elf
    assert which_elf([elf], start, bytes(16)) is None
    assert read_elf(elf, 0x10, 4) == b"" and read_elf(Path(__file__), start, 4) == b""


REGISTERS = """\
RAX=0000000000000000 RBX=0000000000000001
RIP=ffffffff80106299 RFL=00000246 [---Z-P-] CPL=0 II=0 A20=1 SMM=0 HLT=1
CR0=80050033 CR2=00007fffffefa000 CR3=0000000000101000 CR4=00000620
"""


def test_registers() -> None:
    sample = parse_registers(REGISTERS)
    assert (sample.rip, sample.cr2) == (0xFFFFFFFF80106299, 0x7FFFFFEFA000)
    assert (sample.user, sample.halted, sample.interrupts) == (False, True, True)
    old = parse_registers("EIP=0010002c EFL=00000002 [-------] CPL=3 II=0 A20=1 SMM=0 HLT=0")
    assert (old.rip, old.user, old.halted, old.interrupts) == (0x10002C, True, False, False)


def test_command_line(tmp_path: Path) -> None:
    config = Config(Path("k.elf"), Path("i.tar"), "NONCE=1 -- run /tests/x", 64, 10**8)
    words = command_line(config, tmp_path, 3, 4)
    assert words[words.index("-append") + 1] == "NONCE=1 -- run /tests/x"
    assert words[words.index("-icount") + 1] == "shift=0,sleep=off"
    assert "kvm" not in " ".join(words)
    talking = Config(Path("k"), None, "", 64, 10**8, interactive=True)
    assert "shift=0,sleep=on" in command_line(talking, tmp_path, 3, 4)


def test_a_machine_for_a_debugger_can_go_on(tmp_path: Path) -> None:
    """A reset stops the CPU at once, but for good; a pause a little later."""
    config = Config(Path("k"), None, "", 64, 10**8)
    words = command_line(config, tmp_path, 3, 4)
    assert "watchdog=reset,shutdown=pause" in words
    words = command_line(replace(config, debugged=True), tmp_path, 3, 4)
    assert "watchdog=pause,shutdown=pause" in words


def test_watchdog_is_locked_and_in_range() -> None:
    assert any(line.startswith("outb") and line.endswith("0x3") for line in watchdog_program(1))
    assert any(line.endswith(" 0xfffff") for line in watchdog_program(10**15))


def test_watchdog_counts_whole_ticks() -> None:
    assert [count_ticks(n) for n in (-5, 1, TICK, 2 * TICK - 1)] == [1, 1, 1, 1]
    assert count_ticks(50_000_000) * TICK == 49_152_000


def test_missing_qemu_names_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(qemu, "QEMU", "qemu-that-is-not-there")
    qemu.qemu_version.cache_clear()
    with pytest.raises(InfraError, match="install the Debian package qemu-system-x86") as error:
        qemu.qemu_version()
    assert error.value.exit_status == 3


LOG = """\
  CC     kernel/proc.c
kernel/proc.c: In function 'f':
kernel/proc.c:7:2: warning: unused
./kernel/mm/vm.c:12:5: error: 'x' undeclared
make: *** [GNUmakefile:9: vm.o] Error 1
"""


@pytest.mark.parametrize(
    ("log", "expected"),
    [
        (LOG, "kernel/mm/vm.c:12:5: error: 'x' undeclared"),
        ("a.c:1:1: fatal error: x.h: No such file\n", "a.c:1:1: fatal error: x.h: No such file"),
        (
            "ld: a.o: a.c:3: undefined reference to `f'\nmake: *** [x] 1",
            "ld: a.o: a.c:3: undefined reference to `f'",
        ),
        (
            "make: *** No rule to make target 'x'.  Stop.",
            "make: *** No rule to make target 'x'.  Stop.",
        ),
        ("something else\n", "something else"),
        ("", "make failed without a word"),
    ],
)
def test_first_error(log: str, expected: str) -> None:
    assert first_error(log) == expected


def make_tree(root: Path) -> Path:
    (root / "kernel").mkdir(parents=True)
    (root / "kernel/a.c").write_text("stub\n")
    (root / "build").mkdir()
    (root / "build/old").write_text("")
    (root / "GNUmakefile").write_text(
        ".PHONY: kernel initrd\nkernel initrd:\n\t@mkdir -p build/stub; "
        "cp kernel/a.c build/stub/kernel.elf; touch build/initrd.tar\n"
        "\t@! grep -n wrong kernel/a.c | "
        "sed 's|^\\([0-9]*\\).*|kernel/a.c:\\1:1: error: \\x1b[31mwrong|' | grep .\n"
    )
    return root


def test_submission_is_laid_over_a_copy(tmp_path: Path) -> None:
    root = make_tree(tmp_path / "tree")
    out = root / "build/grade"
    for text in (b"mine\n", b"again\n"):
        made = build_submission(root, Submission("x", {"kernel/a.c": text}, ()), out)
        assert made.status == "ok" and made.image is not None
        assert made.image.kernel.read_bytes() == text
    assert (root / "kernel/a.c").read_text() == "stub\n"
    assert not (out / "tree/build/old").exists()
    assert (out / "tree/kernel/a.c").stat().st_nlink == 1


def test_build_error_is_a_result(tmp_path: Path) -> None:
    root = make_tree(tmp_path / "tree")
    made = build_submission(
        root, Submission("x", {"kernel/a.c": b"\nwrong\n"}, ()), tmp_path / "out"
    )
    assert (made.status, made.image) == ("build_error", None)
    assert made.first_error == "kernel/a.c:2:1: error: \\x1b[31mwrong"
    assert made.log and (tmp_path / "out/build.log").is_file()


def test_foreign_folder_is_not_removed(tmp_path: Path) -> None:
    root = make_tree(tmp_path / "tree")
    (tmp_path / "out/tree").mkdir(parents=True)
    (tmp_path / "out/tree/thesis").write_text("")
    with pytest.raises(UsageError, match="was not made by the grader"):
        build_submission(root, Submission("x", {}, ()), tmp_path / "out")
    assert (tmp_path / "out/tree/thesis").exists()


def test_missing_make_names_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InfraError, match="Debian package make"):
        build.build_working_tree(tmp_path, False, tmp_path / "out")
