# SPDX-License-Identifier: MIT
"""QEMU in the sandbox: the same verdicts, and nothing left behind."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import ROOT, make_case

from grading.build import Image
from grading.errors import InfraError
from grading.runner import Job, Runner
from grading.sandbox import open_sandbox
from grading.verdict import Verdict

pytestmark = pytest.mark.qemu

MakeJob = Callable[[str], Job]


@pytest.fixture
def make_job(fake_kernel: Callable[[str], Path], tmp_path: Path) -> MakeJob:
    """A job that boots the fake kernel of that name in a sandbox."""
    try:
        sandbox = open_sandbox()
    except InfraError as error:
        pytest.skip(str(error).splitlines()[0])

    def make(name: str) -> Job:
        kernel = fake_kernel(name)
        initrd = tmp_path / "initrd.tar"
        initrd.write_bytes(b"\0" * 1024)
        image = Image(kernel.parent, kernel, initrd)
        return Job(image, ("kernel/pgfault.c",), tmp_path / "out", 1, sandbox)

    return make


def without_times(verdict: Verdict) -> Verdict:
    boots = tuple(replace(boot, cpu_s=0.0, wall_s=0.0) for boot in verdict.attempts)
    return replace(verdict, cpu_s=0.0, wall_s=0.0, attempts=boots)


@pytest.mark.parametrize("name", ["honest", "panic", "triple", "spin", "halt", "flood", "spoof"])
def test_same_verdict_as_outside(make_job: MakeJob, name: str) -> None:
    job = make_job(name)
    inside = Runner(job).run(make_case())
    outside = Runner(replace(job, sandbox=None)).run(make_case())
    assert without_times(inside) == without_times(outside)
    assert inside.status != "infra_error"


def test_cpu_time_is_known(make_job: MakeJob) -> None:
    """Also of a machine that had to be ended."""
    assert Runner(make_job("honest")).run(make_case()).cpu_s > 0.005
    assert Runner(make_job("spin")).run(make_case()).cpu_s > 0.05


def test_files_are_where_they_should_be(make_job: MakeJob, tmp_path: Path) -> None:
    Runner(make_job("honest")).run(make_case())
    assert sorted(os.listdir(tmp_path)) == ["initrd.tar", "out"]
    logs = sorted(os.listdir(tmp_path / "out/tests/fake"))
    assert logs == ["console.log", "cpu_reset.log", "qemu.log"]


KILLED = """
import sys
sys.path[:0] = [{root!r}, {tests!r}]
from pathlib import Path
from conftest import make_case
from grading.build import Image
from grading.runner import Job, Runner
from grading.sandbox import open_sandbox
kernel, out = Path({kernel!r}), Path({out!r})
job = Job(Image(kernel.parent, kernel, kernel), (), out, 1, open_sandbox())
Runner(job).run(make_case(budget=900_000_000_000))
"""


def machines(mark: str) -> list[int]:
    """The QEMU processes that have MARK in their command line, keepers not counted."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_text().split("\0")
        except OSError:
            continue
        if words[0] == "qemu-system-x86_64" and any(mark in word for word in words):
            found.append(int(folder.name))
    return found


def wait_until(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if condition():
            return True
    return False


def test_no_machine_outlives_a_killed_grader(make_job: MakeJob, tmp_path: Path) -> None:
    kernel = make_job("spin").image.kernel
    names = {"root": str(ROOT), "tests": str(Path(__file__).parent), "kernel": str(kernel)}
    code = KILLED.format(**names, out=str(tmp_path / "out"))
    with subprocess.Popen([sys.executable, "-B", "-c", code]) as grader:
        assert wait_until(lambda: bool(machines(str(tmp_path))))
        grader.kill()
    assert wait_until(lambda: not machines(str(tmp_path)))
