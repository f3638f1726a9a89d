# SPDX-License-Identifier: MIT
"""Boots small fake kernels, each bad in one way: every death must get its own name."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import make_case

from grading.build import Image
from grading.lab import Case, Input
from grading.runner import Job, Runner
from grading.verdict import Verdict
from grading.watchdog import TICK, count_ticks

pytestmark = pytest.mark.qemu

Boot = Callable[..., Verdict]


@pytest.fixture
def boot(fake_kernel: Callable[[str], Path], tmp_path: Path) -> Boot:
    """Boots a fake kernel as if it were the kernel under test."""

    def run(name: str, case: Case | None = None) -> Verdict:
        kernel = fake_kernel(name)
        initrd = tmp_path / "initrd.tar"
        initrd.write_bytes(b"\0" * 1024)
        job = Job(
            Image(kernel.parent, kernel, initrd), ("kernel/pgfault.c",), tmp_path / "out", seed=1
        )
        return Runner(job).run(case or make_case())

    return run


DEATHS = {
    "spin": ("timeout", "hang"),
    "mute": ("timeout", "hang"),
    "halt": ("crash", "halted"),
    "triple": ("crash", "triple_fault"),
    "reset": ("crash", "reset"),
    "flood": ("crash", "runaway"),
    "silent": ("crash", "silence"),
    "panic": ("crash", "panic"),
    "dirty": ("crash", "no_result"),
}


@pytest.mark.parametrize("name", DEATHS)
def test_death_has_its_name(boot: Boot, name: str) -> None:
    started = time.monotonic()
    verdict = boot(name)
    assert verdict.death is not None, verdict
    assert (verdict.status, verdict.death.kind) == DEATHS[name]
    assert time.monotonic() - started < 15


def test_hang_says_where(boot: Boot) -> None:
    verdict = boot("spin")
    assert verdict.death is not None and "spin_here" in verdict.death.where
    assert verdict.instructions == count_ticks(make_case().budget) * TICK


def test_silent_hang_says_so(boot: Boot) -> None:
    assert "  nothing was printed" in boot("mute").lines


def test_halt_says_where(boot: Boot) -> None:
    verdict = boot("halt")
    assert verdict.death is not None and "halt_here" in verdict.death.where


def test_triple_fault_says_where(boot: Boot) -> None:
    verdict = boot("triple")
    assert verdict.death is not None and "fault_here" in verdict.death.where


def test_panic_keeps_points_and_says_where(boot: Boot) -> None:
    verdict = boot("panic")
    assert verdict.score == 2
    assert verdict.death is not None and verdict.death.where == "kernel/mm/vm.c:123"
    assert any("start" in line for line in verdict.lines)
    assert "it happened in step two: the second" in verdict.lines


def test_honest_kernel_passes(boot: Boot) -> None:
    verdict = boot("honest")
    assert (verdict.status, verdict.score, verdict.lines) == ("pass", 5, ())
    assert verdict.instructions == 100_000


def test_replayed_transcript_earns_nothing(boot: Boot) -> None:
    verdict = boot("spoof")
    assert (verdict.status, verdict.score) == ("tampered", 0)


def test_input_is_typed_when_it_is_asked_for(boot: Boot) -> None:
    assert boot("echo", make_case(input=(Input(r"really\? $", "y"),))).status == "pass"


def test_missing_input_is_a_hang(boot: Boot) -> None:
    verdict = boot("echo", make_case(input=(Input("never printed", "y"),)))
    assert (verdict.status, verdict.score) == ("timeout", 2)


def test_nothing_harmful_is_kept(boot: Boot) -> None:
    verdict = boot("dirty")
    assert verdict.console_tail[0] == "\\x1b[2Jcleared \\x9b \\xff\\xfe \xe9"


def test_same_seed_same_verdict(boot: Boot) -> None:
    first, second = (boot("honest") for _ in range(2))
    assert (first.console_tail, first.score) == (second.console_tail, second.score)
