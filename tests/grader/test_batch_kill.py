# SPDX-License-Identifier: MIT
"""Whatever is killed and whenever: the same command again, and the table is that of a quiet run.

What happens at which moment is told by the batch's own lines and by files, never by time.
"""

import os
import random
import select
import signal
import subprocess
from pathlib import Path

import pytest
from batch_school import School, make_tree
from conftest import ROOT

WORKS = {f"s{i:02}": word for i, word in enumerate(("one", "two", "three", "two three") * 3)}


@pytest.fixture
def school(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> School:
    """A school with a class."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    make_tree(tmp_path / "tree")
    school = School(tmp_path)
    school.hand_in(WORKS)
    return school


def children(process: int) -> list[int]:
    """The processes that PROCESS has started and that are still there."""
    try:
        text = Path(f"/proc/{process}/task/{process}/children").read_text()
    except OSError:
        return []
    return [int(word) for word in text.split()]


def read_until(process: "subprocess.Popen[str]", line: str) -> bool:
    """Read what PROCESS prints until a line that begins with LINE; False when it ended before."""
    assert process.stdout is not None
    return any(text.startswith(line) for text in process.stdout)


def kill_all_at(school: School, moments: list[int], rng: random.Random) -> None:
    """Kill the batch, or a job of its, after so many lines, and begin anew."""
    for moment in moments:
        process = school.start("--jobs", "3")
        if read_until(process, f"[{moment:>2}/") or read_until(process, f"[{moment}/"):
            victims = [process.pid, *children(process.pid)]
            try:
                os.kill(rng.choice(victims), signal.SIGKILL)
            except ProcessLookupError:
                pass  # the job had just ended
            os.kill(process.pid, signal.SIGKILL)
        process.communicate()
        assert process.returncode in (0, -signal.SIGKILL)
        school.wait_for_processes()


def check_table(school: School, capsys: pytest.CaptureFixture) -> None:
    points = {"one": 1, "two": 2, "three": 3}
    wanted = [(n, "done", sum(points[w] for w in text.split())) for n, text in WORKS.items()]
    assert school.table(capsys) == wanted
    assert school.left_over() == []
    assert len(list(school.out.glob("results/*/001-*"))) == len(WORKS)
    assert not list(school.out.glob("results/*/002-*"))


def test_batch_killed_at_some_moments(school: School, capsys: pytest.CaptureFixture) -> None:
    kill_all_at(school, [1, 3], random.Random(1))
    assert school.batch("--jobs", "3") == 0
    check_table(school, capsys)
    # At most the jobs that ran at a kill were begun twice.
    assert len(school.graded()) <= len(WORKS) + 2 * 3


@pytest.mark.long
@pytest.mark.parametrize("seed", range(5))
def test_batch_killed_often(school: School, capsys: pytest.CaptureFixture, seed: int) -> None:
    rng = random.Random(seed)
    kill_all_at(school, [rng.randrange(1, 4) for _ in range(4)], rng)
    assert school.batch("--jobs", "3") == 0
    check_table(school, capsys)


def test_jobs_end_with_the_batch(school: School) -> None:
    """The kernel ends what a killed batch had running."""
    school.hand_in({name: "hang" for name in WORKS})
    process = school.start("--jobs", "2")
    assert process.stdout is not None and read_until(process, "12 submissions")
    while len(jobs := children(process.pid)) < 2:
        os.sched_yield()
    handles = [os.pidfd_open(job) for job in jobs]
    process.kill()
    process.communicate()
    for handle in handles:
        assert select.select([handle], [], [], 60)[0]
        os.close(handle)


@pytest.mark.parametrize("number", (signal.SIGINT, signal.SIGTERM))
def test_stopped_batch_goes_on(
    school: School, capsys: pytest.CaptureFixture, number: signal.Signals
) -> None:
    process = school.start("--jobs", "1")
    assert read_until(process, "[ 3/12]")
    process.send_signal(number)
    text, _ = process.communicate()
    assert process.returncode == 130 and text.endswith("grade: interrupted\n"), text
    states = [state for _, state, _ in school.table(capsys)]
    assert set(states) == {"done", "waiting"} and states.count("done") >= 3
    assert school.batch() == 0
    check_table(school, capsys)
    assert len(school.graded()) <= len(WORKS) + 1
