# SPDX-License-Identifier: MIT
"""Boots the kernel on machines of several kinds, and looks at what it says.

KERNEL, INITRD and ISO are in the environment, as the makefile names them.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))

from guests import archive_with  # noqa: E402  (needs the path above)
from machine import (  # noqa: E402  (needs the path above)
    NO_INIT,
    PANIC,
    POWERED_OFF,
    TOO_LITTLE_MEMORY,
    Boot,
    command,
    machine,
    run,
    run_and_command,
)

KERNEL = ROOT / os.environ.get("KERNEL", "build/solution/kernel.elf")
INITRD = ROOT / os.environ.get("INITRD", "build/initrd.tar")
ISO = ROOT / os.environ.get("ISO", "build/solution/faultline.iso")

TEST = "NONCE=77 -- run /tests/grow-stack"


def boot(*extra: str, append: str = TEST, initrd: Path = INITRD) -> Boot:
    """Boot the kernel with EXTRA options for QEMU."""
    return run(command(KERNEL, initrd, append, *extra))


def _loaded_bytes(kernel: Path) -> int:
    """How much of KERNEL is loaded from its file, from the first address on."""
    headers = subprocess.run(
        ["readelf", "-lW", str(kernel)], capture_output=True, text=True, check=True
    ).stdout
    loads = re.findall(r"LOAD\s+\S+ \S+ (0x[0-9a-f]+) (0x[0-9a-f]+)", headers)
    return max(int(at, 16) + int(size, 16) for at, size in loads) - int(loads[0][0], 16)


def assert_passed(result: Boot) -> None:
    """The program of TEST must have run to its end."""
    assert "@77 exit code 0" in result.lines(), result.console
    assert result.status == POWERED_OFF


def test_no_segment_is_writable_and_executable() -> None:
    """N21: what the linker has made of the kernel; its stack, too, holds no code."""
    headers = subprocess.run(
        ["readelf", "-lW", str(KERNEL)], capture_output=True, text=True, check=True
    ).stdout
    flags = re.findall(r"^ +(?:LOAD|GNU_STACK) .* (R?.?W?.?E?) +0x[0-9a-f]+$", headers, re.M)
    assert len(flags) == 4
    assert not [flag for flag in flags if "W" in flag and "E" in flag]


@pytest.mark.parametrize(
    "options",
    [
        pytest.param((), id="q35"),
        pytest.param(("-M", "pc"), id="pc"),
        pytest.param(("-M", "microvm"), id="microvm"),
        pytest.param(("-bios", "bios-256k.bin"), id="seabios"),
        pytest.param(("-cpu", "qemu64"), id="qemu64"),
        pytest.param(("-cpu", "max,-smap,-smep,-umip"), id="no-smap"),
        pytest.param(("-m", "32M"), id="32M"),
        pytest.param(("-m", "4G"), id="4G"),
        pytest.param(("-m", "5G"), id="5G"),
        pytest.param(("-smp", "2"), id="two-cpus"),
        pytest.param(("-icount", "shift=0,sleep=off"), id="icount"),
    ],
)
def test_machines(options: tuple[str, ...]) -> None:
    result = boot(*options)
    assert "booted by PVH" in result.lines()[0]
    assert_passed(result)


def test_same_instructions_every_time() -> None:
    counts = {boot("-icount", "shift=0,sleep=off").lines()[-1] for _ in range(3)}
    assert len(counts) == 1


def test_preemption_with_each_firmware() -> None:
    for bios in ("qboot.rom", "bios-256k.bin"):
        assert_passed(boot("-bios", bios, append="NONCE=77 -- run /tests/preempt"))


def test_too_little_memory() -> None:
    """However small the machine: a program runs, or one sentence says why not.

    From the size on at which QEMU does not put the archive over the kernel's code: below
    the top 128 KiB, which are the firmware's, and above the first MiB and the code.
    """
    seen = set()
    needed = INITRD.stat().st_size + (1 << 20) + (128 << 10) + _loaded_bytes(KERNEL)
    smallest = -(-needed >> 20)
    for mib in range(smallest, smallest + 9):
        result = boot("-m", f"{mib}M", append="NONCE=77 -- run /bin/true")
        if result.status == TOO_LITTLE_MEMORY:
            assert "too little memory" in result.console
        else:
            assert_passed(result)
        seen.add(result.status)
    assert seen == {TOO_LITTLE_MEMORY, POWERED_OFF}


def test_no_init() -> None:
    result = boot(append="init=/bin/nothing")
    assert result.status == NO_INIT
    assert "/bin/nothing" in result.console


def test_no_archive(tmp_path: Path) -> None:
    empty = tmp_path / "empty.tar"
    empty.write_bytes(bytes(1024))
    assert boot(initrd=empty).status == NO_INIT


def test_hostile_archive(tmp_path: Path) -> None:
    """An archive of rubbish is refused; the kernel says so and stops."""
    rubbish = tmp_path / "rubbish.tar"
    rubbish.write_bytes(bytes(range(1, 256)) * 64)
    assert boot(initrd=rubbish).status == NO_INIT


def interrupt(append: str, after: str) -> str:
    """The console of a kernel that gets a non-maskable interrupt when it has printed AFTER."""
    arguments = command(KERNEL, INITRD, append, "-bios", "bios-256k.bin")
    result = run_and_command(arguments, after, "nmi")
    assert result.status == PANIC, result.console
    return result.console.replace("\r", "")


def test_panic_text() -> None:
    """Nobody asked for this interrupt: the kernel reports it and stops."""
    text = interrupt("NONCE=77 -- run /tests/preempt", "step parent-runs ok")
    head = r"^panic: kernel/\S+\.c:\d+: [^\n]*NMI[^\n]*\n"
    panic = re.search(head + "(.*)^panic: end$", text, re.M | re.S)
    assert panic, text
    assert re.search(r"^  rip=[0-9a-f]{16} rsp=[0-9a-f]{16}", panic[1], re.M)
    assert re.search(r"^  backtrace:$", panic[1], re.M)


def test_backtrace_names_functions() -> None:
    """Wherever the kernel is, writing the prompt or waiting for a key, it knows the way."""
    text = interrupt("", "$ ")
    names = re.findall(r"^    0x[0-9a-f]{16} (\w+)\+0x[0-9a-f]+", text, re.M)
    assert len(names) >= 2 or "in user mode" in text, text
    assert set(names) <= functions()


def functions() -> set[str]:
    """The names of all functions in the kernel, without a compiler's suffixes."""
    table = subprocess.run(["nm", str(KERNEL)], stdout=subprocess.PIPE, text=True, check=True)
    symbols = (line.split() for line in table.stdout.splitlines())
    return {name.split(".")[0] for *_, kind, name in symbols if kind in "Tt"}


def test_grub() -> None:
    result = run(machine("-cdrom", str(ISO)))
    assert "booted by multiboot2" in result.console
    assert_passed(result)


def linux_program(name: str, folder: Path) -> Path:
    """The program of NAME.c, for Linux, in FOLDER."""
    program, source = folder / name, Path(__file__).with_name(f"{name}.c")
    subprocess.run(["musl-gcc", "-static", "-O2", "-o", program, source], check=True)
    return program


def test_linux_program(tmp_path: Path) -> None:
    """The same file prints the same words on Linux and here."""
    hello = linux_program("musl_hello", tmp_path)
    linux = subprocess.run(
        ["musl_hello", "one", "two"],
        executable=hello,
        env={"NONCE": "77", "CODE": "5"},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert linux.returncode == 5
    archive = archive_with(INITRD, hello, tmp_path / "initrd.tar")
    result = boot(append="NONCE=77 CODE=5 -- run /bin/musl_hello one two", initrd=archive)
    lines = result.lines()
    assert lines[1:-2] == linux.stdout.splitlines(), result.console
    assert lines[-2] == "@77 exit code 5"
