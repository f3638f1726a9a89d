# SPDX-License-Identifier: MIT
"""Two runs of make check in one tree would mix what they build."""

import os
import subprocess
from pathlib import Path

from conftest import ROOT


def alone(lock: Path, *command: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [ROOT / ".ci/alone", lock, *command], capture_output=True, text=True, check=False
    )


def test_a_second_one_is_told(tmp_path: Path) -> None:
    lock = tmp_path / "deep/lock"
    again = [str(ROOT / ".ci/alone"), str(lock), "echo", "never"]
    done = alone(lock, "sh", "-c", 'echo "$PPID" >"$0"; "$@"', str(tmp_path / "pid"), *again)
    owner = (tmp_path / "pid").read_text().strip()
    said = f"{lock}: process {owner} works here: wait for it, or stop it\n"
    assert (done.returncode, done.stdout, done.stderr) == (2, "", said)


def test_a_lock_is_given_back(tmp_path: Path) -> None:
    """Whatever the command left running: it does not keep the lock."""
    lock, fifo = tmp_path / "lock", tmp_path / "fifo"
    os.mkfifo(fifo)
    first = alone(lock, "sh", "-c", f"cat {fifo} >/dev/null 2>&1 & exit 3")
    assert first.returncode == 3
    second = alone(lock, "echo", "now")
    assert (second.returncode, second.stdout) == (0, "now\n")
    fifo.write_text("")  # it may end now
