# SPDX-License-Identifier: MIT
"""A class is graded once, goes on where it stopped, and tells what it cannot grade."""

import os
import shlex
import subprocess
from pathlib import Path

import pytest
from batch_school import School, make_tree
from conftest import ROOT

from grading.batch.journal import open_journal
from grading.files import locked
from grading.sign import VALID, check, find_key


@pytest.fixture
def school(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> School:
    """A school without submissions."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    make_tree(tmp_path / "tree")
    (tmp_path / "works").mkdir()
    return School(tmp_path)


WORKS = {"ann": "one two three", "bob": "two", "eve <i>": "tampered", "no": "broken"}


def test_everybody_gets_a_result(school: School, capsys: pytest.CaptureFixture) -> None:
    school.hand_in(WORKS)
    (school.works / "zoe.zip").write_bytes(b"no zip")
    assert school.batch() == 0
    assert school.table(capsys) == [
        ("ann", "done", 6),
        ("bob", "done", 2),
        ("eve <i>", "done", 0),
        ("no", "done", 0),
        ("zoe", "refused", 0),
    ]
    assert school.graded() == ["<i>", "ann", "bob", "eve", "no"]
    assert school.left_over() == []
    refused = school.result("zoe", 1)
    assert refused["build"]["first_error"].endswith("not a folder")
    assert {test["status"] for test in refused["tests"]} == {"build_error"}


def test_same_command_does_nothing_again(school: School) -> None:
    school.hand_in(WORKS)
    (school.works / "zoe.zip").write_bytes(b"no zip")
    assert school.batch() == 0
    before = school.graded()
    results = {p: p.stat().st_mtime_ns for p in school.out.glob("results/*/*/*")}
    assert school.batch() == 0
    assert school.graded() == before
    assert {p: p.stat().st_mtime_ns for p in school.out.glob("results/*/*/*")} == results


def test_new_submission_is_graded_again_with_the_reason(
    school: School, capsys: pytest.CaptureFixture
) -> None:
    school.hand_in({"ann": "one", "bob": "two"})
    assert school.batch() == 0
    school.hand_in({"ann": "one two"})
    assert school.batch() == 0
    assert school.graded() == ["ann", "ann", "bob"]
    assert [school.result("ann", n)["total"] for n in (1, 2)] == [1, 3]
    with open_journal(school.out) as journal:
        reasons = [c.reason for c in journal.changes() if c.student == "ann"]
    assert "changed: the submission" in reasons


def test_another_rubric_grades_all_again(school: School) -> None:
    school.hand_in({"ann": "one", "bob": "two"})
    assert school.batch() == 0
    rubric = school.root / "labs/demo/lab.toml"
    rubric.write_text(rubric.read_text().replace("one works", "one must work"))
    assert school.batch() == 0
    assert school.graded() == ["ann", "ann", "bob", "bob"]
    with open_journal(school.out) as journal:
        reasons = {c.reason for c in journal.changes()}
    assert "changed: the tree or the tests, the rubric" in reasons


def test_infra_error_has_no_score_and_is_tried_again(
    school: School, capsys: pytest.CaptureFixture
) -> None:
    school.hand_in({"ann": "one", "bad": "infra", "dead": "die", "mute": "silent"})
    assert school.batch() == 3
    said = capsys.readouterr().out
    assert "the job ended with signal 9 and no result" in said
    assert "no result: grade: no sandbox here" in said
    assert "the grader or its host failed in one, two, three" in said
    scores = {name: (state, score) for name, state, score in school.table(capsys)}
    assert scores.pop("ann") == ("done", 1)
    assert set(scores.values()) == {("infra_error", None)}
    assert school.batch() == 3
    assert school.graded() == ["ann", "bad", "bad"]
    school.hand_in({"bad": "two", "dead": "two", "mute": "two"})
    assert school.batch() == 0
    assert {state for _, state, _ in school.table(capsys)} == {"done"}
    assert not list(school.out.glob("results/*/infra_error"))


def test_two_batches_on_one_folder_refuse_each_other(
    school: School, capsys: pytest.CaptureFixture
) -> None:
    school.hand_in({"ann": "one"})
    school.out.mkdir()
    with locked(school.out):
        assert school.batch() == 2
    said = capsys.readouterr().err
    assert f"process {os.getpid()} on" in said and "works on it" in said
    assert school.batch() == 0


def test_seed_and_lab_are_kept(school: School, capsys: pytest.CaptureFixture) -> None:
    school.hand_in({"ann": "one"})
    assert school.batch() == 0
    assert school.run(["batch", str(school.works), "--out", str(school.out), "--seed", "6"]) == 2
    assert "has the seed 5, not 6" in capsys.readouterr().err
    assert school.result("ann", 1)["inputs"]["seed"] == 5


def test_class_must_not_lie_in_the_tree(school: School, capsys: pytest.CaptureFixture) -> None:
    school.hand_in({"ann": "one"})
    assert school.run(["batch", str(school.works), "--out", str(school.root / "class")]) == 2
    assert "lies in the tree" in capsys.readouterr().err
    inside = [*school.command("--no-report"), "--out", str(school.root / "build/class")]
    assert school.run(inside) == 0


def test_finished_work_of_a_dead_batch_is_brought_in(
    school: School, capsys: pytest.CaptureFixture
) -> None:
    """Killed when a job had written its result and before anybody had stored it."""
    school.hand_in({"ann": "one", "bob": "two"})
    capsys.readouterr()
    assert school.batch("--print-commands") == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2
    ann = next(line for line in lines if "/ann " in line)
    subprocess.run(["sh", "-c", ann], check=True)
    for folder in (school.out / "manual").glob("ann-*"):
        work = school.out / "work" / f"{folder.name.rpartition('.')[0]}.0123abcd"
        work.parent.mkdir(exist_ok=True)
        folder.rename(work)
    assert school.batch() == 0
    assert school.graded() == ["ann", "bob"]
    assert [score for _, _, score in school.table(capsys)] == [1, 2]
    assert school.left_over() == []


def test_printed_commands_grade_the_class(school: School, capsys: pytest.CaptureFixture) -> None:
    school.hand_in({"ann": "one", "it's a $(name)": "two", "\u674e": "three"})
    capsys.readouterr()
    assert school.batch("--print-commands") == 0
    for line in capsys.readouterr().out.splitlines():
        assert shlex.split(line)[0] == "env"
        subprocess.run(["sh", "-c", line], check=True, stdout=subprocess.DEVNULL)
    assert len(school.graded()) == 5  # words: the second name has three
    assert school.batch() == 0
    assert len(school.graded()) == 5
    assert {(state, score) for _, state, score in school.table(capsys)} == {
        ("done", 1),
        ("done", 2),
        ("done", 3),
    }
    assert list((school.out / "manual").iterdir()) == []


def test_regrade_keeps_the_old_result(school: School, capsys: pytest.CaptureFixture) -> None:
    school.hand_in({"ann": "one", "bob": "two"})
    assert school.batch() == 0
    again = ["regrade", str(school.out), "--no-report", "--reason", "test two was wrong"]
    assert school.run([*again, "--students", "bob"]) == 0
    assert school.graded() == ["ann", "bob", "bob"]
    assert school.result("bob", 1) == {**school.result("bob", 2)}
    with open_journal(school.out) as journal:
        reasons = [c.reason for c in journal.changes() if c.attempt == 2]
    assert reasons[0] == "test two was wrong"
    assert school.run([*again, "--students", "nobody"]) == 2
    assert "no student 'nobody'" in capsys.readouterr().err


def test_regrade_of_some_tests_leaves_the_others(school: School) -> None:
    school.hand_in({"ann": "one two"})
    assert school.batch() == 0
    rubric = school.root / "labs/demo/lab.toml"
    rubric.write_text(rubric.read_text().replace("two works", "two must work"))
    again = ["regrade", str(school.out), "--no-report", "--reason", "clearer"]
    assert school.run([*again, "--tests", "two"]) == 0
    new = school.result("ann", 2)
    assert [t["status"] for t in new["tests"]] == ["pass", "pass", "fail"]
    assert (new["total"], new["complete"]) == (3, True)
    assert [t["title"] for t in new["tests"]][:2] == ["one works", "two must work"]
    assert "graded again: two; the other tests are of an earlier attempt" in str(
        new["submission"]["notes"]
    )
    assert school.batch() == 0  # its key is the new tree's: nothing is left to do
    assert school.graded() == ["ann", "ann"]


def test_roster_says_who_is_missing(school: School, capsys: pytest.CaptureFixture) -> None:
    school.hand_in({"ann": "one"})
    roster = school.folder / "roster.csv"
    roster.write_text("id,path\n7,works/ann\n8,\n9,works/gone.zip\n")
    out = ["--out", str(school.out), "--no-report", "--unsafe-no-sandbox"]
    assert school.run(["batch", str(roster), *out]) == 0
    assert school.table(capsys) == [
        ("7", "done", 1),
        ("8", "missing", None),
        ("9", "missing", None),
    ]


def test_loose_files_of_canvas_are_brought_together(
    school: School, capsys: pytest.CaptureFixture
) -> None:
    (school.works / "leeann_17_900_a-1.c").write_text("one")
    (school.works / "leeann_17_900_notes.txt").write_text("hello")
    (school.works / "leeeve_LATE_18_901_A.C").write_text("two")
    assert school.batch() == 0
    assert school.table(capsys) == [("leeann-17", "done", 1), ("leeeve-18", "refused", 0)]


def test_own_results_are_signed_too(
    school: School, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those of jobs are signed by the jobs; a refusal and a merged result by the batch."""
    file = tmp_path / "key"
    file.write_text("0123456789abcdef")
    file.chmod(0o600)
    key = find_key(file)
    assert key is not None
    monkeypatch.setenv("FAULTLINE_KEY_FILE", str(file))
    school.hand_in({"ann": "one two"})
    (school.works / "bad.zip").write_bytes(b"")
    assert school.batch() == 0
    again = ["regrade", str(school.out), "--no-report", "--reason", "so", "--students", "ann"]
    assert school.run([*again, "--tests", "two"]) == 0
    for name, attempt in (("ann", 1), ("ann", 2), ("bad", 1)):
        assert check(school.result(name, attempt), key)[0] == VALID


def test_what_is_kept_is_bounded(school: School) -> None:
    school.hand_in({"ann": "one"})
    assert school.batch() == 0
    (folder,) = school.out.glob("results/ann-*/001-*")
    assert sorted(p.name for p in folder.iterdir()) == [
        "grade.log",
        "result.json",
        "three.console.log",
        "two.console.log",
    ]
    assert (folder / "two.console.log").stat().st_size < 17_000


def test_status_without_a_class(school: School, capsys: pytest.CaptureFixture) -> None:
    assert school.run(["status", str(school.out)]) == 2
    assert "there is no class here" in capsys.readouterr().err
    assert school.run(["regrade", str(school.out), "--reason", "x"]) == 2


def test_engine_must_be_known(school: School, capsys: pytest.CaptureFixture) -> None:
    school.hand_in({"ann": "one"})
    for engine, said in (
        ("ray", "is local or dask:ADDRESS"),
        ("dask:tcp://nowhere.example:1", "use tls://, or an SSH tunnel"),
        ("dask:tls://nowhere.example:1", "needs --tls-ca, --tls-cert and --tls-key"),
        ("dask:udp://127.0.0.1:1", "not of the form"),
    ):
        assert school.batch("--engine", engine) == 2
        assert said in capsys.readouterr().err


def test_dask_names_the_package_that_is_missing(
    school: School, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    school.hand_in({"ann": "one"})
    monkeypatch.setitem(sys.modules, "distributed", None)
    assert school.batch("--engine", "dask:tcp://127.0.0.1:8786") == 2
    assert "Debian package python3-distributed" in capsys.readouterr().err
    assert school.batch() == 0
