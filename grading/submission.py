# SPDX-License-Identifier: MIT
"""Takes the student's files, and nothing else, out of a folder or an archive.

A Submission holds bytes in memory; where they are written is the build's business.
So nothing that is named in an archive ever becomes a path of this machine: only
names on the lab's own list do.
"""

import hashlib
import os
import stat
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from grading.archive import Member, read_archive
from grading.errors import SubmissionError
from grading.text import clean_line, counted

MAX_FILE = 256 << 10
MAX_FOLDER_FILES = 20_000
_JUNK_FOLDERS = {"__MACOSX", ".git", "build", "__pycache__"}
_JUNK_FILES = {".DS_Store", "Thumbs.db", "desktop.ini"}


@dataclass(frozen=True)
class Submission:
    """The student's files by their path in the tree, and what was odd about them."""

    id: str
    files: Mapping[str, bytes]
    notes: tuple[str, ...]

    @property
    def hash(self) -> str:
        """Depends on names and contents only, not on how they were packed."""
        digest = hashlib.sha256()
        for name, data in sorted(self.files.items()):
            digest.update(f"{name}\0{len(data)}\0".encode())
            digest.update(data)
        return digest.hexdigest()


def load_submission(path: Path, wanted: tuple[str, ...]) -> Submission:
    """Read the files called WANTED from the folder or archive at PATH."""
    shown = clean_line(str(path))
    try:
        if path.is_dir():
            members = list(_walk(path))
        elif path.is_file():
            members = read_archive(path)
        else:
            what = "not a file or a folder" if path.exists() else "no such file or folder"
            raise SubmissionError(f"{shown}: {what}")
    except OSError as error:
        raise SubmissionError(f"{shown}: {error.strerror}") from error
    members = [m for m in members if not _is_junk(m.name)]
    if not members:
        raise SubmissionError(f"{shown}: there is no file in it")
    found, prefix = _look_through({m.name: m for m in members}, wanted)
    if not any(name in found for name in wanted):
        raise SubmissionError(_nothing_found(shown, sorted(found), wanted))
    notes = [f"the folder {prefix} was looked through"] if prefix else []
    notes += _other_notes(found, wanted)
    files: dict[str, bytes] = {}
    for name in wanted:
        if name in found:
            files[name] = _read(shown, found[name], notes)
    return Submission(clean_line(path.resolve().name), files, tuple(notes))


def working_tree(root: Path, wanted: tuple[str, ...]) -> Submission:
    """The student's files as they are in the tree at ROOT."""
    files = {name: (root / name).read_bytes() for name in wanted}
    return Submission("working tree", files, ())


def _walk(folder: Path) -> Iterator[Member]:
    """Every file below FOLDER; links and devices are named but cannot be read."""
    count = 0
    for parent, folders, names in os.walk(folder, followlinks=False):
        folders[:] = sorted(d for d in folders if d not in _JUNK_FOLDERS)
        links = [d for d in folders if os.path.islink(os.path.join(parent, d))]
        for name in sorted(names + links):
            count += 1
            if count > MAX_FOLDER_FILES:
                raise SubmissionError(
                    f"{clean_line(str(folder))}: more than {MAX_FOLDER_FILES} files"
                )
            path = Path(parent, name)
            status = path.lstat()
            yield Member(
                path.relative_to(folder).as_posix(), status.st_size, _file_reader(path, status)
            )


def _file_reader(path: Path, status: os.stat_result) -> Callable[[int], bytes]:
    def read(limit: int) -> bytes:
        if not stat.S_ISREG(status.st_mode):
            kind = "a link" if stat.S_ISLNK(status.st_mode) else "not a plain file"
            raise SubmissionError(f"{clean_line(str(path))} is {kind}: only plain files are taken")
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW), "rb") as stream:
            return stream.read(limit + 1)

    return read


def _is_junk(name: str) -> bool:
    parts = name.split("/")
    return (
        bool(_JUNK_FOLDERS & set(parts[:-1]))
        or parts[-1] in _JUNK_FILES
        or parts[-1].startswith("._")
    )


def _look_through(
    found: dict[str, Member], wanted: tuple[str, ...]
) -> tuple[dict[str, Member], str]:
    """Drop the one folder that everything is in, when the files wanted are below it."""
    if any(name in found for name in wanted):
        return found, ""
    tops = {name.split("/", 1)[0] for name in found}
    if len(tops) != 1 or not all("/" in name for name in found):
        return found, ""
    below = {name.split("/", 1)[1]: member for name, member in found.items()}
    if any(name in below for name in wanted):
        return below, clean_line(tops.pop())
    return found, ""


def _nothing_found(shown: str, found: list[str], wanted: tuple[str, ...]) -> str:
    lines = [f"{shown}: none of the files to hand in is there"]
    lines.append(f"  expected at least one of: {', '.join(wanted)}")
    some = ", ".join(map(clean_line, found[:8]))
    lines.append(f"  found: {some}{f' and {len(found) - 8} more' if len(found) > 8 else ''}")
    return "\n".join(lines + [f"  {hint}" for hint in _near_misses(found, wanted)])


def _near_misses(found: list[str], wanted: tuple[str, ...]) -> list[str]:
    """Files with the right name in the wrong place, or nearly the right name."""
    hints = []
    for name in wanted:
        base = name.rsplit("/", 1)[-1]
        for other in found:
            other_base = other.rsplit("/", 1)[-1]
            if other != name and other_base == base:
                hints.append(f"{clean_line(other)} is in the wrong place: it should be {name}")
            elif other.lower() == name.lower() and other != name:
                hints.append(f"{clean_line(other)} should be spelled {name}")
    return hints[:8]


def _other_notes(found: dict[str, Member], wanted: tuple[str, ...]) -> list[str]:
    notes = []
    others = [name for name in found if name not in wanted]
    if others:
        some = ", ".join(map(clean_line, sorted(others)[:4])) + (", ..." if len(others) > 4 else "")
        notes.append(f"{counted(len(others), 'file')} not on the lab's list ignored: {some}")
    missing = [name for name in wanted if name not in found]
    notes += [f"{name} is missing: the stub is used" for name in missing]
    notes += _near_misses(others, tuple(missing))
    return notes


def _read(shown: str, member: Member, notes: list[str]) -> bytes:
    """The bytes of MEMBER with Unix line ends."""
    name = clean_line(member.name)
    data = member.read(MAX_FILE)
    if max(len(data), member.size) > MAX_FILE:
        raise SubmissionError(f"{shown}: {name} is larger than {MAX_FILE >> 10} KiB")
    if b"\r\n" in data:
        data = data.replace(b"\r\n", b"\n")
        notes.append(f"{name}: line ends were CR LF and are now LF")
    if b"\0" in data:
        notes.append(f"{name}: has zero bytes in it, is it text?")
    return data
