# SPDX-License-Identifier: MIT
"""Packs files into an archive of user programs, as the kernel reads it (kernel/fs/tar.c).

The format is ustar: names of up to 255 bytes, links to up to 100.  The same files with the
same modes and times give the same bytes: owners are left out, names sorted.
"""

import os
import re
import stat
import sys
import tarfile
from io import BytesIO
from pathlib import Path
from types import TracebackType

from grading.programs import RunError

MIB = 1 << 20
_ROOM = 4 * MIB  # what the kernel and a small program take, at least

_UNITS = {"": MIB, "K": 1 << 10, "M": MIB, "G": 1 << 30}


class Archive:
    """An archive in the making; use it with ``with``.  A name is taken once, by who comes first."""

    def __init__(self, out: Path) -> None:
        out.parent.mkdir(parents=True, exist_ok=True)
        self.path = out
        self._tar = tarfile.open(out, "w", format=tarfile.USTAR_FORMAT)
        self._names: set[str] = set()
        self._inodes: dict[tuple[int, int], str] = {}

    def __enter__(self) -> "Archive":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._tar.close()

    def add(self, here: Path, there: str | None = None, follow: bool = False) -> None:
        """Add the file, link or folder HERE, and what is in it, as THERE: HERE's own path.

        FOLLOW: of a symbolic link HERE, add what it leads to.
        """
        name = os.path.normpath(str(here) if there is None else there).lstrip("/")
        if name in self._names:
            return
        try:
            info = here.stat() if follow else here.lstat()
            if stat.S_ISREG(info.st_mode):
                self._add_file(here, name, info)
            elif stat.S_ISLNK(info.st_mode):
                self._add(name, info, tarfile.SYMTYPE, linkname=os.readlink(here))
            elif stat.S_ISDIR(info.st_mode):
                self._add(name, info, tarfile.DIRTYPE)
                for entry in sorted(os.listdir(here)):
                    self.add(here / entry, f"{name}/{entry}")
            else:
                print(f"run: {here}: left out: no file, folder or link", file=sys.stderr)
        except OSError as error:
            raise RunError(f"{here}: {error.strerror}") from error

    def add_bytes(self, there: str, data: bytes, mode: int = 0o644) -> None:
        """Add a file THERE with the contents DATA."""
        member = tarfile.TarInfo(there.lstrip("/"))
        member.size, member.mode = len(data), mode
        self._put(member, BytesIO(data))

    def add_link(self, there: str, target: str) -> None:
        """Add a symbolic link THERE to TARGET."""
        member = tarfile.TarInfo(there.lstrip("/"))
        member.type, member.linkname = tarfile.SYMTYPE, target
        self._put(member)

    def add_folder(self, there: str, mode: int = 0o755) -> None:
        """Add an empty folder THERE; nothing when it is the root."""
        member = tarfile.TarInfo(os.path.normpath(there).lstrip("/"))
        member.type, member.mode = tarfile.DIRTYPE, mode
        if member.name not in ("", "."):
            self._put(member)

    def add_programs(self, initrd: Path, folder: str, *names: str) -> None:
        """Add programs (NAMES; none: all) of the archive INITRD as FOLDER/NAME."""
        with tarfile.open(initrd) as ours:
            for member in ours:
                base = member.name.removeprefix("bin/")
                if member.isfile() and base != member.name and (not names or base in names):
                    self.add_bytes(f"{folder}/{base}", ours.extractfile(member).read(), 0o755)

    def _add_file(self, here: Path, name: str, info: os.stat_result) -> None:
        first = self._inodes.setdefault((info.st_dev, info.st_ino), name)
        if first != name:
            self._add(name, info, tarfile.LNKTYPE, linkname=first)
            return
        data = here.read_bytes()
        self._add(name, info, tarfile.REGTYPE, BytesIO(data), size=len(data))

    def _add(
        self,
        name: str,
        info: os.stat_result,
        kind: bytes,
        data: BytesIO | None = None,
        size: int = 0,
        linkname: str = "",
    ) -> None:
        if name in ("", "."):  # the root: there is one already
            return
        member = tarfile.TarInfo(name)
        member.type, member.size, member.linkname = kind, size, linkname
        member.mode, member.mtime = info.st_mode & 0o7777, int(info.st_mtime)
        self._put(member, data)

    def _put(self, member: tarfile.TarInfo, data: BytesIO | None = None) -> None:
        if member.name in self._names:
            return
        self._names.add(member.name)
        try:
            self._tar.addfile(member, data)
        except ValueError as error:  # a name that is too long
            raise RunError(f"{member.name}: {error}") from error


def check_size(archive: Path, memory: str) -> None:
    """RunError when a machine of MEMORY cannot even hold ARCHIVE."""
    match = re.fullmatch(r"(\d+)([KMG]?)", memory.upper().removesuffix("B"))
    if match is None:
        raise RunError(f"MEMORY={memory}: what is that?  Give it as 128M or 1G")
    size = archive.stat().st_size
    if size + _ROOM > int(match[1]) * _UNITS[match[2]]:
        want = -(-(size + size // 4 + 16 * MIB) // (16 * MIB)) * 16
        raise RunError(
            f"{-(-size // MIB)} MiB of files do not fit a machine of {memory}: give MEMORY={want}M"
        )
