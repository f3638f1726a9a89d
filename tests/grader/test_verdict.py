# SPDX-License-Identifier: MIT
"""The rules of verdict.py, on transcripts written by hand."""

from dataclasses import replace

import pytest
from conftest import make_case
from hypothesis import given
from hypothesis import strategies as st

from grading.lab import Case, Input
from grading.locate import Surroundings
from grading.protocol import parse
from grading.sample import Sample
from grading.symbols import Place
from grading.transcript import End, Transcript
from grading.verdict import Verdict, judge, with_need, without_boot

N = "00112233aabbccdd"
GOOD = ["begin fake", "step one ok", "step two ok", "end 2", "exit code 0", "insns 5000"]
CASE = make_case()


def console(*words: str) -> str:
    return "booting\n" + "".join(
        f"@{N} {w}\n" if not w.startswith("!") else f"{w[1:]}\n" for w in words
    )


def run(
    *words: str,
    case: Case = CASE,
    source: Surroundings = Surroundings(),
    **changes: object,
) -> Verdict:
    transcript = Transcript(N, console(*words), End.EXIT, exit_status=33)
    transcript = replace(transcript, **changes)  # type: ignore[arg-type]
    return judge(case, parse(transcript.text, N), transcript, source)


def without(word: str, *instead: str) -> list[str]:
    at = GOOD.index(word)
    return [*GOOD[:at], *instead, *GOOD[at + 1 :]]


def test_pass() -> None:
    verdict = run(*GOOD)
    assert (verdict.status, verdict.score, verdict.instructions) == ("pass", 5, 5000)
    assert verdict.lines == () and verdict.hint == ""


def test_failed_step_loses_its_points() -> None:
    words = without("step one ok", "step one FAIL tests/fake.c:7: x: expected 1, got 2")
    words[words.index("exit code 0")] = "exit code 1"
    verdict = run(*words)
    assert (verdict.status, verdict.score) == ("fail", 3)
    assert verdict.lines == ("step one: the first", "  x: expected 1, got 2 at tests/fake.c:7")


def test_fail_after_ok_loses_the_points() -> None:
    words = without("step two ok", "step one FAIL tests/fake.c:9: late", "step two ok")
    words[words.index("exit code 0")] = "exit code 1"
    verdict = run(*words)
    assert (verdict.status, verdict.score) == ("fail", 3)


def test_two_children_of_a_step_may_fail() -> None:
    words = without("step one ok", "step one FAIL a.c:1: first", "step one FAIL a.c:2: second")
    words[words.index("exit code 0")] = "exit code 1"
    verdict = run(*words)
    assert verdict.score == 3 and "first" in verdict.lines[1]


@pytest.mark.parametrize(
    "words",
    [
        [*GOOD[:2], *GOOD[1:]],  # a step twice
        ["begin fake", *GOOD],  # begin twice
        without("begin fake"),  # no begin
        without("begin fake", "begin other"),  # another program
        without("step two ok", "step two ok", "step three ok"),  # an unknown step
        without("end 2", "end 1"),  # a wrong count
        without("end 2", "end 2", "end 2"),  # end twice
        [*GOOD[:1], *GOOD[2:], "step one ok"],  # a step after the end
        [*GOOD, "exit code 0"],  # exit twice
        [*GOOD, "step one perhaps"],  # not a sentence
    ],
)
def test_contradictions_earn_nothing(words: list[str]) -> None:
    verdict = run(*words)
    assert (verdict.status, verdict.score) == ("fail", 0)
    assert any("contradicts itself" in line for line in verdict.lines)


def test_foreign_nonce_is_tampered() -> None:
    verdict = run(*GOOD, "!@ffffeeeeddddcccc step one ok")
    assert (verdict.status, verdict.score) == ("tampered", 0)
    assert "not by this run's test program" in verdict.lines[0]


def test_no_environment_is_said() -> None:
    verdict = run("!@- begin fake", "!@- step one ok", "!@- end 1", "exit code 0")
    assert (verdict.status, verdict.score) == ("fail", 0)
    assert any("NONCE" in line for line in verdict.lines)


@pytest.mark.parametrize(("missing", "score"), [("step two ok", 2), ("end 2", 2)])
def test_missing_sentence_is_no_pass(missing: str, score: int) -> None:
    verdict = run(*without(missing))
    assert (verdict.status, verdict.score) == ("fail", score)


def test_end_with_another_count_is_no_pass() -> None:
    verdict = run(*without("end 2", "end 3"))
    assert (verdict.status, verdict.score) == ("fail", 2)


def test_early_end_says_how_far() -> None:
    verdict = run("begin fake", "step one ok", "exit code 3")
    assert (verdict.score, verdict.lines) == (
        2,
        ("the program ended with code 3 after 1 of 2 steps",),
    )


def test_wrong_exit_code_costs_the_last_step() -> None:
    verdict = run(*without("exit code 0", "exit code 7"))
    assert (verdict.status, verdict.score) == ("fail", 2)
    assert "all steps were reported, but the program ended with code 7" in verdict.lines


def test_no_exit_line() -> None:
    verdict = run(*GOOD[:4])
    assert (verdict.status, verdict.score) == ("crash", 2)
    assert verdict.death is not None and verdict.death.kind == "no_result"


def test_crash_keeps_what_was_earned() -> None:
    verdict = run("begin fake", "step one ok", "!panic: kernel/a.c:7: oh", exit_status=35)
    assert (verdict.status, verdict.score) == ("crash", 2)
    assert verdict.lines[0] == "the kernel panicked: oh"
    assert "  at kernel/a.c:7" in verdict.lines
    assert verdict.lines[-1] == "it happened in step two: the second"


def test_crash_after_all_steps_costs_the_last() -> None:
    verdict = run("begin fake", "step one ok", "step two ok", "end 2", exit_status=35)
    assert (verdict.status, verdict.score) == ("crash", 2)


def test_panic_in_the_students_code() -> None:
    text = "!panic: kernel/a.c:7: oh\n  backtrace:\n    0x20 f+0x1\n    0x30 g+0x1\npanic: end"
    places = {0x20: Place("f", "kernel/a.c", 7), 0x30: Place("g", "kernel/pgfault.c", 33)}
    source = Surroundings(kernel=places, student_files=("kernel/pgfault.c",))
    verdict = run("begin fake", text, exit_status=35, source=source)
    assert "  your code on the way there: g (kernel/pgfault.c:33)" in verdict.lines


def test_program_that_prints_panic_did_not_panic() -> None:
    assert run("!panic: kernel/a.c:7: only text", *GOOD).status == "pass"


@pytest.mark.parametrize(
    ("words", "exit_status", "kind"),
    [
        ([], 35, "panic"),
        ([], 37, "memory"),
        ([], 39, "init"),
        ([], 41, "unknown_exit"),
        (["exit exec -2"], 33, "exec"),
        (["begin fake", "exit signal 11"], 33, "signal"),
    ],
)
def test_deaths_by_exit(words: list[str], exit_status: int, kind: str) -> None:
    verdict = run(*words, exit_status=exit_status)
    assert verdict.death is not None and (verdict.status, verdict.death.kind) == ("crash", kind)


def test_silence() -> None:
    verdict = run(text="\n", exit_status=35)
    assert verdict.death is not None and verdict.death.kind == "silence"


def test_killed_program_says_why() -> None:
    fault = "!fault: pid 2 (fake): SIGSEGV: write to 0x10 at rip 0x401000: null pointer"
    source = Surroundings(user={0x401000: Place("main", "tests/fake.c", 9)})
    verdict = run("begin fake", fault, "exit signal 11", source=source)
    assert verdict.lines[:3] == (
        "the program was killed by signal 11",
        "  SIGSEGV: write to 0x10: null pointer",
        "  in fake: main (tests/fake.c:9)",
    )


def test_killed_child_says_why() -> None:
    fault = "!fault: pid 3 (fake): SIGSEGV: read from 0x10 at rip 0x401000: not mapped"
    words = [
        "begin fake",
        fault,
        "step one FAIL a.c:1: expected exit code 0, got killed by signal 11",
    ]
    verdict = run(*words, "step two ok", "end 2", "exit code 1")
    assert "  SIGSEGV: read from 0x10: not mapped" in verdict.lines


def sample(rip: int, **changes: object) -> Sample:
    one = Sample(rip=rip, user=False, halted=False, interrupts=True, cr2=0x5000)
    return replace(one, **changes)  # type: ignore[arg-type]


def hang(*looks: Sample, source: Surroundings = Surroundings()) -> Verdict:
    return run(
        "begin fake", end=End.BUDGET, exit_status=None, samples=looks, source=source, clock=100
    )


PLACES = Surroundings(
    kernel={
        1: Place("spin", "kernel/lock.c", 1),
        2: Place("handle_page_fault", "kernel/pgfault.c", 40),
        3: Place("trap", "kernel/trap.c", 1),
    },
    user={4: Place("poke", "tests/lab.h", 9)},
    student_files=("kernel/pgfault.c",),
)
FAULT = sample(4, user=True, vector=14)


def test_hang_says_where() -> None:
    verdict = hang(sample(1, frames=(3,)), source=PLACES)
    assert (verdict.status, verdict.instructions) == ("timeout", 100)
    text = "\n".join(verdict.lines)
    assert "100 million guest instructions" in text
    assert "it was in the kernel: spin (kernel/lock.c:1)\n  called from trap" in text
    assert verdict.death and verdict.death.where == "the kernel: spin (kernel/lock.c:1)"


def test_hang_names_the_students_function_first() -> None:
    verdict = hang(sample(1, frames=(3, 2)), source=PLACES)
    assert "  your code on the way there: handle_page_fault (kernel/pgfault.c:40)" in verdict.lines
    assert verdict.death and "handle_page_fault" in verdict.death.where


@pytest.mark.parametrize(
    ("looks", "again"),
    [
        ((sample(2), FAULT), True),
        ((sample(4, user=True), FAULT), True),  # just back at what has faulted
        ((sample(5, user=True), FAULT), False),
        ((sample(2), replace(FAULT, vector=256)), False),
        ((sample(3),), True),
        ((sample(1),), False),
    ],
)
def test_a_fault_for_ever(looks: tuple[Sample, ...], again: bool) -> None:
    text = "\n".join(hang(*looks, source=PLACES).lines)
    assert ("the page fault at 0x5000 comes again and again" in text) == again
    assert ("in the program: poke (tests/lab.h:9)" in text) == (again and len(looks) > 1)


def test_idle_hang() -> None:
    verdict = hang(sample(1, halted=True))
    assert any("every process waits" in line for line in verdict.lines)


def test_halted() -> None:
    verdict = hang(sample(1, halted=True, interrupts=False))
    assert verdict.death is not None and verdict.death.kind == "halted"
    assert verdict.status == "crash"


def test_going_in_circles() -> None:
    words = ("begin fake", "step one ok", "step two ok", "end 2")
    verdict = run(*words, end=End.STOPS, exit_status=None, stops=2000)
    assert (verdict.status, verdict.score) == ("timeout", 2)
    assert verdict.lines[0].startswith("the program came to its checkpoints 2,000 times")


def test_triple_fault() -> None:
    source = Surroundings(kernel={16: Place("trap", "kernel/trap.c", 5)})
    changes = {"end": End.RESET, "exit_status": None, "samples": (sample(16),)}
    verdict = run("begin fake", triple_fault=True, source=source, **changes)
    assert verdict.death is not None and verdict.death.kind == "triple_fault"
    assert "  the CPU was at 0x10 in the kernel: trap (kernel/trap.c:5)" in verdict.lines
    verdict = run("begin fake", **changes)
    assert verdict.death is not None and verdict.death.kind == "reset"


def test_over_budget_is_no_pass() -> None:
    verdict = run(*without("insns 5000", "insns 100000001"))
    assert (verdict.status, verdict.score) == ("timeout", 2)


def test_waiting_for_input_is_not_counted() -> None:
    case = make_case(input=(Input("name:", "me"),))
    assert run(*without("insns 5000", "insns 100000001"), case=case).status == "pass"


@pytest.mark.parametrize(
    "changes",
    [
        {"end": End.GUARD, "exit_status": None},
        {"end": End.LOST, "exit_status": 1, "log": "qemu: no such file\n"},
        {"end": End.CANCELLED},
        {"exit_status": -24},
        {"exit_status": 1},
    ],
)
def test_our_own_failures_have_no_score(changes: dict[str, object]) -> None:
    verdict = run(*GOOD, **changes)
    assert (verdict.status, verdict.score) == ("infra_error", None)
    assert verdict.lines


def test_output_and_absent() -> None:
    case = make_case(steps=(), output=(r"^hello \d+$",), absent=("oops",))
    assert run("!hello 5", "exit code 0", case=case).status == "pass"
    verdict = run("!hello", "exit code 0", case=case)
    assert (verdict.status, verdict.score) == ("fail", 0)
    assert verdict.lines == (r"expected on the console: ^hello \d+$",)
    verdict = run("!hello 5", "!oops: 3", "exit code 0", case=case)
    assert verdict.lines == ("must not be on the console: oops",)
    assert run("!hello 5", "exit code 1", case=case).lines == ("expected exit code 0, got 1",)


def test_output_beside_steps() -> None:
    verdict = run(*GOOD, case=make_case(output=("never",)))
    assert (verdict.status, verdict.score) == ("fail", 2)


def test_hints() -> None:
    hints = (("unrelated", "no"), ("code 3", "look there"), (r"after \d of", "or there"))
    assert run("begin fake", "exit code 3", case=make_case(hints=hints)).hint == "look there"
    assert run("begin fake", "exit code 3", case=make_case(hints=hints[2:])).hint == "or there"
    assert run("begin fake", "exit code 3", case=make_case(hints=(("booting", "x"),))).hint == "x"


def test_needs_are_said_first() -> None:
    verdict = with_need(run("begin fake", "exit code 3"), ["sbrk", "stack"])
    assert verdict.lines[0] == "fix sbrk and stack first: this test builds on them"
    assert with_need(run(*GOOD), ["sbrk"]).lines == ()


def test_without_boot() -> None:
    verdict = without_boot(CASE, "skipped", "not run")
    assert (verdict.status, verdict.score, verdict.max) == ("skipped", 0, 5)
    assert [s.status for s in verdict.steps] == ["unreached", "unreached"]


sentences = st.sampled_from(
    [
        *GOOD,
        "step one FAIL a.c:1: x",
        "end 1",
        "exit code 1",
        "exit signal 9",
        "!panic: a.c:1: x",
        "!@beef end 2",
    ]
)


@given(
    st.lists(sentences, max_size=12),
    st.sampled_from(list(End)),
    st.sampled_from([None, 0, 1, 33, 35, 37, 39, 41, -9]),
)
def test_any_transcript_has_a_sane_verdict(
    words: list[str], end: End, exit_status: int | None
) -> None:
    verdict = run(*words, end=end, exit_status=exit_status)
    if verdict.status == "infra_error":
        assert verdict.score is None
        return
    assert verdict.score is not None and 0 <= verdict.score <= verdict.max
    assert (verdict.score == verdict.max) == (verdict.status == "pass")
    assert verdict.status == "pass" or verdict.lines
    if verdict.status == "pass":
        assert end is End.EXIT and exit_status == 33 and set(GOOD[:5]) <= set(words)
