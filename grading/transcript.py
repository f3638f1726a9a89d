# SPDX-License-Identifier: MIT
"""What one boot left behind: the evidence from which a verdict is made."""

from dataclasses import dataclass
from enum import Enum

from grading.evidence import Evidence
from grading.qemu import Sample


class End(Enum):
    """Who ended the machine."""

    EXIT = "exit"  # QEMU ended by itself
    RESET = "reset"  # the machine reset itself or was switched off by ACPI
    BUDGET = "budget"  # the guest's clock reached the budget
    RUNAWAY = "runaway"  # the console went over its cap
    GUARD = "guard"  # the host's guard: nobody's verdict
    LOST = "lost"  # QEMU did not start or did not answer
    CANCELLED = "cancelled"  # the person asked to stop


@dataclass(frozen=True)
class Transcript:
    """One boot as seen from outside.  TEXT is harmless; it was cut at the cap."""

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
