# SPDX-License-Identifier: MIT
"""The verb doctor: does this host have what a grade needs?

Each Finding is one thing that was looked for.  ``missing`` means that something will
not work; ``optional`` that only a part which few need will not; ``differs`` that the
version is not the one that grades were tried with, which is seldom a problem.
"""

import argparse
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

OK, DIFFERS, OPTIONAL, MISSING = "ok", "differs", "optional", "missing"
_SIGNS = {OK: "ok", DIFFERS: "differs", OPTIONAL: "absent", MISSING: "MISSING"}
_TIMEOUT_S = 20
_MIN_PYTHON = (3, 11)
_MACHINE_MIB = 250  # what QEMU and its guest may take
_SHARED_MIB = 64


@dataclass(frozen=True)
class Finding:
    """One thing: what was FOUND, what is KNOWN to work, and what to do when it is not there."""

    name: str
    status: str
    found: str
    known: str
    purpose: str
    advice: str = ""


@dataclass(frozen=True)
class Tool:
    """A program; KNOWN begins the version that is known to work."""

    name: str
    command: str
    package: str
    known: str
    purpose: str
    absent: str = MISSING
    pattern: str = r"(\d+\.\d+(?:\.\d+)?)"


TOOLS = (
    Tool("compiler", "gcc", "gcc", "12.", "builds the kernel", pattern=r"(\d+\.\d+\.\d+)\s*$"),
    Tool("linker", "ld", "binutils", "2.40", "links the kernel", pattern=r"(\d+\.\d+[.\d]*)\s*$"),
    Tool("make", "make", "make", "4.3", "builds the kernel"),
    Tool("addr2line", "addr2line", "binutils", "2.40", "finds source lines"),
    Tool("QEMU", "qemu-system-x86_64", "qemu-system-x86", "7.2", "runs the tests"),
    Tool("bubblewrap", "bwrap", "bubblewrap", "0.8", "the sandbox for submissions"),
    Tool("unifdef", "unifdef", "unifdef", "2.", "makes handouts", OPTIONAL),
    Tool("clang", "clang", "clang", "14.", "another compiler", OPTIONAL),
)
MODULES = (
    ("pexpect", "python3-pexpect", "talks to QEMU", MISSING),
    ("jsonschema", "python3-jsonschema", "export", OPTIONAL),
    ("jinja2", "python3-jinja2", "export --to html", OPTIONAL),
    ("rich", "python3-rich", "colors and a progress bar", OPTIONAL),
)


def examine() -> list[Finding]:
    """Look for everything; what goes wrong while looking is a finding, too."""
    probes: list[tuple[str, Callable[[], Finding]]] = [("Python", _python)]
    probes += [(tool.name, lambda tool=tool: _tool(tool)) for tool in TOOLS]  # type: ignore[misc]
    probes += [(row[0], lambda row=row: _module(*row)) for row in MODULES]  # type: ignore[misc]
    probes += [("qboot.rom", _qboot), ("user namespaces", _sandbox)]
    probes += [("memory", _memory), ("/dev/shm", _shared_memory)]
    return [_guarded(name, probe) for name, probe in probes]


def _guarded(name: str, probe: Callable[[], Finding]) -> Finding:
    try:
        return probe()
    except Exception as error:  # whatever a broken host thinks of
        said = f"{type(error).__name__}: {error}"
        return Finding(name, MISSING, "", "", "", f"cannot be examined: {said}")


def _run(command: list[str]) -> tuple[int, str]:
    """The status and the output of COMMAND."""
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=_TIMEOUT_S,
        check=False,
        env={**os.environ, "LC_ALL": "C"},
    )
    return done.returncode, done.stdout.decode("utf-8", "replace")


def _python() -> Finding:
    found = ".".join(str(part) for part in sys.version_info[:3])
    if sys.version_info < _MIN_PYTHON:
        return Finding("Python", MISSING, found, "3.11", "the grader", "install python3.11")
    return Finding("Python", _versus(found, "3.11"), found, "3.11", "the grader")


def _tool(tool: Tool) -> Finding:
    command = os.environ.get("CC", tool.command) if tool.name == "compiler" else tool.command
    known = tool.known.rstrip(".")
    if shutil.which(command) is None:
        advice = f"{command} not found: install the package {tool.package}"
        return Finding(tool.name, tool.absent, "", known, tool.purpose, advice)
    # unifdef has no --version.
    status, text = _run([command, "-V" if command == "unifdef" else "--version"])
    first = text.strip().partition("\n")[0]
    match = re.search(tool.pattern, first) or re.search(r"(\d+\.\d+[.\d]*)", first)
    if status != 0 or match is None:
        advice = f"{command} does not run: {first}: install the package {tool.package} again"
        return Finding(tool.name, tool.absent, "", known, tool.purpose, advice)
    found = match[1].rstrip(".")
    return Finding(tool.name, _versus(found, tool.known), found, known, tool.purpose)


def _versus(found: str, known: str) -> str:
    return OK if f"{found}.".startswith(known.rstrip(".") + ".") else DIFFERS


def _module(name: str, package: str, purpose: str, absent: str) -> Finding:
    if importlib.util.find_spec(name) is None:
        return Finding(name, absent, "", "", purpose, f"install the package {package}")
    return Finding(name, OK, "yes", "", purpose)


def _qboot() -> Finding:
    name, purpose = "qboot.rom", "boots faster: without it counts of instructions are higher"
    if shutil.which("qemu-system-x86_64"):
        _, text = _run(["qemu-system-x86_64", "-L", "help"])
        for folder in text.splitlines():
            if Path(folder.strip(), "qboot.rom").is_file():
                return Finding(name, OK, "yes", "", purpose)
    return Finding(name, OPTIONAL, "", "", purpose, "install the package qemu-system-data")


def _sandbox() -> Finding:
    """Not whether the kernel allows it, but whether it works."""
    from grading.errors import InfraError
    from grading.sandbox import open_sandbox

    name, purpose = "user namespaces", "the sandbox for submissions"
    try:
        open_sandbox()
    except InfraError as error:
        return Finding(name, MISSING, "", "", purpose, str(error).partition("\n")[0])
    return Finding(name, OK, "works", "", purpose)


def _memory() -> Finding:
    """Guests' memory is anonymous: it takes what guests touch, at most all of theirs."""
    wanted = _machines() * _MACHINE_MIB
    text = Path("/proc/meminfo").read_text(encoding="ascii")
    match = re.search(r"^MemAvailable:\s+(\d+) kB", text, re.MULTILINE)
    free = int(match[1]) >> 10 if match else 0
    return _room("memory", free, wanted, "virtual machines")


def _shared_memory() -> Finding:
    state = os.statvfs("/dev/shm")
    free = state.f_bavail * state.f_frsize >> 20
    return _room("/dev/shm", free, _SHARED_MIB, "programs that share memory")


def _room(name: str, free: int, wanted: int, purpose: str) -> Finding:
    if free >= wanted:
        return Finding(name, OK, f"{free} MiB free", f"{wanted} MiB", purpose)
    advice = f"{wanted} MiB are good for {_machines()} machines at a time: try --jobs 1"
    return Finding(name, DIFFERS, f"{free} MiB free", f"{wanted} MiB", purpose, advice)


def _machines() -> int:
    return len(os.sched_getaffinity(0))


def add_verb(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]", epilog: str) -> None:
    """Add the verb to the command line."""
    text = "Compares this host with what grades are known to work on: 0 fine, 1 something missing."
    parser = verbs.add_parser("doctor", help="examine this host", description=text, epilog=epilog)
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """The verb; its exit status."""
    findings = examine()
    missing = [finding for finding in findings if finding.status == MISSING]
    if options.json:
        report = {"fine": not missing, "findings": [asdict(f) for f in findings]}
        print(json.dumps(report, indent=1))
    else:
        _print(findings, len(missing))
    return 1 if missing else 0


def _print(findings: list[Finding], missing: int) -> None:
    for found in findings:
        version = found.found
        if found.status == DIFFERS:
            version = f"{found.found}, tried with {found.known}"
        print(f"  {_SIGNS[found.status]:<8} {found.name:<16} {version or found.purpose}")
        if found.advice:
            print(f"{'':<11}{found.advice} ({found.purpose or 'unknown'})")
    print("This host can grade." if not missing else f"{missing} missing.")
