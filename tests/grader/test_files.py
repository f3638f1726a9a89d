# SPDX-License-Identifier: MIT
"""A file is replaced as a whole, and a folder has one user at a time."""

import errno
import fcntl
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from conftest import ROOT

from grading.errors import UsageError
from grading.files import LOCK, locked, remove_unfinished, replace_text

WRITERS, TIMES = 4, 20


def names(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir())


def test_writers_do_not_mix(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    texts = [f"{number}\n" * 50_000 for number in range(WRITERS)]

    def write(text: str) -> bool:
        for _ in range(TIMES):
            replace_text(path, text)
            if path.read_text() not in texts:
                return False
        return True

    with ThreadPoolExecutor(WRITERS) as pool:
        assert all(pool.map(write, texts))
    assert names(tmp_path) == ["page.html"]


def test_on_the_disk_before_it_has_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, seen = tmp_path / "a", []
    monkeypatch.setattr(os, "fsync", lambda handle: seen.append(path.exists()))
    replace_text(path, "text")
    assert seen == [False] and path.read_text() == "text"


def test_lines_end_as_they_are(tmp_path: Path) -> None:
    replace_text(tmp_path / "a", "one\r\ntwo\n")
    assert (tmp_path / "a").read_bytes() == b"one\r\ntwo\n"


def test_a_writer_that_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a"
    replace_text(path, "old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(UsageError, match="a: No space left on device"):
        replace_text(path, "new")
    assert (path.read_text(), names(tmp_path)) == ("old", ["a"])


def test_what_a_killed_writer_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a"
    (tmp_path / "b").write_text("")
    monkeypatch.setattr(os, "replace", lambda *_: None)
    monkeypatch.setattr(Path, "unlink", lambda *_, **__: None)
    replace_text(path, "half")
    monkeypatch.undo()
    assert len(names(tmp_path)) == 2
    remove_unfinished(path)
    assert names(tmp_path) == ["b"]


def test_a_folder_has_one_user(tmp_path: Path) -> None:
    folder = tmp_path / "deep/out"
    with locked(folder):
        with pytest.raises(UsageError, match=f"out: process {os.getpid()} on .* works on it"):
            with locked(folder):
                pass
    with locked(folder):
        pass


def test_the_lock_of_a_process_that_was_killed(tmp_path: Path) -> None:
    code = (
        "import os, pathlib, sys; from grading.files import locked\n"
        "with locked(pathlib.Path(sys.argv[1])): os.kill(os.getpid(), 9)"
    )
    done = subprocess.run([sys.executable, "-B", "-c", code, str(tmp_path)], cwd=ROOT, check=False)
    assert done.returncode == -9 and (tmp_path / LOCK).read_text().startswith("process ")
    with locked(tmp_path):
        assert f"process {os.getpid()} on" in (tmp_path / LOCK).read_text()


def test_an_error_inside_is_not_the_locks(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), locked(tmp_path):
        raise FileNotFoundError


def test_a_file_system_without_locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def none(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", none)
    with locked(tmp_path):
        pass
