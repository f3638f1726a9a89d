# SPDX-License-Identifier: MIT
"""Which submissions share code that is not the handout's, by Debian's similarity-tester.

Of each file only the lines remain that the stub does not have; what remains of a
submission is one text, and sim_c compares the texts token by token, so that other
names and other layout hide nothing.  A list of pairs is a reason to look, not a proof.
"""

import difflib
import re
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from grading.errors import InfraError
from grading.process import run_bounded
from grading.sandbox import Limits, Sandbox
from grading.text import clean

PROGRAM, PACKAGE = "sim_c", "similarity-tester"
MIN_RUN = 20  # tokens in a row that count
MIN_PERCENT = 25
MAX_PAIRS = 200
_TIMEOUT_S = 900
_OUTPUT = 64 << 20
_LIMITS = Limits(cpu_s=600, memory_mib=2048, file_mib=64, processes=16)
_LINE = re.compile(r"^(\S+) consists for (\d+) % of (\S+) material", re.MULTILINE)


@dataclass(frozen=True)
class Pair:
    """PERCENT of what one of two submissions has of its own is in the other too."""

    first: str
    second: str
    percent: int


def missing() -> str:
    """What to install before anything can be compared, or nothing."""
    for program, package in ((PROGRAM, PACKAGE), ("unifdef", "unifdef")):
        if shutil.which(program) is None:
            return f"install the Debian package {package}"
    return ""


def read_stubs(root: Path, files: Iterable[str]) -> dict[str, list[str]]:
    """The lines of FILES as they are handed out."""
    stubs = {}
    for name in files:
        done = run_bounded(["unifdef", "-USOLUTION", str(root / name)], root, 60, _OUTPUT)
        if done.status not in (0, 1):
            raise InfraError(f"unifdef {name}: {clean(done.output).strip()}")
        stubs[name] = done.output.decode("utf-8", "replace").split("\n")
    return stubs


def own_lines(files: Mapping[str, bytes], stubs: Mapping[str, list[str]]) -> str:
    """What of FILES the stubs do not have."""
    own = []
    for name, data in sorted(files.items()):
        stub = [line.strip() for line in stubs[name]]
        lines = data.decode("utf-8", "replace").split("\n")
        matcher = difflib.SequenceMatcher(None, stub, [line.strip() for line in lines], False)
        for kind, _, _, start, end in matcher.get_opcodes():
            if kind in ("replace", "insert"):
                own += lines[start:end]
    return "".join(f"{line}\n" for line in own if line.strip())


def compare(folder: Path, sandbox: Sandbox | None) -> list[Pair]:
    """The pairs among the texts in FOLDER, which hold students' bytes: the nearest first."""
    names = sorted(path.name for path in folder.iterdir())
    (folder / ".names").write_text("".join(f"{name}\n" for name in names), encoding="utf-8")
    options = f"-p -e -s -T -r {MIN_RUN} -t {MIN_PERCENT} -i"
    command = ["sh", "-c", f"exec {PROGRAM} {options} <.names"]
    if sandbox is not None:
        sandbox.give(folder)
        command = sandbox.wrap(command, folder, _LIMITS)
    done = run_bounded(command, folder, _TIMEOUT_S, _OUTPUT)
    if done.status != 0 or done.cut:
        raise InfraError(f"{PROGRAM}: status {done.status} {done.cut}: {clean(done.output)[:200]}")
    return read_pairs(done.output.decode("utf-8", "replace"))


def read_pairs(output: str) -> list[Pair]:
    """The pairs that sim_c's OUTPUT tells of; of two directions the larger share."""
    found: dict[tuple[str, str], int] = {}
    for first, percent, second in _LINE.findall(output):
        key = (first, second) if first < second else (second, first)
        found[key] = max(found.get(key, 0), int(percent))
    pairs = [Pair(first, second, percent) for (first, second), percent in found.items()]
    return sorted(pairs, key=lambda p: (-p.percent, p.first, p.second))[:MAX_PAIRS]
