# SPDX-License-Identifier: MIT
"""What programs that make a page of docs/ have in common: their command line."""

import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def main(page: Path, make: Callable[[], tuple[str, list[str]]]) -> int:
    """Write PAGE, or with --check compare it.  MAKE gives its text and what is wrong."""
    check = sys.argv[1:] == ["--check"]
    if sys.argv[1:] and not check:
        print(f"usage: {Path(sys.argv[0]).name} [--check]", file=sys.stderr)
        return 2
    text, wrong = make()
    if not check:
        page.write_text(text, encoding="utf-8")
    elif not page.exists() or page.read_text(encoding="utf-8") != text:
        maker = Path(sys.argv[0]).resolve().relative_to(ROOT)
        wrong.append(f"{page.relative_to(ROOT)} is out of date: run python3 {maker}")
    print(*wrong, sep="\n", end="\n" if wrong else "")
    return 1 if wrong else 0
