# SPDX-License-Identifier: MIT
"""Where results lie: OUT/results/STUDENT/ATTEMPT-KEY, each there as a whole or not at all.

KEY begins the hash of everything that the grade depends on.  A result comes to its
place by one rename after it was synced, and is never changed afterwards: an older
attempt stays beside a newer one.
"""

import json
import os
import shutil
import stat
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from grading.batch.journal import Standing
from grading.errors import InfraError

RESULTS, WORK, MANUAL, TAKEN = "results", "work", "manual", "taken"
_LOG_BYTES = 16 << 10
_CUT = b"\n... cut here ...\n"


def attempt_name(standing: Standing) -> str:
    """The name of the folder of STANDING's attempt."""
    return f"{standing.attempt:03}-{standing.key[:16]}"


def result_folder(out: Path, standing: Standing) -> Path:
    """Where the result of STANDING's attempt is, or will be."""
    return out / RESULTS / standing.slug / attempt_name(standing)


def broken_folder(out: Path, standing: Standing) -> Path:
    """Where the last attempt that gave no score is kept, for whoever looks into it."""
    return out / RESULTS / standing.slug / "infra_error"


def shown_folder(out: Path, standing: Standing) -> Path:
    """Where the result is that people see."""
    kept = result_folder(out, standing)
    return kept if kept.is_dir() else broken_folder(out, standing)


def earlier(out: Path, standing: Standing) -> list[Path]:
    """The folders of the attempts before STANDING's, the newest first."""
    found = (out / RESULTS / standing.slug).glob("[0-9][0-9][0-9]-*")
    return sorted((p for p in found if int(p.name[:3]) < standing.attempt), reverse=True)


def read_result(folder: Path) -> dict[str, Any] | None:
    """The result.json in FOLDER, if it is there and was finished."""
    try:
        data = json.loads((folder / "result.json").read_bytes())
    except (OSError, ValueError):
        return None
    return data if isinstance(data, dict) and data.get("complete") is True else None


def keep(data: Mapping[str, Any], work: Path | None, target: Path) -> None:
    """Put the result DATA, and what is worth keeping of the folder WORK, at TARGET."""
    target.parent.mkdir(parents=True, exist_ok=True)
    new = Path(tempfile.mkdtemp(prefix=".new-", dir=target.parent))
    try:
        if work is not None:
            _copy_logs(work, data, new)
        with open(new / "result.json", "w", encoding="utf-8") as stream:
            stream.write(json.dumps(data, indent=1, ensure_ascii=False) + "\n")
            stream.flush()
            os.fsync(stream.fileno())
        new.chmod(0o755)
        _sync(new)
        if target.exists():
            remove(target)
        new.rename(target)
        _sync(target.parent)
    except OSError as error:
        raise InfraError(f"{error.filename}: {error.strerror}") from error
    finally:
        shutil.rmtree(new, ignore_errors=True)


def _copy_logs(work: Path, data: Mapping[str, Any], new: Path) -> None:
    """The build's log, and the consoles of tests that did not pass, without their middles."""
    bad = [test["id"] for test in data["tests"] if test["status"] not in ("pass", "skipped")]
    names = {"build.log": "build.log", "log": "grade.log"}
    names.update({f"tests/{name}/console.log": f"{name}.console.log" for name in bad})
    for source, name in names.items():
        try:
            with open(work / source, "rb") as stream:
                (new / name).write_bytes(_bounded(stream.read(4 << 20)))
        except OSError:
            continue  # not every attempt gets that far


def _bounded(data: bytes) -> bytes:
    if len(data) <= _LOG_BYTES:
        return data
    half = _LOG_BYTES // 2
    return data[:half] + _CUT + data[-half:]


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def remove(folder: Path) -> None:
    """Remove FOLDER; what is left of it when that fails is left to the next run."""
    for parent, folders, _ in os.walk(folder):
        for name in folders:
            path = Path(parent, name)
            if not path.is_symlink() and not path.stat().st_mode & stat.S_IRWXU == stat.S_IRWXU:
                path.chmod(0o700)
    shutil.rmtree(folder, ignore_errors=True)
