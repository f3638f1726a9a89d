# SPDX-License-Identifier: MIT
"""Programs of binutils on hostile files: in a sandbox, with limits, and never an exception more."""

import subprocess
from pathlib import Path

import pytest

from grading import binutils
from grading.binutils import Unreadable, run_tool
from grading.errors import InfraError
from grading.sandbox import Sandbox, open_sandbox
from grading.symbols import lookup


@pytest.fixture(scope="module")
def sandbox() -> Sandbox:
    """A sandbox, if this host has one."""
    try:
        return open_sandbox()
    except InfraError as error:
        pytest.skip(str(error))


@pytest.fixture
def elf(tmp_path: Path) -> Path:
    """A program with line numbers, in a folder of its own."""
    (tmp_path / "made").mkdir()
    (tmp_path / "start.c").write_text("int\n_start(void)\n{\n\treturn 1;\n}\n")
    command = ["gcc", "-g", "-nostdlib", "-static", "-no-pie", "-Wl,-Ttext-segment=0x400000"]
    subprocess.run([*command, "-o", "made/a", "start.c"], cwd=tmp_path, check=True)
    return tmp_path / "made/a"


def test_lines_come_out_of_the_sandbox(sandbox: Sandbox, elf: Path) -> None:
    tree = elf.parents[1]
    sandbox.show(tree)
    entry = int.from_bytes(elf.read_bytes()[24:32], "little")
    found = lookup(elf, [entry], tree, lambda c: run_tool(c, sandbox, [tree]))
    assert f"{found[entry]}" == "_start (start.c:3)"


def test_nothing_else_of_the_host_is_there(sandbox: Sandbox, elf: Path) -> None:
    tree = elf.parents[1]
    sandbox.show(tree)
    assert run_tool(["cat", f"{tree}/start.c"], sandbox, [tree]).startswith("int")
    for command in (["cat", "/etc/passwd"], ["cat", f"{tree}/start.c"]):
        with pytest.raises(Unreadable, match="cat: status 1"):
            run_tool(command, sandbox, [])
    for path in (elf, tree / "new"):
        with pytest.raises(Unreadable, match="sh: status"):
            run_tool(["sh", "-c", f"echo >{path}"], sandbox, [tree])


def test_limits_without_a_sandbox(monkeypatch: pytest.MonkeyPatch) -> None:
    said = run_tool(["sh", "-c", "ulimit -t; ulimit -v; ulimit -f"], None, [])
    assert said.split() == ["20", f"{512 << 10}", "2048"]
    monkeypatch.setattr(binutils, "_OUTPUT", 1000)
    with pytest.raises(Unreadable, match="yes: status"):
        run_tool(["yes"], None, [])


def test_garbage_is_unreadable(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"\x7fELF" + bytes(range(256)))
    with pytest.raises(Unreadable, match="nm: status 1"):
        run_tool(["nm", f"{tmp_path}/a"], None, [])
