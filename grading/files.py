# SPDX-License-Identifier: MIT
"""Files that others read while they are written."""

import os
import secrets
from pathlib import Path

from grading.errors import UsageError

_NEW = ".new"


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
