# SPDX-License-Identifier: MIT
"""The same class through a Dask scheduler with two workers, which are killed now and then."""

import os
import random
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from batch_school import School, make_tree
from conftest import ROOT

pytestmark = pytest.mark.long

pytest.importorskip("distributed", reason="needs python3-distributed")

WORKS = {f"s{i:02}": word for i, word in enumerate(("one", "two", "three", "two three") * 4)}
POINTS = {"one": 1, "two": 2, "three": 3}


class Cluster:
    """A scheduler and its workers, on loopback."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.processes: dict[str, "subprocess.Popen[str]"] = {}
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._port = probe.getsockname()[1]
        self.address = f"tcp://127.0.0.1:{self._port}"

    def start(self) -> None:
        """Start what does not run; returns when the workers have registered."""
        here = ["--host", "127.0.0.1", "--no-dashboard"]
        self._start("scheduler", "Scheduler at:", [*here, "--port", str(self._port)])
        for name in ("worker1", "worker2"):
            more = ["--nthreads", "1", "--no-nanny", "--local-directory", str(self._folder)]
            self._start(name, "Registered to:", [self.address, *here, *more])

    def _start(self, name: str, ready: str, words: list[str]) -> None:
        if name in self.processes and self.processes[name].poll() is None:
            return
        if name in self.processes:  # a worker ends by itself when its scheduler is gone
            self.kill(name)
        module = f"distributed.cli.dask_{name.rstrip('12')}"
        process = subprocess.Popen(
            [sys.executable, "-m", module, *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        assert process.stdout is not None
        seen = []
        while not any(ready in line for line in seen):
            line = process.stdout.readline()
            assert line, seen
            seen.append(line)
        self.processes[name] = process

    def kill(self, name: str) -> None:
        """End it without a warning."""
        process = self.processes.pop(name)
        process.kill()
        process.communicate()

    def stop(self) -> None:
        """End all."""
        for name in list(self.processes):
            self.kill(name)


@pytest.fixture
def school(tmp_path: Path) -> School:
    """A school with a class."""
    make_tree(tmp_path / "tree")
    school = School(tmp_path)
    school.hand_in(WORKS)
    return school


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    """A cluster that runs."""
    cluster = Cluster(tmp_path)
    cluster.start()
    yield cluster
    cluster.stop()


def check_table(school: School, capsys: pytest.CaptureFixture) -> None:
    wanted = [(n, "done", sum(POINTS[w] for w in text.split())) for n, text in WORKS.items()]
    assert school.table(capsys) == wanted
    assert len(list(school.out.glob("results/*/0*"))) == len(WORKS)


def test_same_table_as_locally(
    school: School, cluster: Cluster, capsys: pytest.CaptureFixture
) -> None:
    process = school.start("--engine", f"dask:{cluster.address}")
    text, _ = process.communicate()
    assert process.returncode == 0, text
    check_table(school, capsys)
    assert school.graded() == sorted(WORKS)
    assert school.left_over() == []


@pytest.mark.parametrize("seed", range(4))
def test_whatever_is_killed(
    school: School, cluster: Cluster, capsys: pytest.CaptureFixture, seed: int
) -> None:
    rng = random.Random(seed)
    for victim in ("worker1", "batch", "scheduler"):
        cluster.start()
        process = school.start("--engine", f"dask:{cluster.address}")
        assert process.stdout is not None
        for _ in range(rng.randrange(2, 5)):
            process.stdout.readline()
        if victim == "batch":
            process.send_signal(signal.SIGKILL)
        else:
            cluster.kill(victim)
        text, _ = process.communicate()
        assert process.returncode in (0, -signal.SIGKILL, 3), text
    cluster.stop()
    school.wait_for_processes()
    assert school.batch() == 0  # and the rest without Dask
    check_table(school, capsys)
