# SPDX-License-Identifier: MIT
"""Makes docs/programs.md: the text, the programs that run in CI, and the table of system calls.

    table.py            write docs/programs.md
    table.py --check    say what is wrong with it, nothing when all is right

The kernel's table (kernel/sys/table.c) says which calls there are; syscalls.toml has the names of
all of Linux's, what is missing of some, and why others are not there.  A call's tests run on
Linux and on Faultline: behaviours (tests/linux) and programs (tests/programs).  They are found by
the call's name in them, or named in syscalls.toml.
"""

import re
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "docs"))

import page  # noqa: E402

HERE = Path(__file__).resolve().parent
TEXT = HERE / "text.md"
NOTES = HERE / "syscalls.toml"
PAGE = ROOT / "docs/programs.md"
LAST = 334  # of Linux's first series of numbers; the next begins at 424
SHOWN = 3  # tests of a call that are named

_CALL = re.compile(r"\[SYS_(\w+)\] = (\w+)")
_NUMBER = re.compile(r"^#define\s+SYS_(\w+)\s+(\d+)", re.MULTILINE)
_BEHAVIOUR = re.compile(r"^BEHAVIOUR\(([A-Z]\d+)_(\d+), (.*?)^}", re.MULTILINE | re.DOTALL)
_SECTION = re.compile(r"^## (\w+)$", re.MULTILINE)


@dataclass(frozen=True)
class Notes:
    """What syscalls.toml says."""

    names: list[str]
    partial: dict[str, str]
    why_not: dict[str, str]
    tests: dict[str, list[str]]


def read_notes() -> tuple[Notes, list[str]]:
    """syscalls.toml, and what is wrong with it by itself."""
    data = tomllib.loads(NOTES.read_text(encoding="utf-8"))
    names = data["names"].split()
    why_not: dict[str, str] = {}
    wrong = [] if len(names) == LAST + 1 else [f"names: {len(names)} of {LAST + 1}"]
    for reason, calls in data["no"].items():
        for call in calls.split():
            if call in why_not:
                wrong.append(f"[no]: {call} is there twice")
            why_not[call] = reason
    tests = {call: text.split() for call, text in data["tests"].items()}
    listed = (*data["partial"], *why_not)
    wrong += [f"{call}: no such call" for call in listed if call not in names]
    return Notes(names, data["partial"], why_not, tests), wrong


def kernel_calls() -> dict[str, int]:
    """The calls of the kernel's table, with their numbers."""
    headers = "".join(path.read_text() for path in sorted(ROOT.glob("kernel/sys/*.h")))
    numbers = {name: int(number) for name, number in _NUMBER.findall(headers)}
    calls = _CALL.findall((ROOT / "kernel/sys/table.c").read_text(encoding="utf-8"))
    return {name: numbers[name] for name, _ in calls}


# --- tests --------------------------------------------------------------------------


def sources() -> dict[str, str]:
    """The source of each test that runs on both kernels, by the name that the table has for it."""
    found = {}
    for path in sorted(ROOT.glob("tests/linux/*.c")):
        for letter, number, body in _BEHAVIOUR.findall(path.read_text(encoding="utf-8")):
            found[f"{letter}.{number}"] = body
    for path in sorted(ROOT.glob("tests/programs/c/*.c")):
        found[path.name] = path.read_text(encoding="utf-8")
    for path in sorted(ROOT.glob("tests/programs/scripts/*.sh")):
        parts = _SECTION.split(path.read_text(encoding="utf-8"))
        found |= {f"{path.name}:{name}": body for name, body in zip(parts[1::2], parts[2::2])}
    for path in sorted(ROOT.glob("tests/programs/scripts/*.toml")):
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        found |= {f"{path.name}:{name}": body for name, body in data.items()}
    return found


def tests_of(call: str, tests: dict[str, str], named: list[str]) -> list[str]:
    """The tests of CALL: the NAMED ones, then those that call it by its name, at most SHOWN."""
    pattern = re.compile(rf"\bSYS_{call}\b|\bCALL\({call}[,)]|\b{call}\(")
    calling = [
        name
        for name, body in tests.items()
        if not name.partition(".")[2].startswith(("sh", "toml")) and pattern.search(body)
    ]
    return list(dict.fromkeys([*named, *calling]))[:SHOWN]


# --- the page -------------------------------------------------------------------------


def row(number: int, call: str, notes: Notes, have: bool, tests: list[str]) -> str:
    """A row of the table."""
    if not have:
        return f"| {number} | {call} | no | {notes.why_not.get(call, '')} | |"
    level = "partial" if call in notes.partial else "full"
    return f"| {number} | {call} | {level} | {notes.partial.get(call, '')} | {', '.join(tests)} |"


def check_call(call: str, notes: Notes, have: bool, tests: list[str]) -> str:
    """What is wrong with CALL; empty when nothing is."""
    if have and call in notes.why_not:
        return f"{call}: the kernel has it: take it out of [no], and name its test"
    if have and not tests and call not in notes.partial:
        return f"{call}: no test on both kernels calls it by name: add one, or name one in [tests]"
    if not have and call in notes.partial:
        return f"{call}: it is in [partial], but the kernel does not have it"
    if not have and call not in notes.why_not:
        return f"{call}: the kernel does not have it, and [no] does not say why"
    return ""


def table(notes: Notes, calls: dict[str, int]) -> tuple[str, list[str]]:
    """The table of system calls; and what is wrong."""
    tests = sources()
    wrong = [
        f"[tests]: {call}: no such test as {name}"
        for call, named in notes.tests.items()
        for name in named
        if name not in tests
    ]
    rows, levels = [], []
    late = {n: call for call, n in calls.items() if n > LAST}
    for number, call in [*enumerate(notes.names), *sorted(late.items())]:
        found = tests_of(call, tests, notes.tests.get(call, []))
        have = call in calls
        own = call.startswith("fl_")
        if have and calls[call] != number:
            wrong.append(f"{call}: its number is {number}, not {calls[call]}")
        if not own:
            rows.append(row(number, call, notes, have, found))
            wrong.append(check_call(call, notes, have, found))
            levels.append(rows[-1].split(" | ")[2])
    counts = ", ".join(f"{levels.count(level)} {level}" for level in ("full", "partial", "no"))
    head = f"{counts}.\n\n| number | call | | notes | tests |\n|---:|---|---|---|---|\n"
    return head + "\n".join(rows) + "\n", [line for line in wrong if line]


def words(name: str) -> str:
    """The names of programs in the list NAME of syscalls.toml, for people."""
    data = tomllib.loads(NOTES.read_text(encoding="utf-8"))["programs"]
    listed = data[name].split()
    return f"{', '.join(listed)} ({len(listed)})"


def make_page() -> tuple[str, list[str]]:
    """The text of the page; and what is wrong."""
    notes, wrong = read_notes()
    text, wrong_calls = table(notes, kernel_calls())
    whole = TEXT.read_text(encoding="utf-8")
    for name in ("busybox", "coreutils"):
        whole = whole.replace(f"@{name}@", words(name))
    wrong = [f"{NOTES.relative_to(ROOT)}: {line}" for line in wrong + wrong_calls]
    return whole.replace("@table@", text.rstrip("\n")), wrong


if __name__ == "__main__":
    sys.exit(page.main(PAGE, make_page))
