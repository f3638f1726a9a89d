# SPDX-License-Identifier: MIT
"""The whole command on a tiny tree, whose kernel is one of the fake ones.

The student's one file chooses which: so submissions can be made that pass, fail,
hang or do not compile, and the same road is taken as with the real kernel.
"""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import ROOT, result_of, without_times
from toy_tree import Archive

from grading.cli import main
from grading.files import locked

pytestmark = pytest.mark.qemu


def statuses(data: dict) -> list[tuple[str, int]]:
    return [(test["status"], test["score"]) for test in data["tests"]]


def test_reference_has_all_points(
    tree: Path, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    assert main(["grade", "--solution", "--out", str(tmp_path / "o")], tree) == 0
    text = capsys.readouterr().out
    assert "  5/5  steps  both steps are done\n  1/1  alive  it boots\n\nScore: 6 of 6\n" in text
    data = result_of(tmp_path / "o")
    assert (data["total"], data["complete"]) == (6, True)


def test_stub_has_the_floor(tree: Path, capsys: pytest.CaptureFixture) -> None:
    assert main(["grade", "--jobs", "2", "--seed", "7"], tree) == 0
    text = capsys.readouterr().out
    assert "spin_here (kernel/spin.S:" in text
    assert "Next: steps" in text and "again: make test T=steps" in text
    data = result_of(tree / "build/grade/demo")
    assert statuses(data) == [("timeout", 0), ("timeout", 0)]
    assert data["tests"][1]["message"].startswith("fix steps first")
    assert data["tests"][1]["hint"] == "mind the loop"
    assert data["inputs"]["seed"] == 7


def test_submissions(tree: Path, hand_in: Archive, tmp_path: Path) -> None:
    for name, expected in {
        "honest": [("pass", 5), ("pass", 1)],
        "panic": [("crash", 2), ("crash", 0)],
        "spoof": [("tampered", 0), ("tampered", 0)],
        "nothing": [("build_error", 0), ("build_error", 0)],
    }.items():
        out = tmp_path / "out"
        assert main(["grade", "--submission", str(hand_in(name)), "--out", str(out)], tree) == 0
        data = result_of(out)
        assert statuses(data) == expected, name
        assert data["submission"]["notes"] == ["the folder me was looked through"]
    assert "kernel/choice.h:1:10: fatal error: nothing.S" in data["build"]["first_error"]
    assert (tree / "kernel/choice.h").read_text() == '#include "spin.S"\n'


def test_only_out_is_written(tree: Path, hand_in: Archive, tmp_path: Path) -> None:
    def state() -> dict[str, int]:
        return {str(p): p.stat().st_mtime_ns for p in tree.rglob("*")}

    archive, before = hand_in("honest"), state()
    assert main(["grade", "--submission", str(archive), "--out", str(tmp_path / "o")], tree) == 0
    assert state() == before


def test_same_seed_same_result(tree: Path, tmp_path: Path) -> None:
    results = []
    for _ in range(3):
        assert main(["grade", "--solution", "--seed", "3", "--out", str(tmp_path / "o")], tree) == 0
        results.append(without_times(result_of(tmp_path / "o")))
    assert results[0] == results[1] == results[2]


def test_two_on_one_folder(tree: Path, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    """The second one does not take the first one's tree and logs away."""
    out = tmp_path / "out"
    (out / ".grader-scratch").mkdir(parents=True)
    with locked(out):
        assert main(["grade", "--solution", "--out", str(out)], tree) == 2
    assert "works on it" in capsys.readouterr().err
    assert (out / ".grader-scratch").is_dir() and not (out / "result.json").exists()
    assert main(["grade", "--solution", "--out", str(out)], tree) == 0


def test_only_some(tree: Path, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    assert main(["grade", "--solution", "--only", "alive", "--out", str(tmp_path / "o")], tree) == 0
    assert statuses(result_of(tmp_path / "o")) == [("skipped", 0), ("pass", 1)]
    assert "Score: 1 of 1, for 1 of 2 tests" in capsys.readouterr().out


def test_check(tree: Path, capsys: pytest.CaptureFixture) -> None:
    assert main(["check"], tree) == 1
    text = capsys.readouterr().out
    assert "steps" in text and "alive" not in text
    assert main(["check", "--solution"], tree) == 0


def test_one_test_shows_its_console(tree: Path, capsys: pytest.CaptureFixture) -> None:
    assert main(["test", "steps", "--solution"], tree) == 0
    text = capsys.readouterr().out
    assert text.startswith("booting\n@") and "5/5  steps: pass" in text
    assert main(["test", "steps"], tree) == 1
    assert "hang" in capsys.readouterr().out


def test_explain_and_list(tree: Path, capsys: pytest.CaptureFixture) -> None:
    assert main(["explain", "steps"], tree) == 0
    assert (
        "requirement: steps in labs/demo/README.md\n  steps. Both steps, one after the other."
        in capsys.readouterr().out
    )
    assert main(["list"], tree) == 0
    assert "    5  steps  both steps are done" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        (["explain", "stepz"], 2, "no test 'stepz'"),
        (["grade", "--lab", "other"], 2, "no lab 'other'"),
        (["grade", "--submission", "/nowhere"], 2, "no such file or folder"),
        (["grade", "--submission", "/etc", "--solution"], 2, "exclude each other"),
        (["check", "alive"], 2, "none of these tests is visible"),
    ],
)
def test_usage(
    tree: Path, words: list[str], status: int, message: str, capsys: pytest.CaptureFixture
) -> None:
    assert main(words, tree) == status
    assert message in capsys.readouterr().err


@pytest.mark.parametrize("verb", ["", "grade", "check", "test", "explain", "list"])
def test_help(verb: str, capsys: pytest.CaptureFixture) -> None:
    with pytest.raises(SystemExit) as end:
        main([*filter(None, [verb]), "--help"])
    assert end.value.code == 0 and "exit status" in capsys.readouterr().out


def test_missing_qemu_is_infrastructure(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from grading import qemu

    monkeypatch.setattr(qemu, "QEMU", "qemu-that-is-not-there")
    qemu.qemu_version.cache_clear()
    assert main(["grade", "--solution"], tree) == 3
    qemu.qemu_version.cache_clear()


def test_interrupt_ends_our_machines(tree: Path) -> None:
    lab = (tree / "labs/demo/lab.toml").read_text().replace("50_000_000", "900_000_000_000")
    (tree / "labs/demo/lab.toml").write_text(lab)
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r})\nfrom pathlib import Path\n"
    code += f"from grading.cli import main\nsys.exit(main(['grade'], Path({str(tree)!r})))"
    process = subprocess.Popen(
        [sys.executable, "-B", "-c", code], stderr=subprocess.PIPE, text=True
    )
    children = Path(f"/proc/{process.pid}/task")
    deadline = time.monotonic() + 20
    machines: list[int] = []
    while len(machines) < 1 and time.monotonic() < deadline:
        machines = [pid for pid in children_of(children) if "-append" in command_of(pid)]
    os.kill(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=20)
    assert process.returncode == 130 and "interrupted" in errors
    assert machines and not any(Path(f"/proc/{pid}").exists() for pid in machines)


def children_of(tasks: Path) -> list[int]:
    try:
        return [int(w) for t in tasks.iterdir() for w in (t / "children").read_text().split()]
    except OSError:
        return []


def command_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return ""
