# SPDX-License-Identifier: MIT
"""Shows a stopped machine in gdb.

The machine's gdb stub listens nowhere: its only client is the grader, which passes
bytes on between it and a Unix socket that only this user can open.  With gdb here and
a person at the terminal gdb is started; else its command line is printed.
"""

import os
import select
import shlex
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from grading.aim import Aim
from grading.build import Image
from grading.errors import UsageError
from grading.lab import Case
from grading.qemu import Machine

GDB = os.environ.get("GDB", "gdb")
_MAX_PATH = 107  # of a Unix socket, unix(7)


class Gdb:
    """The debugger of one boot of CASE; SHOWN tells whether it came to its AIM."""

    def __init__(self, aim: Aim, image: Image, case: Case, path: Path) -> None:
        self.aim = aim
        self.shown = False
        self._image = image
        self._program = image.program(case.program)
        self._path = path
        if len(os.fsencode(path)) > _MAX_PATH:
            raise UsageError(f"{path}: too long for a socket's name: choose a shorter --out")

    def command(self) -> list[str]:
        """How gdb is started."""
        commands = ["set confirm off"]
        if self._program.is_file():
            commands.append(f"add-symbol-file {self._program}")
        commands += [f"target remote {self._path}", "backtrace"]
        words = [GDB, "-q", "-cd", str(self._image.root), str(self._image.kernel)]
        return [*words, *(word for command in commands for word in ("-ex", command))]

    def show(self, machine: Machine) -> None:
        """Let gdb, or whoever connects, look at MACHINE until it has enough."""
        self.shown = True
        stub = machine.debug_socket()
        print(f"the machine has stopped {self.aim.what}")
        with _listener(self._path) as listener:
            if sys.stdin.isatty() and shutil.which(GDB):
                self._start(listener, stub)
                return
            print(f"{shlex.join(self.command())}", flush=True)
            print("waiting for gdb; ^C ends the machine", flush=True)
            connection, _ = listener.accept()
            with connection:
                _pass_on(connection, stub)

    def _start(self, listener: socket.socket, stub: socket.socket) -> None:
        """Run gdb here; ^C is for it alone."""
        before = signal.signal(signal.SIGINT, lambda *_: None)
        try:
            with subprocess.Popen(self.command()) as process:
                pidfd = os.pidfd_open(process.pid)
                try:
                    ready, _, _ = select.select([listener, pidfd], [], [])
                    if listener in ready:
                        connection, _ = listener.accept()
                        with connection:
                            _pass_on(connection, stub)
                finally:
                    os.close(pidfd)
        finally:
            signal.signal(signal.SIGINT, before)


@contextmanager
def _listener(path: Path) -> Iterator[socket.socket]:
    """A socket at PATH for this user alone, gone afterwards."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    mask = os.umask(0o177)
    try:
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(path))
    finally:
        os.umask(mask)
    try:
        with listener:
            listener.listen(1)
            yield listener
    finally:
        path.unlink(missing_ok=True)


def _pass_on(one: socket.socket, other: socket.socket) -> None:
    """Pass bytes on between two sockets until either ends."""
    to = {one: other, other: one}
    while True:
        for source in select.select(list(to), [], [])[0]:
            try:
                data = source.recv(65536)
                if not data:
                    return
                to[source].sendall(data)
            except OSError:
                return
