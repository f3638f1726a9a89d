# SPDX-License-Identifier: MIT
"""The two sockets by which QEMU is controlled from outside: QMP and qtest.

A part of ``qemu``, which alone knows what to say over them.
"""

import json
import select
import socket
from typing import Any

REPLY_S = 120.0


class Lost(Exception):
    """QEMU has gone, or does not answer."""


class Qmp:
    """QEMU's control protocol: JSON lines over a socket."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._rest = b""
        self._events: list[str] = []
        self._read(REPLY_S)  # the greeting
        self.execute("qmp_capabilities")

    def _read(self, timeout: float) -> dict[str, Any] | None:
        """The next message, None when none came in TIMEOUT seconds."""
        while b"\n" not in self._rest:
            if not select.select([self._sock], [], [], timeout)[0]:
                return None
            data = _receive(self._sock)
            self._rest += data
        line, _, self._rest = self._rest.partition(b"\n")
        message: dict[str, Any] = json.loads(line)
        return message

    @property
    def has_events(self) -> bool:
        """Has an event come in that nobody took, or part of a message?"""
        return bool(self._events or self._rest)

    def execute(self, command: str, **arguments: Any) -> Any:
        """Run COMMAND and give its result."""
        _send(self._sock, json.dumps({"execute": command, "arguments": arguments}).encode() + b"\n")
        while (message := self._read(REPLY_S)) is not None:
            if "event" in message:
                self._events.append(message["event"])
            elif "error" in message:
                raise Lost(f"{command}: {message['error'].get('desc')}")
            else:
                return message.get("return")
        raise Lost(f"{command}: no answer")

    def human(self, command: str) -> str:
        """Run a command of the monitor that people use."""
        return str(self.execute("human-monitor-command", **{"command-line": command}))

    def take_event(self, timeout: float) -> str | None:
        """The next event's name, None when none came in TIMEOUT seconds."""
        if self._events:
            return self._events.pop(0)
        message = self._read(timeout)
        return None if message is None else message.get("event", "")


class Qtest:
    """QEMU's qtest socket: reads and writes ports and physical memory from outside."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._rest = b""

    def do(self, *commands: str) -> list[str]:
        """Run COMMANDS in one go; the words after OK of each."""
        _send(self._sock, "".join(f"{c}\n" for c in commands).encode())
        while self._rest.count(b"\n") < len(commands):
            if not select.select([self._sock], [], [], REPLY_S)[0]:
                raise Lost(f"qtest: no answer to {commands[-1]}")
            self._rest += _receive(self._sock)
        *lines, rest = self._rest.split(b"\n")
        self._rest = rest
        return [line.decode("ascii", "replace").partition(" ")[2] for line in lines]


def _send(sock: socket.socket, data: bytes) -> None:
    try:
        sock.sendall(data)
    except OSError as error:
        raise Lost(str(error)) from error


def _receive(sock: socket.socket) -> bytes:
    try:
        data = sock.recv(65536)
    except OSError as error:
        raise Lost(str(error)) from error
    if not data:
        raise Lost("QEMU has ended")
    return data
