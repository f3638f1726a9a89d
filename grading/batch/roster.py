# SPDX-License-Identifier: MIT
"""Who is in the class, and where each submission lies.

Four layouts are read: a folder with one folder or archive a student; a CSV that names
them; and the bulk downloads of Gradescope and of Canvas, unpacked.  Nothing of a
submission is opened here.
"""

import csv
import hashlib
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from grading.errors import UsageError
from grading.text import clean_line

GRADESCOPE_FILE = "submission_metadata.yml"
_SUFFIXES = (".tar.gz", ".tgz", ".tar", ".zip")
_JUNK = {"__MACOSX", "Thumbs.db", "desktop.ini"}
# doejane_LATE_4711_99001_lab.zip: name, perhaps LATE, the user, the submission, the file
_CANVAS = re.compile(r"([^_]+)_(LATE_)?(\d+)_(\d+)_(.+)")
_COUNTED = re.compile(r"-\d+(?=(\.[^.]*)?$)")  # Canvas: vm-1.c is a second upload of vm.c


@dataclass(frozen=True)
class Member:
    """One student, of those who handed something in together."""

    id: str
    name: str = ""
    email: str = ""


@dataclass(frozen=True)
class Entry:
    """One submission: PATH, or loose FILES, or neither when nothing was handed in.

    LATE_DAYS is what the course counts; without it, the time counts.  IS_LATE: the site
    says so, and not by how much.
    """

    id: str
    members: tuple[Member, ...]
    path: Path | None = None
    files: tuple[tuple[str, Path], ...] = ()
    submitted: datetime | None = None
    late_days: float | None = None
    is_late: bool = False

    @property
    def slug(self) -> str:
        """A name for files and links: ASCII, and no other id has it, whatever case counts."""
        plain = re.sub(r"[^A-Za-z0-9.-]+", "_", self.id).strip("._-")[:40]
        return f"{plain or 'student'}-{hashlib.sha256(self.id.encode()).hexdigest()[:8]}"


def read_roster(source: Path) -> list[Entry]:
    """The submissions at SOURCE; a UsageError says what is wrong with it."""
    shown = clean_line(str(source))
    try:
        if source.is_file():
            if source.suffix.lower() != ".csv":
                raise UsageError(f"{shown}: not a folder and not a CSV: unpack a download first")
            entries = list(_from_csv(source))
        elif source.is_dir():
            entries = list(_from_folder(source))
        else:
            raise UsageError(f"{shown}: no such file or folder")
    except OSError as error:
        raise UsageError(f"{clean_line(str(error.filename))}: {error.strerror}") from error
    if not entries:
        raise UsageError(f"{shown}: there is no submission in it")
    seen: set[str] = set()
    for entry in entries:
        if entry.id in seen:
            raise UsageError(f"{shown}: two submissions are called {entry.id}")
        seen.add(entry.id)
    return entries


def _from_folder(folder: Path) -> Iterator[Entry]:
    found = _children(folder)
    if len(found) == 1 and (found[0] / GRADESCOPE_FILE).is_file():
        folder, found = found[0], _children(found[0])
    if (folder / GRADESCOPE_FILE).is_file():
        yield from _from_gradescope(folder)
    elif found and all(_CANVAS.fullmatch(path.name) for path in found):
        yield from _from_canvas(found)
    else:
        yield from _one_each(found)


def _children(folder: Path) -> list[Path]:
    return sorted(p for p in folder.iterdir() if p.name not in _JUNK and p.name[0] != ".")


def _one_each(found: Sequence[Path]) -> Iterator[Entry]:
    names = [_without_suffix(path.name) for path in found]
    for path, name in zip(found, names, strict=True):
        ident = clean_line(path.name if names.count(name) > 1 else name)
        yield Entry(ident, (Member(ident),), path)


def _without_suffix(name: str) -> str:
    for suffix in _SUFFIXES:
        if name.lower().endswith(suffix) and len(name) > len(suffix):
            return name[: -len(suffix)]
    return name


# --- CSV ---------------------------------------------------------------------------


def _from_csv(file: Path) -> Iterator[Entry]:
    shown = clean_line(str(file))
    with open(file, newline="", encoding="utf-8-sig", errors="surrogateescape") as stream:
        reader = csv.reader(stream)
        names = [re.sub(r"[\s-]+", "_", name.strip().lower()) for name in next(reader, [])]
        for needed in ("id", "path"):
            if needed not in names:
                raise UsageError(f"{shown}:1: there is no column {needed!r}")
        for cells in reader:
            if any(cell.strip() for cell in cells):
                where = f"{shown}:{reader.line_num}"
                row = dict(zip(names, (cell.strip() for cell in cells), strict=False))
                yield _from_row(row, file.parent, where)


def _from_row(row: Mapping[str, str], folder: Path, where: str) -> Entry:
    ident = clean_line(row.get("id", ""))
    if not ident:
        raise UsageError(f"{where}: the id is empty")
    path = row.get("path", "")
    if "\0" in path:
        raise UsageError(f"{where}: {clean_line(path)} is not a path")
    name, email = clean_line(row.get("name", "")), clean_line(row.get("email", ""))
    return Entry(
        id=ident,
        members=(Member(ident, name, email),),
        path=folder / path if path else None,
        submitted=read_time(row.get("submitted_at", ""), where),
        late_days=_number(row.get("late_days", ""), where),
    )


def read_time(text: str, where: str) -> datetime | None:
    """An ISO 8601 time such as 2026-10-01 23:59; without a zone it is this machine's."""
    if not text:
        return None
    try:
        return datetime.fromisoformat(text).astimezone()
    except (ValueError, OverflowError) as error:
        said = f"{clean_line(text)!r} is not a time such as 2026-10-01 23:59 or ...T23:59+02:00"
        raise UsageError(f"{where}: {said}") from error


def _number(text: str, where: str) -> float | None:
    if not text:
        return None
    if not re.fullmatch(r"\d{1,4}(\.\d{1,3})?", text):
        raise UsageError(f"{where}: late_days: {clean_line(text)!r} is not a number of days")
    return float(text)


# --- Gradescope --------------------------------------------------------------------


@dataclass
class _Submission:
    """What the metadata says about one folder."""

    members: list[dict[str, str]] = field(default_factory=list)
    created: str = ""


def _from_gradescope(folder: Path) -> Iterator[Entry]:
    file = folder / GRADESCOPE_FILE
    known = _read_metadata(file)
    if not known:
        raise UsageError(f"{clean_line(str(file))}: names no submission")
    for name, said in known.items():
        members = tuple(
            Member(m.get("sid") or m.get("email") or m.get("name") or name, m.get("name", ""),
                   m.get("email", ""))
            for m in said.members
        ) or (Member(name),)  # fmt: skip
        path = folder / name
        created = said.created.replace(" UTC", "Z").replace(" Z", "Z")
        created = re.sub(r"(\.\d{6})\d+", r"\1", created)
        created = re.sub(r" ([+-]\d\d:?\d\d)$", r"\1", created)
        yield Entry(
            id="+".join(member.id for member in members),
            members=members,
            path=path if path.is_dir() else None,
            submitted=read_time(created, f"{clean_line(str(file))}: {name}"),
        )


def _read_metadata(file: Path) -> dict[str, _Submission]:
    """Names and times out of Gradescope's YAML, of which there may be very much.

    Only the first levels are looked at: a student's output, further down, is indented.
    """
    found: dict[str, _Submission] = {}
    now, section = _Submission(), ""
    with open(file, encoding="utf-8", errors="replace") as stream:
        for line in stream:
            if match := re.match(r"(submission_\d+):\s*$", line):
                now = found.setdefault(match[1], _Submission())
                section = ""
            elif match := re.match(r"  :(\w+):(.*)$", line):
                section = match[1]
                if section == "created_at":
                    now.created = _scalar(match[2])
            elif section == "submitters" and (
                match := re.match(r"  (?:  )?(- |  ):(name|sid|email):(.*)$", line)
            ):
                if match[1] == "- ":
                    now.members.append({})
                if now.members:
                    now.members[-1][match[2]] = clean_line(_scalar(match[3]))
    return found


def _scalar(text: str) -> str:
    """A YAML value on one line."""
    text = text.strip()
    if len(text) > 1 and text[0] == text[-1] == "'":
        return text[1:-1].replace("''", "'")
    if len(text) > 1 and text[0] == text[-1] == '"':
        return re.sub(r"\\(.)", r"\1", text[1:-1])
    return "" if text in ("null", "~") else text


# --- Canvas ------------------------------------------------------------------------


def _from_canvas(found: Sequence[Path]) -> Iterator[Entry]:
    """A student's files lie side by side: one archive, or the lab's files themselves."""
    users: dict[str, list[tuple[Path, re.Match[str]]]] = {}
    for path in found:
        match = _CANVAS.fullmatch(path.name)
        assert match is not None
        users.setdefault(match[3], []).append((path, match))
    for user, files in users.items():
        name = clean_line(files[0][1][1])
        whole = [path for path, m in files if path.is_dir() or _without_suffix(m[5]) != m[5]]
        loose = () if whole else tuple((_COUNTED.sub("", m[5]), path) for path, m in files)
        yield Entry(
            id=f"{name}-{user}",
            members=(Member(user, name),),
            path=max(whole, key=os.path.getmtime) if whole else None,
            files=loose,
            is_late=any(match[2] for _, match in files),
        )
