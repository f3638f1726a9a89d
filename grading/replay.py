# SPDX-License-Identifier: MIT
"""Makes a boot again from what a result.json says about it, and compares the two.

Nothing of the first run is needed but the tree, the submission and the result: the
kernel is built anew.  What the boot depends on must be what it was.
"""

import argparse
import json
import shutil
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grading.aim import find_aim
from grading.debugger import Gdb
from grading.elf import ElfError, load
from grading.errors import UsageError
from grading.grader import Order, Prepared, load_or_working_tree, prepare, scratch_below
from grading.lab import Case, Lab, find_lab
from grading.results import find_inputs, image_hashes
from grading.runner import Boot, Runner
from grading.text import clean_line, shown

EXIT_SAME, EXIT_DIFFERS, EXIT_INFRA = 0, 1, 3

# What a boot depends on, by its name in ``inputs``.
_INPUTS = {
    "grader": "the grader",
    "lab": "lab.toml",
    "tree": "the tree (without the student's files)",
    "submission": "the submission",
    "compiler": "the compiler",
    "qemu": "QEMU",
}
_TRACES = {"guest_instructions": "guest instructions:", "console_sha256": "console: sha256"}
_IMAGE = {"kernel": "the kernel that was built", "initrd": "the archive of programs"}


@dataclass(frozen=True)
class Record:
    """What a result.json says about the boots of one test."""

    lab: str
    inputs: Mapping[str, Any]
    submission: Path | None
    sandboxed: bool
    image: Mapping[str, str]
    test: Mapping[str, Any]
    attempt: Mapping[str, Any]


def read_record(path: Path, test: str) -> Record:
    """The part of the result.json at PATH, or in the folder PATH, that is about TEST."""
    file = path / "result.json" if path.is_dir() else path
    name = clean_line(str(file))
    try:
        data = json.loads(file.read_bytes())
        tests = {t["id"]: t for t in data["tests"]}
        if test not in tests:
            raise UsageError(f"{name} has no test {test!r}")
        attempts, where = tests[test]["attempts"], data["submission"]["path"]
        if not attempts:
            raise UsageError(f"{name}: {test} was not booted: {clean_line(tests[test]['status'])}")
        told = [a for a in attempts if a["status"] != "infra_error"]
        return Record(
            lab=data["lab"]["id"],
            inputs=data["inputs"],
            submission=None if where is None else Path(where),
            sandboxed=data["submission"]["sandboxed"],
            image=data["build"]["image"] or {},
            test=tests[test],
            attempt=(told or attempts)[0],
        )
    except OSError as error:
        raise UsageError(f"{name}: {error.strerror}") from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        said = clean_line(f"{type(error).__name__}: {error}")
        raise UsageError(f"{name}: not a result of this grader: {said}") from error


def replay(options: argparse.Namespace) -> int:
    """The verb with its OPTIONS; its exit status."""
    record = read_record(options.result, options.test)
    lab = find_lab(options.root, record.lab)
    case = lab.case(options.test)
    with scratch_below((options.out or options.root / "build/replay" / lab.id).absolute()) as out:
        return _replay(options, record, lab, case, out)


def _replay(options: argparse.Namespace, record: Record, lab: Lab, case: Case, out: Path) -> int:
    """The same, below the folder OUT."""
    prepared = _prepare(options, record, lab, case, out)
    if prepared is None:
        return UsageError.exit_status
    if prepared.build.image is None:
        print(f"the kernel could not be built: {shown(prepared.build.first_error)}")
        return EXIT_DIFFERS
    runner = Runner(prepared.job())
    boot = runner.boot(case, str(record.attempt["nonce"]))
    if boot.verdict.status == "infra_error":
        print(f"{case.id}: {shown(boot.verdict.lines[0])}")
        return EXIT_INFRA
    differ = list(differences(record, boot))
    _tell(case, boot, differ)
    if options.gdb:
        _debug(prepared, runner, case, boot)
    return EXIT_DIFFERS if differ else EXIT_SAME


def _prepare(
    options: argparse.Namespace, record: Record, lab: Lab, case: Case, out: Path
) -> Prepared | None:
    """Build what was booted; None when that is something else now and must not be."""
    given = options.submission or record.submission
    order = Order(
        root=options.root,
        lab=lab,
        out=out,
        cases=(case,),
        submission=given.absolute() if given else None,
        solution=bool(record.inputs.get("solution")),
        seed=int(record.inputs.get("seed", 0)),
        sandbox=record.sandboxed,
    )
    submission = load_or_working_tree(order)
    inputs = find_inputs(options.root, lab, submission, order.solution, order.seed or 0)
    changed = list(_changed(_INPUTS, record.inputs, vars(inputs)))
    if _refused(changed, options.anyway):
        return None
    prepared = prepare(order)
    if prepared.build.image is not None:
        image = image_hashes(prepared.build.image) or {}
        if _refused(list(_changed(_IMAGE, record.image, image)), options.anyway):
            return None
    return prepared


def _changed(
    names: Mapping[str, str], recorded: Mapping[str, Any], now: Mapping[str, Any]
) -> Iterator[str]:
    """A line for each of NAMES that is not what it was."""
    for key, name in names.items():
        if recorded.get(key) != now.get(key):
            was, is_now = _short(recorded.get(key)), _short(now.get(key))
            yield f"{name} is not what it was: {was} then, {is_now} now"


def _short(value: object) -> str:
    """VALUE, of a hash the beginning."""
    text = clean_line("nothing" if value is None else str(value))
    is_hash = len(text) == 64 and set(text) <= set("0123456789abcdef")
    return text[:12] if is_hash else text


def _refused(changed: list[str], anyway: bool) -> bool:
    for line in changed:
        print(shown(line), file=sys.stderr)
    if changed and not anyway:
        print("grade: this would be another boot; --anyway makes it", file=sys.stderr)
    return bool(changed) and not anyway


def differences(record: Record, boot: Boot) -> Iterator[str]:
    """A line for everything in which BOOT is not as RECORD says."""
    for key, value in boot.traces.items():
        was = record.attempt[key]
        if was != value:
            yield f"{_TRACES[key]} {_trace(was)} then, {_trace(value)} now"
    for key, value in boot.verdict.outcome.items():
        was = record.test.get(key)
        if was != value:
            yield f"{key}: {_words(was)} then, {_words(value)} now"


def _trace(value: object) -> str:
    """A number of instructions or a hash, for people."""
    if value is None:
        return "not known"
    return f"{value:,}" if isinstance(value, int) else _short(value)


def _words(value: object) -> str:
    return clean_line(value if isinstance(value, str) else json.dumps(value))


def _tell(case: Case, boot: Boot, differ: list[str]) -> None:
    """Say what came out."""
    verdict, attempt = boot.verdict, boot.attempt
    for line in verdict.lines:
        print(shown(f"  {line}"))
    if differ:
        print(f"{case.id}: not the same:")
        print("\n".join(shown(f"  {line}") for line in differ))
        return
    same = f"the same verdict ({verdict.status}, {verdict.score} of {verdict.max})"
    if boot.typed:
        print(
            f"{case.id}: same: {same}; instructions and console not compared: with input they vary"
        )
        return
    count = attempt.guest_instructions
    counted = "guest instructions not known (nobody could tell at its end)"
    if count is not None:
        counted = f"{count:,} guest instructions"
    print(
        f"{case.id}: same: {counted}, "
        f"the same console (sha256 {attempt.console_sha256[:12]}), {same}"
    )


def _debug(prepared: Prepared, runner: Runner, case: Case, boot: Boot) -> None:
    """Boot once more, as far as the point at which BOOT failed."""
    image = prepared.build.image
    assert image is not None
    if boot.verdict.status == "pass":
        raise UsageError(f"{case.id} passed: there is no point at which it failed")
    try:
        symbols = load(image.kernel).symbols
    except ElfError:
        symbols = {}
    aim = find_aim(boot.verdict, boot.transcript, boot.events, symbols)
    gdb = Gdb(aim, image, case, prepared.order.out / "gdb.sock")
    logs = prepared.order.out / "gdb"
    try:
        runner.boot(case, boot.transcript.nonce, folder=logs, debugger=gdb)
    finally:
        shutil.rmtree(logs, ignore_errors=True)
    if not gdb.shown:
        raise UsageError(f"the boot did not come to its aim, {aim.what}")
