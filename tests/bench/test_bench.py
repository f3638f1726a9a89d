# SPDX-License-Identifier: MIT
"""What is read from the console, and how it is held against the bars."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

import bench  # noqa: E402
from bench import Figure  # noqa: E402


def test_figures() -> None:
    lines = ["Faultline: 251 MiB free, booted", "getpid 1000 50 57 58", "bench: end"]
    assert bench.figures(lines) == {"getpid": Figure(1000, 50, 57, 58)}


def test_a_run_that_stops_is_an_error() -> None:
    with pytest.raises(SystemExit, match="the last line"):
        bench.complete(["getpid 1 1 1 1", "the last line"], "Faultline")


def verdicts(**medians: int) -> dict[str, str]:
    """The verdicts of these medians."""
    figures = {
        name.replace("_", "-"): Figure(1, value, value, value) for name, value in medians.items()
    }
    return {result.name: result.verdict for result in bench.judge(figures)}


def test_bars() -> None:
    bar = bench.rows()["getpid"]["bar"]
    assert verdicts(getpid=bar)["getpid"] == "ok"
    assert verdicts(getpid=bar + 1)["getpid"] == "OVER"
    assert verdicts()["getpid"] == "MISSING"


def test_a_bar_that_depends_on_another_row() -> None:
    few, many = "fault_regions_1", "fault_regions_50000"
    assert verdicts(**{few: 100, many: 150})["fault-regions-50000"] == "ok"
    assert verdicts(**{few: 100, many: 151})["fault-regions-50000"] == "OVER"


def test_a_difference() -> None:
    lines = ["fork-16mib 10 5096 5096 5096", "fork 10 1000 1000 1000", "bench: end"]
    assert bench.complete(lines, "Faultline")["fork-per-page"].median == 1


def test_rows_and_figures_of_linux_agree() -> None:
    assert set(bench.rows()) <= set(bench.linux_medians())
