# SPDX-License-Identifier: MIT
"""ELF files that are not what they say: each is refused, soon and with little memory."""

import struct
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grading import elf
from grading.elf import ElfError, load

SOURCE = ".globl _start\n.type _start, @function\n_start: nop\n nop\n.size _start, . - _start\n"


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A small program."""
    folder = tmp_path_factory.mktemp("elf")
    (folder / "a.S").write_text(SOURCE)
    command = ["gcc", "-nostdlib", "-static", "-o", "a", "a.S"]
    subprocess.run(command, cwd=folder, check=True)
    return (folder / "a").read_bytes()


def read(folder: Path, data: bytes) -> elf.Elf:
    path = folder / "file"
    path.write_bytes(data)
    return load(path)


def put(data: bytes, at: int, layout: str, *values: int) -> bytes:
    raw = bytearray(data)
    struct.pack_into(layout, raw, at, *values)
    return bytes(raw)


def test_good(tmp_path: Path, good: bytes) -> None:
    program = read(tmp_path, good)
    (function,) = program.functions
    assert (function.name, function.start, function.end - function.start) == (
        "_start",
        program.entry,
        2,
    )
    assert program.read(program.entry, 2) == b"\x90\x90" and program.is_code(program.entry)
    assert not program.is_code(0)


def test_not_elf(tmp_path: Path, good: bytes) -> None:
    for data in (b"x", good[:40], b"\x7fELF\x01" + good[5:], put(good, 32, "<Q", 1 << 40)):
        with pytest.raises(ElfError, match="not a well-formed ELF file"):
            read(tmp_path, data)


def test_bombs(tmp_path: Path, good: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Headers that would have the same bytes copied again and again."""
    with pytest.raises(ElfError, match="too many headers"):
        read(tmp_path, put(good, 56, "<H", 60000))
    segment = struct.pack("<IIQQQQQQ", 1, 5, 0, 0x400000, 0, len(good), len(good), 1)
    many = put(good, 32, "<Q", len(good)) + segment * 200
    with pytest.raises(ElfError, match="overlap"):
        read(tmp_path, put(many, 56, "<H", 200))
    monkeypatch.setattr(elf, "MAX_FILE", 100)
    with pytest.raises(ElfError, match="larger than"):
        read(tmp_path, good)


def test_too_many_symbols(tmp_path: Path, good: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(elf, "MAX_SYMBOLS", 1)
    with pytest.raises(ElfError, match="too many symbols"):
        read(tmp_path, good)


@settings(
    max_examples=500, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(changes=st.lists(st.tuples(st.integers(0, 1 << 14), st.integers(0, 255)), max_size=8))
def test_any_damage(tmp_path: Path, good: bytes, changes: list[tuple[int, int]]) -> None:
    """Whatever is changed, it is read or refused."""
    data = bytearray(good)
    for at, value in changes:
        data[at % len(data)] = value
    try:
        elf.parse(tmp_path / "file", bytes(data))
    except ElfError:
        pass
