# SPDX-License-Identifier: MIT
"""The table of behaviours and the tests of each.

    table.py            write docs/vm-behaviours.md
    table.py --check    say what is wrong with it, nothing when all is right

rows.toml has the rows.  A test belongs to a row when a comment, a docstring or
BEHAVIOUR(ROW_NUMBER, ...) names it.  A row has a test or a reason why not.
"""

import re
import sys
import tomllib
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "docs"))

import page  # noqa: E402

ROWS = ROOT / "docs/vm/rows.toml"
PAGE = ROOT / "docs/vm-behaviours.md"
DEVIATIONS = ROOT / "tests/linux/deviations.toml"

# Where tests are, and what of such a file can name a row.
C_TEXT = r"/\*.*?\*/"
PYTHON_TEXT = r'""".*?"""|#[^\n]*'
SHELL_TEXT = r"#[^\n]*"
PLACES = {
    "tests/linux/*.c": rf"{C_TEXT}|^BEHAVIOUR\([A-O]\d+(?=_)",
    "tests/host/*.c": C_TEXT,
    "tests/guest/*.c": C_TEXT,
    "tests/fuzz/*.c": C_TEXT,
    "tests/boot/*.py": PYTHON_TEXT,
    "tests/lint/run": SHELL_TEXT,
    ".ci/*": SHELL_TEXT,
}
ROW = re.compile(r"\b[A-O][1-9]\d?\b")

NOTES = ("differs", "missing", "not_done")
TEXT_MAX = 90

HEAD = """\
# Behaviours and their tests

Made by `docs/vm/table.py` from `docs/vm/rows.toml`; `make lint` fails when it is out of date.

What Faultline's memory management, and what touches it, must do. Linux decides: the tests in
`tests/linux` run on both, and "as on Linux" means that they end alike. "As specified" is said of
what Linux does not show, or nobody can compare. A number behind a file tells how many of its tests
or comments name the row.

"""


def read_toml(path: Path) -> dict:
    """What is in PATH; the end of the program when that is no TOML."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        sys.exit(f"{path.relative_to(ROOT)}: {error}")


def load() -> tuple[dict[str, str], dict[str, str], dict[str, dict[str, str]], list[str]]:
    """From rows.toml: titles by letter, texts by row, notes by kind and row; and what is wrong."""
    data = read_toml(ROWS)
    notes = {kind: data.pop(kind, {}) for kind in NOTES}
    titles = {letter: section.pop("title", "") for letter, section in data.items()}
    rows = {row: text for section in data.values() for row, text in section.items()}
    wrong = [
        f"{row}: text of {len(t)} characters ({TEXT_MAX})"
        for row, t in rows.items()
        if len(t) > TEXT_MAX
    ]
    for letter, section in data.items():
        if not titles[letter]:
            wrong.append(f"[{letter}]: it has no title")
        if list(section) != [f"{letter}{i}" for i in range(1, len(section) + 1)]:
            wrong.append(f"[{letter}]: its rows are not {letter}1, {letter}2, ...")
    wrong += [f"[{k}]: no such row as {r}" for k in NOTES for r in notes[k] if r not in rows]
    return titles, rows, notes, [f"{ROWS.relative_to(ROOT)}: {line}" for line in wrong]


def find_tests(rows: dict[str, str]) -> tuple[dict[str, Counter[str]], list[str]]:
    """By row, how often each file names it; and names of rows that there are not."""
    tests: dict[str, Counter[str]] = {row: Counter() for row in rows}
    wrong = []
    for place, pattern in PLACES.items():
        for path in sorted(ROOT.glob(place)):
            name = str(path.relative_to(ROOT))
            source = path.read_text(encoding="utf-8")
            for text in re.findall(pattern, source, re.DOTALL | re.MULTILINE):
                for row in set(ROW.findall(text)):
                    if row in tests:
                        tests[row][name] += 1
                    else:
                        wrong.append(f"{name}: no such row as {row} in {ROWS.relative_to(ROOT)}")
    return tests, wrong


def find_deviations() -> dict[str, str]:
    """By row, why Faultline's result is not that of Linux."""
    found: dict[str, str] = {}
    for line, entry in read_toml(DEVIATIONS).items():
        found.setdefault(line.split(".")[0], f"{entry['reason'].rstrip('.')} ({line})")
    return found


def result(row: str, tests: Counter[str], notes: dict[str, dict[str, str]], why: str) -> str:
    """What the last column says of ROW; WHY is how it deviates from Linux, or empty."""
    if row in notes["not_done"]:
        return f"not done: {notes['not_done'][row]}"
    reason = "; ".join(filter(None, (why, notes["differs"].get(row))))
    if reason:
        text = f"differs: {reason}"
    elif any(name.startswith("tests/linux/") for name in tests):
        text = "as on Linux"
    else:
        text = "as specified"
    return f"{text}; missing: {notes['missing'][row]}" if row in notes["missing"] else text


def check_row(row: str, tests: Counter[str], notes: dict[str, dict[str, str]]) -> str:
    """What is wrong with ROW; empty when nothing is."""
    if row in notes["not_done"] and tests:
        return f"{row} is [not_done], but {next(iter(tests))} names it"
    if row not in notes["not_done"] and not tests:
        return f"{row}: no test names it, and it is not [not_done]"
    return ""


def totals(results: dict[str, str], notes: dict[str, dict[str, str]]) -> str:
    """How many rows there are of each kind, and which."""
    kinds = {
        "tested, as on Linux or as specified": [
            r for r, t in results.items() if t.startswith("as ") and r not in notes["missing"]
        ],
        "tested in part": [r for r in results if r in notes["missing"]],
        "tested, done in another way": [
            r for r, t in results.items() if t.startswith("differs") and r not in notes["missing"]
        ],
        "not done, or not tested": [r for r, t in results.items() if t.startswith("not done")],
    }
    lines = ["| rows | | which |", "|---:|---|---|"]
    for kind, rows in kinds.items():
        lines.append(f"| {len(rows)} | {kind} | {', '.join(rows) if len(rows) < 40 else ''} |")
    lines.append(f"| {len(results)} | all | |")
    return "\n".join(lines) + "\n"


def files(tests: Counter[str]) -> str:
    """The files of TESTS with the numbers of tests, without the folder that most share."""
    return ", ".join(f"{name.removeprefix('tests/')} {n}" for name, n in tests.items())


def make_page() -> tuple[str, list[str]]:
    """The text of the page; and what is wrong with rows and tests."""
    titles, rows, notes, wrong = load()
    tests, unknown = find_tests(rows)
    deviations = find_deviations()
    results = {row: result(row, tests[row], notes, deviations.get(row, "")) for row in rows}
    wrong += unknown + [line for row in rows if (line := check_row(row, tests[row], notes))]
    text = HEAD + totals(results, notes)
    for letter, title in titles.items():
        text += (
            f"\n## {letter}. {title}\n\n| id | behaviour | tests | result |\n|---|---|---|---|\n"
        )
        for row in (row for row in rows if row[0] == letter):
            text += f"| {row} | {rows[row]} | {files(tests[row])} | {results[row]} |\n"
    return text, wrong


if __name__ == "__main__":
    sys.exit(page.main(PAGE, make_page))
