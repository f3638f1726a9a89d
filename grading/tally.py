# SPDX-License-Identifier: MIT
"""Adds up what a run's own lines say, and finds what in them cannot be true.

A part of ``verdict``: pure, and makes no judgement on points.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from grading.lab import Case
from grading.protocol import (
    Begin,
    Event,
    Finish,
    Instructions,
    ProgramExit,
    StepFail,
    StepOk,
    Suspicious,
)
from grading.text import counted


@dataclass
class Tally:
    """What the nonce's own lines say, and what does not fit together in them."""

    begun: bool = False
    ok: list[str] = field(default_factory=list)
    failed: dict[str, StepFail] = field(default_factory=dict)
    end: Finish | None = None
    exit: ProgramExit | None = None
    instructions: int | None = None
    problems: list[str] = field(default_factory=list)
    foreign: list[Suspicious] = field(default_factory=list)


def tally_events(case: Case, events: Sequence[Event]) -> Tally:
    """Add up EVENTS and note what cannot be true."""
    tally = Tally()
    known = {step.id for step in case.steps}
    for event in events:
        match event:
            case Begin():
                _take_begin(tally, event, case)
            case StepOk() | StepFail():
                _take_step(tally, event, known)
            case Finish():
                _take_end(tally, event)
            case ProgramExit():
                _once(tally, tally.exit, "exit")
                tally.exit = event
            case Instructions():
                tally.instructions = event.count
            case Suspicious() if event.ours:
                tally.problems.append(f"this is no sentence: {event.text}")
            case Suspicious():
                tally.foreign.append(event)
    return tally


def _once(tally: Tally, before: object, what: str) -> None:
    if before:
        tally.problems.append(f"{what} was reported twice")


def _take_begin(tally: Tally, event: Begin, case: Case) -> None:
    _once(tally, tally.begun, "begin")
    tally.begun = True
    if event.name != case.name:
        tally.problems.append(f"the program calls itself {event.name}, not {case.name}")


def _take_step(tally: Tally, event: StepOk | StepFail, known: set[str]) -> None:
    if not tally.begun:
        tally.problems.append(f"step {event.id} was reported before begin")
    if tally.end or tally.exit:
        tally.problems.append(f"step {event.id} was reported after the end")
    if known and event.id not in known:
        tally.problems.append(f"this test has no step {event.id}")
    if isinstance(event, StepFail):
        # Several children of one step may fail: the first one is shown.
        tally.failed.setdefault(event.id, event)
        return
    _once(tally, event.id in tally.ok, f"step {event.id}")
    tally.ok.append(event.id)


def _take_end(tally: Tally, event: Finish) -> None:
    _once(tally, tally.end, "end")
    if tally.exit:
        tally.problems.append("the test's end was reported after the program's")
    tally.end = event
    # Fewer reports than steps are lost lines; more than were opened cannot be.
    reported = len(set(tally.ok) | set(tally.failed))
    if event.steps < reported:
        tally.problems.append(
            f"end counts {counted(event.steps, 'step')}, but {reported} were reported"
        )
