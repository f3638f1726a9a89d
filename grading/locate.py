# SPDX-License-Identifier: MIT
"""Finds the source lines of every address that a run's evidence mentions."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from grading.binutils import run_tool
from grading.build import Image
from grading.lab import Case
from grading.protocol import Event, Fault, Panic
from grading.sample import Sample
from grading.sandbox import Sandbox
from grading.symbols import Place, Places, lookup, which_elf
from grading.transcript import Transcript

_INIT = "/bin/init"
# What a program may be called to become part of a path here.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True)
class Surroundings:
    """The source behind the addresses of one run, and whose files are the student's."""

    kernel: Places = field(default_factory=dict)
    user: Places = field(default_factory=dict)
    student_files: tuple[str, ...] = ()

    def is_students(self, place: Place | None) -> bool:
        """Is PLACE in a file that the student hands in?"""
        return place is not None and place.file in self.student_files

    def at(self, address: int, user: bool) -> Place | None:
        """The place of ADDRESS in the kernel or in a program."""
        return (self.user if user else self.kernel).get(address)

    def describe(self, address: int, user: bool) -> str:
        """``handle_page_fault (kernel/pgfault.c:40)``, or the bare address."""
        place = self.at(address, user)
        return f"{place}" if place else f"{address:#x}"


def locate(
    case: Case,
    events: Iterable[Event],
    transcript: Transcript,
    image: Image,
    student_files: tuple[str, ...],
    sandbox: Sandbox | None = None,
) -> Surroundings:
    """Look up what EVENTS and TRANSCRIPT mention in the ELF files of IMAGE, in its SANDBOX."""

    def find(elf: Path, addresses: Iterable[int]) -> dict[int, Place]:
        return lookup(elf, addresses, image.root, lambda c: run_tool(c, sandbox, [elf]))

    events = list(events)
    samples = list(transcript.samples)
    frames = [address for e in events if isinstance(e, Panic) for address, _ in e.frames]
    frames += [address for s in samples if not s.user for address in s.frames]
    faults = [e for e in events if isinstance(e, Fault)]
    wanted = {a - 1 for a in frames}  # a return address: the call is the instruction before it
    wanted |= {s.rip for s in samples if not s.user} | {f.rip for f in faults if f.in_kernel}
    found = find(image.kernel, wanted)
    kernel = {**found, **{a: found[a - 1] for a in frames if a - 1 in found}}
    programs = _in_programs(case, image, samples, [f for f in faults if not f.in_kernel])
    user: dict[int, Place] = {}
    for elf, addresses in programs.items():
        user.update(find(elf, addresses))
    callers = [address for s in samples if s.user for address in s.frames]
    user.update({a: user[a - 1] for a in callers if a - 1 in user})
    return Surroundings(kernel, user, student_files)


def _in_programs(
    case: Case, image: Image, samples: Sequence[Sample], faults: Sequence[Fault]
) -> dict[Path, set[int]]:
    """Every program is linked at the same address: decide by name, or by the bytes there."""
    own, init = image.program(case.program), image.program(_INIT)
    by_elf: dict[Path, set[int]] = {}
    for fault in faults:
        if not _NAME.fullmatch(fault.name):
            continue
        elf = own if fault.name == case.name else image.program(f"/bin/{fault.name}")
        by_elf.setdefault(elf, set()).add(fault.rip)
    for sample in samples:
        found = which_elf([own, init], sample.rip, sample.code) if sample.user else None
        if found:
            by_elf.setdefault(found, set()).update({sample.rip, *(a - 1 for a in sample.frames)})
    return by_elf
