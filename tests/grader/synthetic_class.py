# SPDX-License-Identifier: MIT
"""Makes a class whose grades are known: the reference, stubs, mutants, spoofs, and broken things.

    python3 tests/grader/synthetic_class.py FOLDER [--count 100] [--seed 1] [--broken 30]

FOLDER gets a submission for each student, packed in many ways and under odd names, and
beside it FOLDER.json, which says what each must get: ``state``, and for those that are
graded the tests that must ``fail`` (None: any, as for spoofs).  The same seed gives the
same class.
"""

import argparse
import io
import json
import random
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from grading.batch.roster import read_roster  # noqa: E402  (needs the path above)
from grading.lab import Lab, find_lab  # noqa: E402
from grading.variants import Variant, load_mutants, load_spoofs, plain_variants  # noqa: E402

Files = Mapping[str, bytes]
Expected = dict[str, Any]

NAMES = (
    "ann", "Bob Smith", "jos\u00e9", "\u674e\u96f7", "o'neil", "a b  c", "-rf", "$(reboot)", "#1",
    "semi;colon", "quote\"d", "percent%s", "star*", "\u0645\u0631\u064a\u0645", "UPPER", "upper",
    "dot.ted", "tab\there", "<b>bold", "=1+1", "{{7*7}}", "ann\u0301", "\u202egnp.exe",
)  # fmt: skip


@dataclass(frozen=True)
class Work:
    """What one student hands in; a KIND of archive is chosen where PACK is None."""

    name: str
    files: Files
    expected: Expected
    pack: Callable[[Path, Files], Path] | None = None


# --- solutions ---------------------------------------------------------------------


def variant_files(variant: Variant, lab: Lab, root: Path) -> dict[str, bytes]:
    """The files that a student with VARIANT would hand in."""
    names = [*lab.student_files, *variant.outside]
    with tempfile.TemporaryDirectory() as folder:
        for name in names:
            target = Path(folder, name)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes((root / name).read_bytes())
        if variant.patch is not None:
            command = ["patch", "-p1", "--batch", "--no-backup-if-mismatch", "-i", variant.patch]
            subprocess.run(command, cwd=folder, check=True, capture_output=True)
        return {name: _unifdef(Path(folder, name), variant.solution) for name in names}


def _unifdef(path: Path, solution: bool) -> bytes:
    command = ["unifdef", "-DSOLUTION" if solution else "-USOLUTION", str(path)]
    return subprocess.run(command, capture_output=True, check=False).stdout


def good_work(lab: Lab, root: Path, rng: random.Random) -> Iterator[Work]:
    """Submissions that can be read, without end: mutants for the most part."""
    mutants = load_mutants(lab)
    rng.shuffle(mutants)
    reference, stub = plain_variants()
    every = [case.id for case in lab.cases]
    for index, mutant in enumerate(cycle(mutants)):
        if index % 8 == 0:
            yield Work("reference", variant_files(reference, lab, root), _graded([]))
        if index % 12 == 5:
            yield Work("stub", variant_files(stub, lab, root), _graded(every))
        yield Work(mutant.name, variant_files(mutant, lab, root), _graded(list(mutant.tests)))


def _graded(fail: list[str] | None) -> Expected:
    return {"state": "done", "fail": fail}


def bad_work(lab: Lab, root: Path) -> Iterator[Work]:
    """Hostile and broken submissions, without end."""
    reference = variant_files(plain_variants()[0], lab, root)
    spoofs = [
        Work(spoof.name, variant_files(spoof, lab, root), _graded(None))
        for spoof in load_spoofs(root / "tests/grader/spoofs", lab)
        if not spoof.members
    ]
    yield from (work for pair in cycle([spoofs]) for work in _mixed(pair, reference, lab))


def _mixed(spoofs: list[Work], reference: Files, lab: Lab) -> Iterator[Work]:
    first = lab.student_files[0]
    broken = [Work(name, reference, {"state": "refused"}, pack) for name, pack in BROKEN.items()]
    every = [case.id for case in lab.cases]
    unbuildable = {**reference, first: b"this is no C\n"}
    broken.append(Work("no-c", unbuildable, _graded(every)))
    broken.append(Work("binary", {**reference, first: bytes(range(256)) * 64}, _graded(every)))
    broken.append(Work("huge", {**reference, first: b"/* */\n" * 60_000}, {"state": "refused"}))
    broken.append(Work("crlf", {n: d.replace(b"\n", b"\r\n") for n, d in reference.items()},
                       _graded([])))  # fmt: skip
    for index in range(max(len(spoofs), len(broken))):
        yield from (some[index] for some in (broken, spoofs) if index < len(some))


# --- packing -----------------------------------------------------------------------


def folder(path: Path, files: Files) -> Path:
    """A folder with FILES."""
    for name, data in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(data)
    return path


def tar_bytes(files: Files, mode: str = "w", top: str = "") -> bytes:
    """A tar, or tar.gz, of FILES below TOP."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode=mode) as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(top + name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return stream.getvalue()


def zip_bytes(files: Files, top: str = "") -> bytes:
    """A zip of FILES below TOP."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(top + name), data)
    return stream.getvalue()


def _written(path: Path, suffix: str, data: bytes) -> Path:
    target = path.with_name(path.name + suffix)
    target.write_bytes(data)
    return target


PACKS: tuple[Callable[[Path, Files], Path], ...] = (
    folder,
    lambda path, files: _written(path, ".tar", tar_bytes(files)),
    lambda path, files: _written(path, ".tar.gz", tar_bytes(files, "w:gz", "my lab/")),
    lambda path, files: _written(path, ".zip", zip_bytes(files)),
    lambda path, files: _written(path, ".tgz", tar_bytes(files, "w:gz")),
    lambda path, files: _written(path, ".zip", zip_bytes(files, "\u00fcbung 1/")),
)


def _linked(path: Path, files: Files) -> Path:
    stream = io.BytesIO(tar_bytes(files))
    with tarfile.open(fileobj=stream, mode="a") as archive:
        info = tarfile.TarInfo("kernel/passwd")
        info.type, info.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(info)
    return _written(path, ".tar", stream.getvalue())


BROKEN: Mapping[str, Callable[[Path, Files], Path]] = {
    "cut": lambda p, f: _written(p, ".tar.gz", tar_bytes(f, "w:gz")[:-900]),
    "empty": lambda p, f: _written(p, ".zip", b""),
    "no-archive": lambda p, f: _written(p, ".zip", b"I could not finish it, sorry.\n"),
    "rar": lambda p, f: _written(p, ".rar", b"Rar!\x1a\x07\x00" + bytes(99)),
    "parent": lambda p, f: _written(p, ".tar", tar_bytes({"../../etc/cron.d/x": b"", **f})),
    "absolute": lambda p, f: _written(p, ".zip", zip_bytes({"/etc/passwd": b"", **f})),
    "link": _linked,
    "bomb": lambda p, f: _written(p, ".tar.gz", tar_bytes({"bomb": bytes(80 << 20)}, "w:gz")),
    "wrong-names": lambda p, f: folder(p, {Path(n).name.upper(): d for n, d in f.items()}),
    "nothing": lambda p, f: folder(p, {"README.txt": b"see my mail"}),
    "many": lambda p, f: _written(p, ".zip", zip_bytes({f"f{i}": b"" for i in range(6000)})),
    "damaged": lambda p, f: _written(p, ".zip", _damaged(zip_bytes(f))),
}


def _damaged(data: bytes) -> bytes:
    return data[:200] + bytes(400) + data[600:]


def make_class(out: Path, lab: Lab, root: Path, count: int, seed: int, broken: int) -> Expected:
    """Write the class into OUT; what each student must get, by id."""
    rng = random.Random(seed)
    works = [*islice(good_work(lab, root, rng), count - broken)]
    works += islice(bad_work(lab, root), broken)
    rng.shuffle(works)
    out.mkdir(parents=True)
    made: dict[Path, Expected] = {}
    for index, work in enumerate(works):
        base = NAMES[index] if index < len(NAMES) else f"student {index:03}"
        path = (work.pack or PACKS[index % len(PACKS)])(out / base, work.files)
        made[path] = {"what": work.name, **work.expected}
    return {entry.id: made[entry.path] for entry in read_roster(out) if entry.path}


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description="Makes a class whose grades are known.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--broken", type=int, help="hostile and broken ones among them (0.3)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--lab")
    options = parser.parse_args()
    broken = options.count * 3 // 10 if options.broken is None else options.broken
    lab = find_lab(ROOT, options.lab)
    expected = make_class(options.folder, lab, ROOT, options.count, options.seed, broken)
    listing = options.folder.with_name(options.folder.name + ".json")
    listing.write_text(json.dumps(expected, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"{options.folder}: {len(expected)} submissions, {broken} of them broken or hostile")
    return 0


if __name__ == "__main__":
    sys.exit(main())
