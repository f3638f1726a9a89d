# SPDX-License-Identifier: MIT
"""Who may look at a machine from outside while it runs: what a Session asks of them."""

from collections.abc import Sequence
from typing import Protocol

from grading.evidence import Evidence
from grading.gdbstub import GdbStub
from grading.guestmem import GuestMemory


class Watcher(Protocol):
    """Names its breakpoints, is called at each stop, and tells what it saw."""

    def breakpoints(self) -> Sequence[int]:
        """Where the machine is to stop, in whichever address space."""

    def look(self, gdb: GdbStub, memory: GuestMemory) -> int | None:
        """The machine has stopped: look, and leave it behind the instruction of the breakpoint.

        The guest's clock just before the stop, None when that is not known.
        """

    def evidence(self) -> Evidence:
        """What was seen so far."""

    def give_up(self, why: str) -> None:
        """Looking is not possible any more."""
