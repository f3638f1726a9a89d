# SPDX-License-Identifier: MIT
"""The class as a folder of static files: OUT/report/index.html and a page each submission.

It works from a disk, without a server, and loads nothing from anywhere.  Everything
that came from a student is escaped by jinja2.  The one script, which sorts and
searches the table, is named by its hash in the page's Content-Security-Policy, so
that no other can run.
"""

import base64
import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grading.batch import similarity, store
from grading.batch.book import Book, Row, load_book
from grading.batch.journal import FINAL, WAITING
from grading.batch.run import Batch
from grading.errors import GraderError, SubmissionError, UsageError
from grading.export import page
from grading.export.html import load_template, raw
from grading.export.model import load_grade
from grading.export.words import LABELS
from grading.files import replace_text
from grading.guard import make_guard
from grading.submission import load_submission

FOLDER, PAGES, STAMPS = "report", "students", "pages.json"
SIMILAR = "similarity.json"
_HERE = Path(__file__).resolve().parent
_BINS = 10
# The class of a test's box, in as few bytes as it takes: there may be ten thousands.
_STRIP = {
    "pass": " class=p",
    "skipped": " class=s",
    "infra_error": " class=o",
    "tampered": " class=o",
}


def write_report(batch: Batch) -> Path:
    """Compare the submissions and render the report of a class that is open; its first page."""
    _compare(batch)
    return render_report(batch.out)


def render_report(out: Path) -> Path:
    """Render the report of the class in OUT from what is stored there."""
    book = load_book(out)
    folder = out / FOLDER
    (folder / PAGES).mkdir(parents=True, exist_ok=True)
    have = _write_pages(book, folder)
    index = folder / "index.html"
    replace_text(index, render_index(book, have, _read_similar(out)))
    return index


# --- a page each -------------------------------------------------------------------


def _write_pages(book: Book, folder: Path) -> set[str]:
    """A page for every row with a result, made again only where the result is another one."""
    stamps = _read_json(folder / STAMPS, {})
    makers = sorted(p for p in Path(page.__file__).parent.iterdir() if p.is_file())
    look = hashlib.sha256(b"".join(p.read_bytes() for p in makers))
    new: dict[str, str] = {}
    for row in book.rows:
        standing = row.standing
        if not row.marks:
            continue
        stamp = f"{look.hexdigest()[:16]} {store.attempt_name(standing)} {standing.state}"
        file = folder / PAGES / f"{standing.slug}.html"
        if stamps.get(standing.slug) != stamp or not file.is_file():
            grade = load_grade(store.shown_folder(book.out, standing))
            replace_text(file, page.render(grade))
        new[standing.slug] = stamp
    for file in (folder / PAGES).glob("*.html"):
        if file.stem not in new:
            file.unlink()
    replace_text(folder / STAMPS, json.dumps(new))
    return set(new)


# --- the first page ----------------------------------------------------------------


@dataclass(frozen=True)
class TestRow:
    """How the class did in one test; RATE in percent of those whose kernel was built."""

    id: str
    title: str
    max: int
    counts: Sequence[tuple[str, int]]
    rate: int | None
    points: float | None


@dataclass(frozen=True)
class Bin:
    """One bar of the distribution."""

    text: str
    count: int
    height: int


def render_index(book: Book, pages: set[str], similar: dict[str, Any]) -> str:
    """The first page of BOOK; PAGES are the slugs that have one."""
    script = (_HERE / "class.js").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    names = {row.standing.slug: row.standing.id for row in book.rows}
    tests = [_test_row(book, column.id, column.title, column.max) for column in book.columns]
    finals = sorted(row.final for row in book.rows if row.final is not None)
    return load_template(_HERE / "class.html.j2").render(
        book=book,
        style=raw((_HERE / "class.css").read_text(encoding="utf-8")),
        script=raw(script),
        script_hash=digest,
        pages=pages,
        folder=PAGES,
        tests=tests,
        nobody=[t for t in tests if t.rate == 0],
        finals=finals,
        median=_median(finals),
        bins=_bins(finals, book.max),
        states=Counter(row.state for row in book.rows).most_common(),
        lists=_lists(book),
        again=[row for row in book.rows if len(row.history) > 1],
        similar=similar,
        names=names,
        strip={status: raw(_STRIP.get(status, "")) for status in LABELS},
    )


def _test_row(book: Book, name: str, title: str, points: int) -> TestRow:
    marks = [
        row.marks[name]
        for row in book.rows
        if row.standing.state in FINAL and row.built and name in row.marks
    ]
    counts = Counter(mark.status for mark in marks)
    scores = [mark.score for mark in marks if mark.score is not None]
    return TestRow(
        id=name,
        title=title,
        max=points,
        counts=[(status, counts[status]) for status in LABELS if counts[status]],
        rate=round(100 * counts["pass"] / len(marks)) if marks else None,
        points=sum(scores) / len(scores) if scores else None,
    )


def _median(numbers: Sequence[float]) -> float | None:
    if not numbers:
        return None
    middle = len(numbers) // 2
    return numbers[middle] if len(numbers) % 2 else (numbers[middle - 1] + numbers[middle]) / 2


def _bins(finals: Sequence[float], most: int) -> list[Bin]:
    """The distribution of FINALS; who has all points stands in the last bar."""
    if not finals or not most:
        return []
    counts = Counter(min(_BINS - 1, int(final * _BINS / most)) for final in finals)
    top = max(counts.values())
    edges = [round(most * index / _BINS) for index in range(_BINS + 1)]
    return [
        Bin(f"{edges[i]}\u2013{edges[i + 1]}", counts[i], round(100 * counts[i] / top))
        for i in range(_BINS)
    ]


def _lists(book: Book) -> list[tuple[str, str, list[tuple[Row, str]]]]:
    """What somebody should look at: title, what it means, and the rows with a reason each."""
    rows = book.rows
    named = ", ".join

    def where(state: str) -> list[tuple[Row, str]]:
        return [(row, row.note) for row in rows if row.state == state]

    tampered = [(row, named(row.with_status("tampered"))) for row in rows]
    flaky = [(row, named(row.flaky)) for row in rows]
    late = [(row, row.late.note) for row in rows]
    found = [
        ("No score", "the grader or its host failed: the same command tries again",
         where("no score")),
        ("To be reviewed", "the console and what was seen from outside disagree: look, then judge",
         [(row, text) for row, text in tampered if text]),
        ("Flaky", "a test ended in two ways: a mistake of the grader's",
         [(row, text) for row, text in flaky if text]),
        ("Cannot be read", "graded with 0 points", where("cannot be read")),
        ("Not built", "graded with 0 points", where("not built")),
        ("Nothing handed in", "no score", where("missing")),
        ("Waiting", "not graded yet", [*where(WAITING), *where("running")]),
        ("Late", f"{book.policy}", [(row, text) for row, text in late if text]),
    ]  # fmt: skip
    return [(title, text, some) for title, text, some in found if some]


# --- similarity --------------------------------------------------------------------


def _compare(batch: Batch) -> None:
    """Compare all submissions, unless just these were compared already."""
    standings = [s for s in batch.journal.standings() if s.state in FINAL]
    keys = "".join(f"{s.slug} {s.key}\n" for s in standings)
    digest = hashlib.sha256(keys.encode()).hexdigest()
    if _read_similar(batch.out).get("digest") == digest:
        return
    found: dict[str, Any] = {"digest": digest, "problem": similarity.missing(), "pairs": []}
    if not found["problem"]:
        try:
            found["pairs"] = [vars(pair) for pair in _pairs(batch)]
        except GraderError as error:
            found["problem"] = str(error)
    if found["problem"]:
        del found["digest"]  # to be tried again
    replace_text(batch.out / SIMILAR, json.dumps(found, indent=1) + "\n")


def _pairs(batch: Batch) -> list[similarity.Pair]:
    work = batch.out / store.WORK / "similar"
    store.remove(work)
    work.mkdir(parents=True)
    try:
        stubs = similarity.read_stubs(batch.root, batch.lab.student_files)
        for slug, path in batch.paths():
            try:
                files = load_submission(path, batch.lab.student_files).files
            except SubmissionError:
                continue
            if text := similarity.own_lines(files, stubs):
                (work / slug).write_text(text, encoding="utf-8")
        guard = make_guard(batch.lab, batch.sandboxed)
        return similarity.compare(work, guard.sandbox)
    finally:
        store.remove(work)


def _read_similar(out: Path) -> dict[str, Any]:
    return _read_json(out / SIMILAR, {"problem": "not looked for yet", "pairs": []})


def _read_json(path: Path, default: dict[str, Any]) -> dict[str, Any]:
    try:
        data = json.loads(path.read_bytes())
    except OSError:
        return default
    except ValueError as error:
        raise UsageError(f"{path}: {error}: remove it") from error
    return data if isinstance(data, dict) else default
