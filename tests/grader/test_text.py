# SPDX-License-Identifier: MIT
"""Cleaning: nothing that comes out may do more than be read."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grading.text import LINE_LENGTH, Cleaner, ShownStream, clean, clean_line, shorten, shown, tail


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"plain\n", "plain\n"),
        (b"a\r\nb\rc", "a\nb\\x0dc"),
        (b"\x1b[31mred", "\\x1b[31mred"),
        (b"\xc2\x9b31m", "\\x9b31m"),
        (b"\xff\xfe", "\\xff\\xfe"),
        ("\u202egnp.exe".encode(), "\\u202egnp.exe"),
        ("\u00e9\u4e2d".encode(), "\u00e9\u4e2d"),
        (b"\xe2\x82", "\\xe2\\x82"),
        (b"a\0b\x07\x7f", "a\\x00b\\x07\\x7f"),
        (b"\xef\xbb\xbfBOM", "\\ufeffBOM"),
        ("\u200f\u2066right to left\u2069".encode(), "\\u200f\\u2066right to left\\u2069"),
        (b"\x1b]0;title\x07\x1b[?1049h", "\\x1b]0;title\\x07\\x1b[?1049h"),
        (b"\xed\xa0\x80", "\\xed\\xa0\\x80"),
        ("\u2028\u0085\u00a0".encode(), "\\u2028\\x85\u00a0"),
        (b"<b>&amp;", "<b>&amp;"),  # HTML is text until an exporter escapes it
    ],
)
def test_clean(raw: bytes, expected: str) -> None:
    assert clean(raw) == expected


def test_names_with_broken_bytes_are_shown() -> None:
    assert clean_line("a\udcffb\n") == "a\\xffb\\n"


@given(st.binary(max_size=300), st.lists(st.integers(0, 300)))
def test_pieces_do_not_matter(raw: bytes, cuts: list[int]) -> None:
    places = sorted({0, len(raw), *(c for c in cuts if c < len(raw))})
    cleaner = Cleaner()
    parts = [cleaner.feed(raw[a:b]) for a, b in zip(places, places[1:])]
    assert "".join([*parts, cleaner.feed(b"", final=True)]) == clean(raw)


@given(st.binary(max_size=300))
def test_nothing_harmful_is_left(raw: bytes) -> None:
    for char in clean(raw):
        assert char in "\n\t" or unicodedata.category(char)[0] != "C"
    clean(raw).encode("utf-8")


def test_tail() -> None:
    assert tail("a\nb\nc\n\n", 2) == ["b", "c"]
    assert tail(" \n", 5) == []


def test_tail_and_lines_are_bounded() -> None:
    assert shorten("x" * LINE_LENGTH) == "x" * LINE_LENGTH
    long = f"begin{'x' * (1 << 20)}end"
    assert len(shorten(long)) <= LINE_LENGTH
    assert shorten(long).startswith("begin") and shorten(long).endswith("end")
    assert [len(line) <= LINE_LENGTH for line in tail(f"{long}\n{long}", 5)] == [True, True]


# A line, and how it is printed where a CI runner reads along.
LINES = [
    ("::set-output name=grade::100", "\\::set-output name=grade::100"),
    ("  \t::error::x", "  \t\\::error::x"),
    ("##[command]x", "\\##[command]x"),
    ("##vso[task.complete]", "\\##vso[task.complete]"),
    ("a ::set-output::", "a ::set-output::"),
    (": :", ": :"),
    ("", ""),
]


@pytest.mark.parametrize(("line", "expected"), LINES)
def test_no_line_is_a_command(line: str, expected: str) -> None:
    assert shown(line) == expected


@given(st.text(":# \nx", max_size=30), st.lists(st.integers(0, 30)))
def test_no_line_of_a_stream_is_a_command(text: str, cuts: list[int]) -> None:
    places = sorted({0, len(text), *(c for c in cuts if c < len(text))})
    stream = ShownStream()
    parts = [stream.feed(text[a:b]) for a, b in zip(places, places[1:])]
    printed = "".join([*parts, stream.feed("", final=True)])
    assert printed == "\n".join(map(shown, text.split("\n")))


def test_prompts_are_not_held_back() -> None:
    stream = ShownStream()
    assert [stream.feed(piece) for piece in ("$ ", "ls\n# ", ":", "x\n")] == [
        "$ ",
        "ls\n# ",
        ":",
        "x\n",
    ]
