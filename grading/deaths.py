# SPDX-License-Identifier: MIT
"""Names the way in which a machine or a program died, in words for people.

Pure: looks at a Transcript, its events and the source behind their addresses.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from grading.locate import Surroundings
from grading.protocol import Event, Fault, Panic, ProgramExit
from grading.sample import Sample
from grading.transcript import End, Transcript

# QEMU's exit status for what the kernel writes to the debug-exit port.
EXIT_OK, EXIT_PANIC, EXIT_MEMORY, EXIT_INIT = 33, 35, 37, 39

_PAGE_FAULT = 14
# On the way into the kernel, where nothing tells yet why.
_ENTRIES = ("vector14", "alltraps", "trap", "trapret", "trapret_iretq")
_ERRNO = {
    2: "ENOENT",
    7: "E2BIG",
    8: "ENOEXEC",
    12: "ENOMEM",
    13: "EACCES",
    14: "EFAULT",
    22: "EINVAL",
}


@dataclass(frozen=True)
class Death:
    """KIND is for machines; SUMMARY is a sentence, DETAILS are more of them."""

    kind: str
    summary: str
    details: tuple[str, ...] = ()
    where: str = ""

    @property
    def status(self) -> str:
        """The status of a test that ended like this."""
        return "timeout" if self.kind in ("hang", "circle") else "crash"


def find_death(
    transcript: Transcript, events: Sequence[Event], source: Surroundings, budget: int
) -> Death | None:
    """How this run died, None when the program ended by itself with a code."""
    panic = next((e for e in events if isinstance(e, Panic)), None)
    ended_well = transcript.end is End.EXIT and transcript.exit_status == EXIT_OK
    if panic and not ended_well:
        return _panic(panic, source)
    if transcript.end is End.BUDGET:
        return _hang(transcript, source, budget)
    if transcript.end is End.RUNAWAY:
        return Death("runaway", "the console was flooded: more than 1 MiB was printed")
    if transcript.end is End.STOPS:
        return _circle(transcript)
    if transcript.end is End.RESET:
        return _reset(transcript, source)
    if not transcript.text.strip():
        return Death(
            "silence",
            "nothing was printed: the machine was switched off before the first character",
        )
    return _exit(transcript, events, source)


def _panic(panic: Panic, source: Surroundings) -> Death:
    details = []
    for address, name in panic.frames:
        place = source.kernel.get(address)
        if source.is_students(place):
            details.append(f"your code on the way there: {place}")
            break
    if not details and panic.frames:
        address, name = panic.frames[0]
        details.append(f"called from {source.kernel.get(address) or name or hex(address)}")
    return Death("panic", f"the kernel panicked: {panic.message}", tuple(details), panic.where)


def _hang(transcript: Transcript, source: Surroundings, budget: int) -> Death:
    silent = () if transcript.text.strip() else ("nothing was printed",)
    samples = transcript.samples
    if samples and samples[0].halted and not samples[0].interrupts:
        where = _place(samples[0], source)
        return Death(
            "halted",
            "the CPU halted for ever: hlt with interrupts off",
            (f"it stopped in {where}", *silent),
            where,
        )
    summary = f"a hang: the budget of {budget // 1_000_000:,} million guest instructions is used up"
    if not samples:
        return Death("hang", summary, silent)
    if samples[0].halted:
        idle = "nothing was running: every process waits, and nothing wakes one of them"
        return Death("hang", summary, (idle, *silent))
    where, details = _look(samples, source)
    return Death("hang", summary, (*details, *silent), where)


def _look(samples: Sequence[Sample], source: Surroundings) -> tuple[str, tuple[str, ...]]:
    """Where the CPU is, who called: the student's own function before others, and what for."""
    sample = samples[0]
    here = source.at(sample.rip, sample.user)
    callers = [p for a in sample.frames if (p := source.at(a, sample.user))]
    own = next((p for p in callers if source.is_students(p)), None)
    where = _place(sample, source)
    details = [f"it was in {where}"]
    if own and not source.is_students(here):
        where = f"the kernel: {own}"
        details.append(f"your code on the way there: {own}")
    elif callers:
        details.append(f"called from {callers[0]}")
    again = f"the page fault at {sample.cr2:#x} comes again and again"
    last = samples[1] if len(samples) > 1 else None
    if last is None:
        details += [again] if here and here.function in _ENTRIES else []
    elif last.vector == _PAGE_FAULT and (not sample.user or sample.rip == last.rip):
        details.append(f"{again}, in {_place(last, source)}")
    return where, tuple(details)


def _circle(transcript: Transcript) -> Death:
    return Death(
        "circle",
        f"the program came to its checkpoints {transcript.stops:,} times, far more often than "
        "any test does: something sends it there again and again",
    )


def _place(sample: Sample, source: Surroundings) -> str:
    mode = "the program" if sample.user else "the kernel"
    return f"{mode}: {source.describe(sample.rip, sample.user)}"


def _reset(transcript: Transcript, source: Surroundings) -> Death:
    silent = () if transcript.text.strip() else ("nothing was printed before",)
    if not transcript.triple_fault or not transcript.samples:
        return Death("reset", "the machine was reset or switched off, and not by init", silent)
    sample = transcript.samples[0]
    where = _place(sample, source)
    details = (
        f"the CPU was at {sample.rip:#x} in {where}",
        f"the last page fault was at {sample.cr2:#x}"
        if sample.cr2
        else "there was no page fault before",
        *silent,
    )
    return Death(
        "triple_fault",
        "a triple fault: an exception while the kernel could not take exceptions",
        details,
        where,
    )


def _exit(transcript: Transcript, events: Sequence[Event], source: Surroundings) -> Death | None:
    status = transcript.exit_status
    if status == EXIT_PANIC:
        return Death("panic", "the kernel panicked and could not say why")
    if status == EXIT_MEMORY:
        return Death("memory", "the kernel says that the machine has too little memory")
    if status == EXIT_INIT:
        return Death(
            "init", "init could not be started, or ended", tuple(fault_lines(events, source, None))
        )
    if status != EXIT_OK:
        return Death(
            "unknown_exit", f"the machine was switched off with the unknown status {status}"
        )
    ends = [e for e in events if isinstance(e, ProgramExit)]
    if not ends:
        return Death("no_result", "the machine was switched off before init reported a result")
    return _program_death(ends[-1], events, source)


def _program_death(end: ProgramExit, events: Sequence[Event], source: Surroundings) -> Death | None:
    if end.kind == "exec":
        name = _ERRNO.get(-end.value, f"error {-end.value}")
        return Death("exec", f"the test program could not be started: {name}")
    if end.kind == "signal":
        faults = [e for e in events if isinstance(e, Fault) and e.line < end.line]
        last = faults[-1] if faults else None
        where = source.describe(last.rip, not last.in_kernel) if last else ""
        details = tuple(fault_lines(events, source, end.line))
        return Death("signal", f"the program was killed by signal {end.value}", details, where)
    return None


def fault_lines(
    events: Sequence[Event], source: Surroundings, before: int | None, after: int = -1
) -> list[str]:
    """The last fault between two lines of the console: the kernel's words, the program's line."""
    stop = before if before is not None else 1 << 60
    faults = [e for e in events if isinstance(e, Fault) and after < e.line < stop]
    if not faults:
        return []
    last = faults[-1]
    hint = f": {last.hint}" if last.hint else ""
    return [
        f"{last.signal}: {last.what}{hint}",
        f"in {'a system call of ' if last.in_kernel else ''}{last.name}: "
        f"{source.describe(last.rip, not last.in_kernel)}",
    ]
