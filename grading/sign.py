# SPDX-License-Identifier: MIT
"""Signs a result.json with a key of the grading host, and checks such a signature.

HMAC-SHA256 over the result without its signature, as JSON with sorted keys, without
spaces and with everything but ASCII escaped.  So who has the key knows that nobody
without it has changed a result since it was written.  The key is read from a file and
stays in this process: it is in no program's environment or arguments, and its file may
not lie where a submission's build could see it.
"""

import argparse
import hmac
import json
import os
import stat
from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from grading.errors import UsageError
from grading.text import clean_line

ALGORITHM = "HMAC-SHA256"
VARIABLE = "FAULTLINE_KEY_FILE"
VALID, INVALID, UNSIGNED = 0, 1, 2  # what verify says, and its exit status
_SHORTEST, _LONGEST = 16, 4096  # bytes of a key
_MAX_RESULT = 256 << 20


@dataclass(frozen=True)
class Key:
    """A secret, and a name for it that tells nothing about it."""

    secret: bytes = field(repr=False)

    @property
    def id(self) -> str:
        """The same key has the same id everywhere."""
        return self._mac(b"key id")[:16]

    def sign(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """DATA with a signature, in the place of the one that it had."""
        bare = {name: value for name, value in data.items() if name != "signature"}
        signature = {
            "algorithm": ALGORITHM,
            "key_id": self.id,
            "value": self._mac(b"result\n" + canonical(bare)),
        }
        return {**bare, "signature": signature}

    def _mac(self, data: bytes) -> str:
        return hmac.new(self.secret, data, "sha256").hexdigest()


def canonical(data: Mapping[str, Any]) -> bytes:
    """DATA as JSON that has only one form."""
    text = json.dumps(data, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return text.encode("ascii")


def find_key(
    path: Path | None, environment: MutableMapping[str, str] = os.environ, seen: Sequence[Path] = ()
) -> Key | None:
    """The key in the file at PATH, or where the ENVIRONMENT says; None without either.

    The variable is taken out of ENVIRONMENT.  A submission's build can read the folders SEEN.
    => UsageError for a file that cannot hold a secret, or not for long
    """
    named = environment.pop(VARIABLE, "")
    path = path or (Path(named) if named else None)
    if path is None:
        return None
    real = path.resolve()
    for folder in seen:
        if real.is_relative_to(folder.resolve()):
            raise UsageError(f"{_shown(path)}: a key must not lie in {_shown(folder)}")
    return Key(_read_secret(path))


def _read_secret(path: Path) -> bytes:
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with open(handle, "rb") as stream:
            about = os.fstat(handle)
            if not stat.S_ISREG(about.st_mode):
                raise UsageError(f"{_shown(path)}: a key must be in a file")
            if about.st_mode & 0o077:
                mode = stat.S_IMODE(about.st_mode)
                raise UsageError(
                    f"{_shown(path)}: others may read or change this key (its mode is "
                    f"{mode:03o}): chmod 600"
                )
            data = stream.read(_LONGEST + 1)
    except OSError as error:
        raise UsageError(f"{_shown(path)}: {error.strerror}") from error
    secret = data.rstrip(b"\r\n")
    if not _SHORTEST <= len(secret) <= _LONGEST:
        raise UsageError(
            f"{_shown(path)}: a key has {_SHORTEST} to {_LONGEST} bytes, this has {len(secret)}: "
            "make one with: openssl rand -hex 32"
        )
    return secret


def check(data: Mapping[str, Any], key: Key) -> tuple[int, str]:
    """VALID, INVALID or UNSIGNED, and why, in words."""
    signature = data.get("signature")
    if signature is None:
        return UNSIGNED, "unsigned"
    if not isinstance(signature, dict):
        return INVALID, "invalid: its signature is no object"
    if signature.get("key_id") != key.id:
        other = clean_line(f"{signature.get('key_id')}")[:40]
        return INVALID, f"invalid: signed with the key {other}, this is the key {key.id}"
    wanted = key.sign(data)["signature"]
    same = hmac.compare_digest(canonical(wanted), canonical(signature))
    if not same:
        return INVALID, "invalid: it was changed after it was signed"
    return VALID, f"valid, signed with the key {key.id}"


def read_result(path: Path) -> dict[str, Any]:
    """The object in the result.json at PATH, or in the folder PATH."""
    file = path / "result.json" if path.is_dir() else path
    try:
        if file.stat().st_size > _MAX_RESULT:
            raise UsageError(f"{_shown(file)}: larger than {_MAX_RESULT >> 20} MiB")
        data = json.loads(file.read_bytes(), object_pairs_hook=_once)
    except OSError as error:
        raise UsageError(f"{_shown(file)}: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{_shown(file)}: not JSON: {clean_line(str(error))}") from error
    if not isinstance(data, dict):
        raise UsageError(f"{_shown(file)}: not a result of this grader")
    return data


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object; ValueError when it has a key twice, of which others might read the first."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key is there twice")
    return found


def _shown(path: Path) -> str:
    return clean_line(str(path))


def add_option(parser: argparse.ArgumentParser) -> None:
    """Add ``--key`` to a verb that writes a result or reads one."""
    parser.add_argument(
        "--key", type=Path, metavar="FILE", help=f"sign with the key in FILE (or in ${VARIABLE})"
    )


def add_verb(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]", epilog: str) -> None:
    """Add the verb verify to the command line."""
    text = "Checks the signature of a result.json."
    more = "exit status: 0 valid, 1 invalid, 2 unsigned or wrong usage"
    parser = verbs.add_parser("verify", help=text[0].lower() + text[1:-1], epilog=more)
    parser.description = text
    parser.add_argument("result", type=Path, metavar="RESULT", help="a result.json or its folder")
    parser.add_argument(
        "--key", type=Path, metavar="FILE", help=f"the key that it was signed with (${VARIABLE})"
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """The verb; its exit status."""
    key = find_key(options.key)
    if key is None:
        raise UsageError(f"give the key with --key FILE, or name its file in {VARIABLE}")
    status, said = check(read_result(options.result), key)
    print(f"{_shown(options.result)}: {said}")
    return status
