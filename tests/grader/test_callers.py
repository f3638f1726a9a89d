# SPDX-License-Identifier: MIT
"""Who may speak at a checkpoint: chains of frames in a program made by hand, and a real one."""

import struct
from pathlib import Path

import pytest
from conftest import ROOT

from grading.callers import called_from_main
from grading.elf import Elf, Function, Segment, load

TEXT, STACK = 0x400000, 0x7000
# Where functions begin.
OFFSETS = {
    "_start": 0x0,
    "checkpoint": 0x40,
    "main": 0x100,
    "other": 0x180,
    "step": 0x200,
    "begin": 0x280,
    "begin.cold": 0x300,
    "work": 0x380,
}


def _relative(opcode: int, at: int, to: str) -> bytes:
    """The call or jump OPCODE at AT to the function TO."""
    return bytes([opcode]) + struct.pack("<i", OFFSETS[to] - (at + 5))


def make_program() -> Elf:
    """A program in which only some functions call others; the rest is nops."""
    code = bytearray(b"\x90" * 0x1000)
    calls = [(0x14, "main"), (0x110, "step"), (0x120, "begin"), (0x130, "other"), (0x190, "main")]
    calls += [(0x210, "checkpoint"), (0x310, "checkpoint"), (0x390, "checkpoint")]
    for at, to in calls:
        code[at : at + 5] = _relative(0xE8, at, to)
    code[0x2A0:0x2A5] = _relative(0xE9, 0x2A0, "checkpoint")
    code[0x140:0x142] = b"\xff\xd3"  # call *%rbx
    ordered = sorted(OFFSETS.items(), key=lambda pair: pair[1])
    ends = [offset for _, offset in ordered[1:]] + [0x400]
    functions = tuple(
        Function(TEXT + start, TEXT + end, name) for (name, start), end in zip(ordered, ends)
    )
    symbols = {name: TEXT + offset for name, offset in OFFSETS.items()}
    segment = Segment(TEXT, bytes(code), 0x1000, write=False, execute=True)
    return Elf(Path("fake"), TEXT, (segment,), symbols, functions)


def believed(*chain: int, **words: int) -> bool:
    """Is a checkpoint believed behind which CHAIN are the return addresses, innermost first?

    Each frame is 16 bytes above the one before; WORDS replaces words of the stack.
    """
    memory = {STACK - 8: TEXT + chain[0]}
    for index, back in enumerate(chain[1:]):
        memory[STACK + 16 * index] = STACK + 16 * (index + 1)
        memory[STACK + 16 * index + 8] = TEXT + back
    memory[STACK + 16 * (len(chain) - 2)] = 0
    memory.update({int(name[1:], 16): word for name, word in words.items()})
    return called_from_main(make_program(), memory.get, STACK - 8, STACK)


def test_what_a_program_does_by_itself() -> None:
    assert believed(0x215, 0x115, 0x19)  # main calls step, which calls checkpoint
    assert believed(0x125, 0x19)  # main calls begin, which ends in a jump to checkpoint
    assert believed(0x315, 0x125, 0x19)  # the call is in the cold part of begin
    assert believed(0x395, 0x142, 0x19)  # main calls work by a register


@pytest.mark.parametrize(
    "chain",
    [
        (8, 0x19),  # not in the program
        (0x216, 0x115, 0x19),  # no call in front of it
        (0x115, 0x19),  # a call, but of a function that does not come to checkpoint
        (0x215, 0x125, 0x19),  # main called begin, and step ran
        (0x215, 0x115, 0x195, 0x19),  # other was not called by _start
        (0x215, 0x115),  # and main not by itself
        (0x215, 0x19),  # nor step by _start
        (0x135, 0x19),
    ],
)
def test_what_somebody_else_made(chain: tuple[int, ...]) -> None:
    assert not believed(*chain)


def test_broken_frames() -> None:
    good = (0x215, 0x115, 0x19)
    assert not believed(*good, x7000=STACK)  # in a circle
    assert not believed(*good, x7000=STACK - 16)  # downwards
    assert not believed(*good, x7000=0x123456)  # no memory there
    assert not believed(*good, x7010=STACK + 0x100)  # _start's is not the outermost
    assert not believed(*good, x7008=0)


def test_a_real_program_knows_its_functions() -> None:
    path = ROOT / "build/user/tests/grow-stack"
    if not path.is_file():
        pytest.skip("the tree is not built")
    program = load(path)
    names = {f.name for f in program.functions}
    assert {"_start", "checkpoint", "main", "test_child"} <= names
    assert all(f.start < f.end for f in program.functions if f.name in ("main", "checkpoint"))
