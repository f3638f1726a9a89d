# SPDX-License-Identifier: MIT
"""Weighs a verdict made from the console against what the witness saw.  Pure.

* The console and the trusted program's registers must tell the same story.  Where they
  differ somebody made the console say what the program did not: ``tampered``, score 0,
  with both versions listed.  Staff look at it; nobody is accused by a program.
* A claim of the guest about its memory must be what the memory shows: likewise.
* So must a test that passed have had all the children that it starts: a kernel that lets
  a program run on behind what it should have done is found by that.
* A rule of the lab that is broken is a failure of the tests that ask for this rule,
  whatever the console says, and earns nothing in them.
"""

from collections.abc import Sequence
from dataclasses import replace

from grading.evidence import OWN_CODE, Evidence, Finding, Word
from grading.protocol import Begin, Event, Finish, StepFail, StepOk
from grading.verdict import Verdict

_SHOWN = 4


def weigh(
    verdict: Verdict, events: Sequence[Event], evidence: Evidence | None, children: int = 0
) -> Verdict:
    """VERDICT, corrected by EVIDENCE; unchanged when nobody watched.

    CHILDREN of the test must have been waited for before it can pass.
    """
    if evidence is None or verdict.status == "infra_error":
        return verdict
    verdict = replace(verdict, evidence=evidence)
    if evidence.problem and verdict.status == "pass":
        line = f"the witness could not look: {evidence.problem}"
        return replace(verdict, status="infra_error", score=None, lines=(line,))
    lies = disagreements(events, evidence)
    seen = sum(word.what == "child" for word in evidence.words)
    if verdict.status == "pass" and seen < children:
        lies.append(f"  all steps are ok, the witness saw {seen} of {children} children end")
    broken = [f for f in evidence.wrong if f.kind == "rule"]
    # A program that a mistake has damaged says odd things by itself.
    if lies and not any(f.what == OWN_CODE for f in broken):
        steps = tuple(replace(step, score=0) for step in verdict.steps)
        lines = ("the console and what was seen from outside disagree:", *lies[:_SHOWN])
        return replace(
            verdict, status="tampered", score=0, steps=steps, lines=(*lines, *verdict.lines)
        )
    if not broken:
        return verdict
    status = "fail" if verdict.status == "pass" else verdict.status
    steps = tuple(replace(step, score=0) for step in verdict.steps)
    lines = ("seen from outside:", *(describe(f) for f in broken[:_SHOWN]))
    return replace(verdict, status=status, score=0, steps=steps, lines=(*lines, *verdict.lines))


def describe(finding: Finding) -> str:
    """``  at start: argc: expected 1, got 2 (0x7fff...)``"""
    where = f" ({finding.address:#x})" if finding.address is not None else ""
    return (
        f"  at {finding.point}: {finding.what}: "
        f"expected {finding.expected}, got {finding.got}{where}"
    )


def disagreements(events: Sequence[Event], evidence: Evidence) -> list[str]:
    """Where the console claims more than the witness saw."""
    lies = [describe(f) for f in evidence.wrong if f.kind == "claim"]
    ok = {word.text for word in evidence.words if word.what == "step" and word.ok}
    bad = {word.text for word in evidence.words if word.what == "step" and not word.ok}
    admitted = {event.id for event in events if isinstance(event, StepFail)}
    begun = any(word.what == "begin" for word in evidence.words)
    ends = [word.text for word in evidence.words if word.what == "end"]
    for event in events:
        match event:
            case Begin() if not begun:
                lies.append("  the console says begin, the test program was not seen to begin")
            case StepOk() if event.id not in ok or event.id in bad - admitted:
                saw = "that it failed" if event.id in bad else "nothing of it"
                lies.append(f"  the console says that step {event.id} is ok, the witness saw {saw}")
            case Finish() if f"{event.steps}" not in ends:
                lies.append(f"  the console says end {event.steps}, the witness saw no such end")
    return lies + _children(evidence.words)


def _children(words: Sequence[Word]) -> list[str]:
    """Children whose wait status is not what they were seen to do."""
    ended: dict[str, Word] = {}
    lies = []
    for word in words:
        if word.what in ("exit", "exec"):
            ended[word.text] = word
        if word.what != "child":
            continue
        seen = ended.get(word.text)
        if seen is None:
            made_up = word.value == 0
            saw = "nothing of it"
        else:
            made_up = seen.what == "exit" and word.value != (seen.value & 0xFF) << 8
            saw = f"that it ended with exit code {seen.value}"
        if made_up:
            said = f"a child's wait status is {word.value:#x}"
            lies.append(f"  the kernel says that {said}, the witness saw {saw}")
    return lies
