# SPDX-License-Identifier: MIT
"""A headless Chromium for tests, spoken to over two pipes: no driver, no library, no port."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

CHROMIUM = shutil.which("chromium")
_ANSWERS, _COMMANDS = 4, 3  # the descriptors that --remote-debugging-pipe uses


class Browser:
    """One page of a browser; use it with ``with``."""

    def __init__(self, profile: Path) -> None:
        assert CHROMIUM is not None
        commands, self._commands = os.pipe()
        self._answers, answers = os.pipe()
        flags = ["--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe"]
        flags += ["--no-first-run", "--disable-extensions", f"--user-data-dir={profile}"]
        # Bash moves the pipes to where the browser looks for them.
        shell = f'exec "$@" {_COMMANDS}<&{commands} {_ANSWERS}>&{answers}'
        self._process = subprocess.Popen(
            ["bash", "-c", shell, "browser", CHROMIUM, *flags, "about:blank"],
            pass_fds=(commands, answers),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(commands)
        os.close(answers)
        self._buffer = b""
        self._count = 0
        self._session = ""
        page = next(t for t in self._do("Target.getTargets")["targetInfos"] if t["type"] == "page")
        attach = {"targetId": page["targetId"], "flatten": True}
        self._session = self._do("Target.attachToTarget", **attach)["sessionId"]
        self._do("Page.enable")

    def __enter__(self) -> "Browser":
        return self

    def __exit__(self, *_: object) -> None:
        self._session = ""
        try:
            self._do("Browser.close")
        finally:
            self._process.wait()
            os.close(self._commands)
            os.close(self._answers)

    def open(self, path: Path) -> None:
        """Load the file at PATH and wait for the end of that."""
        self._do("Page.navigate", url=path.resolve().as_uri())
        while self._read().get("method") != "Page.loadEventFired":
            pass

    def value(self, script: str) -> Any:
        """What the expression SCRIPT gives in the page."""
        reply = self._do("Runtime.evaluate", expression=script, returnByValue=True)
        assert "exceptionDetails" not in reply, reply
        return reply["result"].get("value")

    def _do(self, method: str, **params: Any) -> dict[str, Any]:
        self._count += 1
        message: dict[str, Any] = {"id": self._count, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._commands, json.dumps(message).encode() + b"\0")
        while True:
            reply = self._read()
            if reply.get("id") == self._count:
                assert "error" not in reply, reply
                return dict(reply["result"])

    def _read(self) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            piece = os.read(self._answers, 65536)
            assert piece, "the browser is gone"
            self._buffer += piece
        text, _, self._buffer = self._buffer.partition(b"\0")
        return dict(json.loads(text))
