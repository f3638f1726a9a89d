# SPDX-License-Identifier: MIT
"""Who called ``checkpoint``?  Only what main has called has something to say.

A kernel can let a program run on at any of its instructions.  A program that came to
``checkpoint`` by itself has a chain of frames behind it in which every call leads to
the function in which the next frame is.  Programs are compiled with frame pointers, and
_start's own is 0.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator

from grading.elf import Elf, Function

Word = Callable[[int], int | None]  # the 64-bit word at an address, None when it is not there

_MAX_FRAMES = 64
_MAX_JUMPS = 4  # functions in a row that end in a jump to the next
_CALL, _JUMP, _INDIRECT = 0xE8, 0xE9, 0xFF
_COLD = ".cold"  # what a compiler calls a part of a function that it has put elsewhere


def called_from_main(program: Elf, word: Word, rsp: int, rbp: int) -> bool:
    """Did _start call main, which called what called ``checkpoint``, where RSP and RBP are?"""
    inner = program.symbols["checkpoint"]
    start, main = program.symbols["_start"], program.symbols["main"]
    back, frame = word(rsp), rbp
    for _ in range(_MAX_FRAMES):
        if back is None or not _calls(program, back, inner):
            return False
        caller = _function(program, back - 1)
        if caller is None:
            return False
        if frame == 0:
            return caller.start == start and inner == main
        inner = caller.start
        above, back = word(frame), word(frame + 8)
        if above is None or 0 < above <= frame:
            return False
        frame = above
    return False


def _calls(program: Elf, back: int, wanted: int) -> bool:
    """Is the instruction before BACK a call that leads to WANTED, or may?"""
    before = program.read(back - 5, 5)
    if len(before) < 5 or not program.is_code(back - 5):
        return False
    if before[0] == _CALL:
        return _leads(program, _target(back, before[1:]), wanted, _MAX_JUMPS)
    # Where a call by a register went nobody knows: to the start of any function.
    return before[3] == _INDIRECT and before[4] & 0xF8 == 0xD0


def _leads(program: Elf, target: int, wanted: int, jumps: int) -> bool:
    """Does a call of TARGET come to WANTED, at once or by functions that end in a jump?"""
    if target == wanted:
        return True
    function = _function(program, target)
    if jumps == 0 or function is None or function.start != target:
        return False
    return any(_leads(program, to, wanted, jumps - 1) for to in set(_jumps(program, function)))


def _jumps(program: Elf, function: Function) -> Iterator[int]:
    """The starts of other functions that FUNCTION may jump to, conditionally or not.

    Some may be bytes that look like a jump: they rarely lead to a function's start.
    """
    code = program.read(function.start, function.end - function.start)
    for at in range(len(code) - 4):
        if code[at] == _JUMP or code[at - 1] == 0x0F and code[at] & 0xF0 == 0x80:
            to = _target(function.start + at + 5, code[at + 1 : at + 5])
            found = None if function.start <= to < function.end else _function(program, to)
            if found is not None and found.start == to:
                yield to


def _target(end: int, offset: bytes) -> int:
    """Where a call or jump goes that ends at END."""
    return end + int.from_bytes(offset, "little", signed=True)


def _function(program: Elf, address: int) -> Function | None:
    """The function that ADDRESS is in; of a cold part, the one that it is a part of."""
    index = bisect_right(program.functions, address, key=lambda f: f.start) - 1
    if index < 0 or address >= program.functions[index].end:
        return None
    function = program.functions[index]
    if function.name.endswith(_COLD):
        whole = function.name.removesuffix(_COLD)
        return next((f for f in program.functions if f.name == whole), None)
    return function
