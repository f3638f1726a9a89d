# SPDX-License-Identifier: MIT
"""The verb ptdump: boots a program and prints its page tables, seen from outside."""

import argparse
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from grading import elf
from grading.errors import GraderError, UsageError
from grading.ptdump import CHECKPOINT, START, Dumper

if TYPE_CHECKING:
    from grading.transcript import Transcript

_BUDGET = 10_000_000_000
_MEMORY_MIB = 128
_INIT = "init"


def add_verb(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]", epilog: str) -> None:
    """Add the verb to the command line."""
    text = "Boots a program and prints its page tables, as they are in the machine's memory."
    parser = verbs.add_parser("ptdump", help="print page tables", description=text, epilog=epilog)
    parser.add_argument("--kernel", type=Path, required=True, metavar="FILE")
    parser.add_argument("--initrd", type=Path, required=True, metavar="FILE")
    parser.add_argument(
        "--program",
        type=Path,
        required=True,
        metavar="FILE",
        help="as it was linked: .../bin/NAME or .../tests/NAME",
    )
    parser.add_argument(
        "--at",
        choices=(START, CHECKPOINT),
        default=START,
        help="before its first instruction, or when it first calls checkpoint()",
    )
    parser.set_defaults(run=run)


def look(kernel: Path, initrd: Path, program: Path, dumper: Dumper) -> "Transcript":
    """Boot with PROGRAM to the end, DUMPER looking on."""
    from grading.qemu import Config  # late: it needs pexpect
    from grading.session import Session

    what = "true" if program.name == _INIT else f"/{program.parent.name}/{program.name}"
    config = Config(kernel, initrd, f"-- {what}", _MEMORY_MIB, _BUDGET, watched=True)
    with tempfile.TemporaryDirectory(prefix="ptdump-") as folder:
        return Session(config, Path(folder), "", witness=dumper).run()


def run(options: argparse.Namespace) -> int:
    """The verb; its exit status."""
    for path in (options.kernel, options.initrd, options.program):
        if not path.is_file():
            raise UsageError(f"{path}: no such file")
    program = elf.load(options.program)
    if options.at == CHECKPOINT and CHECKPOINT not in program.symbols:
        raise UsageError(f"{options.program} has no function checkpoint")
    dumper = Dumper(program, options.at)
    transcript = look(options.kernel, options.initrd, options.program, dumper)
    if not dumper.text:
        sys.stderr.write(transcript.text)
        raise GraderError(
            dumper.problem or f"{options.program.name} never came to its {options.at}"
        )
    print(dumper.text, end="")
    return 0
