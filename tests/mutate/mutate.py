# SPDX-License-Identifier: MIT
"""Would the host tests notice?  Change a line of kernel/mm, run the tests, see.

    mutate.py [--count N] [--only FILE] [--list] MM-SOURCE...

The sources are those that the word MM stands for in GNUmakefile.  A mutant is killed
when a test fails, crashes or takes too long; it has survived when all tests pass.  What
cannot be noticed is in equivalent.toml, with a reason.
"""

import argparse
import os
import re
import resource
import shutil
import subprocess
import sys
import tomllib
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from operators import Mutant, apply, choose, mutants  # noqa: E402

WORK = Path("build/mutate")
CFLAGS = (
    "-std=gnu11 -O1 -w -iquote tests/host/include -iquote kernel -iquote tests/host "
    "-include tests/host/include/x86/cpu.h -DSOLUTION -DFAULT_INJECTION -DINVARIANTS"
).split()
LIBS = "-lcheck -lsubunit -lm -lrt -lpthread".split()
CPU_SECONDS = 20
WALL_SECONDS = 300
GOAL = 90  # percent
NEVER = ("flush", "count", "zero", "range end")  # all are tried, and none may survive

# Not of MM, but tested: and headers that have more than prototypes.
ALSO = ["kernel/mm/usercopy.c", "kernel/mm/region.h", "kernel/mm/regiontree.h"]

# The quick and the telling ones first.
TESTS = (
    "vpmap pmem kmalloc vm map fresh fault ahead discard remap brk stack extend regiontree sweep "
    "range userrange elf data"
).split()


class Program:
    """A host test and the sources it is made of."""

    def __init__(self, name: str, mm: list[str], fs: list[str]) -> None:
        self.name = name
        source = f"tests/host/test_{name}.c"
        words = re.findall(r"host-test: *([^*\n]*)", Path(source).read_text())
        self.sources = [source]
        for word in " ".join(words).split():
            self.sources += {"MM": mm, "FS": fs}.get(word, [word])


def compiler(*args: str) -> bool:
    """Run the compiler.  => did it succeed?"""
    command = [os.environ.get("HOSTCC", "gcc"), *args, *CFLAGS]
    return subprocess.run(command, stderr=subprocess.DEVNULL, check=False).returncode == 0


def object_of(source: str) -> Path:
    """Where SOURCE's object is."""
    return WORK / "obj" / Path(source).with_suffix(".o")


def build_all(programs: list[Program]) -> None:
    """Compile what all mutants share."""
    for source in sorted({s for p in programs for s in p.sources}):
        target = object_of(source)
        target.parent.mkdir(parents=True, exist_ok=True)
        if not compiler("-MMD", "-c", "-o", str(target), source):
            sys.exit(f"mutate: {source} does not compile")


def limit() -> None:
    """Of a test: processor time, and no core files."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def passes(program: Program, objects: list[str], target: Path) -> bool:
    """Link PROGRAM from OBJECTS and run it.  => does it pass?"""
    if not compiler("-o", str(target), *objects, *LIBS):
        return False
    process = subprocess.Popen(
        [str(target)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        preexec_fn=limit,
        start_new_session=True,
    )
    try:
        return process.wait(timeout=WALL_SECONDS) == 0
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, 9)
        process.wait()
        return False


class Changed:
    """What of the sources is different with MUTANT in them, compiled in FOLDER when asked for."""

    def __init__(self, mutant: Mutant, folder: Path) -> None:
        self.mutant, self.folder = mutant, folder
        self.objects: dict[str, Path | None] = {}
        # A header is found by its path below kernel/, before the true one.
        self.source = folder / Path(mutant.file).relative_to("kernel")
        self.source.parent.mkdir(parents=True)
        self.source.write_text(apply(mutant, Path(mutant.file).read_text()))

    def touches(self, source: str) -> bool:
        """Is SOURCE what was changed, or does it include that?"""
        used = object_of(source).with_suffix(".d").read_text().split()
        return self.mutant.file in used

    def object_of(self, source: str) -> Path | None:
        """SOURCE's object; None when it does not compile."""
        if not self.touches(source):
            return object_of(source)
        if source not in self.objects:
            target = self.folder / f"{len(self.objects)}.o"
            text = str(self.source) if source == self.mutant.file else source
            done = compiler("-iquote", str(self.folder), "-c", "-o", str(target), text)
            self.objects[source] = target if done else None
        return self.objects[source]


def killer(mutant: Mutant, programs: list[Program], number: int) -> str:
    """=> the test that notices MUTANT; "" when none does; "invalid" when it does not compile"""
    folder = WORK / f"mutant-{number}"
    shutil.rmtree(folder, ignore_errors=True)
    changed = Changed(mutant, folder)
    try:
        for program in programs:
            if not any(map(changed.touches, program.sources)):
                continue
            objects = [changed.object_of(source) for source in program.sources]
            if None in objects:
                return "invalid"
            if not passes(program, [str(o) for o in objects], folder / program.name):
                return program.name
        return ""
    finally:
        shutil.rmtree(folder)


def load_equivalent() -> dict[tuple[str, str], str]:
    """(file, change) => why nobody can notice."""
    data = tomllib.loads((Path(__file__).parent / "equivalent.toml").read_text())
    found = {}
    for entry in data.get("mutant", []):
        if not entry.get("reason"):
            sys.exit(f"mutate: equivalent.toml: {entry.get('change')} has no reason")
        found[entry["file"], entry["change"]] = entry["reason"]
    return found


def run(chosen: list[Mutant], programs: list[Program]) -> dict[Mutant, str]:
    """Try all of CHOSEN, two at a time."""
    results: dict[Mutant, str] = {}
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        futures = [pool.submit(killer, m, programs, i) for i, m in enumerate(chosen)]
        for mutant, future in zip(chosen, futures):
            results[mutant] = future.result()
            if not results[mutant]:
                print(
                    f"  survived {mutant.file}:{mutant.line} [{mutant.kind}] {mutant.name}",
                    flush=True,
                )
    return results


def report(results: dict[Mutant, str], equivalent: dict[tuple[str, str], str]) -> int:
    """Print the figures.  => the exit status"""
    rows: dict[str, Counter] = {}
    bad = []
    for mutant, by in results.items():
        row = rows.setdefault(mutant.file, Counter())
        if by == "invalid":
            row["invalid"] += 1
        elif by:
            row["killed"] += 1
        elif (mutant.file, mutant.name) in equivalent:
            row["equivalent"] += 1
        else:
            row["survived"] += 1
            bad.append(mutant)
    print(f"{'file':32} killed survived equivalent invalid")
    total: Counter = Counter()
    for file, row in sorted(rows.items()):
        total.update(row)
        columns = [row[c] for c in ("killed", "survived", "equivalent", "invalid")]
        print(f"{file:32} {columns[0]:6} {columns[1]:8} {columns[2]:10} {columns[3]:7}")
    tried = total["killed"] + total["survived"]
    percent = 100 * total["killed"] / tried if tried else 0.0
    print(f"{total['killed']} of {tried} killed: {percent:.1f} %, goal {GOAL} %")
    print(
        "killed by: "
        + ", ".join(
            f"{k} {n}"
            for k, n in Counter(
                by for by in results.values() if by not in ("", "invalid")
            ).most_common()
        )
    )
    for mutant in bad:
        print(f"  survived {mutant.file}:{mutant.line} [{mutant.kind}]\n    {mutant.name}")
    never = [m for m in bad if m.kind in NEVER]
    if never:
        print(f"{len(never)} of a kind that must not survive: {', '.join(NEVER)}")
    return 0 if percent >= GOAL and not never else 1


def main() -> int:
    """Parse the command line and do it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=300, help="how many mutants (300)")
    parser.add_argument("--only", default="", help="only of files whose name has this in it")
    parser.add_argument("--list", action="store_true", help="only say which there are")
    parser.add_argument("--fs", default="", help="sources of kernel/fs")
    parser.add_argument("mm", nargs="+", help="sources of kernel/mm")
    args = parser.parse_args()
    files = [f for f in args.mm + ALSO if f.startswith("kernel/mm/") and args.only in f]
    found = [m for f in files for m in mutants(f, Path(f).read_text())]
    chosen = choose(found, args.count, NEVER)
    if args.list:
        for mutant in chosen:
            print(f"{mutant.file}:{mutant.line} [{mutant.kind}] {mutant.name}")
        print(f"{len(chosen)} of {len(found)}: {dict(Counter(m.kind for m in chosen))}")
        return 0
    programs = [Program(name, args.mm, args.fs.split()) for name in TESTS]
    build_all(programs)
    for program in programs:
        target = WORK / f"{program.name}.base"
        if not passes(program, [str(object_of(s)) for s in program.sources], target):
            sys.exit(f"mutate: test_{program.name} fails without any change")
        target.unlink()
    return report(run(chosen, programs), load_equivalent())


if __name__ == "__main__":
    sys.exit(main())
