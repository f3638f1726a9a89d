# SPDX-License-Identifier: MIT
"""The HTML report: complete, closed, escaped, and with drawings that are right."""

import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest
from conftest import ROOT
from export_sample import EVIL, STATUSES, make_build_error, make_evidence, make_result, make_test

from grading.evidence import Picture, Range
from grading.export import space
from grading.export.command import render
from grading.export.model import Grade, read_grade
from grading.export.picture import draw, short_rights
from grading.sign import Key

_VOID = {"meta", "br", "input", "line", "rect", "link", "img"}
_LOADS = {"src", "href", "action", "data", "srcset", "poster", "xlink:href", "formaction"}


class Page(HTMLParser):
    """Takes a page apart; complains when it does not nest."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.stack: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self.feed(text)
        self.close()
        assert not self.stack

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in _VOID:
            self.stack.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if tag not in _VOID:
            assert self.stack.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words += data


def page_of(grade: Grade) -> Page:
    return Page(render(grade, "html"))


def everything() -> Grade:
    data = make_result(*STATUSES)
    data["tests"][1]["evidence"] = make_evidence()
    return read_grade(data)


def test_page_is_closed_and_readable() -> None:
    page = page_of(everything())
    names = {name for name, _ in page.tags}
    assert not names & {"script", "iframe", "link", "img", "object", "embed", "form", "base"}
    for name, attributes in page.tags:
        assert not any(key.startswith("on") for key in attributes)
        for key in _LOADS & attributes.keys():
            assert (attributes[key] or "").startswith("#"), (name, key)
    assert "width=device-width" in str(page.tags) and "default-src 'none'" in str(page.tags)
    style = render(everything(), "html")
    assert "url(" not in re.sub(r'fill="url\(#stripes\)"', "", style)
    assert "prefers-color-scheme: dark" in style


def test_ids_are_unique_and_links_lead_somewhere() -> None:
    page = page_of(everything())
    ids = [a["id"] for _, a in page.tags if "id" in a]
    assert len(ids) == len(set(ids))
    targets = [(a.get("href") or "")[1:] for name, a in page.tags if name == "a"]
    labels = [a["aria-labelledby"] for _, a in page.tags if "aria-labelledby" in a]
    labels += [a["for"] for _, a in page.tags if "for" in a]
    assert targets and set(targets + labels) <= set(ids)


def test_page_says_everything() -> None:
    words = page_of(everything()).words
    for status in STATUSES:
        assert f"test-{status.replace('_', '-')}" in words
    for text in (
        "passed",
        "timed out",
        "to be reviewed",
        "grader failed",
        "No score",
        "look <there>",
    ):
        assert text in words
    for text in (EVIL[0], EVIL[1], EVIL[7], "kernel/mm/vm.c:123", "make test T=fail"):
        assert text in words
    words = page_of(read_grade(make_build_error())).words
    assert "The kernel could not be built" in words and "expected ';' <evil>" in words


def test_first_to_fix_is_open() -> None:
    page = page_of(read_grade(make_result("pass", "fail", "crash")))
    opened = [a["id"] for name, a in page.tags if name == "details" and "open" in a and "id" in a]
    assert opened == ["test-test-fail"]


def test_drawing() -> None:
    test = read_grade(make_result(tests=[make_test("fail", evidence=make_evidence())])).tests[0]
    drawing = draw(test)
    assert drawing is not None
    assert drawing.moments == ("1 first instruction", "2 a step is done", "3 the test ends \u2717")
    svg = ElementTree.fromstring(drawing.svg)
    texts = [node.text or "" for node in svg.iter("text")]
    for label in ("program text, 4 pages", "constants, 1 page", "program data, 1 page", "kernel"):
        assert label in texts
    assert "heap, 2 pages" in texts and "guard page, present!" in texts
    assert "stack, 1 page" in texts and "stack, 9 pages" in texts
    assert "\u25c0 0x7fffffef5000" in texts and "0x407000" in texts
    assert "Marked: 0x7fffffef5000" in (svg.findtext("title") or "")


def test_faults_are_marked() -> None:
    for address in ("0xa1230", "0x8", "0xffffffff80101234", "0x800000000000"):
        evidence = {**make_evidence(), "findings": []}
        faults = {"fault_addresses": [address], "evidence": evidence}
        drawing = draw(read_grade(make_result(tests=[make_test("crash", **faults)])).tests[0])
        assert drawing is not None and f"\u25c0 {address}<" in drawing.svg
        drawing = draw(read_grade(make_result(tests=[make_test("pass", **faults)])).tests[0])
        assert drawing is not None and "\u25c0" not in drawing.svg


def test_source_is_shown_with_its_number_and_escaped() -> None:
    text = render(read_grade(make_result("crash")), "html")
    assert "Look at <code>kernel/mm/vm.c:123</code>" in text
    assert '<span class="row here"><span class="number">123</span>' in text
    assert "return a &lt; b &amp;&amp; c &gt; d;" in text
    page = page_of(read_grade(make_result("crash")))
    assert "return a < b && c > d;" in page.words and EVIL[0] in page.words


def test_titles_of_groups() -> None:
    page = page_of(everything())
    assert "The heap" in page.words and "The <rest>" in page.words


def test_flaky_and_signed_are_said() -> None:
    signed = Key(b"0123456789abcdef").sign(make_result(tests=[make_test("fail", flaky=True)]))
    words = page_of(read_grade(signed)).words
    assert "failed, flaky" in words and "a mistake of the grader's" in words
    assert f"Signed with the key {signed['signature']['key_id']}" in words
    words = page_of(everything()).words
    assert "Signed" not in words and "a mistake of the grader's" not in words


def test_no_picture_no_drawing() -> None:
    evidence = {**make_evidence(), "pictures": []}
    assert (
        draw(read_grade(make_result(tests=[make_test("fail", evidence=evidence)])).tests[0]) is None
    )
    assert draw(read_grade(make_result("fail")).tests[0]) is None


def test_layout_is_the_kernels() -> None:
    header = (ROOT / "kernel/mm/layout.h").read_text()

    def constant(name: str) -> int:
        match = re.search(rf"^#define {name}\s+(\w+)", header, re.MULTILINE)
        assert match is not None
        return int(match[1], 0)

    assert constant("USTACK_UPPERBOUND") == space.STACK_TOP
    assert constant("USTACK_PAGES") * space.PAGE == space.STACK_TOP - space.STACK_LOW
    assert constant("USER_TEXT") == space.USER_TEXT
    assert constant("DIRECT_BASE") == space.KERNEL_START


def bands_of(*pages: int) -> tuple[space.Band, ...]:
    ranges = tuple(Range(page * space.PAGE, (page + 1) * space.PAGE, "urw-") for page in pages)
    pictures = [Picture("start", ranges[:1]), Picture("step", ranges)]
    return space.lay_out(pictures, [], set()).bands


def test_bands_cover_what_is_there_once_and_in_order() -> None:
    bands = bands_of(0x400, *range(0x500, 0x700, 3))
    assert all(upper.start >= lower.end for upper, lower in zip(bands, bands[1:]))
    heap = [band for band in bands if band.area == "heap"]
    assert 2 <= len(heap) <= space.MAX_BANDS
    assert sum(band.part or band.pages for band in heap) == len(range(0x500, 0x700, 3))


def test_few_pages_are_not_merged() -> None:
    heap = [band for band in bands_of(0x400, 0x500, 0x510, 0x520) if band.area == "heap"]
    assert [band.pages for band in heap] == [1, 1, 1] and not any(band.part for band in heap)


def test_many_moments_are_thinned() -> None:
    ranges = [(Range(0x400000, 0x401000 + 0x1000 * n, "urw-"),) for n in range(30)]
    pictures = [Picture("start" if not n else "step", r) for n, r in enumerate(ranges)]
    moments = space.lay_out(pictures, [], set()).moments
    assert len(moments) == space.MAX_MOMENTS
    assert (moments[0].ranges, moments[-1].ranges) == (ranges[0], ranges[-1])


def test_rights() -> None:
    pairs = {"urw-": "rw", "ur-x": "rx", "ur--": "r", "krw-": "Krw", "?": "~"}
    assert {rights: short_rights(rights) for rights in pairs} == pairs


def test_page_in_chromium(tmp_path: Path) -> None:
    """It fits on a phone, tests open when clicked, and those that passed can be hidden."""
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("chromium is not installed: the page was not opened")
    data = make_result(*STATUSES)
    data["tests"][1]["evidence"] = make_evidence()
    data["tests"][2]["source"]["text"][1] = f"{EVIL[0]}{'x' * 300}"
    (tmp_path / "page.html").write_text(render(read_grade(data), "html"))
    frame = """<iframe id="f" src="page.html" width="360" height="900"></iframe><script>
    onload = () => { const d = f.contentDocument, all = s => [...d.querySelectorAll(s)];
    const open = all(".test[open]").map(x => x.id);
    for (const x of all(".test:not([open]) > summary")) x.click();
    d.querySelector("#only").click();
    const e = d.documentElement;
    document.body.append(`first=${open} wide=${e.scrollWidth > e.clientWidth} ` +
    `open=${all(".test[open]").length} passed=${all(".test.pass").some(x => x.offsetHeight)} ` +
    `scripts=${d.scripts.length}`);
    }</script>"""
    (tmp_path / "frame.html").write_text(f"<!DOCTYPE html><body>{frame}</body>")
    flags = "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-sync"
    flags += " --disable-background-networking --disable-component-update"
    flags += " --allow-file-access-from-files --virtual-time-budget=2000 --dump-dom"
    profile = f"--user-data-dir={tmp_path / 'profile'}"
    command = [chromium, *flags.split(), profile, (tmp_path / "frame.html").as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    expected = f"first=test-test-fail wide=false open={len(STATUSES)} passed=false scripts=0"
    assert expected in done.stdout, done.stderr[-2000:]
