# SPDX-License-Identifier: MIT
"""What a witness outside the guest saw: facts without judgement.

A Word is something that the trusted test program said in its registers while its code
was seen to run.  A Finding is a comparison of what is with what should be: of the
guest's own words with its memory (kind "claim"), or of its memory with a rule of the
lab (kind "rule").  A Picture is the address space at one moment, for reports.
"""

from dataclasses import dataclass, field
from typing import Any

_SHOWN_PICTURES = 8

OWN_CODE = "the program's own code"  # what a Finding about it is called


@dataclass(frozen=True)
class Word:
    """``begin NAME``, ``step ID ok`` or ``end COUNT ok``, from the registers.

    Of children, TEXT being which: ``exit`` with the code in VALUE, and ``exec``, both said
    by the child, and ``child`` by its parent, with the wait status in VALUE.
    """

    what: str
    text: str
    ok: bool
    value: int = 0


@dataclass(frozen=True)
class Finding:
    """One comparison, in words; ADDRESS is what it is about, if it is about one."""

    kind: str
    point: str
    what: str
    expected: str
    got: str
    ok: bool
    address: int | None = None


@dataclass(frozen=True)
class Range:
    """Present pages in a row with the same rights."""

    start: int
    end: int
    rights: str


@dataclass(frozen=True)
class Picture:
    """The user half of an address space at POINT."""

    point: str
    ranges: tuple[Range, ...]


@dataclass(frozen=True)
class Evidence:
    """Everything that was seen in one boot; COMPLETE when nothing kept us from looking."""

    started: bool = False
    words: tuple[Word, ...] = ()
    findings: tuple[Finding, ...] = ()
    pictures: tuple[Picture, ...] = ()
    problem: str = ""

    @property
    def wrong(self) -> tuple[Finding, ...]:
        """What was not as it should be."""
        return tuple(f for f in self.findings if not f.ok)

    @property
    def doubtful(self) -> bool:
        """Was anything wrong, or said by the program to be?"""
        return any(not f.ok for f in self.findings) or any(
            word.what == "step" and not word.ok for word in self.words
        )


def evidence_json(evidence: Evidence | None) -> dict[str, Any] | None:
    """What result.json says; pictures alike in a row are one, wrong findings come first."""
    if evidence is None:
        return None
    findings = sorted(evidence.findings, key=lambda finding: finding.ok)
    pictures: list[Picture] = []
    for picture in evidence.pictures:
        if not pictures or picture.ranges != pictures[-1].ranges:
            pictures.append(picture)
    return {
        "problem": evidence.problem,
        "words": [vars(word) for word in evidence.words],
        "findings": [{**vars(f), "address": _hex(f.address)} for f in findings],
        "pictures": [
            {
                "point": picture.point,
                "ranges": [
                    {"start": _hex(r.start), "end": _hex(r.end), "rights": r.rights}
                    for r in picture.ranges
                ],
            }
            for picture in pictures[:_SHOWN_PICTURES]
        ],
    }


def _hex(address: int | None) -> str | None:
    return None if address is None else f"{address:#x}"


@dataclass
class Notes:
    """Evidence being collected."""

    started: bool = False
    words: list[Word] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    pictures: list[Picture] = field(default_factory=list)
    problem: str = ""

    def done(self) -> Evidence:
        """The evidence so far."""
        return Evidence(
            self.started,
            tuple(self.words),
            tuple(self.findings),
            tuple(self.pictures),
            self.problem,
        )
