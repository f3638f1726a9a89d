# SPDX-License-Identifier: MIT
"""A grade must not depend on the host: not on its load, nor on a grader that was killed.

Quick forms run with the other tests.  `make check-long` sets LONG; GRADES says how
many grades are compared then.
"""

import contextlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import ROOT, result_of, without_times
from test_replay import hand_in_mutant
from toy_tree import Archive

from grading.pristine import VARIABLE

pytestmark = [pytest.mark.qemu, pytest.mark.slow]

LONG = bool(os.environ.get("LONG"))
GRADES = int(os.environ.get("GRADES", "50"))
KILLS = 20 if LONG else 3


@pytest.fixture
def busy() -> Iterator[None]:
    """A loop that never waits for each of two cores."""
    loop = [sys.executable, "-S", "-c", "while True: pass"]
    loops = [subprocess.Popen(loop) for _ in range(2)]
    try:
        yield
    finally:
        for process in loops:
            process.kill()
            process.wait()


def grader(root: Path, *words: str) -> list[str]:
    """The command that grades in the tree at ROOT."""
    code = "import sys; from pathlib import Path; from grading.cli import main; "
    code += f"sys.exit(main(sys.argv[1:], Path({str(root)!r})))"
    return [sys.executable, "-B", "-c", code, *words]


ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}


def grade(root: Path, *words: str) -> None:
    """Grade, whatever the score."""
    run = subprocess.run(
        grader(root, "grade", *words), env=ENVIRONMENT, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr


def hand_in_both(hand_in: Archive, name: str, out: Path) -> list[str]:
    return ["--submission", str(hand_in(name)), "--out", str(out), "--seed", "9"]


@pytest.mark.usefixtures("busy")
@pytest.mark.parametrize("kind", ["honest", pytest.param("spin", marks=pytest.mark.long), "panic"])
def test_load_changes_nothing(tree: Path, hand_in: Archive, kind: str, tmp_path: Path) -> None:
    words = [*hand_in_both(hand_in, kind, tmp_path / "out"), "--unsafe-no-sandbox"]
    results = []
    for _ in range(2):
        grade(tree, *words)
        results.append(without_times(result_of(tmp_path / "out")))
    assert results[0] == results[1]


@pytest.mark.long
@pytest.mark.usefixtures("busy")
@pytest.mark.parametrize("mutant", ["fault-write-endless", "fault-kernel-panic"])
def test_many_grades_under_load(
    mutant: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One hangs in two tests, one panics in four: all of the lab, GRADES times in all."""
    monkeypatch.setitem(ENVIRONMENT, VARIABLE, str(tmp_path / "cache"))
    given, out = hand_in_mutant(mutant, tmp_path / "given"), tmp_path / "out"
    first: dict | None = None
    for number in range((GRADES + 1) // 2):
        grade(ROOT, "--submission", str(given), "--out", str(out), "--seed", "4")
        result = without_times(result_of(out))
        first = first or result
        differ = [t["id"] for t, u in zip(result["tests"], first["tests"]) if t != u]
        assert (result, differ) == (first, []), f"grade {number}: {differ}"
    assert first is not None and 0 < first["total"] < first["max"]
    assert not any(test["flaky"] for test in first["tests"])


# --- kill -9 ---


def test_killed_at_any_moment(tree: Path, hand_in: Archive, tmp_path: Path) -> None:
    """The same command again gives what a run gives that was never killed, and nothing is left."""
    words = hand_in_both(hand_in, "panic", tmp_path / "out")
    out, scratch = tmp_path / "out", tmp_path / "tmp"
    scratch.mkdir()
    environment = {**ENVIRONMENT, "TMPDIR": str(scratch)}
    command = grader(tree, "grade", *words)
    started = time.monotonic()
    subprocess.run(command, env=environment, check=True, capture_output=True)
    whole = time.monotonic() - started
    wanted, files = without_times(result_of(out)), files_below(out)
    dice = random.Random(1)
    killed = 0
    for _ in range(KILLS):
        shutil.rmtree(out)
        killed += kill_after(dice.uniform(0, whole), command, environment)
        assert not wait_until_gone(str(out))
        if (out / "result.json").exists():
            half = result_of(out)
            assert not half["complete"] or without_times(half) == wanted
        subprocess.run(command, env=environment, check=True, capture_output=True)
        assert without_times(result_of(out)) == wanted
        assert files_below(out) == files
        assert not list(scratch.iterdir())
    assert killed >= KILLS // 2


def kill_after(delay: float, command: list[str], environment: dict[str, str]) -> bool:
    """Run COMMAND and kill it after DELAY seconds; was it still there?"""
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(delay)
            return False
        os.kill(process.pid, signal.SIGKILL)
    return True


def wait_until_gone(path: str) -> list[str]:
    """The processes that have PATH in their command lines; waits a while for them to end."""
    deadline = time.monotonic() + 20
    while (left := list(processes_with(path))) and time.monotonic() < deadline:
        os.sched_yield()
    return left


def processes_with(path: str) -> Iterator[str]:
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().decode(errors="replace")
        except OSError:
            continue
        if path in words and int(folder.name) != os.getpid():
            yield words.replace("\0", " ")


def files_below(folder: Path) -> list[str]:
    """All that is there, by its name."""
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*"))


def test_a_temporary_file_is_taken_away(tree: Path, tmp_path: Path) -> None:
    """Of a grader that was killed while it wrote."""
    out = tmp_path / "out"
    out.mkdir()
    (out / ".result.json.0badcafe.new").write_text('{"half": ')
    grade(tree, "--solution", "--out", str(out))
    assert json.loads((out / "result.json").read_text())["complete"]
    assert not list(out.glob(".result*"))
