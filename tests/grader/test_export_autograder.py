# SPDX-License-Identifier: MIT
"""The autograder for Gradescope: what is in the zip, and a results.json whatever happens."""

import io
import json
import os
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from conftest import ROOT
from export_sample import make_result
from test_export import GRADESCOPE

from grading.autograder import make_zip
from grading.lab import Group, Lab

TEMPLATES = ROOT / "grading/gradescope"
# Stands in for the grader: "grade" does what the test wants, "export" is the real one.
GRADE = """#!/bin/sh
case $1 in
list) exit {listed} ;;
grade) echo "$*" >{root}/arguments
{script} ;;
export) exec {real} "$@" ;;
esac
"""


class Autograder:
    """Gradescope's folders, with a stand-in for the grader."""

    def __init__(self, root: Path) -> None:
        self.root = root
        (root / "source/faultline/grading").mkdir(parents=True)
        (root / "submission").mkdir()
        self.script = root / "run_autograder"
        self.script.write_text((TEMPLATES / "run_autograder").read_text().replace("@LAB@", "demo"))
        self.script.chmod(0o755)

    def grader(self, script: str, listed: int = 0) -> None:
        """Let ``grade`` run SCRIPT."""
        path = self.root / "source/faultline/grading/grade"
        real = ROOT / "grading/grade"
        path.write_text(GRADE.format(root=self.root, script=script, listed=listed, real=real))
        path.chmod(0o755)

    def run(self, status: int, **environment: str) -> dict[str, Any]:
        """Run it, and give what results.json says."""
        variables = {"AUTOGRADER_ROOT": str(self.root), "SANDBOX": "no", **environment}
        done = subprocess.run(
            [self.script], env={**os.environ, **variables}, capture_output=True, timeout=60
        )
        assert done.returncode == status, done.stderr
        data: dict[str, Any] = json.loads((self.root / "results/results.json").read_text())
        jsonschema.Draft202012Validator(GRADESCOPE).validate(data)
        return data


@pytest.fixture
def autograder(tmp_path: Path) -> Autograder:
    return Autograder(tmp_path)


def leaving(root: Path, *statuses: str, **changes: Any) -> str:
    """A script that leaves a result of these STATUSES."""
    (root / "made.json").write_text(json.dumps(make_result(*statuses, **changes)))
    return f"cp {root}/made.json {root}/out/result.json"


def test_graded(autograder: Autograder) -> None:
    autograder.grader(leaving(autograder.root, "pass", "fail"))
    assert autograder.run(0)["score"] == 7
    root = autograder.root
    arguments = f"grade --lab demo --submission {root}/submission --out {root}/out"
    assert (root / "arguments").read_text() == f"{arguments} --unsafe-no-sandbox\n"
    autograder.run(0, SANDBOX="yes")
    assert (root / "arguments").read_text() == f"{arguments}\n"


def test_submission_that_cannot_be_read(autograder: Autograder) -> None:
    said = 'nothing in it: \\"a\\\\b\\"\\n\\tnext'
    autograder.grader(f"printf 'grade: {said}\\n' >&2; exit 2")
    data = autograder.run(0)
    assert (data["score"], data["tests"]) == (0, [])
    assert data["output"].startswith("nothing in it: ") and "\tnext\n" in data["output"]


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("exit 3", "ended with status 3"),
        ("exit 0", "ended with status 0"),
        ("kill -9 $$", "ended with status 137"),
        ("exec sleep 30", "took more than 1 s"),
        ("echo '{' >OUT/result.json", "could not be exported"),
        ("rm -rf OUT", "ended with status"),
    ],
)
def test_failed_run_has_no_score(autograder: Autograder, script: str, said: str) -> None:
    autograder.grader(script.replace("OUT", str(autograder.root / "out")))
    data = autograder.run(1, TIME_LIMIT="1")
    assert "score" not in data and "tests" not in data
    assert "not your fault" in data["output"] and said in data["output"]


def test_no_final_result_has_no_score(autograder: Autograder) -> None:
    for statuses, complete in ((("pass", "infra_error"), True), (("pass", "skipped"), False)):
        autograder.grader(leaving(autograder.root, *statuses, complete=complete))
        data = autograder.run(0)
        assert "score" not in data and data["extra_data"]["failed_run"] is True


def test_broken_image_is_not_the_students_fault(autograder: Autograder) -> None:
    autograder.grader("exit 2", listed=2)
    assert "the lab demo cannot be read" in autograder.run(1)["output"]
    autograder.grader("exit 2")
    (autograder.root / "submission").rmdir()
    assert "submission is not there" in autograder.run(1)["output"]


def test_zip(tmp_path: Path) -> None:
    for name in ("setup.sh", "run_autograder"):
        path = tmp_path / "grading/gradescope" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text((TEMPLATES / name).read_text())
    (tmp_path / "build").mkdir()
    (tmp_path / "build/junk").write_text("x")
    (tmp_path / "grading/grade").write_text("x")
    (tmp_path / "grading/grade").chmod(0o755)
    lab = Lab("demo", "1", "A demo", 0, tmp_path, (), (Group("all", "all"),), ())
    data = make_zip(tmp_path, lab)
    assert data == make_zip(tmp_path, lab)
    archive = zipfile.ZipFile(io.BytesIO(data))
    modes = {info.filename: info.external_attr >> 16 & 0o777 for info in archive.infolist()}
    assert modes["setup.sh"] == modes["run_autograder"] == modes["faultline/grading/grade"] == 0o755
    assert not any("junk" in name for name in modes)
    assert b"lab=demo\n" in archive.read("run_autograder")
