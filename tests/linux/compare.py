# SPDX-License-Identifier: MIT
"""Compare what a program sees on Linux and on Faultline, line by line.

    compare.py check PROGRAM KERNEL INITRD [SEEDS]
    compare.py expected PROGRAM

"check" runs the behaviours on Faultline, compares them with expected.txt, and does the same on
this machine's Linux, whose differences are only told; then SEEDS random sequences on both
machines.  "expected" makes expected.txt by a run on Debian's kernel.
"""

import re
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import guests  # noqa: E402
from machine import command, run  # noqa: E402

BUILD = Path("build/linux")
EXPECTED = HERE / "expected.txt"
DEVIATIONS = HERE / "deviations.toml"
MOST_DEVIATIONS = 10

CALLS = 500  # in a random sequence
STOPS = 20  # how often the kernel may stop before the comparison is given up
TRACES = 3  # how many differing sequences are looked into

LINE = re.compile(r"([A-Z][0-9]+\.[0-9]+) ((?:[^:]|:(?! ))+): (.*)")
CALL = re.compile(r"[a-z]+ \[-?[0-9]+,")
LEFT_OUT = "left out"


@dataclass(frozen=True)
class Behaviour:
    """One line: what was tried, and what was seen."""

    id: str
    name: str
    result: str


@dataclass(frozen=True)
class Deviation:
    """What Faultline does in another way than Linux, and why."""

    faultline: str
    reason: str


def behaviours(lines: list[str]) -> list[Behaviour]:
    """The behaviours among the LINES of a console."""
    return [Behaviour(*match.groups()) for line in lines if (match := LINE.fullmatch(line))]


def deviations() -> dict[str, Deviation]:
    """The listed deviations, by id."""
    table = tomllib.loads(DEVIATIONS.read_text(encoding="utf-8"))
    for id_, entry in table.items():
        if set(entry) != {"faultline", "reason"} or not all(entry.values()):
            raise SystemExit(f"{DEVIATIONS}: {id_}: needs faultline and reason, and no more")
    if len(table) > MOST_DEVIATIONS:
        raise SystemExit(f"{DEVIATIONS}: {len(table)} deviations, at most {MOST_DEVIATIONS}")
    return {id_: Deviation(**entry) for id_, entry in table.items()}


# --- the three machines ------------------------------------------------------------


class Faultline:
    """The kernel under test, in a virtual machine."""

    def __init__(self, program: Path, kernel: Path, initrd: Path) -> None:
        self.kernel, self.name = kernel, program.name
        self.initrd = guests.archive_with(initrd, program, BUILD / "initrd.tar")

    def run(self, *arguments: str) -> tuple[bool, list[str]]:
        """Run the program; => whether it came to its end, and the console's lines."""
        append = " ".join(["--", f"/bin/{self.name}", "/tmp/linux", *arguments])
        lines = run(command(self.kernel, self.initrd, append), limit_s=400).lines()
        return "behaviours: end" in lines, lines

    def behaviours(self) -> list[Behaviour]:
        """All behaviours; where the kernel stops, the machine is started anew behind it."""
        seen: list[Behaviour] = []
        for _ in range(STOPS):
            ended, lines = self.run("all", str(len(seen)))
            seen += behaviours(lines)
            if ended:
                break
            last = next((line for line in lines if line.startswith("panic:")), lines[-1:])
            seen.append(Behaviour("?", "", f"the kernel stopped: {last}"))
        return seen


def host_behaviours(program: Path) -> list[Behaviour]:
    """All behaviours of this machine's kernel."""
    return behaviours(guests.on_host(program, "DIR", "all"))


def debian_behaviours(program: Path) -> tuple[str, list[Behaviour]]:
    """The kernel's file name, and all behaviours of Debian's kernel in a small machine.

    SMAP is off: in TCG an iretq of user code would look like a fault of the kernel, and
    end it (C25.1).  Page tables have four levels, as on Faultline.
    """
    options = "norandmaps -- /tmp/linux all"
    small = ("-m", "256M", "-cpu", "max,-smap,-la57")
    kernel, lines = guests.on_debian(program, options, *small, limit_s=600)
    if "behaviours: end" not in lines:
        raise SystemExit("Debian's kernel did not come to the end:\n" + "\n".join(lines[-20:]))
    return kernel, behaviours(lines)


# --- comparing ---------------------------------------------------------------------


@dataclass
class Score:
    """What the last line says."""

    same: int = 0
    listed: int = 0
    different: int = 0


def differ(id_: str, name: str, linux: str, faultline: str) -> None:
    """Tell one difference."""
    print(f"  {id_} {name}\n      Linux:     {linux}\n      Faultline: {faultline}")


def compare(expected: list[Behaviour], seen: list[Behaviour], score: Score) -> None:
    """Compare Faultline's lines, in their order, with the expected ones."""
    listed, used = deviations(), set()
    for index, want in enumerate(expected):
        got = seen[index] if index < len(seen) else Behaviour(want.id, want.name, "nothing")
        if got.id == "?" or (got.id, got.name) == (want.id, want.name):
            result = got.result
        else:
            result = f"another line: {got.id} {got.name}"
        if result == want.result:
            score.same += 1
        elif want.id in listed and result == listed[want.id].faultline:
            used.add(want.id)
            score.listed += 1
        else:
            score.different += 1
            differ(want.id, want.name, want.result, result)
    for id_ in sorted(set(listed) - used):
        score.different += 1
        print(f"  {DEVIATIONS.name}: {id_} is listed, but Faultline does not do that")


def tell_host(expected: list[Behaviour], host: list[Behaviour]) -> None:
    """Say where this machine's kernel differs from expected.txt: it may be a special one."""
    wanted = {one.id: one for one in expected}
    same = left_out = 0
    for one in host:
        want = wanted.get(one.id)
        if one.result.startswith(LEFT_OUT):
            left_out += 1
        elif want is not None and one == want:
            same += 1
        else:
            print(f"  this machine: {one.id} {one.name}: {one.result}")
            print(f"      expected: {want.result if want else 'nothing'}")
    print(f"this machine's Linux: {same} same, {left_out} left out, of {len(expected)} expected")


def random_sequences(program: Path, faultline: Faultline, seeds: int, score: Score) -> None:
    """Compare SEEDS random sequences; look into the first ones that differ."""
    linux = guests.on_host(program, "DIR", "random", "1", str(CALLS), str(seeds))
    ours = faultline.run("random", "1", str(CALLS), str(seeds))[1]
    found = {line.split(":")[0]: line for line in ours if line.startswith("seed ")}
    wrong = []
    for line in linux:
        if not line.startswith("seed "):
            continue
        if found.get(line.split(":")[0]) != line:
            wrong.append(line.split(":")[0].split()[1])
    for seed in wrong[:TRACES]:
        print(f"  seed {seed}: {first_difference(program, faultline, seed)}")
    score.different += len(wrong)
    print(f"random sequences: {seeds} of {CALLS} calls, {len(wrong)} different")


def first_difference(program: Path, faultline: Faultline, seed: str) -> str:
    """The first call of a sequence that gives something else."""
    order = ("random", seed, str(CALLS), "trace")
    linux = [line for line in guests.on_host(program, "DIR", *order) if CALL.match(line)]
    ours = [line for line in faultline.run(*order)[1] if CALL.match(line)]
    for number, line in enumerate(linux):
        other = ours[number] if number < len(ours) else "nothing"
        if line != other:
            return f"call {number}\n      Linux:     {line}\n      Faultline: {other}"
    return "no call differs"


# --- the two orders ------------------------------------------------------------------


def check(program: Path, kernel: Path, initrd: Path, seeds: int) -> int:
    """Compare Faultline with Linux; => 1 when something differs that is not listed."""
    score = Score()
    expected = behaviours(EXPECTED.read_text(encoding="utf-8").splitlines())
    tell_host(expected, host_behaviours(program))
    faultline = Faultline(program, kernel, initrd)
    compare(expected, faultline.behaviours(), score)
    if seeds > 0:
        random_sequences(program, faultline, seeds, score)
    count = Path("build/check/linux.count")
    count.parent.mkdir(parents=True, exist_ok=True)
    count.write_text(f"{score.same + score.listed} {score.different}\n", encoding="ascii")
    print(f"linux: {score.same} same, {score.listed} listed, {score.different} different")
    return 1 if score.different else 0


def make_expected(program: Path) -> int:
    """Write expected.txt."""
    kernel, seen = debian_behaviours(program)
    lines = [f"# Made by make linux-expected on {kernel}.", ""]
    lines += [f"{one.id} {one.name}: {one.result}" for one in seen]
    EXPECTED.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{EXPECTED}: {len(seen)} behaviours of {kernel}")
    return 0


def main(order: str, program: str, *rest: str) -> int:
    """Do one of the two orders."""
    if order == "expected":
        return make_expected(Path(program))
    kernel, initrd, *seeds = rest
    return check(Path(program), Path(kernel), Path(initrd), int(seeds[0]) if seeds else 0)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
