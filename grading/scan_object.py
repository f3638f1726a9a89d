# SPDX-License-Identifier: MIT
"""Refuses in the object of a student's file what no lab needs and a cheat does.

What is looked at: which symbols the object imports and defines, in which sections its
code and data are, and which instructions it has.  What it may have stands in the lab's
``allowed.toml``: names that every student's file may import, and for each file those
that its pristine version imports or executes besides.  That file is written by hand, so
that students can read it; a test holds it against the kernel's headers and against the
objects of the stub and of the reference.  Nothing is compared with a pristine object at
run time, so a student gets the same answer at home, where there is none.

Honest limits: a pointer made from a number calls anything, and constants can hide
instructions from the disassembler.  This is one fence of several.
"""

import re
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from grading.binutils import Unreadable
from grading.errors import LabError
from grading.scan_source import SHOWN_PROBLEMS, Problem
from grading.text import clean_line

MAX_OBJECT = 4 << 20  # bytes of the file; with debug information, the pristine ones have 100 KiB
MAX_MEMORY = 1 << 20  # bytes of code and data in one object; the pristine ones have 4 KiB

_SECTIONS = re.compile(
    r"\.(text(\.unlikely|\.hot|\.startup)?|rodata(\.(str|cst)[\d.]+)?"
    r"|data(\.rel(\.ro)?(\.local)?)?|bss"
    r"|comment|note\.GNU-stack|note\.gnu\.property|debug_\w+|eh_frame|llvm_addrsig)"
)
_SANITIZER = re.compile("__ubsan_handle_[a-z_0-9]+")  # make UBSAN=1
_PREFIXES = re.compile(r"(rep|repn?z|repn?e|lock|bnd|notrack|data16|addr32|[cdefgs]s|rex[.\w]*)")
_PRIVILEGED = re.compile(
    r"in|out|ins[bwl]?|outs[bwl]?|rdmsr|wrmsr|[ls][gi]dtq?|[ls]ldt|[ls]tr|[ls]mswq?|clts"
    r"|cli|sti|hlt|popf[wq]?|iret[wq]?|sysret[lq]?|sysexit[lq]?|syscall|sysenter|int[13o]?"
    r"|swapgs|(rd|wr)[fg]sbase[lq]?|invlpg|invpcid|invd|wbinvd|xsetbv|stac|clac|monitor|mwait"
    r"|l(ret|jmp|call)[wq]?|vm\w+|rdpmc|\(bad\)"
)
_TO_SEGMENT = re.compile(r"(mov|pop|l[defgs]s)\w* .*%[defgs]s$")
_CONTROL = re.compile(r"mov\w* .*%((?:cr|db|dr)\d+)")

_FILE = re.compile(r"^(.+): +file format elf")
_SECTION = re.compile(r"^ *\d+ (\S+) +([0-9a-f]+)(?: +[0-9a-f]+){3} +2\*\*\d+ +(.*)$")
_SYMBOL = re.compile(r"^[0-9a-f]{16} (.{7}) (\S+)\t[0-9a-f]{16} (?:\.\w+ )?(.+)$")
_IN_SECTION = re.compile(r"^Disassembly of section (.+):$")
_FUNCTION = re.compile(r"^[0-9a-f]{16} <(.+)>:$")
_INSTRUCTION = re.compile(r"^ *([0-9a-f]+):\t(.+)$")
_RELOCATION = re.compile(r"\t[0-9a-f]+: R_\w+\t([\w.$]+)")  # with -w, after its instruction

Run = Callable[[Sequence[str]], str]


@dataclass(frozen=True)
class FileRules:
    """What one file may have besides: symbols, and privileged instructions by function."""

    imports: frozenset[str] = frozenset()
    instructions: Mapping[str, Mapping[str, int]] = field(default_factory=dict)


@dataclass(frozen=True)
class Allowed:
    """A lab's allowed.toml."""

    imports: frozenset[str]
    files: Mapping[str, FileRules]

    def for_file(self, name: str) -> FileRules:
        """The rules of the student's file NAME."""
        own = self.files.get(name, FileRules())
        return FileRules(own.imports | self.imports, own.instructions)


@dataclass(frozen=True)
class Spot:
    """An instruction's place in an object."""

    section: str
    address: int
    function: str


@dataclass
class Object:
    """What objdump says about one object."""

    sections: list[tuple[str, int, str]] = field(default_factory=list)
    imports: set[str] = field(default_factory=set)
    exports: dict[str, str] = field(default_factory=dict)  # name to flags
    uses: dict[str, Spot] = field(default_factory=dict)  # imported name to its first use
    privileged: list[tuple[str, Spot]] = field(default_factory=list)


def load_allowed(folder: Path) -> Allowed:
    """Read the allowed.toml of the lab in FOLDER."""
    path = folder / "allowed.toml"
    shown = f"labs/{folder.name}/allowed.toml"
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        rules = {
            name: FileRules(frozenset(own.get("imports", ())), own.get("instructions", {}))
            for name, own in data.get("file", {}).items()
        }
        return Allowed(frozenset(data["imports"]), rules)
    except OSError as error:
        raise LabError(f"{shown}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise LabError(f"{shown}: {error}") from error
    except (KeyError, AttributeError, TypeError) as error:
        raise LabError(f"{shown}: it is not made as scan_object wants it: {error}") from error


def scan_objects(
    objects: Mapping[str, Path], others: Sequence[Path], allowed: Allowed, run: Run
) -> list[Problem]:
    """What is not allowed in the student's OBJECTS, by their sources' names.

    OTHERS are the objects of the rest of the kernel; RUN runs a program of binutils
    and gives its output, or raises Unreadable.
    """
    large = [n for n, path in objects.items() if path.stat().st_size > MAX_OBJECT]
    if large:
        return [Problem(n, 0, f"an object of more than {MAX_OBJECT >> 20} MiB") for n in large]
    names = {str(path): name for name, path in objects.items()}
    nm = ["nm", "-A", "-g", "--defined-only"]
    try:
        dump = run(["objdump", "-w", "-h", "-t", "-d", "-r", "--no-show-raw-insn", *names])
        taken = _defined(run([*nm, *map(str, others)])) if others else {}
    except Unreadable:
        dump, taken = "", {}
    found = {names[p]: seen for p, seen in read_dump(dump).items() if p in names}
    students = {symbol for seen in found.values() for symbol in seen.exports}
    problems: list[Problem] = []
    for name, path in objects.items():
        if name not in found:
            problems.append(Problem(name, 0, "its object cannot be read"))
            continue
        check = _Check(name, path, found[name], allowed.for_file(name), run)
        problems += check.problems(students, taken)
    return problems


def _defined(listing: str) -> dict[str, str]:
    """Each symbol of ``nm -A`` and the object that defines it."""
    defined = {}
    for line in listing.splitlines():
        words = line.rpartition(" ")
        defined[words[2]] = Path(line.split(":", 1)[0]).stem
    return defined


def read_dump(text: str) -> dict[str, Object]:
    """Understand what objdump printed about several objects."""
    found: dict[str, Object] = {}
    now, section, function = Object(), "", ""
    for line in text.splitlines():
        if match := _FILE.match(line):
            now = found[match[1]] = Object()
        elif match := _SECTION.match(line):
            now.sections.append((match[1], int(match[2], 16), match[3]))
        elif match := _SYMBOL.match(line):
            _read_symbol(now, match[1], match[2], match[3])
        elif match := _IN_SECTION.match(line):
            section = match[1]
        elif match := _FUNCTION.match(line):
            function = match[1]
        elif match := _INSTRUCTION.match(line):
            spot = Spot(section, int(match[1], 16), function)
            for symbol in _RELOCATION.findall(match[2]):
                now.uses.setdefault(symbol, spot)
            if word := privileged(_RELOCATION.split(match[2])[0]):
                now.privileged.append((word, spot))
    return found


def _read_symbol(now: Object, flags: str, section: str, name: str) -> None:
    if section == "*UND*":
        now.imports.add(name)
    elif flags[0] != "l" or (section == "*ABS*" and "f" not in flags) or "i" in flags:
        now.exports[name] = flags + section


def privileged(instruction: str) -> str:
    """The name of INSTRUCTION, as objdump writes it, when only a kernel's core needs it."""
    words = instruction.split("#")[0].split("<")[0].split()
    while len(words) > 1 and _PREFIXES.fullmatch(words[0]):
        words.pop(0)
    if not words:
        return ""
    text = " ".join(words)
    if match := _CONTROL.match(text):
        return f"mov with %{match[1]}"
    if _TO_SEGMENT.match(text):
        return f"{words[0]} to a segment register"
    return words[0] if _PRIVILEGED.fullmatch(words[0]) else ""


class _Check:
    """One object against its rules."""

    def __init__(self, name: str, path: Path, seen: Object, rules: FileRules, run: Run) -> None:
        self._name, self._path, self._seen, self._rules, self._run = name, path, seen, rules, run

    def problems(self, students: set[str], taken: Mapping[str, str]) -> list[Problem]:
        """All that is wrong, the first ones of each kind."""
        spots = [*self._imports(students), *self._instructions()][:SHOWN_PROBLEMS]
        lines = self._lines([spot for _, spot in spots])
        found = [Problem(self._name, lines.get(s, 0), f"{reason}{_in(s)}") for reason, s in spots]
        plain = [*self._sections(), *self._exports(taken)][:SHOWN_PROBLEMS]
        return [*found, *(Problem(self._name, 0, reason) for reason in plain)]

    def _imports(self, students: set[str]) -> Iterator[tuple[str, Spot]]:
        for symbol in sorted(self._seen.imports - students - self._rules.imports):
            if not _SANITIZER.fullmatch(symbol):
                spot = self._seen.uses.get(symbol, Spot("", 0, ""))
                yield f"{clean_line(symbol)}, which is not for students' code", spot

    def _instructions(self) -> Iterator[tuple[str, Spot]]:
        counts: Counter[tuple[str, str]] = Counter()
        for word, spot in self._seen.privileged:
            function = spot.function.split(".")[0]
            counts[word, function] += 1
            if counts[word, function] > self._rules.instructions.get(function, {}).get(word, 0):
                yield f"the privileged instruction {word}", spot

    def _sections(self) -> Iterator[str]:
        memory = 0
        for name, size, flags in self._seen.sections:
            words = set(flags.split(", "))
            memory += size if "ALLOC" in words else 0
            if not _SECTIONS.fullmatch(name):
                yield f"a section of its own: {clean_line(name)}"
            elif name == ".note.GNU-stack" and "CODE" in words:
                yield "a nested function whose address is taken: it needs an executable stack"
            elif "CODE" in words and "READONLY" not in words:
                yield f"a section that can be written and executed: {name}"
            elif name.startswith(".text") != ("CODE" in words):
                yield f"a section with the wrong rights: {name}"
        if memory > MAX_MEMORY:
            yield f"{memory >> 10} KiB of variables and code: at most {MAX_MEMORY >> 10}"

    def _exports(self, taken: Mapping[str, str]) -> Iterator[str]:
        for symbol, flags in sorted(self._seen.exports.items()):
            shown = clean_line(symbol)
            if symbol in taken:
                yield f"a second {shown}: the kernel has its own, in {taken[symbol]}"
            elif "w" in flags[:7] or "i" in flags[:7] or "u" in flags[:7]:
                yield f"{shown} is a weak or indirect symbol"
            elif "*ABS*" in flags:
                yield f"{shown} is an address, and no function or variable"

    def _lines(self, spots: Sequence[Spot]) -> dict[Spot, int]:
        """The source lines of SPOTS, as far as they are in this file."""
        lines = {}
        for section in {s.section for s in spots if s.section}:
            here = [s for s in spots if s.section == section]
            command = ["addr2line", "-j", section, "-i", "-a", "-e", str(self._path)]
            try:
                answers = self._run([*command, *(f"{s.address:#x}" for s in here)])
            except Unreadable:
                continue
            for spot, places in zip(here, re.split(r"(?m)^0x[0-9a-f]+\n", answers)[1:]):
                lines[spot] = _own_line(places, self._name)
        return lines


def _in(spot: Spot) -> str:
    return f" (in {clean_line(spot.function)})" if spot.function else ""


def _own_line(places: str, name: str) -> int:
    """The line of the file NAME in addr2line's PLACES, innermost inlined function first."""
    for place in places.splitlines():
        file, _, number = place.split(" (")[0].rpartition(":")
        if file.endswith(name) and number.isdigit():
            return int(number)
    return 0
