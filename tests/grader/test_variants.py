# SPDX-License-Identifier: MIT
"""Each boot of a lab's test is another variant: what it does comes from the nonce."""

import re
from pathlib import Path

import pytest
from conftest import ROOT

PROGRAMS = sorted(ROOT.glob("labs/*/tests/*.c"))
_CHOICE = re.compile(r"\b(?:test_random|between|crossing)\(")


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_a_program_leaves_something_to_the_nonce(path: Path) -> None:
    assert _CHOICE.search(path.read_text()), "a kernel could know all that it does"


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_nothing_is_chosen_before_the_nonce_is_known(path: Path) -> None:
    """test_begin reads the nonce: what is chosen before would be the same in every boot."""
    main = path.read_text().partition("\nmain(")[2]
    first = _CHOICE.search(main)
    begin = re.search(r"\b(?:test|lab)_begin\(", main)
    assert begin is not None
    assert first is None or begin.start() < first.start()


def test_there_are_programs() -> None:
    assert len(PROGRAMS) >= 35
