# SPDX-License-Identifier: MIT
"""Runs a program of binutils on a file that a submission's build has made.

Such a file is hostile input to a large parser: where there is a sandbox the program
runs in it, and everywhere with limits on its time, its memory and what it prints.
"""

import tempfile
from collections.abc import Sequence
from pathlib import Path

from grading.errors import InfraError
from grading.process import run_bounded
from grading.sandbox import Limits, Sandbox, exit_status

_TIMEOUT_S = 120
_OUTPUT = 64 << 20
_LIMITS = Limits(cpu_s=20, memory_mib=512, file_mib=1, processes=16)


class Unreadable(Exception):
    """A program of binutils gave up on its file."""


def run_tool(command: Sequence[str], sandbox: Sandbox | None, read: Sequence[Path]) -> str:
    """What COMMAND prints about READ, files or folders; in the SANDBOX it sees no others.

    => Unreadable when it failed or printed too much; InfraError when it took too long
    """
    name = command[0]
    with tempfile.TemporaryDirectory(prefix="binutils-") as scratch:
        folder = Path(scratch).resolve()
        if sandbox is None:
            command = [*_LIMITS.command(), *command]
        else:
            sandbox.give(folder)
            command = sandbox.wrap(command, folder, _LIMITS, read)
        done = run_bounded(command, folder, _TIMEOUT_S, _OUTPUT)
    if done.cut == "time":
        raise InfraError(f"{name} was not ready after {_TIMEOUT_S} s")
    if done.cut or exit_status(done.status) != 0:
        raise Unreadable(f"{name}: status {done.status}")
    return done.output.decode("utf-8", "replace")
