# SPDX-License-Identifier: MIT
"""What these tests share: the kernel, and small programs."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

BUILD = ROOT / "build/programs"
KERNEL = ROOT / os.environ.get("KERNEL", "build/solution/kernel.elf")
INITRD = ROOT / os.environ.get("INITRD", "build/initrd.tar")


def compile_c(source: str, out: Path, *flags: str, compiler: str = "gcc") -> Path:
    """The C program SOURCE, a text or a file's path, as OUT; static unless FLAGS say otherwise."""
    out.parent.mkdir(parents=True, exist_ok=True)
    text = Path(source).read_text() if source.endswith(".c") else source
    command = [compiler, "-O1", "-w", *(flags or ("-static",)), "-x", "c", "-o", str(out), "-"]
    subprocess.run([*command, "-lm"], input=text.encode(), check=True)
    return out


@pytest.fixture(scope="session")
def programs_run(tmp_path_factory: pytest.TempPathFactory) -> Callable:
    """Runs grading/programs/run VERB with settings, as make does; without a terminal."""
    archive = tmp_path_factory.mktemp("archive") / "root.tar"

    def run(
        verb: str, *what: str, memory: str = "64M", stdin: bytes = b"", **settings: str
    ) -> subprocess.CompletedProcess:
        options = ["--kernel", str(KERNEL), "--initrd", str(INITRD), "--out", str(archive)]
        return subprocess.run(
            [str(ROOT / "grading/programs/run"), verb, *options, "--memory", memory, *what],
            input=stdin,
            capture_output=True,
            env={**os.environ, **settings},
            timeout=120,
            check=False,
        )

    run.archive = archive
    return run
