# SPDX-License-Identifier: MIT
"""result.json: what a grade is to every other program.  Its schema is result.schema.json.

The file is complete from the first write on: a test that has not run yet is there as
skipped, so that whatever happens a missing test is never a pass.
"""

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from grading import VERSION
from grading.evidence import evidence_json
from grading.build import Build, Image
from grading.files import replace_text
from grading.lab import Case, Lab
from grading.pinpoint import Source, find_addresses, find_source, reader, source_json
from grading.qemu import qemu_version
from grading.sign import Key
from grading.submission import Submission
from grading.verdict import Verdict

SCHEMA_VERSION = 1


@dataclass(frozen=True)
class Inputs:
    """Everything that a grade depends on."""

    grader: str
    lab: str
    tree: str
    submission: str
    solution: bool
    compiler: str
    qemu: str
    seed: int

    @property
    def hash(self) -> str:
        """One hash over all of it."""
        return _sha256(*(f"{k}={v}" for k, v in sorted(vars(self).items())))


@dataclass(frozen=True)
class Result:
    """One grade: finished when ``complete``."""

    lab: Lab
    submission: Submission
    inputs: Inputs
    build: Build
    repeat: Mapping[str, str]
    verdicts: Mapping[str, Verdict]
    complete: bool = False
    replay: Mapping[str, str] = field(default_factory=dict)
    origin: Path | None = None  # of the submission; None: the working tree
    sandboxed: bool = False
    key: Key | None = None  # to sign it with
    image: Mapping[str, str] | None = None  # the hashes of what is booted

    @property
    def total(self) -> int | None:
        """The score; None while a test has no verdict because we broke."""
        scores = [v.score for v in self.verdicts.values()]
        return None if None in scores else sum(s for s in scores if s is not None)

    def as_json(self) -> dict[str, Any]:
        """The object that is written to result.json."""
        return {
            "schema_version": SCHEMA_VERSION,
            "complete": self.complete,
            "lab": {"id": self.lab.id, "version": self.lab.version, "title": self.lab.title},
            "submission": {
                "id": self.submission.id,
                "hash": self.submission.hash,
                "notes": list(self.submission.notes),
                "path": None if self.origin is None else str(self.origin),
                "sandboxed": self.sandboxed,
            },
            "inputs": {"hash": self.inputs.hash, **vars(self.inputs)},
            "build": {
                "status": self.build.status,
                "first_error": self.build.first_error,
                "log": list(self.build.log),
                "image": self.image,
            },
            "total": self.total,
            "max": self.lab.points,
            "tests": [self._test(case) for case in self.lab.in_order()],
        }

    def _test(self, case: Case) -> dict[str, Any]:
        verdict = self.verdicts[case.id]
        quiet = verdict.status in ("pass", "skipped")
        return {
            "id": case.id,
            "title": case.title,
            "requirement": case.requirement,
            "group": case.group,
            "group_title": next(g.title for g in self.lab.groups if g.id == case.group),
            "visibility": case.visibility,
            **verdict.outcome,
            "max": verdict.max,
            "message": "\n".join(verdict.lines),
            "hint": verdict.hint,
            "source": None if quiet else source_json(self._source(verdict)),
            "fault_addresses": [] if quiet else [f"{a:#x}" for a in _faults(verdict)],
            "guest_instructions": verdict.instructions,
            "cpu_s": verdict.cpu_s,
            "wall_s": verdict.wall_s,
            "exit_status": verdict.exit_status,
            "console_tail": list(verdict.console_tail),
            "evidence": evidence_json(verdict.evidence),
            "attempts": [vars(attempt) for attempt in verdict.attempts],
            "flaky": verdict.flaky,
            "repeat": self.repeat[case.id],
            "replay": self.replay.get(case.id, ""),
        }

    def _source(self, verdict: Verdict) -> Source | None:
        """The line that the failure points at, in the submission or in the pristine tree."""
        folder = self.lab.folder
        read = reader(self.submission.files, folder.parents[1], folder)
        return find_source(verdict.lines, verdict.death.where if verdict.death else "", read)


def _faults(verdict: Verdict) -> list[int]:
    return find_addresses(verdict.lines, verdict.console_tail)


def write_result(result: Result, path: Path) -> None:
    """Replace PATH in one step, signed or not: a reader sees the old result or the new one."""
    data = result.as_json() if result.key is None else result.key.sign(result.as_json())
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_text(path, json.dumps(data, indent=1, ensure_ascii=False) + "\n")


def find_inputs(root: Path, lab: Lab, submission: Submission, solution: bool, seed: int) -> Inputs:
    """Name everything that the grade of SUBMISSION depends on."""
    return Inputs(
        grader=VERSION,
        lab=_sha256((lab.folder / "lab.toml").read_bytes()),
        tree=_hash_tree(root, set(lab.student_files)),
        submission=submission.hash,
        solution=solution,
        compiler=_compiler(),
        qemu=qemu_version(),
        seed=seed,
    )


def image_hashes(image: Image | None) -> dict[str, str] | None:
    """The hashes of what is booted."""
    if image is None:
        return None
    files = {"kernel": image.kernel, "initrd": image.initrd}
    return {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in files.items()}


def _sha256(*parts: bytes | str) -> str:
    digest = hashlib.sha256()
    for part in parts:
        raw = part.encode() if isinstance(part, str) else part
        digest.update(len(raw).to_bytes(8, "little") + raw)
    return digest.hexdigest()


def _hash_tree(root: Path, without: set[str]) -> str:
    """A hash of the sources of what is booted, the student's files left out."""
    parts: list[bytes | str] = []
    for top in ("GNUmakefile", "kernel", "user", "labs", "tests/guest"):
        start = root / top
        files = [start] if start.is_file() else sorted(p for p in start.rglob("*") if p.is_file())
        for path in files:
            name = path.relative_to(root).as_posix()
            if name not in without and "__pycache__" not in name:
                parts += [name, path.read_bytes()]
    return _sha256(*parts)


def _compiler() -> str:
    """The first line that the C compiler says about itself."""
    compiler = os.environ.get("CC", "gcc")
    if shutil.which(compiler) is None:
        return f"{compiler}: not found"
    run = subprocess.run(
        [compiler, "--version"], stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    return run.stdout.partition("\n")[0].strip()
