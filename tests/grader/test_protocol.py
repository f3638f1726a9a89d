# SPDX-License-Identifier: MIT
"""The console's language: only lines with the run's nonce are believed."""

import time

from hypothesis import given
from hypothesis import strategies as st

from grading.protocol import (
    Begin,
    Fault,
    Instructions,
    Panic,
    ProgramExit,
    StepFail,
    StepOk,
    Suspicious,
    Finish,
    parse,
)

N = "00112233aabbccdd"


def test_a_whole_run() -> None:
    text = f"""Faultline: 124 MiB free
@{N} begin grow-stack
@{N} step near ok
@{N} step far FAIL tests/grow-stack.c:41: x: expected 1, got 2
@{N} end 2
@{N} exit code 1
@{N} insns 123456
"""
    assert parse(text, N) == [
        Begin(1, "grow-stack"),
        StepOk(2, "near"),
        StepFail(3, "far", "tests/grow-stack.c:41", "x: expected 1, got 2"),
        Finish(4, 2),
        ProgramExit(5, "code", 1),
        Instructions(6, 123456),
    ]


def test_exits() -> None:
    assert parse(f"@{N} exit signal 11", N) == [ProgramExit(0, "signal", 11)]
    assert parse(f"@{N} exit exec -2", N) == [ProgramExit(0, "exec", -2)]


def test_a_sentence_may_follow_other_text() -> None:
    assert parse(f"type a line: @{N} step x ok", N) == [StepOk(0, "x")]


def test_other_nonces_are_suspicious() -> None:
    other = "ffff2233aabbccdd"
    assert parse(f"@{other} step x ok", N) == [Suspicious(0, other, f"@{other} step x ok")]
    assert parse("@- begin x", N) == [Suspicious(0, "-", "@- begin x")]


def test_malformed_sentences_are_kept() -> None:
    for words in ("step x maybe", "step x ok really", "end -1", "exit code", "begin", "insns x"):
        (event,) = parse(f"@{N} {words}", N)
        assert isinstance(event, Suspicious) and event.ours


def test_other_text_is_nothing() -> None:
    assert parse("mail me @ home\n@nobody said\n@1234 hello\nNONCE=1 -- run x", N) == []


def test_faults() -> None:
    (fault,) = parse(
        "fault: pid 7 (sh): SIGSEGV: write to 0x0000000000000000"
        " at rip 0x0000000000401136: null pointer",
        N,
    )
    assert isinstance(fault, Fault)
    assert (fault.pid, fault.name, fault.signal) == (7, "sh", "SIGSEGV")
    assert (fault.what, fault.rip, fault.hint) == (
        "write to 0x0000000000000000",
        0x401136,
        "null pointer",
    )
    assert not fault.in_kernel
    (other,) = parse("fault: pid 7 (a b): SIGFPE: divide error at rip 0xffffffff80101136", N)
    assert isinstance(other, Fault) and other.in_kernel
    assert (other.what, other.hint) == ("divide error", "")


PANIC = """panic: kernel/mm/vm.c:123: vpmap_map: remap 0x1000
  pid 2 (x)
  rip=ffffffff80101234 rsp=0
  backtrace:
    0xffffffff80101234 as_copy+0x24
    0xffffffff80101299
panic: end
"""


def test_panics() -> None:
    (panic,) = parse(PANIC, N)
    assert panic == Panic(
        0,
        "kernel/mm/vm.c:123",
        "vpmap_map: remap 0x1000",
        ((0xFFFFFFFF80101234, "as_copy+0x24"), (0xFFFFFFFF80101299, "")),
    )


def test_cut_panics() -> None:
    for lines in range(1, 7):
        (panic,) = parse("\n".join(PANIC.split("\n")[:lines]), N)
        assert isinstance(panic, Panic) and panic.message == "vpmap_map: remap 0x1000"


def test_hostile_lines_take_no_time() -> None:
    started = time.monotonic()
    parse("fault: pid 1 (" * 70000, N)
    parse("panic: a" * 120000, N)
    parse("panic: a:1: x\n" * 70000, N)
    parse("@0011 " * 170000, N)
    assert time.monotonic() - started < 10


words = st.sampled_from(
    [
        "@",
        N,
        "@" + N,
        " ",
        "\n",
        "begin",
        "step",
        "ok",
        "FAIL",
        "end",
        "exit",
        "code",
        "1",
        "x",
        ":",
        "panic: a:1: b",
    ]
)


@given(st.lists(words).map("".join) | st.text())
def test_any_text_parses(text: str) -> None:
    for event in parse(text, N):
        assert 0 <= event.line <= text.count("\n")


@given(st.text())
def test_without_the_nonce_nothing_is_earned(text: str) -> None:
    earned = (Begin, StepOk, Finish, ProgramExit, Instructions)
    if N not in text:
        assert not [e for e in parse(text, N) if isinstance(e, earned)]
