# SPDX-License-Identifier: MIT
"""Files that others read while they are written, and folders that one process works on."""

import errno
import fcntl
import os
import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from grading.errors import UsageError

LOCK = ".lock"
_NEW = ".new"
_NO_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP)


def replace_text(path: Path, text: str) -> None:
    """Make TEXT the contents of PATH in one step: a reader sees all of it, or what was there.

    The text is on the disk before it gets its name.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}{_NEW}")
    try:
        with open(temporary, "x", encoding="utf-8", newline="") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(temporary, path)
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}") from error
    finally:
        temporary.unlink(missing_ok=True)


def remove_unfinished(path: Path) -> None:
    """Remove what writers of PATH left that were killed; no other may be at work."""
    for left in path.parent.glob(f".{path.name}.*{_NEW}"):
        left.unlink(missing_ok=True)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep others off FOLDER, by a file in it; the system gives it back when this process ends.

    A file system that knows no locks keeps nobody off.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        stream = open(folder / LOCK, "a+", encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{folder}: {error.strerror}") from error
    with stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            stream.seek(0)
            who = stream.read(200).strip() or "another process"
            raise UsageError(f"{folder}: {who} works on it: wait for it, or stop it") from error
        except OSError as error:
            if error.errno not in _NO_LOCKS:
                raise
        stream.truncate(0)
        stream.write(f"process {os.getpid()} on {socket.gethostname()}\n")
        stream.flush()
        yield
