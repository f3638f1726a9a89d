# SPDX-License-Identifier: MIT
"""Turns a console's text into events.

Only lines that carry the run's nonce say anything about steps and results.  A line
that looks like one of them but has another nonce, or says something malformed, is
kept as Suspicious.  Faults and panics are the kernel's words and carry no nonce:
they explain, they never earn a point.
"""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Begin:
    """The test program started."""

    line: int
    name: str


@dataclass(frozen=True)
class StepOk:
    """A step was closed and nothing in it had failed."""

    line: int
    id: str


@dataclass(frozen=True)
class StepFail:
    """The first check that failed in a step."""

    line: int
    id: str
    where: str
    text: str


@dataclass(frozen=True)
class Finish:
    """The test program came to its end after so many steps."""

    line: int
    steps: int


@dataclass(frozen=True)
class ProgramExit:
    """How the program ended: KIND is code, signal or exec (it could not be started)."""

    line: int
    kind: str
    value: int


@dataclass(frozen=True)
class Instructions:
    """The guest's own count at the end."""

    line: int
    count: int


@dataclass(frozen=True)
class Fault:
    """The kernel refused an access or an instruction of a program."""

    line: int
    pid: int
    name: str
    signal: str
    what: str
    rip: int
    hint: str
    text: str

    @property
    def in_kernel(self) -> bool:
        """Was it the kernel that touched the program's memory, in a system call?"""
        return self.rip >= 1 << 63


@dataclass(frozen=True)
class Panic:
    """The kernel gave up.  FRAMES are return addresses and the kernel's names for them."""

    line: int
    where: str
    message: str
    frames: tuple[tuple[int, str], ...]


@dataclass(frozen=True)
class Suspicious:
    """A line of the protocol with another NONCE, or with the right one and no sense in it."""

    line: int
    nonce: str
    text: str
    ours: bool = False


Event = Begin | StepOk | StepFail | Finish | ProgramExit | Instructions | Fault | Panic | Suspicious

_TAGGED = re.compile(r"@(-|[0-9a-fA-F]{4,64}) ((?:begin|step|end|exit|insns)\b.*)")
_STEP = re.compile(r"step (-|[a-z0-9][a-z0-9_-]*) (?:(ok)|FAIL (\S+?:\d+): (.*))")
_END = re.compile(r"end (\d{1,9})")
_EXIT = re.compile(r"exit (code|signal|exec) (-?\d{1,9})")
_INSNS = re.compile(r"insns (\d{1,19})")
_BEGIN = re.compile(r"begin ([A-Za-z0-9][A-Za-z0-9._-]*)")
_FAULT = re.compile(
    r"fault: pid (\d{1,9}) \((.{0,64}?)\): (SIG[A-Z0-9]{1,8}): (.{1,160}?)"
    r" at rip 0x([0-9a-f]{1,16})(?:: (.*))?$"
)
_PANIC = re.compile(r"panic: (\S{1,160}?:\d{1,9}): (.*)")
_FRAME = re.compile(r"\s+0x([0-9a-f]{1,16})(?: (\S+))?\s*$")
# The longest panic that is believed: registers, the word backtrace, and frames.  The
# longest line that is looked at: a guest may print a megabyte without a newline.
_PANIC_LINES = 80
_LINE_CAP = 4096


def parse(text: str, nonce: str) -> list[Event]:
    """The events in TEXT, in order, of panics the first; NONCE is this run's."""
    lines = text.split("\n")
    events: list[Event] = []
    panicked = False
    for number, full in enumerate(lines):
        line = full[:_LINE_CAP]
        tagged = _TAGGED.search(line)
        if tagged:
            ours = tagged[1] == nonce
            events.append(
                _sentence(number, tagged[2], tagged[1]) if ours else _foreign(number, tagged)
            )
        elif (fault := _FAULT.search(line)) is not None:
            events.append(_fault(number, fault))
        elif not panicked and (panic := _PANIC.search(line)) is not None:
            panicked = True
            frames = _frames(lines[number + 1 : number + 1 + _PANIC_LINES])
            events.append(Panic(number, panic[1], panic[2].strip(), frames))
    return events


def _foreign(number: int, tagged: re.Match[str]) -> Suspicious:
    return Suspicious(number, tagged[1], tagged[0])


def _sentence(number: int, words: str, nonce: str) -> Event:
    """The event that WORDS, the rest of a line with the right nonce, stand for."""
    words = words.rstrip()
    if match := _STEP.fullmatch(words):
        return (
            StepOk(number, match[1]) if match[2] else StepFail(number, match[1], match[3], match[4])
        )
    if match := _BEGIN.fullmatch(words):
        return Begin(number, match[1])
    if match := _END.fullmatch(words):
        return Finish(number, int(match[1]))
    if match := _EXIT.fullmatch(words):
        return ProgramExit(number, match[1], int(match[2]))
    if match := _INSNS.fullmatch(words):
        return Instructions(number, int(match[1]))
    return Suspicious(number, nonce, words, ours=True)


def _fault(number: int, match: re.Match[str]) -> Fault:
    return Fault(
        line=number,
        pid=int(match[1]),
        name=match[2],
        signal=match[3],
        what=match[4],
        rip=int(match[5], 16),
        hint=match[6] or "",
        text=match[0],
    )


def _frames(lines: list[str]) -> tuple[tuple[int, str], ...]:
    """The frames of a panic's backtrace, up to ``panic: end`` or the first other line."""
    frames = []
    inside = False
    for line in lines:
        if "panic: end" in line:
            break
        if "backtrace:" in line:
            inside = True
        elif inside:
            match = _FRAME.match(line)
            if not match:
                break
            frames.append((int(match[1], 16), match[2] or ""))
    return tuple(frames)
