# SPDX-License-Identifier: MIT
"""What one boot left behind: the evidence from which a verdict is made."""

import re
from dataclasses import dataclass
from enum import Enum

from grading.evidence import Evidence
from grading.sample import Sample


class End(Enum):
    """Who ended the machine."""

    EXIT = "exit"  # QEMU ended by itself
    RESET = "reset"  # the machine reset itself or was switched off by ACPI
    BUDGET = "budget"  # the guest's clock reached the budget
    RUNAWAY = "runaway"  # the console went over its cap
    STOPS = "stops"  # the program came to its checkpoints more often than any test does
    GUARD = "guard"  # the host's guard: nobody's verdict
    LOST = "lost"  # QEMU did not start or did not answer
    CANCELLED = "cancelled"  # the person asked to stop
    AIM = "aim"  # it came to where a debugger is to see it


@dataclass(frozen=True)
class Transcript:
    """One boot as seen from outside.  TEXT is harmless; it was cut at the cap.

    CLOCK is the guest's work when its budget was used up.  The witness stopped it STOPS
    times, and what it saw at the stop FIRST_WRONG, counted from 1, was the first thing wrong.
    """

    nonce: str
    text: str
    end: End
    exit_status: int | None = None
    clock: int | None = None
    samples: tuple[Sample, ...] = ()
    triple_fault: bool = False
    log: str = ""
    cpu_s: float = 0.0
    wall_s: float = 0.0
    evidence: Evidence | None = None  # None: nobody watched
    skipped: int = 0  # of the guest's clock, while the witness looked
    stops: int = 0
    first_wrong: int | None = None

    @property
    def console(self) -> str:
        """The console without the clock at its end, which is in the result, corrected."""
        own = rf"^@{self.nonce} insns \d+$\n?"
        return re.sub(own, "", self.text, flags=re.MULTILINE)
