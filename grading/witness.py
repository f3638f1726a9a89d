# SPDX-License-Identifier: MIT
"""Looks at the guest from outside while a trusted test program runs in it.

The test program stops at two places of its own (user/lib/crt0.S): at its first
instruction, and at ``checkpoint``, where its registers say what it has found.  At each
stop the witness makes sure that it is really this program's code that runs, in user
mode, walks the process' page tables, and compares what the guest says with what is
there.  The guest's kernel takes no part in any of this.

What a lab wants to be true of an address space is in ``labs/<lab>/witness.py``: two
dictionaries of rules by name, AT_START and AT_CHECKPOINT, each a function that gets a
View.  A test in ``lab.toml`` names those that it asks for (``witness = [...]``), so that
one mistake does not fail every test.
"""

import importlib.util
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from grading.callers import called_from_main
from grading.elf import Elf, load
from grading.errors import UsageError
from grading.evidence import OWN_CODE, Evidence, Finding, Notes, Picture, Range, Word
from grading.gdbstub import GdbStub, Registers
from grading.guestmem import PAGE, UPPER_HALF, Endless, GuestMemory, Page

START, CHECKPOINT = "_start", "checkpoint"
_NOP = b"\x90"
_MAX_FINDINGS = 40
_MAX_PICTURES = 24
_MAX_DAMAGE = 64
_FRAME_SIZE = 16


@dataclass(frozen=True)
class Subject:
    """What is to be watched: the test's own program, and what it was started with."""

    program: Elf
    kernel: Elf
    argv: tuple[str, ...]
    environment: tuple[str, ...]


class View:
    """One stop, for the rules of a lab: registers, pages, memory, and where to note findings."""

    def __init__(
        self, subject: Subject, point: str, registers: Registers, memory: GuestMemory
    ) -> None:
        self.subject = subject
        self.point = point
        self.registers = registers
        self.memory = memory
        self.pages: tuple[Page, ...] = tuple(memory.pages(registers.cr3, 0, UPPER_HALF))
        self.findings: list[Finding] = []

    def page(self, address: int) -> Page | None:
        """The present page that holds ADDRESS, or None."""
        return next((p for p in self.pages if p.address <= address < p.address + p.size), None)

    def between(self, start: int, end: int) -> tuple[Page, ...]:
        """The present pages in [START, END)."""
        return tuple(p for p in self.pages if start <= p.address < end)

    def read(self, address: int, size: int) -> bytes:
        """Up to SIZE bytes of user memory at ADDRESS."""
        return self.memory.read_virtual(self.registers.cr3, address, size)

    def word(self, address: int) -> int | None:
        """The 64-bit word at user ADDRESS, None when it is not there."""
        data = self.read(address, 8)
        return int.from_bytes(data, "little") if len(data) == 8 else None

    def near_word(self, address: int) -> int | None:
        """The same, for a word that does not cross a page: without another walk."""
        page = self.page(address)
        if page is None or address % 8:
            return None
        return int.from_bytes(self.memory.read(page.frame + address - page.address, 8), "little")

    def string(self, address: int) -> str | None:
        """The string at user ADDRESS, None when it is not there."""
        return self.memory.string(self.registers.cr3, address, PAGE)

    def rule(self, what: str, expected: object, got: object, address: int | None = None) -> None:
        """Note a rule of the lab: it holds when GOT equals EXPECTED."""
        self._note("rule", what, expected, got, address)

    def claim(self, what: str, expected: object, got: object, address: int | None = None) -> None:
        """Note a claim of the guest: EXPECTED was seen from outside, GOT is what it said."""
        self._note("claim", what, expected, got, address)

    def _note(self, kind: str, what: str, expected: object, got: object, at: int | None) -> None:
        ok = expected == got
        self.findings.append(Finding(kind, self.point, what, _text(expected), _text(got), ok, at))


def _text(value: object) -> str:
    return f"{value:#x}" if isinstance(value, int) and abs(value) > 0xFFFF else f"{value}"


Rule = Callable[[View], None]


@dataclass(frozen=True)
class Rules:
    """What can be asked for, by name."""

    at_start: Mapping[str, Rule]
    at_checkpoint: Mapping[str, Rule]

    def pick(self, names: Sequence[str]) -> "Rules":
        """The rules called NAMES; UsageError for one that there is not."""
        for name in names:
            if name not in self.at_start and name not in self.at_checkpoint:
                known = ", ".join(sorted({*self.at_start, *self.at_checkpoint}))
                raise UsageError(f"witness.py has no rule {name!r}: there are {known}")
        return Rules(
            {n: self.at_start[n] for n in names if n in self.at_start},
            {n: self.at_checkpoint[n] for n in names if n in self.at_checkpoint},
        )


def load_rules(folder: Path) -> Rules | None:
    """All rules in FOLDER/witness.py, None when the lab has none and nobody is to watch."""
    path = folder / "witness.py"
    if not path.is_file():
        return None
    spec = importlib.util.spec_from_file_location(f"witness_{folder.name}", path)
    assert spec is not None and spec.loader is not None
    module: ModuleType = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return Rules(module.AT_START, module.AT_CHECKPOINT)


def make_subject(program: Path, kernel: Path, argv: Sequence[str], environment: str) -> Subject:
    """A Subject from the trusted files PROGRAM and KERNEL."""
    return Subject(load(program), load(kernel), tuple(argv), (environment,))


class Witness:
    """Watches one boot."""

    def __init__(self, subject: Subject, rules: Rules) -> None:
        self._subject = subject
        self._rules = rules
        self._notes = Notes()
        self._nops = {name: _first_nop(subject.program, name) for name in (START, CHECKPOINT)}

    def breakpoints(self) -> tuple[int, ...]:
        """Where to stop; the same addresses in every program."""
        return (self._nops[START], self._nops[CHECKPOINT])

    def evidence(self) -> Evidence:
        """What was seen so far."""
        return self._notes.done()

    def give_up(self, why: str) -> None:
        """Note that looking was not possible any more."""
        self._notes.problem = why

    def look(self, gdb: GdbStub, memory: GuestMemory) -> int | None:
        """The machine has stopped at a breakpoint: look, and let it go on behind the nop.

        The guest's clock just before, None when that is not known.
        """
        registers = gdb.registers()
        rip = registers["rip"]
        if registers.user and memory.read_virtual(registers.cr3, rip, 1) == _NOP:
            if self._is_program(registers, memory):
                self._try_to_see(registers, memory)
            gdb.set_rip(rip + 1)
            return (
                registers["rax"] | registers["rdx"] << 32
                if rip == self._nops[START]
                else registers["rax"]
            )
        gdb.step_over(rip)
        return None

    def _is_program(self, registers: Registers, memory: GuestMemory) -> bool:
        """Do the first bytes of the text belong to the test's program?  init's do not.

        A few may differ: what was damaged is still this program.
        """
        program = self._subject.program
        start = program.symbols[START]
        want = program.read(start, PAGE)
        have = memory.read_virtual(registers.cr3, start, len(want))
        if len(have) != len(want):
            return False
        return have == want or sum(a != b for a, b in zip(have, want)) <= _MAX_DAMAGE

    def _try_to_see(self, registers: Registers, memory: GuestMemory) -> None:
        try:
            self._see(registers, memory)
        except Endless as error:
            what, cr3 = "the page tables come to an end", registers.cr3
            finding = Finding("rule", "a stop", what, "an end", f"{error}", False, cr3)
            self._notes.findings.append(finding)

    def _see(self, registers: Registers, memory: GuestMemory) -> None:
        start = registers["rip"] == self._nops[START]
        what = "start" if start else memory.string(registers.cr3, registers["rdi"]) or "?"
        view = View(self._subject, what, registers, memory)
        _check_text(view)
        _check_kernel_half(view)
        first = start and not self._notes.started
        if start:
            self._notes.started = True
        elif _spoken_by_main(view):
            self._hear(what, view)
        if first or not start:
            for rule in (self._rules.at_start if start else self._rules.at_checkpoint).values():
                rule(view)
        self._keep(view)

    def _hear(self, what: str, view: View) -> None:
        """Take down the program's words; check those that say something about memory."""
        a, b, c = (view.registers[name] for name in ("rsi", "r8", "rcx"))
        if what in ("begin", "step", "end") and not _speaks_for_this_run(view):
            return
        if what in ("begin", "step"):
            self._notes.words.append(Word(what, view.string(a) or "?", bool(b) or what == "begin"))
        elif what == "end":
            self._notes.words.append(Word(what, f"{a}", bool(b)))
        elif what in ("exit", "exec", "child"):
            self._notes.words.append(Word(what, f"{a}", True, b))
        elif what == "resident":
            pages = view.between(a, a + b * PAGE)
            view.claim(f"present of {b} pages", len(pages), c, a)
        elif what == "holes":
            pages = view.between(a, a + b * PAGE)
            view.rule(f"present of {b} pages, some in no region", c, len(pages), a)
        elif what == "frames":
            view.claim("free frames", free_frames(view), a)

    def _keep(self, view: View) -> None:
        notes = self._notes
        wrong = [f for f in view.findings if not f.ok]
        good = [f for f in view.findings if f.ok]
        room = _MAX_FINDINGS - len(notes.findings)
        notes.findings.extend(wrong if room <= 0 else (wrong + good)[: max(room, len(wrong))])
        if len(notes.pictures) < _MAX_PICTURES:
            notes.pictures.append(Picture(view.point, _ranges(view.pages)))


def _first_nop(program: Elf, symbol: str) -> int:
    """The address of the nop that follows SYMBOL."""
    address = program.symbols[symbol]
    return address + program.read(address, 32).index(_NOP)


def _check_text(view: View) -> None:
    """Every page of the program that it cannot write to holds what the trusted file has.

    A kernel that lets the program write there, or zeroes the wrong frame, is mistaken; any
    other change was made by somebody.
    """
    program = view.subject.program
    for segment in program.segments:
        if segment.write:
            continue
        # In front of _start are headers, which lost their debug sections in the archive.
        first = max(segment.address, program.symbols[START])
        for address in range(first, segment.address + len(segment.data), PAGE):
            want = program.read(address, PAGE)
            have = view.read(address, len(want))
            if have and have != want[: len(have)]:
                page = view.page(address)
                mistake = page is not None and page.write or _only_zeroed(want, have)
                note = view.rule if mistake else view.claim
                note(OWN_CODE, "unchanged", "changed", address)


def _only_zeroed(want: bytes, have: bytes) -> bool:
    """Is HAVE what WANT becomes when a kernel zeroes memory that is in use?"""
    return all(got in (byte, 0) for byte, got in zip(want, have))


def _check_kernel_half(view: View) -> None:
    """No kernel mapping may be open to user code."""
    page = next(view.memory.pages(view.registers.cr3, UPPER_HALF, 1 << 48, user=True), None)
    if page is not None:
        address = page.address | 0xFFFF << 48
        view.rule("a kernel page is closed to user code", "closed", page.rights, address)


def _speaks_for_this_run(view: View) -> bool:
    """Does the program know the nonce?  A child that ran it anew by a mistake may not."""
    nonce = view.near_word(view.subject.program.symbols["nonce"])
    return nonce is not None and f"NONCE={view.string(nonce)}" in view.subject.environment


def _spoken_by_main(view: View) -> bool:
    """Has main, or what it has called, called checkpoint?"""
    rsp, rbp = view.registers["rsp"], view.registers["rbp"]
    return called_from_main(view.subject.program, view.near_word, rsp, rbp)


def free_frames(view: View) -> int:
    """The free frames, counted in the kernel's own array by nobody but us."""
    symbols = view.subject.kernel.symbols
    base = 0xFFFFFFFF80000000
    array, count = (
        int.from_bytes(view.memory.read(symbols.get(name, 0) - base, 8), "little")
        for name in ("pmem_frames", "pmem_n_frames")
    )
    data = view.memory.read(array - 0xFFFF800000000000, count * _FRAME_SIZE)
    # struct frame (kernel/mm/pmem.h) begins with its owner count; frame 0 is the list's head.
    counts = memoryview(data)[: len(data) // _FRAME_SIZE * _FRAME_SIZE].cast("I")[::4]
    return sum(1 for n in counts[1:] if n == 0)


def _ranges(pages: Sequence[Page]) -> tuple[Range, ...]:
    ranges: list[Range] = []
    for page in pages:
        end = page.address + page.size
        if ranges and ranges[-1].end == page.address and ranges[-1].rights == page.rights:
            ranges[-1] = Range(ranges[-1].start, end, page.rights)
        else:
            ranges.append(Range(page.address, end, page.rights))
    return tuple(ranges)
