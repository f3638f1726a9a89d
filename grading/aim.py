# SPDX-License-Identifier: MIT
"""Where a debugger is to see a boot: the point at which it failed.  Pure.

A boot is made twice.  The first tells how it ends; from that the aim is taken, and the
second boot, which is the same, stops there.  Whatever stops a machine lets its clock
jump, so an aim is something at which the first boot stopped too, or at which the second
stops once:

* a check that failed, or whatever else the witness was the first to find wrong: its stop
  of that number;
* a panic: the first instruction of ``panic_at``, where the kernel comes only once;
* a program that was killed: ``proc_exit_signal``, when as many faults were printed as
  before its end, looked for after the witness' last stop;
* a hang, a reset: nothing, the machine stops by itself;
* else ``machine_exit``, where the kernel switches the machine off.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from grading.protocol import Event, Fault, ProgramExit
from grading.transcript import End, Transcript
from grading.verdict import Verdict

_BY_ITSELF = {
    End.BUDGET: "where it is when its budget is used up, or a little later",
    End.RESET: "as it was reset or switched off",
    End.RUNAWAY: "while it floods the console, not always at the same place",
    End.STOPS: "at a checkpoint, where it came too often",
}


@dataclass(frozen=True)
class Aim:
    """The point WHAT: the witness' stop of the number STOP, or the kernel at ADDRESS.

    The latter counts after AFTER stops, and when FAULTS faults are on the console.
    """

    what: str
    stop: int | None = None
    address: int | None = None
    after: int = 0
    faults: int = 0


def find_aim(
    verdict: Verdict,
    transcript: Transcript,
    events: Sequence[Event],
    kernel: Mapping[str, int],
) -> Aim:
    """Where the boot that left TRANSCRIPT failed; KERNEL are the kernel's symbols."""
    kind = verdict.death.kind if verdict.death else ""
    if kind == "panic" and "panic_at" in kernel:
        return Aim("where the kernel panics", address=kernel["panic_at"])
    if transcript.end in _BY_ITSELF:
        return Aim(_BY_ITSELF[transcript.end])
    if kind == "signal" and "proc_exit_signal" in kernel:
        return Aim(
            "where the kernel kills the program",
            address=kernel["proc_exit_signal"],
            after=transcript.stops,
            faults=_faults(events),
        )
    if not kind and transcript.first_wrong is not None:
        return Aim("at the first check that failed", stop=transcript.first_wrong)
    where = "where the machine is switched off: no check has failed before"
    return Aim(where, address=kernel.get("machine_exit"), after=transcript.stops)


def _faults(events: Sequence[Event]) -> int:
    """The faults that were printed before the program ended."""
    end = max((e.line for e in events if isinstance(e, ProgramExit)), default=1 << 60)
    return sum(isinstance(e, Fault) and e.line < end for e in events)
