# SPDX-License-Identifier: MIT
"""The same boot again: from a result.json alone, the same in all that can be measured."""

import json
import os
import shlex
import shutil
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import ROOT, make_case, result_of
from toy_tree import Archive

from grading import runner
from grading.aim import Aim, find_aim
from grading.build import Image
from grading.cli import main
from grading.deaths import Death
from grading.debugger import Gdb
from grading.errors import UsageError
from grading.gdbstub import GdbStub
from grading.lab import Case, Input
from grading.pristine import VARIABLE
from grading.protocol import parse
from grading.replay import Record, differences
from grading.runner import Boot, Job, Runner
from grading.transcript import End, Transcript
from grading.verdict import FLAKY, Verdict

LONG = bool(os.environ.get("LONG"))
TIMES = 10 if LONG else 2
LAB = ROOT / "labs/demand-paging"


def hand_in_mutant(name: str, folder: Path) -> Path:
    """A folder with the files of the reference, and one mistake."""
    files = ("kernel/pgfault.c", "kernel/proc.c", "kernel/mm/vm.c", "kernel/syscall.c")
    for file in files:
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / file, folder / file)
    patch = ["patch", "-s", "-p1", "-i", str(LAB / f"mutants/{name}.patch")]
    subprocess.run(patch, cwd=folder, check=True)
    for file in files:
        text = (folder / file).read_text()
        (folder / file).write_text(f"#define SOLUTION 1\n{text}")
    return folder


def grade_real(mutant: str, test: str, folder: Path) -> Path:
    """Grade a TEST that fails, of a MUTANT or, in the quick form, of the stubs as built here."""
    words = ["grade", "--out", str(folder / "out"), "--seed", "5", "--only", test]
    if LONG:
        given = hand_in_mutant(mutant, folder / "given")
        words += ["--submission", str(given), "--unsafe-no-sandbox"]
    assert main(words, ROOT) == 0
    return folder / "out"


@pytest.fixture(scope="module", autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What all builds of the tree have in common is made once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(VARIABLE, str(tmp_path_factory.mktemp("cache")))
        yield


# --- bit by bit ---


@pytest.mark.qemu
@pytest.mark.slow
def test_a_replay_is_the_same_boot(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    out = grade_real("fault-lookup-page", "heap-edge", tmp_path)
    (test,) = [t for t in result_of(out)["tests"] if t["attempts"]]
    assert (test["status"], test["flaky"], len(test["attempts"])) == ("fail", False, 2)
    first = {**test["attempts"][0], "cpu_s": 0, "wall_s": 0}
    assert first == {**test["attempts"][1], "cpu_s": 0, "wall_s": 0}
    assert test["guest_instructions"] == first["guest_instructions"] > 1_000_000
    said = (
        f"heap-edge: same: {first['guest_instructions']:,} guest instructions, the same console "
        f"(sha256 {first['console_sha256'][:12]}), the same verdict (fail, "
    )
    for _ in range(TIMES):
        capsys.readouterr()
        again = ["replay", str(out), "heap-edge", "--out", str(tmp_path / "again")]
        assert main(again, ROOT) == 0
        assert said in capsys.readouterr().out


@pytest.mark.qemu
@pytest.mark.parametrize("kind", ["spin", "halt", "panic", "triple", "reset", "flood", "spoof"])
def test_all_kinds_of_failures(
    tree: Path, hand_in: Archive, kind: str, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    out = tmp_path / "out"
    given = ["--submission", str(hand_in(kind)), "--unsafe-no-sandbox"]
    assert main(["grade", *given, "--out", str(out), "--only", "steps"], tree) == 0
    test = result_of(out)["tests"][0]
    assert len(test["attempts"]) == 2 and not test["flaky"]
    words = shlex.split(test["replay"])
    assert words == ["grading/grade", "replay", str(out / "result.json"), "steps"]
    capsys.readouterr()
    assert main(words[1:], tree) == 0
    assert "steps: same: " in capsys.readouterr().out


@pytest.mark.qemu
def test_a_test_that_passed(tree: Path, capsys: pytest.CaptureFixture) -> None:
    assert main(["grade", "--solution"], tree) == 0
    out = str(tree / "build/grade/demo")
    assert len(result_of(Path(out))["tests"][0]["attempts"]) == 1
    assert main(["replay", out, "steps"], tree) == 0
    assert "the same verdict (pass, 5 of 5)" in capsys.readouterr().out
    assert main(["replay", out, "steps", "--gdb"], tree) == 2
    assert "there is no point at which it failed" in capsys.readouterr().err


# --- other inputs ---


@pytest.mark.qemu
def test_what_has_changed_is_named(tree: Path, capsys: pytest.CaptureFixture) -> None:
    assert main(["grade", "--seed", "3"], tree) == 0
    out = tree / "build/grade/demo"
    (tree / "kernel/choice.h").write_text('#include "panic.S"\n')
    (tree / "user").mkdir()
    (tree / "user/new.c").write_text("")
    data = json.loads((out / "result.json").read_text())
    data["inputs"].update(compiler="gcc 1.0", qemu="0.9", grader="0")
    (out / "result.json").write_text(json.dumps(data))
    capsys.readouterr()
    assert main(["replay", str(out), "steps"], tree) == 2
    errors = capsys.readouterr().err
    for what in ("the tree", "the submission", "the compiler", "QEMU", "the grader"):
        assert f"{what} " in errors and "is not what it was" in errors
    assert "gcc 1.0 then" in errors and "0.9 then" in errors and "lab.toml" not in errors
    assert main(["replay", str(out), "steps", "--anyway"], tree) == 1
    text = capsys.readouterr()
    assert "the kernel that was built is not what it was" in text.err
    assert "steps: not the same:" in text.out
    assert "status: timeout then, crash now" in text.out and "console: sha256" in text.out


@pytest.mark.qemu
def test_a_submission_that_has_moved(
    tree: Path, hand_in: Archive, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    archive, out = hand_in("panic"), tmp_path / "out"
    given = ["--submission", str(archive), "--unsafe-no-sandbox"]
    assert main(["grade", *given, "--out", str(out), "--only", "steps"], tree) == 0
    moved = archive.rename(tmp_path / "moved.tar.gz")
    assert main(["replay", str(out), "steps"], tree) == 2
    assert "no such file" in capsys.readouterr().err
    assert main(["replay", str(out), "steps", "--submission", str(moved)], tree) == 0


@pytest.mark.parametrize(
    ("text", "test", "said"),
    [
        ("{", "a", "not a result of this grader"),
        ("[]", "a", "not a result of this grader"),
        ('{"tests": [{"id": "a"}]}', "a", "not a result of this grader: KeyError"),
        ('{"tests": []}', "a\x1b", "has no test 'a\\x1b'"),
        (
            '{"tests": [{"id": "a", "status": "skipped", "attempts": []}],'
            ' "submission": {"path": null}}',
            "a",
            "a was not booted: skipped",
        ),
    ],
)
def test_bad_results(
    tree: Path, text: str, test: str, said: str, capsys: pytest.CaptureFixture
) -> None:
    (tree / "result.json").write_text(text)
    assert main(["replay", str(tree), test], tree) == 2
    assert said in capsys.readouterr().err


# --- flaky tests ---


class Dice(Runner):
    """A runner whose boots end as they are told to."""

    def __init__(self, folder: Path, *boots: Boot) -> None:
        image = Image(folder, folder / "k", folder / "i")
        super().__init__(Job(image, (), folder, 1, confirm=True))
        self.boots = list(boots)
        self.nonces: list[str] = []

    def boot(self, case: Case, nonce: str, *_: object, **__: object) -> Boot:
        self.nonces.append(nonce)
        boot = self.boots.pop(0)
        text = boot.transcript.text.replace("@00", f"@{nonce}")
        transcript = Transcript(nonce, text, End.EXIT)
        return replace(boot, transcript=transcript, typed=bool(case.input))


def make_boot(status: str, count: int | None = 100, text: str = "booting\n") -> Boot:
    score = None if status == "infra_error" else 5 if status == "pass" else 0
    verdict = Verdict(status, score, 5, instructions=count)
    return Boot(verdict, (), Transcript("00", text, End.EXIT))


FAIL, INFRA = make_boot("fail"), make_boot("infra_error")
TYPED = (Input("\\$ ", "hello\n"),)


@pytest.mark.parametrize(
    ("boots", "status", "flaky"),
    [
        ((FAIL, FAIL), "fail", False),
        ((FAIL, make_boot("pass")), "fail", True),
        ((FAIL, make_boot("crash")), "fail", True),
        ((FAIL, make_boot("fail", 101)), "fail", True),
        ((FAIL, make_boot("fail", text="bootinG\n")), "fail", True),
        ((FAIL, make_boot("fail", text="booting\n@00 insns 7\n")), "fail", False),
        ((FAIL, INFRA), "fail", False),
        ((INFRA, FAIL, FAIL), "fail", False),
        ((INFRA, INFRA), "infra_error", False),
        ((INFRA, make_boot("pass")), "pass", False),
        ((make_boot("pass"),), "pass", False),
    ],
)
def test_flaky(tmp_path: Path, boots: tuple[Boot, ...], status: str, flaky: bool) -> None:
    dice = Dice(tmp_path, *boots)
    verdict = dice.run(make_case())
    assert (verdict.status, verdict.flaky, dice.boots) == (status, flaky, [])
    assert [a.status for a in verdict.attempts] == [b.verdict.status for b in boots]
    again = len(boots) > 1 and boots[-2].verdict.status == "fail"
    assert len(set(dice.nonces)) == len(boots) - again


@pytest.mark.parametrize(
    ("second", "flaky"),
    [
        (FAIL, False),
        (make_boot("fail", 101), False),
        (make_boot("fail", text="bootinG\n"), False),
        (make_boot("pass"), True),
        (make_boot("crash"), True),
    ],
)
def test_flaky_with_input(tmp_path: Path, second: Boot, flaky: bool) -> None:
    """What is typed comes when the host gets round to it: only the verdict must be the same."""
    assert Dice(tmp_path, FAIL, second).run(make_case(input=TYPED)).flaky is flaky


def make_record(boot: Boot) -> Record:
    """What a result would say about BOOT."""
    return Record("demo", {}, None, False, {}, boot.verdict.outcome, vars(boot.attempt))


@pytest.mark.parametrize(
    ("now", "typed", "said"),
    [
        (FAIL, False, []),
        (make_boot("fail", 1100), False, ["guest instructions: 100 then, 1,100 now"]),
        (make_boot("fail", None), False, ["guest instructions: 100 then, not known now"]),
        (make_boot("fail", text="bootinG\n"), False, ["console: sha256 "]),
        (make_boot("fail", 1100, "bootinG\n"), True, []),
        (make_boot("pass"), True, ["status: fail then, pass now", "score: 0 then, 5 now"]),
    ],
)
def test_differences(now: Boot, typed: bool, said: list[str]) -> None:
    found = list(differences(make_record(FAIL), replace(now, typed=typed)))
    assert len(found) == len(said)
    assert all(line.startswith(start) for line, start in zip(found, said))


@pytest.mark.qemu
def test_a_flaky_test_is_shown(
    tree: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    """A clock that differs by one is not to be overlooked."""
    real, counts = runner.judge, iter(range(100))

    def judge(*words: object) -> Verdict:
        verdict = real(*words)  # type: ignore[arg-type]
        return replace(verdict, instructions=next(counts))

    monkeypatch.setattr(runner, "judge", judge)
    assert main(["grade", "--only", "steps"], tree) == 0
    test = result_of(tree / "build/grade/demo")["tests"][0]
    assert test["flaky"] and test["status"] == "timeout"
    assert FLAKY in capsys.readouterr().out
    assert (tree / "build/grade/demo/tests/steps/again/console.log").is_file()
    monkeypatch.undo()
    assert main(["grade", "--only", "steps"], tree) == 0
    assert not (tree / "build/grade/demo/tests/steps/again").exists()


@pytest.mark.qemu
def test_only_grade_boots_twice(tree: Path) -> None:
    assert main(["check", "steps"], tree) == 1
    test = result_of(tree / "build/check/demo")["tests"][0]
    assert (test["status"], len(test["attempts"])) == ("timeout", 1)


# --- where it failed ---

KERNEL = {"panic_at": 16, "proc_exit_signal": 32, "machine_exit": 48}
FAULTS = "fault: pid 3 (x): SIGSEGV: read from 0x1 at rip 0x2: y\n" * 2


@pytest.mark.parametrize(
    ("end", "kind", "changes", "expected"),
    [
        (End.EXIT, "", {"first_wrong": 3}, {"stop": 3}),
        (End.EXIT, "", {}, {"address": 48, "after": 7}),
        (End.EXIT, "no_result", {"first_wrong": 3}, {"address": 48, "after": 7}),
        (End.EXIT, "panic", {"first_wrong": 3}, {"address": 16}),
        (End.BUDGET, "panic", {}, {"address": 16}),
        (End.EXIT, "signal", {}, {"address": 32, "after": 7, "faults": 2}),
        (End.BUDGET, "hang", {"first_wrong": 3}, {}),
        (End.RESET, "triple_fault", {}, {}),
        (End.RUNAWAY, "runaway", {}, {}),
        (End.STOPS, "circle", {}, {}),
    ],
)
def test_aim(end: End, kind: str, changes: dict[str, int], expected: dict[str, int]) -> None:
    verdict = Verdict("fail", 0, 5, death=Death(kind, "") if kind else None)
    text = f"{FAULTS}@00 exit signal 11\n{FAULTS}"
    transcript = replace(Transcript("00aa", text, end, stops=7), **changes)
    events = parse(text.replace("@00 ", "@00aa "), "00aa")
    aim = find_aim(verdict, transcript, events, KERNEL)
    assert aim == Aim(aim.what, **expected)


def test_a_long_name_for_a_socket(tmp_path: Path) -> None:
    image = Image(tmp_path, tmp_path / "k", tmp_path / "i")
    with pytest.raises(UsageError, match="choose a shorter --out"):
        Gdb(Aim("there"), image, make_case(), tmp_path / ("x" * 100) / "gdb.sock")


CHECK, KILL = ("first check that failed", "checkpoint", 13), ("kills the", "proc_exit_signal", 0)
AIMS = {("", "heap-edge"): CHECK, ("", "stack-lazy"): KILL}
if LONG:
    AIMS = {
        ("fault-lookup-page", "heap-edge"): CHECK,
        ("fault-null-region", "bad-mem-access"): ("where the kernel panics", "panic_at", 0),
        ("fault-kernel-kills", "bad-pointer"): KILL,
    }


@pytest.mark.qemu
@pytest.mark.slow
@pytest.mark.parametrize("names", AIMS)
def test_gdb_sees_it_where_it_failed(names: tuple[str, str], tmp_path: Path) -> None:
    (_, test), (said, symbol, offset) = names, AIMS[names]
    out = grade_real(*names, tmp_path)
    again = tmp_path / "a"
    words = [str(ROOT / "grading/grade"), "replay", str(out), test, "--gdb"]
    with subprocess.Popen(
        [*words, "--out", str(again)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        lines = []
        for line in process.stdout:
            lines.append(line.rstrip())
            if line.startswith("waiting"):
                break
        path = again / "gdb.sock"
        assert any(said in line for line in lines), lines
        command = shlex.split(lines[-2])
        assert command[0] == "gdb" and f"target remote {path}" in command
        assert path.stat().st_mode & 0o777 == 0o600
        elf = next(w for w in command if w.endswith((".elf", f"/{test}")) and symbol_of(w, symbol))
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(path))
            assert GdbStub(client).registers()["rip"] == symbol_of(elf, symbol) + offset
        assert process.wait(60) == 0
    assert not path.exists() and not (again / "gdb").exists()


def symbol_of(elf: str, name: str) -> int:
    """The address of NAME in the file that a word of gdb's names, 0 when it is not there."""
    run = subprocess.run(["nm", elf.split()[-1]], capture_output=True, text=True, check=True)
    lines = (line.split() for line in run.stdout.splitlines())
    return next((int(words[0], 16) for words in lines if words[-1] == name), 0)


@pytest.mark.qemu
@pytest.mark.slow
def test_input_is_typed_again(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    """Its count of instructions is not compared, nor its console."""
    out = grade_real("fault-kernel-refused", "console", tmp_path)
    test = next(t for t in result_of(out)["tests"] if t["attempts"])
    assert test["status"] != "pass" and not test["flaky"]
    assert main(["replay", str(out), "console", "--out", str(tmp_path / "a")], ROOT) == 0
    assert "instructions and console not compared" in capsys.readouterr().out
