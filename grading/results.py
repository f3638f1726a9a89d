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
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grading import VERSION
from grading.evidence import evidence_json
from grading.build import Build
from grading.lab import Case, Lab
from grading.qemu import qemu_version
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
            },
            "inputs": {"hash": self.inputs.hash, **vars(self.inputs)},
            "build": {
                "status": self.build.status,
                "first_error": self.build.first_error,
                "log": list(self.build.log),
            },
            "total": self.total,
            "max": self.lab.points,
            "tests": [self._test(case) for case in self.lab.in_order()],
        }

    def _test(self, case: Case) -> dict[str, Any]:
        verdict = self.verdicts[case.id]
        death = verdict.death
        return {
            "id": case.id,
            "title": case.title,
            "requirement": case.requirement,
            "group": case.group,
            "visibility": case.visibility,
            "status": verdict.status,
            "score": verdict.score,
            "max": verdict.max,
            "message": "\n".join(verdict.lines),
            "hint": verdict.hint,
            "steps": [vars(step) for step in verdict.steps],
            "guest_instructions": verdict.instructions,
            "cpu_s": verdict.cpu_s,
            "wall_s": verdict.wall_s,
            "exit_status": verdict.exit_status,
            "death": {"kind": death.kind, "summary": death.summary, "where": death.where}
            if death
            else None,
            "console_tail": list(verdict.console_tail),
            "evidence": evidence_json(verdict.evidence),
            "repeat": self.repeat[case.id],
        }


def write_result(result: Result, path: Path) -> None:
    """Replace PATH in one step: a reader sees the old result or the new one."""
    text = json.dumps(result.as_json(), indent=1, ensure_ascii=False) + "\n"
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(prefix=".result.", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


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
