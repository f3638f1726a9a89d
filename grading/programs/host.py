# SPDX-License-Identifier: MIT
"""Runs programs on this machine's Linux, in a root made of the files that Faultline gets.

With bubblewrap where that works; else, as root, by chroot, where /proc is empty.
"""

import os
import shutil
import stat
import subprocess
import tarfile
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from grading.programs import RunError
from grading.programs.machine import Job

_DEVICES = {"null": 3, "zero": 5, "full": 7, "random": 8, "urandom": 9}  # minor numbers of 1


@dataclass(frozen=True)
class Seen:
    """What a program has printed, and how it ended, as a shell says it; None: it did not."""

    status: int | None
    out: bytes = b""
    err: bytes = b""


class Host:
    """A root folder with the files of ARCHIVE, at FOLDER."""

    def __init__(self, archive: Path, folder: Path) -> None:
        self._root = folder
        self._wrapped = bubblewrap_works()
        if not self._wrapped and os.geteuid() != 0:
            raise RunError(
                "nothing to compare with: this is not root, and bubblewrap does not work"
            )
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        with tarfile.open(archive) as tar:
            tar.extractall(folder, numeric_owner=True)
        for name, mode in (("dev", 0o755), ("proc", 0o755), ("tmp", 0o1777)):
            (folder / name).mkdir(exist_ok=True)
            (folder / name).chmod(mode)
        if not self._wrapped:
            for name, minor in _DEVICES.items():
                os.mknod(folder / "dev" / name, stat.S_IFCHR | 0o666, os.makedev(1, minor))

    def run(self, job: Job, limit_s: float = 300) -> Seen:
        """Run JOB, whose path is its argument 0, until what it has started is silent too."""
        if self._wrapped:
            command = [*_wrap(self._root), "--chdir", job.cwd, "--", *job.argv]
        else:
            command = list(job.argv)
        stdin = self._root / job.stdin.lstrip("/") if job.stdin else Path(os.devnull)
        with stdin.open("rb") as file:
            try:
                done = subprocess.run(
                    command,
                    stdin=file,
                    capture_output=True,
                    env=job.env,
                    preexec_fn=None if self._wrapped else lambda: self._enter(job.cwd),
                    timeout=limit_s,
                    check=False,
                )
            except subprocess.TimeoutExpired:
                return Seen(None)
        status = 128 - done.returncode if done.returncode < 0 else done.returncode
        return Seen(status, done.stdout, done.stderr)

    def _enter(self, cwd: str) -> None:
        os.chroot(self._root)
        os.chdir(cwd)


@lru_cache(maxsize=1)
def bubblewrap_works() -> bool:
    """Can this machine make a root for one command?"""
    if shutil.which("bwrap") is None:
        return False
    run = subprocess.run([*_wrap(Path("/")), "/bin/true"], capture_output=True, check=False)
    return run.returncode == 0


def _wrap(root: Path) -> list[str]:
    """The command before a program that has ROOT as its root."""
    user = [] if os.geteuid() == 0 else ["--unshare-user", "--uid", "0", "--gid", "0"]
    bind = ["--bind", str(root), "/"] if root != Path("/") else ["--ro-bind", "/", "/"]
    bwrap = shutil.which("bwrap") or "bwrap"
    return [bwrap, *user, *bind, "--dev", "/dev", "--proc", "/proc", "--die-with-parent"]
