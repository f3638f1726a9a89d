# SPDX-License-Identifier: MIT
"""Every format carries every status, invents no score, and lets nothing break out."""

import base64
import csv
import io
import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import jsonschema
import pytest
from conftest import ROOT
from export_sample import EVIL, STATUSES, make_build_error, make_result, make_source, make_test

from grading.cli import main
from grading.errors import UsageError
from grading.export.command import FORMATS, render
from grading.export.model import Grade, for_students, load_grade, read_grade
from grading.export.words import bounded, fence
from grading.sign import Key

SCORED = [status for status in STATUSES if status != "infra_error"]
GRADESCOPE = {
    "type": "object",
    "required": ["output", "output_format", "visibility"],
    "anyOf": [{"required": ["score", "tests"]}, {"not": {"required": ["score"]}}],
    "additionalProperties": False,
    "properties": {
        "score": {"type": "number"},
        "output": {"type": "string"},
        "output_format": {"const": "text"},
        "visibility": {"enum": ["hidden", "after_due_date", "visible", "after_published"]},
        "stdout_visibility": {"enum": ["hidden", "after_due_date", "visible", "after_published"]},
        "extra_data": {"type": "object"},
        "tests": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["name", "number", "score", "max_score", "status", "output"],
                "additionalProperties": False,
                "properties": {
                    "name": {"type": "string"},
                    "number": {"type": "string", "pattern": r"^\d+\.\d+$"},
                    "score": {"type": "number"},
                    "max_score": {"type": "number"},
                    "status": {"enum": ["passed", "failed"]},
                    "output": {"type": "string"},
                    "output_format": {"const": "text"},
                    "visibility": {
                        "enum": ["hidden", "after_due_date", "visible", "after_published"]
                    },
                    "extra_data": {"type": "object"},
                },
            },
        },
    },
}


def grade_of(*statuses: str, **changes: Any) -> Grade:
    return read_grade(make_result(*statuses, **changes))


def gradescope_of(grade: Grade) -> dict[str, Any]:
    data = json.loads(render(grade, "gradescope"))
    jsonschema.Draft202012Validator(GRADESCOPE).validate(data)
    return data


def rows_of(grade: Grade) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(render(grade, "csv"), newline="")))


def test_samples_fit_the_schema() -> None:
    schema = json.loads((ROOT / "grading/result.schema.json").read_text())
    for data in (make_result(*STATUSES), make_build_error()):
        jsonschema.Draft202012Validator(schema).validate(data)


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("status", STATUSES)
def test_every_format_names_every_test(name: str, status: str) -> None:
    assert f"test-{status.replace('_', '-')}" in render(grade_of(status), name).replace("\\", "")


def test_gradescope_scores() -> None:
    data = gradescope_of(grade_of(*SCORED))
    assert data["score"] == 7 == sum(test["score"] for test in data["tests"])
    assert [test["extra_data"]["status"] for test in data["tests"]] == SCORED
    assert [test["number"] for test in data["tests"][:4]] == ["1.1", "1.2", "1.3", "2.1"]
    assert [test["status"] for test in data["tests"][:2]] == ["passed", "failed"]


def test_gradescope_does_not_accuse() -> None:
    tampered = gradescope_of(grade_of("tampered"))["tests"][0]
    assert "could not be confirmed" in tampered["output"] and "pwned" not in tampered["output"]


def test_gradescope_visibility() -> None:
    tests = [make_test("pass", visibility=v) for v in ("visible", "after_due", "hidden")]
    data = gradescope_of(read_grade(make_result(tests=tests, total=15, max=15)))
    assert [t["visibility"] for t in data["tests"]] == ["visible", "after_due_date", "hidden"]


@pytest.mark.parametrize(
    "grade", [grade_of(*STATUSES), grade_of("pass", "skipped", complete=False)]
)
def test_no_score_is_no_number(grade: Grade) -> None:
    data = gradescope_of(grade)
    assert "score" not in data and "tests" not in data
    assert "not your fault" in data["output"] and "For staff: " in data["output"]
    assert [t["status"] for t in data["extra_data"]["tests"]] == [t.status for t in grade.tests]
    total = rows_of(grade)[-1]
    assert total["score"] == "" and total["status"] in ("infra_error", "unfinished")
    suite = ElementTree.fromstring(render(grade, "junit"))
    assert suite.get("errors") == "1" and suite.find(".//error") is not None
    line = result_line(grade)
    assert line["status"] == "error" and not any("score" in test for test in line["tests"])
    for name in ("md", "github", "html"):
        assert "No score" in render(grade, name)


def test_junit() -> None:
    root = ElementTree.fromstring(render(grade_of(*STATUSES), "junit"))
    names = [case.get("name") for case in root.iter("testcase")]
    assert len(set(names)) == len(names) == int(root.get("tests") or 0) == len(STATUSES)
    kinds = [[c.tag for c in case if c.tag != "system-out"] for case in root.iter("testcase")]
    assert kinds == [[], *[["failure"]] * 4, ["skipped"], ["failure"], ["error"]]
    counts = [root.get(key) for key in ("failures", "errors", "skipped")]
    assert counts == ["5", "1", "1"]
    crash = next(case for case in root.iter("testcase") if case.get("name") == "test-crash")
    assert (crash.get("file"), crash.get("line")) == ("kernel/mm/vm.c", "123")
    output = crash.findtext("system-out") or ""
    assert EVIL[0] in output and EVIL[1] in output and "\\u000b" in output


def test_junit_names_are_unique_and_output_bounded() -> None:
    tests = [make_test("fail", console_tail=["x" * 390] * 20_000) for _ in range(2)]
    text = render(read_grade(make_result(tests=tests, total=4, max=10)), "junit")
    cases = list(ElementTree.fromstring(text).iter("testcase"))
    assert len({case.get("name") for case in cases}) == 2
    assert len(text) < 100_000


def test_csv() -> None:
    rows = rows_of(grade_of(*STATUSES))
    assert [row["status"] for row in rows[:-1]] == list(STATUSES)
    assert [row["score"] for row in rows[:3]] == ["5", "2", "0"]
    assert rows[-2]["score"] == ""
    assert all(row["submission"] == "'=alice <b>.zip" for row in rows)
    assert rows_of(grade_of("pass", "fail"))[-1]["score"] == "7"
    assert rows_of(read_grade(make_build_error()))[-1]["status"] == "build_error"


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@x", "\t=1", "\r=1", "  =1", "\uff1d1"])
def test_csv_has_no_formulas(text: str) -> None:
    data = make_result(tests=[make_test("fail", message=text)], total=2, max=5)
    cell = rows_of(read_grade(data))[0]["message"]
    assert cell == f"'{text}"


def result_line(grade: Grade) -> dict[str, Any]:
    from grading.export import github

    line = github.reporter_line(grade)
    assert re.fullmatch(r"result=[A-Za-z0-9+/=]+\n", line)
    data: dict[str, Any] = json.loads(base64.b64decode(line.removeprefix("result=")))
    return data


def test_github_reporter_line() -> None:
    data = result_line(grade_of("pass", "crash"))
    assert (data["status"], data["max_score"]) == ("fail", 10)
    assert [test["score"] for test in data["tests"]] == [5, 0]
    assert (data["tests"][1]["filename"], data["tests"][1]["line_no"]) == ("kernel/mm/vm.c", 123)
    assert result_line(grade_of("pass"))["status"] == "pass"


def commands_of(log: str) -> list[str]:
    """The lines of LOG that GitHub's runner would obey."""
    commands, token = [], ""
    for line in log.splitlines():
        if token:
            token = "" if line == f"::{token}::" else token
        elif line.startswith("::stop-commands::"):
            token = line.removeprefix("::stop-commands::")
        elif line.startswith("::") or "##[" in line:
            commands.append(line)
    assert not token
    return commands


def test_github_log_is_fenced(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    file = tmp_path / "result.json"
    file.write_text(json.dumps(make_result("pass", "fail", "crash")))
    assert main(["export", str(tmp_path), "--to", "github"]) == 0
    first = capsys.readouterr().out
    commands = commands_of(first)
    assert len(commands) == 3
    assert commands[1].startswith(
        "::error file=kernel/mm/vm.c,line=123,title=test-crash%3A crashed"
    )
    assert commands[2] == "::notice title=demo::Score: 7 of 15"
    assert main(["export", str(file), "--to", "github"]) == 0
    assert capsys.readouterr().out.partition("\n")[0] != first.partition("\n")[0]


def test_github_files(
    tmp_path: Path, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "result.json").write_text(json.dumps(make_build_error()))
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary"))
    monkeypatch.setenv("GITHUB_OUTPUT", str(tmp_path / "output"))
    assert main(["export", str(tmp_path), "--to", "github"]) == 0
    assert "could not be built" in (tmp_path / "summary").read_text()
    assert (tmp_path / "output").read_text().startswith("result=")
    commands = commands_of(capsys.readouterr().out)
    assert commands[0].startswith("::error file=kernel/mm/vm.c,line=7,")


def test_github_summary_is_bounded() -> None:
    tests = [make_test("fail", id=f"t{i}", message="m" * 60_000) for i in range(60)]
    text = render(read_grade(make_result(tests=tests, total=120, max=300)), "github")
    assert 500_000 < len(text.encode()) <= 1024 << 10
    assert "more tests are left out" in text


def test_markdown_escapes() -> None:
    text = render(grade_of("pass", "fail"), "md")
    outside = re.sub(r"(?ms)^(`{3,})text\n.*?^\1$", "", text)
    assert "<script" not in outside and "<b>" not in outside and "# heading" not in outside
    assert "| \u2713 | test\\-pass: a title of pass with &lt;b&gt; &amp; \\| pipes |" in text
    assert fence(["````"]).startswith("`````text")


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_says_that_a_test_is_flaky(name: str) -> None:
    def said(flaky: bool) -> int:
        grade = read_grade(make_result(tests=[make_test("fail", flaky=flaky)]))
        return len(
            re.findall(r"flaky\W+true|flaky|ended in another way|,yes\b", render(grade, name))
        )

    assert said(True) > said(False)


@pytest.mark.parametrize("name", ["gradescope", "junit", "github", "md"])
def test_source_is_in_the_text(name: str) -> None:
    text = render(grade_of("crash"), name)
    text = json.loads(text)["tests"][0]["output"] if name == "gradescope" else text
    assert "kernel/mm/vm.c:123" in text.replace("\\", "")
    assert re.search(r"(?:>|&gt;)   123\s+return a", text)


def test_staff_see_who_signed() -> None:
    grade = read_grade(Key(b"0123456789abcdef").sign(make_result("pass")))
    assert re.fullmatch("[0-9a-f]{16}", grade.signed_by)
    assert gradescope_of(grade)["extra_data"]["signed_by"] == grade.signed_by
    assert grade.signed_by in render(grade, "junit")
    assert grade_of("pass").signed_by == ""


def test_students_see_no_hidden_reason() -> None:
    source = {**make_source(7), "text": ["secret"]}
    hidden = make_test("fail", visibility="hidden", message="secret", source=source)
    tests = [hidden, make_test("tampered")]
    grade = for_students(read_grade(make_result(tests=tests, total=2, max=10)))
    for name in FORMATS:
        text = render(grade, name)
        assert "secret" not in text and "pwned" not in text, name
    assert (grade.total, grade.tests[0].status) == (2, "fail")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"{}", "not a result of this grader: at the top: "),
        (json.dumps(make_result("pass", total="5")).encode(), "at total: '5'"),
    ],
)
def test_bad_input(
    content: bytes, message: str, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    (tmp_path / "result.json").write_bytes(content)
    assert main(["export", str(tmp_path), "--to", "csv"]) == 2
    error = capsys.readouterr().err
    assert message in error and error.count("\n") == 1


def test_text_is_harmless_whoever_wrote_it(tmp_path: Path) -> None:
    data = make_result(tests=[make_test("fail", message="\x1b[2J\x00\u202e\ud800\x85 end")])
    (tmp_path / "result.json").write_text(json.dumps({**data, "total": 2, "max": 5}))
    message = load_grade(tmp_path).tests[0].message
    assert message == "\\x1b[2J\\x00\\u202e\\ud800\\x85 end"


def test_missing_input_and_output(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    with pytest.raises(UsageError, match="No such file"):
        load_grade(tmp_path)
    (tmp_path / "result.json").write_text(json.dumps(make_result("pass")))
    there = tmp_path / "no/where.csv"
    assert main(["export", str(tmp_path), "--to", "csv", "--output", str(there)]) == 2
    assert "No such file" in capsys.readouterr().err


def test_output_is_replaced_at_once(tmp_path: Path) -> None:
    (tmp_path / "result.json").write_text(json.dumps(make_result("pass")))
    out = tmp_path / "out.csv"
    for _ in range(2):
        assert main(["export", str(tmp_path), "--to", "csv", "--output", str(out)]) == 0
    assert sorted(p.name for p in tmp_path.iterdir()) == ["out.csv", "result.json"]
    assert out.read_bytes().count(b"\r\n") == 3


def test_bounded() -> None:
    text = "\u00e9" * 1000
    assert len(bounded(text, 100).encode()) <= 100 and "cut here" in bounded(text, 100)
    assert bounded("short", 100) == "short"
