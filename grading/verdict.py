# SPDX-License-Identifier: MIT
"""Decides what one boot of one test is worth.  Pure: evidence in, verdict out.

The rules, in full:

* A point is earned by a step that was reported ok, with the run's nonce.
* Nothing is earned by a transcript that contradicts itself: a step twice, an unknown
  step, a count that is wrong.
* A later FAIL for a step takes its points away again.
* The last step counts only when the test came to a clean end: the program's ``end``
  with the right count, its exit reported and the machine switched off by user space.
* A pass is a clean end without a failed step, exit code 0, all wanted output and no
  unwanted output.  A test without steps is all or nothing, its program's are not looked at.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from grading.evidence import Evidence
from grading.deaths import Death, fault_lines, find_death
from grading.lab import Case, Step
from grading.locate import Surroundings
from grading.protocol import Begin, Event, StepFail, StepOk
from grading.tally import Tally, tally_events
from grading.text import counted, tail
from grading.transcript import End, Transcript

CONSOLE_TAIL = 20
_SHOWN_FAILURES = 3
FLAKY = "flaky: the same boot, repeated, ended in another way: a mistake of the grader's, report it"


@dataclass(frozen=True)
class StepResult:
    """STATUS is ok, fail or unreached."""

    id: str
    title: str
    status: str
    score: int
    max: int
    message: str = ""


@dataclass(frozen=True)
class Attempt:
    """One boot, with what must be the same when it is made once more."""

    nonce: str
    status: str
    guest_instructions: int | None
    console_sha256: str
    cpu_s: float
    wall_s: float


@dataclass(frozen=True)
class Verdict:
    """SCORE is None when nobody can say: infra_error.

    FLAKY: the same boot, made once more, ended differently.
    """

    status: str
    score: int | None
    max: int
    lines: tuple[str, ...] = ()
    steps: tuple[StepResult, ...] = ()
    death: Death | None = None
    hint: str = ""
    instructions: int | None = None
    exit_status: int | None = None
    console_tail: tuple[str, ...] = ()
    cpu_s: float = 0.0
    wall_s: float = 0.0
    evidence: Evidence | None = None
    attempts: tuple[Attempt, ...] = ()
    flaky: bool = False

    @property
    def outcome(self) -> dict[str, Any]:
        """What was found, without words: the same for two boots that are the same."""
        death = self.death
        return {
            "status": self.status,
            "score": self.score,
            "steps": [vars(step) for step in self.steps],
            "death": {"kind": death.kind, "summary": death.summary, "where": death.where}
            if death
            else None,
        }


def judge(
    case: Case, events: Sequence[Event], transcript: Transcript, source: Surroundings
) -> Verdict:
    """The verdict on one boot of CASE."""
    broken = _infrastructure(transcript)
    if broken:
        return Verdict("infra_error", None, case.points, (broken,), _not_reached(case))
    tally = tally_events(case, events)
    if tally.instructions is not None:
        tally.instructions -= transcript.skipped
    death = find_death(transcript, events, source, case.budget)
    if death is None and _over_budget(case, tally):
        death = Death(
            "hang", f"more than the budget of {case.budget:,} guest instructions were used"
        )
    wrong = _wrong_output(case, transcript.text)
    clean = death is None and _clean_end(case, tally) and not wrong
    trusted = not tally.problems and not tally.foreign
    steps = tuple(_step_result(case, step, tally, clean, trusted) for step in case.steps)
    status = _status(case, tally, death, clean, steps)
    score = _score(case, status, steps)
    lines = () if status == "pass" else _lines(case, tally, death, wrong, steps)
    lines = _with_faults(lines, events, tally, source, death)
    return Verdict(
        status=status,
        score=score,
        max=case.points,
        lines=lines,
        steps=steps,
        death=death,
        hint="" if status == "pass" else _hint(case, lines, transcript),
        instructions=_instructions(case, tally, transcript),
        exit_status=transcript.exit_status,
        console_tail=tuple(tail(transcript.console, CONSOLE_TAIL)),
        cpu_s=transcript.cpu_s,
        wall_s=transcript.wall_s,
    )


def without_boot(case: Case, status: str, *lines: str) -> Verdict:
    """The verdict on a test that was never booted: build_error or skipped."""
    return Verdict(status, 0, case.points, tuple(lines), _not_reached(case))


def with_need(verdict: Verdict, needs: Sequence[str]) -> Verdict:
    """Say first that tests which VERDICT's test builds on scored nothing."""
    if not needs or verdict.status == "pass":
        return verdict
    them = "it" if len(needs) == 1 else "them"
    first = f"fix {' and '.join(needs)} first: this test builds on {them}"
    return replace(verdict, lines=(first, *verdict.lines))


def _not_reached(case: Case) -> tuple[StepResult, ...]:
    return tuple(StepResult(s.id, s.title, "unreached", 0, s.points) for s in case.steps)


def _infrastructure(transcript: Transcript) -> str:
    """Why this boot says nothing about the submission, or nothing."""
    last = tail(transcript.log, 1)
    said = f": {last[0]}" if last else ""
    if transcript.end is End.GUARD:
        return "this host was too slow: the guard on wall time expired"
    if transcript.end is End.CANCELLED:
        return "interrupted"
    if transcript.end is End.AIM:
        return "stopped for a debugger"
    if transcript.end is End.LOST:
        return f"QEMU did not start{said}"
    status = transcript.exit_status
    if transcript.end is End.EXIT and status is not None and (status < 0 or status == 1):
        return f"QEMU broke (status {status}){said}"
    return ""


def _instructions(case: Case, tally: Tally, transcript: Transcript) -> int | None:
    """The guest's work; unknown with input, where its clock ran on while the host typed."""
    if case.input:
        return None
    return tally.instructions if tally.instructions is not None else transcript.clock


def _over_budget(case: Case, tally: Tally) -> bool:
    """With input the guest's clock runs on while the host types: there only the watchdog counts."""
    return not case.input and tally.instructions is not None and tally.instructions > case.budget


def _clean_end(case: Case, tally: Tally) -> bool:
    if tally.exit is None or tally.exit.kind != "code":
        return False
    if not case.steps:
        return tally.exit.value == 0
    if tally.end is None or tally.end.steps != len(case.steps):
        return False
    return tally.exit.value == (1 if tally.failed else 0)


def _step_result(case: Case, step: Step, tally: Tally, clean: bool, trusted: bool) -> StepResult:
    if step.id in tally.failed:
        failure = tally.failed[step.id]
        message = f"{failure.text} at {failure.where}"
        return StepResult(step.id, step.title, "fail", 0, step.points, message)
    if step.id not in tally.ok:
        return StepResult(step.id, step.title, "unreached", 0, step.points)
    counts = trusted and (clean or step != case.steps[-1])
    return StepResult(step.id, step.title, "ok", step.points if counts else 0, step.points)


def _status(
    case: Case, tally: Tally, death: Death | None, clean: bool, steps: tuple[StepResult, ...]
) -> str:
    if any(event.nonce != "-" for event in tally.foreign):
        return "tampered"
    if death:
        return death.status
    if clean and not tally.problems and not tally.foreign and all(s.status == "ok" for s in steps):
        return "pass"
    return "fail"


def _score(case: Case, status: str, steps: tuple[StepResult, ...]) -> int:
    if not case.steps:
        return case.points if status == "pass" else 0
    return sum(step.score for step in steps)


def _wrong_output(case: Case, text: str) -> list[str]:
    """What the console should show and does not, and the reverse."""
    wrong = [
        f"expected on the console: {pattern}"
        for pattern in case.output
        if not re.search(pattern, text, re.MULTILINE)
    ]
    for pattern in case.absent:
        match = re.search(pattern, text, re.MULTILINE)
        if match:
            wrong.append(f"must not be on the console: {match[0].strip()}")
    return wrong


def _lines(
    case: Case, tally: Tally, death: Death | None, wrong: list[str], steps: tuple[StepResult, ...]
) -> tuple[str, ...]:
    """Why CASE did not pass, most important first."""
    lines: list[str] = []
    failures = [s for s in steps if s.status == "fail"]
    for step in failures[:_SHOWN_FAILURES]:
        lines += [f"step {step.id}: {step.title}", f"  {step.message}"]
    if len(failures) > _SHOWN_FAILURES:
        lines.append(f"and {counted(len(failures) - _SHOWN_FAILURES, 'more step')} failed")
    if death:
        lines.append(death.summary)
        lines += [f"  {detail}" for detail in death.details]
        lines += [f"  at {death.where}"] if death.kind == "panic" and death.where else []
        lines += _progress(case, tally, steps)
    lines += _mistrust(tally)
    lines += wrong if not death else []
    if not lines:
        lines += _early_end(case, tally, steps)
    return tuple(lines)


def _with_faults(
    lines: tuple[str, ...],
    events: Sequence[Event],
    tally: Tally,
    source: Surroundings,
    death: Death | None,
) -> tuple[str, ...]:
    """Add what the kernel said when a process was killed before the first failed check."""
    first = min(tally.failed.values(), key=lambda failure: failure.line, default=None)
    if death or first is None or "got exit code" in first.text:
        return lines
    earlier = [
        e.line for e in events if isinstance(e, Begin | StepOk | StepFail) and e.line < first.line
    ]
    found = fault_lines(events, source, first.line, max(earlier, default=-1))
    return (*lines[:2], *(f"  {line}" for line in found), *lines[2:])


def _progress(case: Case, tally: Tally, steps: tuple[StepResult, ...]) -> list[str]:
    """How far the test had come when it died."""
    if not case.steps:
        return []
    if not tally.begun:
        return ["the test program had not begun"]
    ahead = [s for s in steps if s.status == "unreached"]
    return (
        [f"it happened in step {ahead[0].id}: {ahead[0].title}"]
        if ahead
        else ["all steps were done"]
    )


def _mistrust(tally: Tally) -> list[str]:
    lines = [
        f"the console contradicts itself: {problem}" for problem in tally.problems[:_SHOWN_FAILURES]
    ]
    if not tally.foreign:
        return lines
    event = tally.foreign[0]
    if event.nonce == "-":
        lines.append("the program did not find NONCE in its environment: did envp reach it?")
    else:
        lines.append(
            f"line {event.line + 1} of the console is not by this run's test program: {event.text}"
        )
    return lines


def _early_end(case: Case, tally: Tally, steps: tuple[StepResult, ...]) -> list[str]:
    code = tally.exit.value if tally.exit else 0
    if not case.steps:
        return [f"expected exit code 0, got {code}"]
    if not tally.begun:
        return [f"the program ended with code {code} before it had begun"]
    reached = sum(s.status != "unreached" for s in steps)
    if reached < len(steps):
        return [
            f"the program ended with code {code} after {reached} of {counted(len(steps), 'step')}"
        ]
    return [f"all steps were reported, but the program ended with code {code}"]


def _hint(case: Case, lines: Sequence[str], transcript: Transcript) -> str:
    """The advice whose signature is in the message, or else in what the kernel printed."""
    own = f"@{transcript.nonce} "
    console = [line for line in transcript.text.split("\n") if own not in line]
    for text in ("\n".join(lines), "\n".join(console)):
        for signature, advice in case.hints:
            if signature in text or _matches(signature, text):
                return advice
    return ""


def _matches(signature: str, text: str) -> bool:
    try:
        return re.search(signature, text, re.MULTILINE) is not None
    except re.error:
        return False
