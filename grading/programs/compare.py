# SPDX-License-Identifier: MIT
"""Runs programs here and on Faultline, and compares exit status and output."""

import os
import secrets
import tempfile
from collections.abc import Sequence
from pathlib import Path

from grading.programs import RunError
from grading.programs.collect import collect, is_program
from grading.programs.host import Host, Seen
from grading.programs.machine import HOME, LIST, Job, Machine, job_list, split
from grading.programs.pack import Archive

ENV = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": "/tmp", "LC_ALL": "C", "TZ": "UTC"}
_LIMIT_S = 120
_WIDTH = 60  # of a line that is shown


def on_faultline(
    machine: Machine, archive: Path, jobs: Sequence[Job], mark: str, limit_s: float = _LIMIT_S
) -> tuple[list[Seen], str]:
    """Run JOBS, which are ARCHIVE's list with MARK; => what each did, and the kernel's lines.

    After what was wrong with the machine, if anything was, nothing was run.
    """
    out, err, console = bytearray(), bytearray(), bytearray()
    run = machine.run(archive, (out.extend, err.extend, console.extend), limit_s)
    outs, errs = split(bytes(out), mark, len(jobs)), split(bytes(err), mark, len(jobs))
    ended = [*(one.status for one in run.ended), *([None] * len(jobs))]
    seen = [Seen(*one) for one in zip(ended[: len(jobs)], outs, errs)]
    kernel = console.decode("utf-8", "replace").replace("\r", "")
    return seen, kernel + (f"{run.trouble}\n" if run.trouble else "")


def pack(archive: Archive, initrd: Path, jobs: Sequence[Job]) -> str:
    """Add what runs JOBS to ARCHIVE; => the mark that ends outputs."""
    mark = f"@{secrets.token_hex(8)} "
    archive.add_programs(initrd, HOME, "init", "jobs")
    archive.add_bytes(LIST, job_list(jobs, mark))
    return mark


def compare_program(program: Path, machine: Machine, initrd: Path, folder: Path) -> tuple:
    """PROGRAM without arguments, on both; => what it did on Linux, and on Faultline."""
    job = Job((str(program),), ENV, cwd="/tmp")
    with Archive(folder / "root.tar") as archive:
        mark = pack(archive, initrd, [job])
        for path in collect(program):
            archive.add(path, follow=True)
        archive.add_folder("/tmp", 0o1777)
    linux = Host(archive.path, folder / "root").run(job, _LIMIT_S)
    seen, _ = on_faultline(machine, archive.path, [job], mark)
    return linux, seen[0]


def difference(linux: Seen, faultline: Seen) -> list[str]:
    """What differs, for people; nothing when all is the same."""
    told = []
    if linux.status != faultline.status:
        told.append(f"exit status: Linux {_status(linux)}, Faultline {_status(faultline)}")
    for name, want, got in (
        ("output", linux.out, faultline.out),
        ("errors", linux.err, faultline.err),
    ):
        if want != got:
            told += _first_line(name, want.splitlines(), got.splitlines())
    return told


def _status(seen: Seen) -> str:
    return "did not end" if seen.status is None else str(seen.status)


def _first_line(name: str, want: list[bytes], got: list[bytes]) -> list[str]:
    """The first line in which the two differ."""
    length = max(len(want), len(got))
    number = next((n for n in range(length) if want[n : n + 1] != got[n : n + 1]), length)

    def show(lines: list[bytes]) -> str:
        if number >= len(lines):
            return "nothing"
        return lines[number].decode("utf-8", "backslashreplace")[:_WIDTH]

    where = f"{name}, line {number + 1}"
    return [f"{where}: Linux:     {show(want)}", f"{where}: Faultline: {show(got)}"]


def run_all(folder: Path, machine: Machine, initrd: Path) -> int:
    """Compare each program of FOLDER, and print a table; => 0 when all agree."""
    if not folder.is_dir():
        raise RunError(f"{folder}: no such folder")
    programs = [folder / name for name in sorted(os.listdir(folder)) if is_program(folder / name)]
    if not programs:
        raise RunError(f"{folder}: there is no program in it")
    width = max(len(name) for name in ("program", *(program.name for program in programs)))
    print(f"{'program':{width}}  Linux  Faultline  output")
    different = 0
    for program in programs:
        told = _row(program.absolute(), machine, initrd, width)
        different += bool(told)
        for line in told:
            print(f"{'':{width}}    {line}")
    print(f"{len(programs) - different} agree, {different} do not")
    return 1 if different else 0


def _row(program: Path, machine: Machine, initrd: Path, width: int) -> list[str]:
    """Print the table's row of PROGRAM; => what differs."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            linux, seen = compare_program(program, machine, initrd, Path(folder))
        except RunError as error:
            print(f"{program.name:{width}}  not run: {error}", flush=True)
            return [str(error)]
    told = difference(linux, seen)
    same = "same" if (linux.out, linux.err) == (seen.out, seen.err) else "differs"
    status = [("-" if one.status is None else str(one.status)) for one in (linux, seen)]
    print(f"{program.name:{width}}  {status[0]:>5}  {status[1]:>9}  {same}", flush=True)
    return told
