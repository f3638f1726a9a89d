# SPDX-License-Identifier: MIT
"""Rosters and downloads, late days, names of folders, what sim_c says."""

from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from grading.batch.gradebook import cell
from grading.batch.late import Policy, lateness, read_policy
from grading.batch.roster import Entry, Member, read_roster
from grading.batch.similarity import Pair, own_lines, read_pairs
from grading.errors import UsageError


def ids(folder: Path) -> list[str]:
    return [entry.id for entry in read_roster(folder)]


def touch(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("")


# --- rosters -----------------------------------------------------------------------


def test_folder_has_one_file_or_folder_each(tmp_path: Path) -> None:
    touch(tmp_path, "ann.zip", "bob/kernel/a.c", "c d.tar.gz", ".DS_Store", "__MACOSX/x", "e.rar")
    assert ids(tmp_path) == ["ann", "bob", "c d", "e.rar"]


def test_same_name_with_another_suffix(tmp_path: Path) -> None:
    touch(tmp_path, "ann.zip", "ann.tgz", "bob.zip")
    assert ids(tmp_path) == ["ann.tgz", "ann.zip", "bob"]


def test_slugs_are_plain_and_never_the_same() -> None:
    names = ["a b", "a_b", "A b", "\u674e", "..", "-x", "a/b", "x" * 300]
    slugs = {Entry(name, ()).slug.lower() for name in names}
    assert len(slugs) == len(names)
    assert all(slug.isascii() and "/" not in slug and slug[0] not in ".-" for slug in slugs)
    assert max(map(len, slugs)) < 60


def test_csv_is_read(tmp_path: Path) -> None:
    roster = tmp_path / "r.csv"
    roster.write_text(
        "\ufeffID,Name,Path,Submitted-At,late days,other\n"
        '7,"Lee, Ann",a.zip,2026-10-01T10:00:00+02:00,,x\n\n'
        "8,,,,2.5,\n"
    )
    one, two = read_roster(roster)
    assert one.path == tmp_path / "a.zip" and one.members == (Member("7", "Lee, Ann"),)
    assert one.submitted == datetime(2026, 10, 1, 8, tzinfo=timezone.utc)
    assert (two.path, two.late_days) == (None, 2.5)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name,path\n", "r.csv:1: there is no column 'id'"),
        ("id,path\n,a\n", "r.csv:2: the id is empty"),
        ("id,path\n1,a\n1,b\n", "two submissions are called 1"),
        ("id,path,late_days\n1,a,-1\n", "r.csv:2: late_days: '-1' is not a number of days"),
        ("id,path,submitted_at\n1,a,soon\n", "r.csv:2: 'soon' is not a time"),
        ("id,path\n", "there is no submission in it"),
    ],
)
def test_bad_csv_is_refused_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    roster = tmp_path / "r.csv"
    roster.write_text(text)
    with pytest.raises(UsageError) as caught:
        read_roster(roster)
    assert said in str(caught.value)


METADATA = """\
---
submission_11:
  :submitters:
  - :name: Ann O'Hara
    :sid: '007'
    :email: ann@x.example
  :created_at: 2026-10-01 21:59:00.123456789 Z
  :score: 1.0
  :results:
    output: |
      submission_99:
        :submitters:
submission_12:
  :submitters:
  - :name: 'Bob ''B'' Lee'
    :sid:
    :email: bob@x.example
  - :name: "Eve"
    :sid: '9'
    :email: eve@x.example
  :created_at: 2026-10-02 00:00:00 -07:00
submission_13:
  :submitters:
  - :name: Gone
"""


def test_gradescope_download(tmp_path: Path) -> None:
    export = tmp_path / "assignment_1_export"
    touch(export, "submission_11/kernel/a.c", "submission_12/x.zip")
    (export / "submission_metadata.yml").write_text(METADATA)
    one, two, three = read_roster(tmp_path)
    assert (one.id, one.path, one.members[0].name) == (
        "007",
        export / "submission_11",
        "Ann O'Hara",
    )
    assert one.submitted == datetime(2026, 10, 1, 21, 59, 0, 123456, tzinfo=timezone.utc)
    assert two.id == "bob@x.example+9"
    assert [m.name for m in two.members] == ["Bob 'B' Lee", "Eve"]
    assert two.submitted == datetime(2026, 10, 2, 7, tzinfo=timezone.utc)
    assert (three.id, three.path) == ("Gone", None)


def test_canvas_download(tmp_path: Path) -> None:
    touch(
        tmp_path,
        "leeann_4711_100_lab.zip",
        "o'haraeve_LATE_4712_101_vm.c",
        "o'haraeve_LATE_4712_101_proc-2.c",
    )
    one, two = read_roster(tmp_path)
    assert (one.id, one.members, one.is_late) == ("leeann-4711", (Member("4711", "leeann"),), False)
    assert one.path == tmp_path / "leeann_4711_100_lab.zip"
    assert (two.path, two.is_late) == (None, True)
    assert [name for name, _ in two.files] == ["proc.c", "vm.c"]


# --- late --------------------------------------------------------------------------

DUE = datetime(2026, 10, 1, 23, 59, tzinfo=timezone(timedelta(hours=2)))


def entry(hours: float | None = None, days: float | None = None, late: bool = False) -> Entry:
    submitted = None if hours is None else DUE + timedelta(hours=hours)
    return Entry("x", (), submitted=submitted, late_days=days, is_late=late)


@pytest.mark.parametrize(
    ("who", "days", "left"),
    [
        (entry(hours=-1), 0, 80),
        (entry(hours=0.1), 0, 80),  # grace
        (entry(hours=1), 1, 80),  # free
        (entry(hours=25), 2, 72),
        (entry(hours=73), 4, 0),  # too late
        (entry(hours=99, days=0), 0, 80),  # the roster wins
        (entry(days=2.5), 2.5, 68),
        (entry(), 0, 80),
    ],
)
def test_late_days_cost(who: Entry, days: float, left: float) -> None:
    policy = Policy(due=DUE, percent=10, free_days=1, grace_min=15, last_day=3)
    found = lateness(who, policy)
    assert (found.days, found.apply(80)) == (days, left)
    assert read_policy(policy.as_json()) == policy


def test_late_without_a_number_of_days_is_said() -> None:
    found = lateness(entry(late=True), Policy(due=DUE, percent=10))
    assert found.keeps == 1 and "give late_days" in found.note
    assert lateness(entry(hours=5), Policy()).days == 0


# --- others ------------------------------------------------------------------------


def test_no_cell_is_a_formula() -> None:
    assert [cell(text) for text in ("=1", " @x", "-1", "a=1")] == ["'=1", "' @x", "'-1", "a=1"]


def test_what_is_left_of_a_file_is_the_student_s() -> None:
    stubs = {"a.c": ["int f(void)", "{", "\treturn 0;", "}"]}
    mine = b"int f(void)\n{\n\tint mine = 1;\n\n\treturn 0;\n}\n"
    assert own_lines({"a.c": mine}, stubs) == "\tint mine = 1;\n"


def test_pairs_of_two_directions_are_one() -> None:
    said = "ann-1 consists for 30 % of bob-2 material\nbob-2 consists for 90 % of ann-1 material\n"
    more = "eve-3 consists for 95 % of ann-1 material\nTotal: junk\n"
    assert read_pairs(said + more) == [Pair("ann-1", "eve-3", 95), Pair("ann-1", "bob-2", 90)]
