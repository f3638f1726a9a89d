# SPDX-License-Identifier: MIT
"""Cleaning: nothing that comes out may do more than be read."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grading.text import Cleaner, clean, clean_line, tail


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
