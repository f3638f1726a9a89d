# SPDX-License-Identifier: MIT
"""What the console says against what was seen from outside: canned evidence, exact verdicts."""

from dataclasses import replace

import pytest

from grading.agree import describe, weigh
from grading.evidence import OWN_CODE, Evidence, Finding, Word
from grading.protocol import Event, parse
from grading.verdict import StepResult, Verdict

NONCE = "0f3a"
STEPS = (StepResult("one", "the first", "ok", 2, 2), StepResult("two", "the second", "ok", 3, 3))
PASS = Verdict("pass", 5, 5, steps=STEPS)
WORDS = (
    Word("begin", "fake", True),
    Word("step", "one", True),
    Word("step", "two", True),
    Word("end", "2", True),
)


def console(*lines: str) -> list[Event]:
    """The events of a transcript with these lines."""
    return list(parse("".join(f"@{NONCE} {line}\n" for line in lines), NONCE))


PASSED = console("begin fake", "step one ok", "step two ok", "end 2", "exit code 0", "insns 77")
SEEN = Evidence(started=True, words=WORDS)


def plain(verdict: Verdict) -> Verdict:
    """VERDICT without the evidence that it carries."""
    return replace(verdict, evidence=None)


def finding(kind: str, ok: bool = False) -> Finding:
    """A comparison of 2 with 1."""
    return Finding(kind, "start", "argc", "1", "2", ok, 0x7000)


def test_nobody_watched() -> None:
    assert weigh(PASS, PASSED, None) is PASS


def test_both_say_the_same() -> None:
    assert plain(weigh(PASS, PASSED, SEEN)) == PASS


def test_good_findings_change_nothing() -> None:
    evidence = replace(SEEN, findings=(finding("rule", True), finding("claim", True)))
    assert plain(weigh(PASS, PASSED, evidence)) == PASS


def test_no_look_is_no_pass() -> None:
    verdict = weigh(PASS, PASSED, replace(SEEN, problem="the stub has gone"))
    assert (verdict.status, verdict.score) == ("infra_error", None)
    assert "the stub has gone" in verdict.lines[0]


def test_no_look_at_a_failure_is_a_failure() -> None:
    failed = Verdict("crash", 0, 5, steps=STEPS)
    assert weigh(failed, PASSED, replace(SEEN, problem="the stub has gone")).status == "crash"


def test_infrastructure_stays() -> None:
    broken = Verdict("infra_error", None, 5)
    assert weigh(broken, PASSED, Evidence()) is broken


@pytest.mark.parametrize(
    "words, said",
    [
        (WORDS[1:], "was not seen to begin"),
        (WORDS[:1] + WORDS[2:], "step one is ok, the witness saw nothing of it"),
        (WORDS + (Word("step", "two", False),), "step two is ok, the witness saw that it failed"),
        (WORDS[:3], "end 2, the witness saw no such end"),
        (WORDS[:3] + (Word("end", "3", True),), "end 2, the witness saw no such end"),
        ((), "was not seen to begin"),
    ],
)
def test_console_says_more(words: tuple[Word, ...], said: str) -> None:
    verdict = weigh(PASS, PASSED, replace(SEEN, words=words))
    assert (verdict.status, verdict.score) == ("tampered", 0)
    assert [s.score for s in verdict.steps] == [0, 0]
    assert any(said in line for line in verdict.lines)


def test_console_says_less() -> None:
    """Lines that got lost earn nothing, and nobody is suspected of anything."""
    failed = Verdict("crash", 2, 5, steps=STEPS)
    assert plain(weigh(failed, console("begin fake", "step one ok"), SEEN)) == failed


def test_a_wrong_claim_is_tampering() -> None:
    verdict = weigh(PASS, PASSED, replace(SEEN, findings=(finding("claim"),)))
    assert (verdict.status, verdict.score) == ("tampered", 0)
    assert verdict.lines[1] == describe(finding("claim"))


def test_a_broken_rule_is_a_failure() -> None:
    verdict = weigh(PASS, PASSED, replace(SEEN, findings=(finding("rule"),)))
    assert (verdict.status, verdict.score) == ("fail", 0)
    assert verdict.lines == (
        "seen from outside:",
        "  at start: argc: expected 1, got 2 (0x7000)",
    )


def test_a_broken_rule_keeps_the_way_it_died() -> None:
    crashed = Verdict("crash", 2, 5, ("panic",), STEPS)
    verdict = weigh(crashed, console("begin fake"), replace(SEEN, findings=(finding("rule"),)))
    assert (verdict.status, verdict.score) == ("crash", 0)
    assert verdict.lines[-1] == "panic"


def test_damaged_code_is_a_mistake() -> None:
    damage = Finding("rule", "exit", OWN_CODE, "unchanged", "changed", False, 0x400000)
    lie = Word("child", "1", True, 0)
    verdict = weigh(PASS, PASSED, replace(SEEN, words=(*WORDS, lie), findings=(damage,)))
    assert (verdict.status, verdict.score) == ("fail", 0)


def test_a_failure_that_the_console_admits() -> None:
    events = console("begin fake", "step one FAIL tests/fake.c:1: no", "step one ok")
    words = (*WORDS[:1], Word("step", "one", False), Word("step", "one", True))
    failed = Verdict("fail", 0, 5, steps=STEPS)
    assert plain(weigh(failed, events, replace(SEEN, words=words))) == failed


def test_few_lines_for_many_lies() -> None:
    words = tuple(Word("child", f"{n}", True, 0) for n in range(20))
    assert len(weigh(PASS, PASSED, replace(SEEN, words=WORDS + words)).lines) == 5


@pytest.mark.parametrize(
    "words, status",
    [
        # exit code 0, 99, death by signal 11: as the child was seen to end
        ((Word("exit", "1", True, 0), Word("child", "1", True, 0)), "pass"),
        ((Word("exit", "1", True, 99), Word("child", "1", True, 99 << 8)), "pass"),
        ((Word("child", "1", True, 11),), "pass"),
        # _exit without a word: nobody can say, but nothing is earned by that
        ((Word("child", "1", True, 1 << 8),), "pass"),
        # another program: its exit code was not seen
        ((Word("exec", "1", True), Word("child", "1", True, 0)), "pass"),
        ((Word("exec", "1", True), Word("child", "1", True, 9)), "pass"),
        # a child of a child has a number of its own
        ((Word("exit", "1025", True, 0), Word("child", "1", True, 9)), "pass"),
        # said to live, was not seen to; said to be dead, was seen to end; another code
        ((Word("child", "1", True, 0),), "tampered"),
        ((Word("exit", "2", True, 0), Word("child", "1", True, 0)), "tampered"),
        ((Word("exit", "1", True, 0), Word("child", "1", True, 11)), "tampered"),
        ((Word("exit", "1", True, 99), Word("child", "1", True, 0)), "tampered"),
    ],
)
def test_children(words: tuple[Word, ...], status: str) -> None:
    assert weigh(PASS, PASSED, replace(SEEN, words=WORDS + words)).status == status


def test_all_children_must_have_been_seen() -> None:
    ends = (Word("exit", "1", True, 0), Word("child", "1", True, 0), Word("child", "2", True, 11))
    evidence = replace(SEEN, words=WORDS + ends)
    assert weigh(PASS, PASSED, evidence, children=2).status == "pass"
    verdict = weigh(PASS, PASSED, evidence, children=3)
    assert (verdict.status, verdict.score) == ("tampered", 0)
    assert "the witness saw 2 of 3 children end" in verdict.lines[1]


def test_a_test_that_failed_may_have_started_fewer() -> None:
    failed = Verdict("fail", 2, 5, steps=STEPS)
    assert plain(weigh(failed, PASSED, SEEN, children=3)) == failed
