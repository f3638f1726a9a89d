# SPDX-License-Identifier: MIT
"""The doctor never crashes and says what to install."""

import json
import os
from pathlib import Path

import pytest

from grading import doctor
from grading.cli import main


@pytest.fixture(autouse=True)
def without_sandbox(monkeypatch: pytest.MonkeyPatch) -> None:
    """No namespaces are made here; test_sandbox does."""
    found = doctor.Finding("user namespaces", doctor.OK, "works", "", "the sandbox")
    monkeypatch.setattr(doctor, "_sandbox", lambda: found)


def by_name() -> dict[str, doctor.Finding]:
    return {finding.name: finding for finding in doctor.examine()}


def fake(folder: Path, name: str, script: str) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def test_json(capsys: pytest.CaptureFixture) -> None:
    status = main(["doctor", "--json"])
    report = json.loads(capsys.readouterr().out)
    assert report["fine"] is (status == 0)
    names = [finding["name"] for finding in report["findings"]]
    assert {"compiler", "QEMU", "qboot.rom", "pexpect", "/dev/shm", "user namespaces"} <= set(names)


def test_nothing_is_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CC", raising=False)
    assert main(["doctor"]) == 1
    text = capsys.readouterr().out
    for package in ("gcc", "binutils", "make", "qemu-system-x86", "bubblewrap", "unifdef"):
        assert f"install the package {package}" in text
    assert "7 missing" not in text and text.rstrip().endswith("missing.")
    assert by_name()["unifdef"].status == doctor.OPTIONAL


@pytest.mark.parametrize(
    ("script", "status", "found"),
    [
        ("echo 'gcc (Debian 12.2.0-14) 12.2.0'", doctor.OK, "12.2.0"),
        ("echo 'gcc (GCC) 14.1.0'", doctor.DIFFERS, "14.1.0"),
        ("exit 1", doctor.MISSING, ""),
        ("printf '\\377\\376'", doctor.MISSING, ""),
        ("kill -9 $$", doctor.MISSING, ""),
    ],
)
def test_compilers(
    script: str, status: str, found: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake(tmp_path, "gcc", script)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.delenv("CC", raising=False)
    compiler = by_name()["compiler"]
    assert (compiler.status, compiler.found) == (status, found)
    assert ("install the package gcc" in compiler.advice) is (status == doctor.MISSING)


def test_a_probe_that_breaks_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> doctor.Finding:
        raise RuntimeError("no /dev/shm here")

    monkeypatch.setattr(doctor, "_shared_memory", broken)
    found = by_name()["/dev/shm"]
    assert found.status == doctor.MISSING and "no /dev/shm here" in found.advice


def test_differences_are_no_failure(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    finding = doctor.Finding("QEMU", doctor.DIFFERS, "9.1", "7.2", "runs the tests")
    monkeypatch.setattr(doctor, "examine", lambda: [finding])
    assert main(["doctor"]) == 0
    assert "differs  QEMU             9.1, tried with 7.2" in capsys.readouterr().out
