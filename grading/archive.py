# SPDX-License-Identifier: MIT
"""Lists and reads a tar, tar.gz or zip that nobody trusts, in memory.

Nothing is unpacked to a file.  Members are refused as a whole when one of them is a
link or a device, has an absolute name or a ``..`` in it, or is there twice.
"""

import gzip
import io
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from grading.errors import SubmissionError
from grading.text import clean_line

MAX_ARCHIVE = 32 << 20  # bytes of the archive itself
MAX_UNPACKED = 64 << 20  # bytes of a tar after gunzip
MAX_MEMBERS = 5000

# What tarfile and zipfile raise on damaged input.  The list is long because both
# let errors of their parts through.
_BROKEN = (
    tarfile.TarError,
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    OSError,
    ValueError,
    RuntimeError,
    NotImplementedError,
    OverflowError,
    IndexError,
    KeyError,
)


@dataclass(frozen=True)
class Member:
    """A regular file of an archive; ``read(limit)`` gives at most LIMIT + 1 bytes."""

    name: str
    size: int
    read: Callable[[int], bytes]


def read_archive(path: Path) -> list[Member]:
    """The regular files in the archive at PATH, or a SubmissionError."""
    if path.stat().st_size > MAX_ARCHIVE:
        raise SubmissionError(f"{_name(path)}: larger than {MAX_ARCHIVE >> 20} MiB")
    raw = path.read_bytes()
    if not raw:
        raise SubmissionError(f"{_name(path)}: the file is empty")
    if raw.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _checked(path, _read_zip(path, raw))
    if raw.startswith((b"BZh", b"\xfd7zXZ\0", b"7z\xbc\xaf", b"Rar!", b"\x28\xb5\x2f\xfd")):
        raise SubmissionError(
            f"{_name(path)}: this kind of archive is not read: use tar, tar.gz or zip"
        )
    if raw.startswith(b"\x1f\x8b"):
        raw = _gunzip(path, raw)
    if raw[257:262] != b"ustar" and not _old_tar(raw):
        raise SubmissionError(f"{_name(path)}: not a tar, tar.gz or zip archive, and not a folder")
    return _checked(path, _read_tar(path, raw))


def _name(path: Path) -> str:
    return clean_line(str(path))


def _truncated(path: Path, error: object) -> SubmissionError:
    detail = clean_line(str(error)) or "it ends too early"
    return SubmissionError(f"{_name(path)}: the archive is cut off or damaged: {detail}")


def _gunzip(path: Path, raw: bytes) -> bytes:
    try:
        with gzip.open(io.BytesIO(raw)) as stream:
            data = stream.read(MAX_UNPACKED + 1)
    except _BROKEN as error:
        raise _truncated(path, error) from error
    if len(data) > MAX_UNPACKED:
        raise SubmissionError(f"{_name(path)}: unpacks to more than {MAX_UNPACKED >> 20} MiB")
    return data


def _old_tar(raw: bytes) -> bool:
    """A tar from before ustar has no magic, but its check sum must be right."""
    if len(raw) >= 1024 and not any(raw[:1024]):
        return True  # an archive of nothing
    try:
        tarfile.TarInfo.frombuf(raw[:512], "utf-8", "surrogateescape")
    except _BROKEN:
        return False
    return True


def _read_tar(path: Path, raw: bytes) -> list[Member]:
    members: list[Member] = []
    try:
        with tarfile.open(fileobj=io.BytesIO(raw), mode="r:", errors="surrogateescape") as tar:
            for info in tar:
                if len(members) > MAX_MEMBERS:
                    return members
                if info.isdir():
                    _check_name(path, info.name)
                else:
                    members.append(_tar_member(path, raw, info))
            end = tar.offset
    except _BROKEN as error:
        raise _truncated(path, error) from error
    if len(raw[end : end + 512]) < 512:
        raise _truncated(path, "the end mark is missing")
    return members


def _tar_member(path: Path, raw: bytes, info: tarfile.TarInfo) -> Member:
    if info.islnk() or info.issym():
        raise _not_regular(path, info.name, "a link")
    if not info.isreg():
        raise _not_regular(path, info.name, "a device")
    end = info.offset_data + info.size
    if end > len(raw):
        raise _truncated(path, "")
    data = raw[info.offset_data : end]

    def read(limit: int) -> bytes:
        return data[: limit + 1]

    return Member(info.name, info.size, read)


def _read_zip(path: Path, raw: bytes) -> list[Member]:
    members = []
    try:
        archive = zipfile.ZipFile(io.BytesIO(raw))
        for info in archive.infolist()[: MAX_MEMBERS + 1]:
            name = info.filename.replace("\\", "/")
            mode = info.external_attr >> 16
            if name.endswith("/"):
                _check_name(path, name)
                continue
            if stat.S_ISLNK(mode):
                raise _not_regular(path, name, "a link")
            members.append(Member(name, info.file_size, _zip_reader(path, archive, info)))
    except _BROKEN as error:
        raise _truncated(path, error) from error
    return members


def _zip_reader(
    path: Path, archive: zipfile.ZipFile, info: zipfile.ZipInfo
) -> Callable[[int], bytes]:
    def read(limit: int) -> bytes:
        if info.flag_bits & 1:
            raise SubmissionError(f"{_name(path)}: {clean_line(info.filename)} is encrypted")
        try:
            with archive.open(info) as stream:
                return stream.read(limit + 1)
        except _BROKEN as error:
            raise _truncated(path, error) from error

    return read


def _not_regular(path: Path, name: str, what: str) -> SubmissionError:
    return SubmissionError(
        f"{_name(path)}: {clean_line(name)} is {what}: only plain files are taken"
    )


def _check_name(path: Path, name: str) -> None:
    if name.startswith("/") or (len(name) > 1 and name[1] == ":"):
        raise SubmissionError(f"{_name(path)}: {clean_line(name)} is an absolute name")
    if ".." in name.split("/"):
        raise SubmissionError(f"{_name(path)}: {clean_line(name)} has .. in its name")
    if "\0" in name:
        raise SubmissionError(f"{_name(path)}: {clean_line(name)} is not a name")


def _checked(path: Path, members: list[Member]) -> list[Member]:
    if len(members) > MAX_MEMBERS:
        raise SubmissionError(f"{_name(path)}: more than {MAX_MEMBERS} files")
    seen: set[str] = set()
    result = []
    for member in members:
        _check_name(path, member.name)
        name = "/".join(p for p in member.name.split("/") if p not in ("", "."))
        if name in seen:
            raise SubmissionError(f"{_name(path)}: {clean_line(name)} is in the archive twice")
        seen.add(name)
        result.append(Member(name, member.size, member.read))
    return result
