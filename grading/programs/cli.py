# SPDX-License-Identifier: MIT
"""``grading/programs/run VERB``: the command line behind make run.

    program [PROGRAM]   run it with ARGS, STDIN, FILES and ENV of the environment; in ROOT,
                        if that is set, else with the files that it needs
    root                a shell in ROOT, on this terminal
    all FOLDER          run each program of FOLDER here and there, and compare

Exit status of "program": the program's; 128 + N when signal N ended it; 125 when it could
not be run, 126 when the machine came to no good end.
"""

import argparse
import os
import re
import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from signal import Signals

from grading.programs import RunError
from grading.programs.collect import collect
from grading.programs.compare import run_all
from grading.programs.machine import HOME, LIST, Ended, Job, Machine, Run, job_list
from grading.programs.pack import Archive, check_size

NOT_RUN, STOPPED = 125, 126

_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_GREETING = re.compile(rb"Faultline: \d+ MiB free, booted by [^\n]*\n")


def arguments(words: list[str]) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="grading/programs/run")
    verbs = parser.add_subparsers(dest="verb", required=True)
    for verb in ("program", "root", "all"):
        one = verbs.add_parser(verb)
        one.add_argument("--kernel", type=Path, required=True)
        one.add_argument("--initrd", type=Path, required=True)
        one.add_argument("--out", type=Path, required=True, help="where the archive is made")
        one.add_argument("--memory", default="128M")
        one.add_argument("--qemu", default="qemu-system-x86_64")
        if verb != "root":
            one.add_argument("what")
    return parser.parse_args(words)


def setting(name: str) -> list[str]:
    """The words of the environment's NAME, quoted as for a shell."""
    try:
        return shlex.split(os.environ.get(name, ""))
    except ValueError as error:
        raise RunError(f"{name}: {error}") from error


# --- what goes into the archive ------------------------------------------------------


def existing_root(name: str) -> Path:
    """ROOT=NAME, if that is a folder."""
    root = Path(name)
    if not root.is_dir():
        raise RunError(f"{root}: " + ("not a folder" if root.exists() else "no such folder"))
    return root


def add_named(archive: Archive, entry: str) -> None:
    """Add ENTRY of FILES: PATH, or HERE=THERE."""
    here, _, there = entry.partition("=")
    if not Path(here).exists():
        raise RunError(f"{here}: no such file or folder")
    target = os.path.abspath(there or here)
    archive.add(Path(os.path.abspath(here)), target, follow=True)


def the_job(program: str, root: str, terminal: bool) -> Job:
    """How PROGRAM is to be run."""
    env = {"PATH": _PATH, "HOME": "/root" if root else "/"}
    if terminal:
        env["TERM"] = os.environ.get("TERM", "linux")
    for entry in setting("ENV"):
        name, equals, value = entry.partition("=")
        if not equals:
            raise RunError(f"ENV: {entry}: give it as NAME=VALUE")
        env[name] = value
    path = program if root else os.path.abspath(program)
    stdin = f"{HOME}/stdin" if os.environ.get("STDIN") else ""
    return Job((program, *setting("ARGS")), env, path, "/" if root else os.getcwd(), stdin)


def pack_program(options: argparse.Namespace, terminal: bool) -> Path:
    """The archive of a run of one program."""
    root, stdin = os.environ.get("ROOT", ""), os.environ.get("STDIN", "")
    job = the_job(options.what, root, terminal)
    with Archive(options.out) as archive:
        archive.add_programs(options.initrd, HOME, "init", "jobs")
        archive.add_bytes(LIST, job_list([job], terminal=terminal))
        if stdin:
            archive.add_bytes(f"{HOME}/stdin", read_input(stdin))
        for entry in setting("FILES"):
            add_named(archive, entry)
        if root:
            archive.add(existing_root(root), "")
        else:
            archive.add_folder(job.cwd)
            for path in collect(Path(options.what)):
                archive.add(path, follow=True)
    check_size(options.out, options.memory)
    return options.out


def read_input(name: str) -> bytes:
    """STDIN=NAME: a file, or - for our own standard input."""
    try:
        return sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    except OSError as error:
        raise RunError(f"{name}: {error.strerror}") from error


# --- what comes out --------------------------------------------------------------------


def writer(file: int) -> Callable[[bytes], None]:
    """Writes all that it is given to FILE."""

    def write(data: bytes) -> None:
        while data:
            data = data[os.write(file, data) :]

    return write


class KernelLines:
    """Tells what the kernel says, apart from its greeting, on standard error."""

    def __init__(self) -> None:
        self._rest = b""

    def __call__(self, data: bytes) -> None:
        """Take DATA; tell the lines that are whole."""
        lines = (self._rest + data.replace(b"\r", b"")).splitlines(keepends=True)
        whole = bool(lines) and lines[-1].endswith(b"\n")
        self._rest = b"" if whole or not lines else lines.pop()
        for line in lines:
            if not _GREETING.fullmatch(line):
                writer(2)(line)

    def end(self) -> None:
        """Tell what is left."""
        writer(2)(self._rest)


def verdict(program: str, run: Run) -> int:
    """The exit status of a run; what is not success is told."""
    if run.trouble:
        tell(run.trouble)
        return STOPPED
    if not run.ended:
        tell("the machine was switched off before the program ended")
        return STOPPED
    ended = run.ended[0]
    if ended.status != 0:
        tell(f"{program}: {how(ended)}")
    return ended.status


def how(ended: Ended) -> str:
    """How a program ended, for people."""
    if ended.how == "exec":
        return f"it could not be run: {os.strerror(ended.number)}"
    if ended.how == "code":
        return f"exit status {ended.number}"
    try:
        return f"killed by {Signals(ended.number).name} (signal {ended.number})"
    except ValueError:
        return f"killed by signal {ended.number}"


def tell(text: str) -> None:
    """Say TEXT on standard error."""
    print(f"run: {text}", file=sys.stderr)


# --- the verbs -------------------------------------------------------------------------


def run_program(options: argparse.Namespace) -> int:
    """Run one program; interactive when there is a terminal."""
    terminal = sys.stdin.isatty() and sys.stdout.isatty() and not os.environ.get("STDIN")
    initrd = pack_program(options, terminal)
    machine = Machine(options.kernel, options.memory, options.qemu)
    if terminal:
        run = machine.run_here(initrd)
    else:
        kernel_lines = KernelLines()
        run = machine.run(initrd, (writer(1), writer(2), kernel_lines))
        kernel_lines.end()
    return verdict(options.what, run)


def run_root(options: argparse.Namespace) -> int:
    """Boot a folder: its /init, or our own, which starts its /bin/sh or our shell."""
    root = existing_root(os.environ["ROOT"])
    init = root / "init"
    own = init.is_symlink() or init.exists()
    with Archive(options.out) as archive:
        if not own:
            archive.add_programs(options.initrd, HOME)
        archive.add(root, "")
        for entry in setting("FILES"):
            add_named(archive, entry)
    check_size(options.out, options.memory)
    path = "" if own else f"PATH={_PATH}:{HOME} "
    append = f"{path}init={'/init' if own else f'{HOME}/init'} {os.environ.get('KERNEL_ARGS', '')}"
    machine = Machine(options.kernel, options.memory, options.qemu)
    trouble = machine.boot_here(options.out, append).trouble
    if trouble:
        tell(trouble)
    return STOPPED if trouble else 0


def run_folder(options: argparse.Namespace) -> int:
    """Compare all programs of a folder with this machine's Linux."""
    machine = Machine(options.kernel, options.memory, options.qemu)
    return run_all(Path(options.what), machine, options.initrd)


def main(words: list[str]) -> int:
    """Do what the command line says."""
    options = arguments(words)
    verbs = {"program": run_program, "root": run_root, "all": run_folder}
    try:
        return verbs[options.verb](options)
    except RunError as error:
        tell(str(error))
        return NOT_RUN
    except KeyboardInterrupt:
        return NOT_RUN
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return NOT_RUN
