# SPDX-License-Identifier: MIT
"""The comparison itself: what is read from a console, and what counts as what."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

import compare  # noqa: E402
from compare import Behaviour, Score  # noqa: E402

ONE, TWO = Behaviour("A1.1", "one thing", "ok"), Behaviour("A1.2", "two things", "3, EINVAL")


def test_lines_of_a_console() -> None:
    """What the kernel prints among them does no harm."""
    lines = ["behaviours: 2", "A1.1 one thing: ok", "fault: pid 3", "A1.2 two things: 3, EINVAL"]
    assert compare.behaviours(lines) == [ONE, TWO]


@pytest.fixture(name="listed")
def _listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file for deviations; there are none yet."""
    path = tmp_path / "deviations.toml"
    path.write_text("")
    monkeypatch.setattr(compare, "DEVIATIONS", path)
    return path


def score(seen: list[Behaviour]) -> tuple[int, int, int]:
    """Compare SEEN with the two lines above."""
    total = Score()
    compare.compare([ONE, TWO], seen, total)
    return total.same, total.listed, total.different


@pytest.mark.usefixtures("listed")
def test_same_and_different(capsys: pytest.CaptureFixture[str]) -> None:
    assert score([ONE, TWO]) == (2, 0, 0)
    assert score([ONE, Behaviour("A1.2", "two things", "4")]) == (1, 0, 1)
    assert "Linux:     3, EINVAL" in capsys.readouterr().out


@pytest.mark.usefixtures("listed")
def test_a_line_that_is_missing_or_another_one_is_different() -> None:
    assert score([ONE]) == (1, 0, 1)
    assert score([TWO, ONE]) == (0, 0, 2)
    assert score([ONE, Behaviour("?", "", "the kernel stopped")]) == (1, 0, 1)


def test_a_listed_deviation(listed: Path) -> None:
    listed.write_text('["A1.2"]\nfaultline = "4"\nreason = "why not"\n')
    assert score([ONE, Behaviour("A1.2", "two things", "4")]) == (1, 1, 0)
    assert score([ONE, Behaviour("A1.2", "two things", "5")]) == (1, 0, 2)


def test_a_deviation_that_is_not_seen_is_an_error(listed: Path) -> None:
    listed.write_text('["A1.2"]\nfaultline = "4"\nreason = "why not"\n')
    assert score([ONE, TWO]) == (2, 0, 1)


def test_a_deviation_needs_a_reason(listed: Path) -> None:
    listed.write_text('["A1.2"]\nfaultline = "4"\n')
    with pytest.raises(SystemExit, match="A1.2"):
        compare.deviations()


def test_at_most_ten_deviations(listed: Path) -> None:
    entry = '["A1.{}"]\nfaultline = "4"\nreason = "why not"\n'
    listed.write_text("".join(entry.format(n) for n in range(11)))
    with pytest.raises(SystemExit, match="11"):
        compare.deviations()


def test_expected_lines_are_in_order_and_many() -> None:
    lines = compare.EXPECTED.read_text(encoding="utf-8").splitlines()
    expected = compare.behaviours(lines)
    assert len(expected) >= 200
    assert len({one.id for one in expected}) == len(expected) == len(lines) - 2
