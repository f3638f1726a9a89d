# SPDX-License-Identifier: MIT
"""The self-test itself: its judgment on made-up results, and a quick part of it for real."""

import os
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import ROOT, make_case

from grading import selftest
from grading.errors import GraderError, UsageError
from grading.files import locked
from grading.lab import Group, Lab, find_lab
from grading.variants import Variant, load_mutants, load_spoofs, read_header
from grading.verdict import Verdict

QUICK = (
    "reference",
    "stub",
    "fault-not-zeroed",
    "stack-not-zeroed",
    "extend-overlap-end-only",
    "sbrk-new-break",
    "print-pass-lines",
    "forge-exit-status",
    "include-reference",
)
WHOLE_LAB = find_lab(ROOT, "demand-paging")
LAB = Lab(
    "fake",
    "1",
    "Fake",
    15,
    Path("."),
    ("kernel/a.c",),
    (Group("all", "All"),),
    tuple(make_case(id=name) for name in ("red", "green", "blue")),
    floor=5,
)
MUTANT = Variant("m", "mutant", "a mistake", True, tests=("red",))
SPOOF = Variant("s", "spoof", "a cheat", False, tests=("red",), expect="tampered")
PASS, FAIL = Verdict("pass", 5, 5), Verdict("fail", 2, 5)


def differs(variant: Variant, **verdicts: Verdict) -> tuple[str, ...]:
    """What is wrong with VARIANT having got VERDICTS."""
    return selftest.judge(variant, LAB, verdicts).differs


@pytest.mark.qemu
@pytest.mark.long
def test_quick_part(tmp_path: Path) -> None:
    """Of what make check-mutants does as a whole."""
    out = ROOT / "build" / "selftest" / f"pytest-{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    settings = selftest.Settings(ROOT, WHOLE_LAB, out, 2, 1, quick=True, only=QUICK)
    outcomes = selftest.run(settings, lambda outcome: None)
    assert [o.variant.name for o in outcomes if o.differs] == [], "\n".join(
        selftest.table(outcomes)
    )
    assert len(outcomes) == len(QUICK)


def test_there_are_enough_and_no_two_are_called_the_same() -> None:
    mutants = load_mutants(WHOLE_LAB)
    spoofs = load_spoofs(ROOT / selftest.SPOOFS, WHOLE_LAB)
    assert len(mutants) >= 60 and len(spoofs) >= 12
    names = [v.name for v in (*mutants, *spoofs)]
    assert len(names) == len(set(names))
    assert all(v.tests for v in mutants)


def test_every_test_finds_some_mistake() -> None:
    """A test that fails for mistakes that fail everything only would be of no use."""
    found = {
        name
        for mutant in load_mutants(WHOLE_LAB)
        if len(mutant.tests) < len(WHOLE_LAB.cases) - 1
        for name in mutant.tests
    }
    assert found >= {case.id for case in WHOLE_LAB.cases}


def test_a_mutant_that_fails_what_it_names() -> None:
    assert differs(MUTANT, red=FAIL, green=PASS, blue=PASS) == ()


def test_a_mutant_that_survives() -> None:
    assert differs(MUTANT, red=PASS, green=PASS) == ("not found by: red",)


def test_a_mutant_that_fails_more() -> None:
    assert differs(MUTANT, red=FAIL, green=FAIL, blue=FAIL) == ("fails as well: green blue",)


def test_a_mutant_is_not_accused() -> None:
    (said,) = differs(MUTANT, red=Verdict("tampered", 0, 5))
    assert said == "an honest mistake is called tampered: red"


def test_infrastructure_is_not_a_failure() -> None:
    said = differs(MUTANT, red=Verdict("infra_error", None, 5), green=PASS)
    assert said[0] == "could not be graded: red"


def test_a_spoof_that_is_found() -> None:
    assert differs(SPOOF, red=Verdict("tampered", 0, 5)) == ()


def test_a_spoof_that_earns_points() -> None:
    said = differs(SPOOF, red=PASS)
    assert said == ("red: 5 points for a cheat", "red: expected tampered, got pass")


def test_scores_of_reference_and_stub() -> None:
    reference, stub = selftest.plain_variants()
    assert differs(reference, red=PASS, green=PASS, blue=PASS) == ()
    assert differs(reference, red=PASS, green=PASS, blue=FAIL) == ("expected 15 points, got 12",)
    assert differs(stub, red=PASS, green=Verdict("fail", 0, 5)) == ()
    assert differs(stub, red=FAIL) == ("expected 5 points, got 2",)


def test_what_each_runs() -> None:
    assert selftest.cases_for(MUTANT, LAB) == LAB.cases
    assert [c.id for c in selftest.cases_for(SPOOF, LAB)] == ["red"]


def test_the_sample_takes_turns() -> None:
    """Who can be found by one test only is found by that; others by the rest."""
    names = {"a": ("red", "green"), "b": ("red",), "c": ("red", "green"), "d": ("blue",)}
    everybody = ("red", "green", "blue")
    mutants = [replace(MUTANT, name=n, tests=t) for n, t in {**names, "e": everybody}.items()]
    found = {n: [c.id for c in cases] for n, cases in selftest.sample(mutants, LAB).items()}
    assert found == {
        "a": ["green", "blue"],
        "b": ["red", "green"],
        "c": ["red", "blue"],
        "d": ["blue", "red"],
        "e": ["green"],
    }


def test_the_sample_has_each_test_in_both_parts() -> None:
    mutants = load_mutants(WHOLE_LAB)
    chosen = selftest.sample(mutants, WHOLE_LAB)
    assert set(chosen) == {m.name for m in mutants}
    for fails in (True, False):
        ids = {c.id for m in mutants for c in chosen[m.name] if (c.id in m.tests) is fails}
        assert ids == {case.id for case in WHOLE_LAB.cases}


def test_the_sample_breaks_the_rules_of_the_witness() -> None:
    """Where nothing else finds a mutant, or only one breaks a rule; spoofs are never left out."""
    chosen = selftest.sample(load_mutants(WHOLE_LAB), WHOLE_LAB)
    for name, test in (
        ("stack-all-mapped", "stack-lazy"),  # the rules "stack" and "program"
        ("stack-argc-plus-one", "start-layout"),  # "arguments"
        ("fault-executable", "bad-rights"),  # "places": rights of data
        ("fault-write-unlocks", "bad-rights"),  # "places": rights of text
    ):
        assert chosen[name][0].id == test


def test_an_unknown_name() -> None:
    settings = selftest.Settings(ROOT, WHOLE_LAB, Path("nowhere"), 1, 1, only=("nobody",))
    with pytest.raises(GraderError, match="nobody"):
        selftest.choose(settings)


def test_two_do_not_mix_their_kernels(tmp_path: Path) -> None:
    settings = selftest.Settings(ROOT, WHOLE_LAB, tmp_path, 1, 1, only=("stub",))
    with locked(tmp_path), pytest.raises(UsageError, match="works on it"):
        selftest.run(settings, lambda outcome: None)
    assert not (tmp_path / "tree").exists()


def test_header() -> None:
    text = "# title: one\n#   two\n# fails: a b\n--- a/x\n# not: this\n"
    assert read_header(text) == {"title": "one two", "fails": "a b"}


@pytest.mark.parametrize(
    "text, said",
    [
        ("# title: x\n# fails: red\n+++ b/kernel/a.c\n", "mistake"),
        ("# title: x\n# mistake: y\n# fails: pink\n+++ b/kernel/a.c\n", "pink"),
        ("# title: x\n# mistake: y\n# fails: red\n# also: z\n+++ b/kernel/a.c\n", "also"),
        ("# title: x\n# mistake: y\n# fails: red\n+++ b/kernel/b.c\n", "student's files"),
    ],
)
def test_bad_mutants(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "mutants").mkdir()
    (tmp_path / "mutants" / "m.patch").write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match=said):
        load_mutants(replace(LAB, folder=tmp_path))


@pytest.mark.parametrize(
    "text, said",
    [
        ("# title: x\n# cheats: red\n# expect: win\n", "expect"),
        ("# title: x\n# cheats: red\n# expect: fail\n# base: other\n", "base"),
        ("# title: x\n# cheats: red\n# expect: fail\n+++ b/kernel/b.c\n", "outside"),
    ],
)
def test_bad_spoofs(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "s.patch").write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match=said):
        load_spoofs(tmp_path, LAB)
