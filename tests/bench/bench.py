# SPDX-License-Identifier: MIT
"""Count the instructions that operations cost, and hold them against bars.

    bench.py run PROGRAM KERNEL INITRD
    bench.py linux PROGRAM

"run" measures Faultline, writes build/bench/result.json and prints a table; its exit status is 1
when a figure is over its bar.  "linux" measures Debian's kernel in the same machine with the same
program, and writes linux.toml.
"""

import json
import sys
import tomllib
from dataclasses import asdict, dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import guests  # noqa: E402
from machine import POWERED_OFF, command, run  # noqa: E402

BUILD = Path("build/bench")
LINUX = HERE / "linux.toml"
ROWS = HERE / "rows.toml"
LIMIT_S = 900

# One tick of the time stamp counter is one instruction; nothing depends on the host.
COUNTED = (
    *("-M", "pc", "-cpu", "qemu64", "-m", "256M", "-smp", "1"),
    *("-accel", "tcg,thread=single", "-icount", "shift=0,sleep=off"),
    *("-rtc", "base=2024-01-01,clock=vm"),
)


@dataclass(frozen=True)
class Figure:
    """What the program has measured: instructions of one operation."""

    n: int
    least: int
    median: int
    mean: int


@dataclass(frozen=True)
class Result:
    """One line of the table."""

    name: str
    what: str
    linux: int | None
    bar: int | None
    ours: int | None
    verdict: str


def figures(lines: list[str]) -> dict[str, Figure]:
    """The figures among the LINES of a console."""
    found = {}
    for line in lines:
        name, *numbers = line.split(" ")
        if len(numbers) == 4 and all(number.isdigit() for number in numbers):
            found[name] = Figure(*map(int, numbers))
    return found


def complete(lines: list[str], what: str) -> dict[str, Figure]:
    """The figures of a run that has come to its end, with those that are worked out."""
    if "bench: end" not in lines:
        raise SystemExit(f"{what}: the program did not come to its end:\n" + "\n".join(lines[-20:]))
    found = figures(lines)
    for name, row in rows().items():
        if "difference" in row and set(row["difference"][:2]) <= set(found):
            large, small, divisor = row["difference"]
            least, median, mean = (
                (getattr(found[large], part) - getattr(found[small], part)) // divisor
                for part in ("least", "median", "mean")
            )
            found[name] = Figure(found[large].n, least, median, mean)
    return found


def rows() -> dict[str, dict]:
    """What is measured, from rows.toml."""
    table = tomllib.loads(ROWS.read_text(encoding="utf-8"))
    for name, row in table.items():
        if "what" not in row or not set(row) <= {"what", "bar", "bar_ratio", "difference"}:
            raise SystemExit(f"{ROWS}: {name}: needs what, may have bar, bar_ratio, difference")
    return table


def faultline(program: Path, kernel: Path, initrd: Path) -> dict[str, Figure]:
    """Measure Faultline."""
    archive = guests.archive_with(initrd, program, BUILD / "initrd.tar")
    arguments = command(kernel, archive, f"-- /bin/{program.name}", *COUNTED)
    boot = run(arguments, LIMIT_S)
    lines = boot.lines()
    if boot.status != POWERED_OFF:
        lines.append(f"(QEMU's exit status is {boot.status}, not {POWERED_OFF})")
    return complete(lines, "Faultline")


def debian(program: Path) -> tuple[str, dict[str, Figure]]:
    """Measure Debian's kernel; => the name of its file too."""
    kernel, lines = guests.on_debian(program, guests.LEAN, *COUNTED, limit_s=LIMIT_S)
    return kernel, complete(lines, "Linux")


def linux_medians() -> dict[str, int]:
    """Linux's medians, from linux.toml."""
    return {
        name: entry["median"]
        for name, entry in tomllib.loads(LINUX.read_text(encoding="utf-8")).items()
    }


def judge(ours: dict[str, Figure]) -> list[Result]:
    """Hold OURS against the bars."""
    results = []
    linux = linux_medians()
    for name, row in rows().items():
        bar = row.get("bar")
        if "bar_ratio" in row:
            other, ratio = row["bar_ratio"]
            bar = int(ours[other].median * ratio) if other in ours else 0
        median = ours[name].median if name in ours else None
        if median is None:
            verdict = "MISSING"
        elif bar is None:
            verdict = ""
        else:
            verdict = "ok" if median <= bar else "OVER"
        results.append(Result(name, row["what"], linux.get(name), bar, median, verdict))
    return results


def table(results: list[Result]) -> str:
    """The results in columns."""
    lines = [f"{'operation':<58}{'Linux':>10}{'bar':>10}{'ours':>10}"]
    for result in results:
        numbers = (result.linux, result.bar, result.ours)
        cells = "".join(f"{'-' if number is None else number:>10}" for number in numbers)
        lines.append(f"{result.what:<58}{cells}  {result.verdict}".rstrip())
    return "\n".join(lines)


def measure(program: Path, kernel: Path, initrd: Path) -> int:
    """Measure Faultline; => 1 when a figure is over its bar."""
    ours = faultline(program, kernel, initrd)
    results = judge(ours)
    report = {
        "unit": "instructions, median",
        "rows": [asdict(result) for result in results],
        "figures": {name: asdict(figure) for name, figure in ours.items()},
    }
    BUILD.mkdir(parents=True, exist_ok=True)
    (BUILD / "result.json").write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    print(table(results))
    bad = [result for result in results if result.verdict in ("OVER", "MISSING")]
    kept = sum(result.verdict == "ok" for result in results)
    print(f"bench: {kept} of {sum(result.bar is not None for result in results)} bars kept")
    return 1 if bad else 0


def refresh_linux(program: Path) -> int:
    """Write linux.toml."""
    kernel, found = debian(program)
    lines = [
        "# SPDX-License-Identifier: MIT",
        "#",
        f"# Made by make bench-linux on {kernel}: instructions.  The kernel's options were",
        f"#   {guests.LEAN[:80].rsplit(' ', 1)[0]}",
        f"#   {guests.LEAN[len(guests.LEAN[:80].rsplit(' ', 1)[0]) + 1:]}",
        "",
    ]
    for name, figure in found.items():
        numbers = ", ".join(f"{key} = {value}" for key, value in asdict(figure).items())
        lines.append(f"{name} = {{ {numbers} }}")
    LINUX.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{LINUX}: {len(found)} figures of {kernel}")
    return 0


def main(order: str, program: str, *rest: str) -> int:
    """Do one of the two orders."""
    if order == "linux":
        return refresh_linux(Path(program))
    kernel, initrd = map(Path, rest)
    return measure(Path(program), kernel, initrd)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
