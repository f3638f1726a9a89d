# SPDX-License-Identifier: MIT
"""The class's report and its exports: complete, escaped, and without a number for no score."""

import csv
import hashlib
import io
import json
import re
from base64 import b64encode
from html.parser import HTMLParser
from pathlib import Path

import pytest
from batch_browser import CHROMIUM, Browser
from batch_school import School, make_tree
from conftest import ROOT

from grading.batch import similarity

WORKS = {
    "ann": "one two three",
    "bob": "two",
    "<script>alert(1)<": "tampered",
    "=cmd": "two three",
    "no": "broken",
    "sick": "infra",
}


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> School:
    """A school whose class was graded, with one who was graded twice and one who was late."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(ROOT))
        folder = tmp_path_factory.mktemp("school")
        make_tree(folder / "tree")
        school = School(folder)
        school.hand_in(WORKS)
        roster = "id,path,name,submitted_at,late_days\n"
        roster += "".join(f"{name},works/{name},Nr {i},,\n" for i, name in enumerate(WORKS))
        roster = roster.replace("Nr 1,,", "Nr 1,2026-10-03T12:00Z,")
        roster += "gone,,,,\n"
        (folder / "roster.csv").write_text(roster)
        late = ["--due", "2026-10-01T12:00Z", "--late-percent", "25"]
        out = ["--out", str(school.out), "--unsafe-no-sandbox", *late]
        assert school.run(["batch", str(folder / "roster.csv"), *out]) == 3
        again = ["--students", "ann", "--reason", "<b>asked</b>"]
        assert school.run(["regrade", str(school.out), *again]) == 3
        return school


class Page(HTMLParser):
    """The tags and the text of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture
def index(school: School) -> Page:
    """The first page."""
    return Page((school.out / "report/index.html").read_text())


def test_page_needs_nothing_else(school: School, index: Page) -> None:
    links = [a["href"] for tag, a in index.tags if tag == "a"]
    assert links and all(link and not re.match(r"\w+:|//", link) for link in links)
    assert not [a for _, a in index.tags if "src" in a or "onclick" in a]
    for link in links:
        assert link and (link[0] == "#" or (school.out / "report" / link).is_file())


def test_only_the_own_script_may_run(school: School, index: Page) -> None:
    assert [tag for tag, _ in index.tags].count("script") == 1
    policy = next(a["content"] for tag, a in index.tags if "http-equiv" in a)
    script = (ROOT / "grading/batch/class.js").read_bytes()
    assert f"'sha256-{b64encode(hashlib.sha256(script).digest()).decode()}'" in str(policy)
    assert script.decode() in (school.out / "report/index.html").read_text()
    assert "<script>alert(1)<" in index.text


def test_page_tells_all(index: Page) -> None:
    text = " ".join(index.text.split())
    assert "7 submissions" in text
    assert "25 % of the score a day, after 2026-10-01" in text
    assert "No score (1)" in text and "the grader or its host failed in one, two" in text
    assert "To be reviewed (1)" in text and "Not built (1)" in text
    assert "Nothing handed in (1)" in text
    assert "attempt 2," in text and "6; <b>asked</b>" in text
    assert "bob: 2 days late" in text


def test_student_pages_are_there(school: School) -> None:
    pages = sorted(p.name.rpartition("-")[0] for p in school.out.glob("report/students/*"))
    assert pages == ["ann", "bob", "cmd", "no", "script_alert_1", "sick"]


def test_unchanged_pages_are_not_made_again(school: School) -> None:
    before = {p: p.stat().st_ino for p in school.out.glob("report/students/*")}
    assert school.run(["export", str(school.out), "--to", "html"]) == 0
    assert {p: p.stat().st_ino for p in school.out.glob("report/students/*")} == before


def rows(school: School, *more: str) -> list[list[str]]:
    file = school.folder / "export.csv"
    assert school.run(["export", str(school.out), "--output", str(file), *more]) == 0
    return list(csv.reader(io.StringIO(file.read_text())))


def test_csv_has_a_row_each(school: School) -> None:
    head, *body = rows(school, "--to", "csv")
    table = {row[0]: dict(zip(head, row)) for row in body}
    assert list(table) == ["ann", "bob", "<script>alert(1)<", "'=cmd", "no", "sick", "gone"]
    bob = table["bob"]
    assert [bob[k] for k in ("score", "late_days", "final", "two", "one")] == [
        "2",
        "2",
        "1",
        "2",
        "0",
    ]
    for name in ("sick", "gone"):
        assert [table[name][k] for k in ("score", "final", "one")] == ["", "", ""]
    assert table["no"]["final"] == "0" and table["no"]["state"] == "not built"
    assert "to be reviewed" in table["<script>alert(1)<"]["note"]


def test_canvas_csv(school: School) -> None:
    head, points, *body = rows(school, "--to", "canvas", "--column", "Lab 1 (4711)")
    assert head == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "Lab 1 (4711)"]
    assert points[0].strip() == "Points Possible" and points[-1] == "6"
    assert [row[-1] for row in body] == ["6", "1", "0", "5", "0", "", ""]


def test_gradescope_files(school: School, tmp_path: Path) -> None:
    to = ["--to", "gradescope", "--output", str(tmp_path / "g")]
    assert school.run(["export", str(school.out), *to]) == 0
    scores = [json.loads(p.read_text())["score"] for p in sorted(tmp_path.glob("g/*/results.json"))]
    assert sorted(scores) == [0, 0, 2, 5, 6]


def test_formats_of_the_other_kind_are_refused(
    school: School, capsys: pytest.CaptureFixture
) -> None:
    assert school.run(["export", str(school.out), "--to", "junit"]) == 2
    assert "a class is exported to html, csv, canvas, gradescope" in capsys.readouterr().err
    (one,) = school.out.glob("results/bob-*/001-*")
    assert school.run(["export", str(one), "--to", "canvas"]) == 2
    assert "--to canvas is for a class" in capsys.readouterr().err
    assert school.run(["export", str(one), "--to", "csv"]) == 0


@pytest.mark.skipif(bool(similarity.missing()), reason=similarity.missing())
def test_copies_are_found_under_other_names(tmp_path: Path) -> None:
    own = "int f{0}(int {1}) {{ int b = {1} * 2; while (b > 3) {{ b -= {1}; g(b, {1}); }}"
    own += " return b; }}\n"
    stubs = {"a.c": ["int stub(void) { return 0; }"]}
    stub = "int stub(void) { return 0; }\n"
    other = stub + "char *h(char *s) { for (char *p = s; *p; p++) *p ^= 1; return s + 1; }\n" * 2
    for name, text in (
        ("ann", stub + own.format(1, "a") * 2),
        ("bob", stub + own.format(2, "other") * 2),
        ("eve", other),
    ):
        (tmp_path / name).write_text(similarity.own_lines({"a.c": text.encode()}, stubs))
    pairs = similarity.compare(tmp_path, None)
    assert [(p.first, p.second) for p in pairs] == [("ann", "bob")] and pairs[0].percent > 90


@pytest.mark.long
@pytest.mark.skipif(CHROMIUM is None, reason="needs chromium")
def test_browser_sorts_and_searches(school: School, tmp_path: Path) -> None:
    names = "[...document.querySelectorAll('#table tbody tr:not([hidden]) td:first-child')]"
    names = f"{names}.map(cell => cell.firstChild.textContent.trim())"
    with Browser(tmp_path / "profile") as browser:
        browser.open(school.out / "report/index.html")
        assert len(browser.value(names)) == 7
        browser.value("document.querySelectorAll('[data-sort]')[4].click()")
        assert browser.value(names)[:2] == ["ann", "=cmd"]
        browser.value("document.querySelectorAll('[data-sort]')[4].click()")
        assert browser.value(names)[-1] == "ann"
        find = "(s => { s.value = '%s'; s.dispatchEvent(new Event('input')); })"
        find += "(document.querySelector('#search'))"
        browser.value(find % "one:fail graded")
        assert sorted(browser.value(names)) == ["=cmd", "bob"]
        assert browser.value("document.querySelector('#shown').textContent") == "2 of 7"
        browser.value(find % "<SCRIPT>")
        assert browser.value(names) == ["<script>alert(1)<"]
