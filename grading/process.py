# SPDX-License-Identifier: MIT
"""Runs a command to its end, with a limit on what it prints and on how long it takes.

The output is kept as bytes: whoever shows it makes it harmless first (see ``text``).
"""

import os
import selectors
import signal
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from grading.errors import InfraError

_NOT_INHERITED = ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")


@dataclass(frozen=True)
class Finished:
    """How a command ended: STATUS is negative for a signal.

    CUT says why it was ended by force, "output" or "time", or is empty.
    """

    status: int
    output: bytes
    cut: str = ""


def run_bounded(
    command: Sequence[str], folder: Path, timeout_s: float, max_output: int
) -> Finished:
    """Run COMMAND in FOLDER; what it prints on both its outputs comes back as one."""
    inherited = {k: v for k, v in os.environ.items() if k not in _NOT_INHERITED}
    try:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env={**inherited, "LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            umask=0o022,
        )
    except OSError as error:
        raise InfraError(
            f"cannot run {command[0]}: {error.strerror} (Debian package {command[0]})"
        ) from error
    assert process.stdout is not None
    with process.stdout as pipe:
        try:
            output, cut = _collect(pipe, time.monotonic() + timeout_s, max_output)
        except BaseException:
            _kill(process)
            raise
        if cut:
            _kill(process)
    return Finished(process.wait(), output, cut)


def _kill(process: "subprocess.Popen[bytes]") -> None:
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _collect(pipe: IO[bytes], deadline: float, max_output: int) -> tuple[bytes, str]:
    """What comes out of PIPE, and why no more was read."""
    data = bytearray()
    with selectors.DefaultSelector() as selector:
        selector.register(pipe, selectors.EVENT_READ)
        while True:
            if not selector.select(max(0.0, deadline - time.monotonic())):
                return bytes(data), "time"
            piece = os.read(pipe.fileno(), 65536)
            if not piece:
                return bytes(data), ""
            data += piece
            if len(data) > max_output:
                return bytes(data[:max_output]), "output"
