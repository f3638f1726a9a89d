# SPDX-License-Identifier: MIT
"""Write the last measurement down for readers: docs/performance.md and its plot.

docs.py build/bench/result.json docs
"""

import json
import sys
from pathlib import Path

from plot import svg

HEAD = """# What operations cost

Guest instructions, the median of many runs, from user space to user space: what
`rdtsc` counts under `-icount shift=0,sleep=off`. Linux is Debian's 6.1 at its leanest
(`mitigations=off init_on_alloc=0 cgroup_disable=memory ...`), the same binary in the same
machine; `make bench-linux` measures it anew. `make bench` measures Faultline and fails when
a figure is over its bar; `make bench-docs` writes this page.

![Share of Linux's instructions](performance.svg)

| operation | Linux | bar | Faultline | |
|---|---:|---:|---:|---|
"""

# Counted by hand, one pair single-stepped: to be done again when the figure changes much.
MAPPINGS = """
## Where a mapping's instructions go

One pair, untouched, without the user's own instructions:

| what | instructions |
|---|---:|
| two ways in and out | 104 |
| mmap's arguments, and that they ask for nothing unusual | 23 |
| the highest room, and that no neighbor takes the page in; list, counts, lock | 110 |
| a region object, made and freed | 44 |
| munmap's arguments | 24 |
| the region, out of list and counts; lock | 56 |
| no page to unmap | 16 |

The tree is not among them: what goes before anybody has asked the tree never gets into it
(docs/design/0023). Touched, the pair costs a fault on a fresh page more, and the page's way
back.
"""


def cell(value: int | None) -> str:
    """A number for the table."""
    return "" if value is None else f"{value:,}".replace(",", " ")


def page(rows: list[dict]) -> str:
    """The page's text."""
    lines = [
        f"| {row['what']} | {cell(row['linux'])} | {cell(row['bar'])} | {cell(row['ours'])} "
        f"| {'over' if row['verdict'] == 'OVER' else row['verdict']} |"
        for row in rows
    ]
    kept = sum(row["verdict"] == "ok" for row in rows)
    over = [row["what"] for row in rows if row["verdict"] not in ("ok", "")]
    tail = f"\n{kept} of {kept + len(over)} bars are kept.\n"
    return HEAD + "\n".join(lines) + "\n" + tail + MAPPINGS


def main(result: str, folder: str) -> int:
    """Write page and plot."""
    rows = json.loads(Path(result).read_text(encoding="utf-8"))["rows"]
    Path(folder, "performance.md").write_text(page(rows), encoding="utf-8")
    drawn = [row for row in rows if row["bar"] and row["ours"] and row["linux"]]
    Path(folder, "performance.svg").write_text(svg(drawn), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
