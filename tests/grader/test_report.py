# SPDX-License-Identifier: MIT
"""What people and programs get to see: the report's text and result.json."""

import io
import json
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest
from conftest import ROOT, make_case

from grading.build import Build
from grading.deaths import Death
from grading.lab import Case, Group, Lab
from grading.report import PlainOut, Report, next_to_fix
from grading.results import Inputs, Result, write_result
from grading.sign import VALID, Key, check
from grading.submission import Submission
from grading.verdict import StepResult, Verdict, with_need, without_boot

SCHEMA = json.loads((ROOT / "grading/result.schema.json").read_text())

STACK = make_case(id="stack-grow", title="the stack grows", group="stack", points=4)
GUARD = make_case(
    id="guard", title="the guard is not mapped", group="stack", points=10, needs=("stack-grow",)
)
HEAP = make_case(id="heap", title="the heap grows", group="heap", points=6)
SHRINK = make_case(
    id="heap-shrink", title="the heap shrinks", group="heap", points=5, needs=("heap",)
)
CASES = (STACK, GUARD, HEAP, SHRINK)
LAB = Lab(
    id="demo",
    version="1.0",
    title="A demo",
    points=25,
    folder=Path("labs/demo"),
    student_files=("kernel/a.c",),
    groups=(Group("stack", "The stack"), Group("heap", "The heap")),
    cases=CASES,
)

PASS = Verdict("pass", 4, 4, instructions=5000, exit_status=33, cpu_s=0.04, wall_s=0.05)
PARTLY = Verdict(
    "fail",
    4,
    10,
    (
        "step below: a write below the stack",
        "  expected SIGSEGV, got exit code 0 at tests/guard.c:41",
    ),
    (StepResult("below", "a write below the stack", "fail", 0, 6, "expected SIGSEGV"),),
    hint="is the region one page too long?",
    console_tail=("booting", "[red]not markup[/red]"),
)
CRASH = Verdict(
    "crash",
    0,
    6,
    ("the kernel panicked: oh", "  at kernel/mm/vm.c:7"),
    death=Death("panic", "the kernel panicked: oh", (), "kernel/mm/vm.c:7"),
    console_tail=("panic: kernel/mm/vm.c:7: oh",),
)
NEEDY = with_need(replace(CRASH, max=5), ["heap"])


def make_result(*verdicts: Verdict, build: Build = Build("ok", "", (), None)) -> Result:
    return Result(
        lab=LAB,
        submission=Submission("alice.zip", {"kernel/a.c": b""}, ("README ignored",)),
        inputs=Inputs("1.0", "0" * 64, "1" * 64, "2" * 64, False, "gcc 12", "7.2", 1),
        build=build,
        repeat={case.id: f"make test T={case.id}" for case in CASES},
        verdicts={case.id: verdict for case, verdict in zip(CASES, verdicts)},
        complete=True,
    )


def text_of(result: Result, cases: tuple[Case, ...] = CASES) -> str:
    stream = io.StringIO()
    report = Report(PlainOut(stream), LAB, cases)
    report.head(result)
    report.done(dict(result.verdicts))
    report.foot(result)
    return stream.getvalue()


EXPECTED = """\
A demo (demo 1.0), alice.zip
  note: README ignored

The stack
   4/4   stack-grow   the stack grows
   4/10  guard        the guard is not mapped
         step below: a write below the stack
           expected SIGSEGV, got exit code 0 at tests/guard.c:41

The heap
   0/6   heap         the heap grows
         the kernel panicked: oh
           at kernel/mm/vm.c:7
   0/5   heap-shrink  the heap shrinks
         fix heap first: this test builds on it
         the kernel panicked: oh
           at kernel/mm/vm.c:7

Score: 8 of 25

Next: guard: the guard is not mapped
  step below: a write below the stack
    expected SIGSEGV, got exit code 0 at tests/guard.c:41
  hint: is the region one page too long?
  the console's last lines:
  | booting
  | [red]not markup[/red]
  again: make test T=guard
"""


def test_report() -> None:
    assert text_of(make_result(PASS, PARTLY, CRASH, NEEDY)) == EXPECTED


def test_all_right_has_no_next() -> None:
    good = [replace(PASS, score=c.points, max=c.points) for c in CASES]
    text = text_of(make_result(*good))
    assert text.endswith("Score: 25 of 25\n")


def test_next_is_the_first_whose_needs_pass() -> None:
    good_heap = replace(PASS, score=6, max=6)
    result = make_result(CRASH, PARTLY, good_heap, NEEDY)
    assert next_to_fix(result) is STACK
    result = make_result(PASS, replace(PASS, score=10, max=10), CRASH, NEEDY)
    assert next_to_fix(result) is HEAP


def test_build_error() -> None:
    build = Build(
        "build_error", "kernel/a.c:7: error: x", ("CC a.c", "kernel/a.c:7: error: x"), None
    )
    verdicts = [without_boot(c, "build_error", build.first_error) for c in CASES]
    text = text_of(make_result(*verdicts, build=build))
    assert "The kernel could not be built:\n  CC a.c\n" in text
    assert "Score: 0 of 25" in text
    assert text.endswith("Next: make it compile: kernel/a.c:7: error: x\n")


def test_infra_error_blocks_the_score() -> None:
    broken = Verdict("infra_error", None, 6, ("QEMU broke",))
    result = make_result(PASS, PARTLY, broken, NEEDY)
    text = text_of(result)
    assert result.total is None
    assert "No score: the grader or this host failed in heap" in text
    assert "?/6" in text


def test_lines_come_in_order_and_wait_for_needs() -> None:
    stream = io.StringIO()
    report = Report(PlainOut(stream), LAB, CASES)
    report.done({"guard": PARTLY, "heap": CRASH})
    assert stream.getvalue() == ""
    report.done({"guard": PARTLY, "heap": CRASH, "stack-grow": PASS})
    assert stream.getvalue().count("/") >= 3 and "heap-shrink" not in stream.getvalue()


@pytest.mark.parametrize(
    "verdicts",
    [
        (PASS, PARTLY, CRASH, NEEDY),
        tuple(without_boot(c, "skipped", "not run") for c in CASES),
        tuple(without_boot(c, "build_error", "x") for c in CASES),
        (PASS, PARTLY, Verdict("infra_error", None, 6, ("QEMU broke",)), NEEDY),
        (PASS, PARTLY, replace(CRASH, status="tampered", death=None), NEEDY),
    ],
)
def test_result_json_fits_its_schema(verdicts: tuple[Verdict, ...], tmp_path: Path) -> None:
    path = tmp_path / "deep/result.json"
    write_result(make_result(*verdicts), path)
    jsonschema.Draft202012Validator(SCHEMA).validate(json.loads(path.read_text()))


def test_schema_refuses_a_passing_infra_error() -> None:
    data = make_result(PASS, PARTLY, CRASH, NEEDY).as_json()
    data["tests"][0]["status"] = "infra_error"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(SCHEMA).validate(data)


def test_schema_itself_is_right() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_writing_leaves_nothing_behind(tmp_path: Path) -> None:
    path = tmp_path / "result.json"
    for _ in range(2):
        write_result(make_result(PASS, PARTLY, CRASH, NEEDY), path)
    assert [p.name for p in tmp_path.iterdir()] == ["result.json"]
    assert path.stat().st_mode & 0o777 == 0o644


def test_hash_depends_on_inputs() -> None:
    inputs = make_result(PASS, PARTLY, CRASH, NEEDY).inputs
    assert replace(inputs, seed=2).hash != inputs.hash == replace(inputs).hash


def test_result_says_what_it_points_at(tmp_path: Path) -> None:
    text = b"int a;\nint b;\nint c;\n"
    lines = ("write to 0x7ff8: not mapped at kernel/a.c:2",)
    found = replace(PARTLY, lines=lines)
    result = make_result(PASS, found, CRASH, NEEDY)
    submission = replace(result.submission, files={"kernel/a.c": text})
    tests = replace(result, submission=submission).as_json()["tests"]
    assert [t["group_title"] for t in tests] == ["The stack"] * 2 + ["The heap"] * 2
    assert tests[0]["source"] is None and tests[0]["fault_addresses"] == []
    assert tests[1]["source"] == {
        "file": "kernel/a.c",
        "line": 2,
        "first": 1,
        "text": ["int a;", "int b;", "int c;", ""],
    }
    assert tests[1]["fault_addresses"] == ["0x7ff8"]
    assert tests[2]["source"]["line"] == 7


def test_result_is_signed_anew_at_every_write(tmp_path: Path) -> None:
    key = Key(b"a secret of the host")
    path = tmp_path / "result.json"
    values = set()
    for verdict in (PASS, CRASH):
        write_result(replace(make_result(verdict, PARTLY, CRASH, NEEDY), key=key), path)
        data = json.loads(path.read_text())
        jsonschema.validate(data, SCHEMA)
        assert check(data, key)[0] == VALID
        assert key.secret.decode() not in path.read_text()
        values.add(data["signature"]["value"])
    assert len(values) == 2
    write_result(make_result(PASS, PARTLY, CRASH, NEEDY), path)
    assert "signature" not in json.loads(path.read_text())
