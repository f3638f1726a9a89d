# SPDX-License-Identifier: MIT
"""One boot of the kernel for a test: a virtual machine, its console, its exit status.

The grader has a machine of its own (grading/qemu.py), with budgets and evidence.
This one only answers whether the kernel works.
"""

import socket
import subprocess
from dataclasses import dataclass
from pathlib import Path

# QEMU's exit status when the guest wrote to its debug-exit port (kernel/mm/layout.h).
POWERED_OFF, PANIC, TOO_LITTLE_MEMORY, NO_INIT = 33, 35, 37, 39

LIMIT_S = 600  # a machine that hangs is ended by force; generous, as other work may slow it down


@dataclass(frozen=True)
class Boot:
    """How a boot went; ``status`` is None when it had to be ended by force."""

    status: int | None
    console: str

    def lines(self) -> list[str]:
        """What was printed, line by line, without the carriage returns of some kernels."""
        return self.console.replace("\r", "").splitlines()


def command(kernel: Path, initrd: Path, append: str, *extra: str) -> list[str]:
    """QEMU's arguments to boot KERNEL with INITRD, the command line APPEND and EXTRA options."""
    boot = ["-kernel", str(kernel), "-initrd", str(initrd), "-append", append]
    return [*machine("-bios", "qboot.rom", *extra), *boot]


def machine(*extra: str) -> list[str]:
    """QEMU's arguments for a machine with nothing to boot; EXTRA ones override."""
    return [
        "qemu-system-x86_64",
        *("-M", "q35", "-accel", "tcg", "-cpu", "max", "-m", "128M"),
        *("-nodefaults", "-no-user-config", "-no-reboot", "-display", "none"),
        *("-device", "isa-debug-exit,iobase=0xf4,iosize=4"),
        *extra,
    ]


def run(arguments: list[str], limit_s: float = LIMIT_S) -> Boot:
    """Run QEMU, with nothing to read on its console, to its end."""
    try:
        done = subprocess.run(
            [*arguments, "-serial", "stdio"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=limit_s,
            check=False,
        )
    except subprocess.TimeoutExpired as late:
        return Boot(None, (late.stdout or b"").decode("utf-8", "replace"))
    return Boot(done.returncode, done.stdout.decode("utf-8", "replace"))


def run_and_command(arguments: list[str], after: str, order: str) -> Boot:
    """Run QEMU; when the console shows AFTER, give ORDER to QEMU's monitor."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        chardev = f"socket,id=console,fd={theirs.fileno()}"
        process = subprocess.Popen(
            [*arguments, "-chardev", chardev, "-serial", "chardev:console", "-monitor", "stdio"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            pass_fds=[theirs.fileno()],
        )
        theirs.close()
        ours.settimeout(LIMIT_S)
        console = b""
        try:
            while chunk := _receive(ours):
                console += chunk
                if order and after.encode() in console:
                    process.stdin.write(order.encode() + b"\n")
                    process.stdin.flush()
                    order = ""
        except TimeoutError:
            process.kill()
        process.communicate()
    return Boot(process.returncode, console.decode("utf-8", "replace"))


def _receive(sock: socket.socket) -> bytes:
    """What has come; nothing when the other end is closed."""
    try:
        return sock.recv(65536)
    except ConnectionResetError:
        return b""
