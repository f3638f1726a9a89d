# SPDX-License-Identifier: MIT
"""What a late submission loses: a share of what it earned for each day begun.

A result is never changed: the policy is applied where a class is shown or exported.
"""

import math
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from grading.batch.roster import Entry
from grading.text import counted


@dataclass(frozen=True)
class Policy:
    """DUE is None where only the roster's late days count."""

    due: datetime | None = None
    percent: float = 0.0  # lost for each day
    free_days: float = 0.0  # that cost nothing
    grace_min: float = 0.0
    last_day: float | None = None  # after so many days there are no points

    def as_json(self) -> dict[str, Any]:
        """What ``read_policy`` reads."""
        return {**asdict(self), "due": self.due.isoformat() if self.due else None}

    def __str__(self) -> str:
        if not self.percent and self.last_day is None:
            return "late days cost nothing"
        parts = [f"{self.percent:g} % of the score a day"] if self.percent else []
        if self.due:
            parts.append(f"after {self.due:%Y-%m-%d %H:%M %z}")
        if self.grace_min:
            parts.append(f"{self.grace_min:g} min of grace")
        if self.free_days:
            parts.append(f"the first {self.free_days:g} days free")
        if self.last_day is not None:
            parts.append(f"nothing after {self.last_day:g} days")
        return ", ".join(parts)


@dataclass(frozen=True)
class Lateness:
    """How late one submission is, and what it keeps of its score."""

    days: float = 0.0
    keeps: float = 1.0
    note: str = ""

    def apply(self, score: int) -> float:
        """What is left of SCORE, in hundredths of a point."""
        return math.floor(score * self.keeps * 100 + 0.5) / 100


def read_policy(data: dict[str, Any] | None) -> Policy:
    """The policy that ``as_json`` gave."""
    if data is None:
        return Policy()
    due = data["due"]
    return Policy(**{**data, "due": datetime.fromisoformat(due) if due else None})


def lateness(entry: Entry, policy: Policy) -> Lateness:
    """How late ENTRY is: what the roster says, else what its time says."""
    days = entry.late_days
    if days is None and entry.submitted and policy.due:
        seconds = (entry.submitted - policy.due).total_seconds() - policy.grace_min * 60
        days = float(math.ceil(seconds / 86400)) if seconds > 0 else 0.0
    if days is None:
        unknown = "late, but nobody says by how much: give late_days in a roster"
        return Lateness(note=unknown if entry.is_late else "")
    if days <= 0:
        return Lateness()
    note = f"{counted(int(days), 'day') if days == int(days) else f'{days:g} days'} late"
    counting = max(0.0, days - policy.free_days)
    if policy.last_day is not None and days > policy.last_day:
        return Lateness(days, 0.0, f"{note}: too late")
    return Lateness(days, max(0.0, 1 - counting * policy.percent / 100), note)
