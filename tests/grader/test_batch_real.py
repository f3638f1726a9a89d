# SPDX-License-Identifier: MIT
"""A small class of real kernels: each gets what is known of it, the hostile ones as well."""

import json
import shutil
from pathlib import Path

import pytest
from conftest import ROOT
from synthetic_class import make_class

from grading.batch import store
from grading.batch.journal import open_journal
from grading.cli import main
from grading.errors import InfraError
from grading.lab import find_lab
from grading.sandbox import open_sandbox

pytestmark = [pytest.mark.long, pytest.mark.qemu]


def test_class_gets_what_is_known(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    for program in ("patch", "unifdef", "gcc", "qemu-system-x86_64"):
        if shutil.which(program) is None:
            pytest.skip(f"needs {program}")
    try:
        open_sandbox()
    except InfraError as error:
        pytest.skip(str(error).splitlines()[0])
    lab = find_lab(ROOT, None)
    expected = make_class(tmp_path / "works", lab, ROOT, 24, 3, 16)
    out = tmp_path / "out"
    assert main(["batch", str(tmp_path / "works"), "--out", str(out), "--seed", "9"], ROOT) == 0
    with open_journal(out) as journal:
        standings = {s.id: s for s in journal.standings()}
    assert len(standings) == len(expected)
    for name, known in expected.items():
        standing = standings[name]
        assert standing.state == known["state"], (name, known, standing)
        data = json.loads((store.result_folder(out, standing) / "result.json").read_text())
        failed = sorted(t["id"] for t in data["tests"] if t["status"] != "pass")
        if known.get("fail") is not None:
            assert failed == sorted(known["fail"]), (name, known["what"])
    size = sum(p.stat().st_size for p in out.rglob("*") if p.is_file())
    cache = sum(p.stat().st_size for p in (out / "cache").rglob("*") if p.is_file())
    assert (size - cache) / len(expected) < 1 << 20
