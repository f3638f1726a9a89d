# SPDX-License-Identifier: MIT
"""A small tree whose grader is ``batch_job``, and classes for it: a batch in a blink."""

import json
import os
import select
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conftest import ROOT

from grading.cli import main

LAB = """\
id = "demo"
version = "1.0"
title = "A demo"
points = 6
student_files = ["kernel/a.c"]
[[group]]
id = "all"
title = "All there is"
"""
TEST = """
[[test]]
id = "{name}"
title = "{name} works"
requirement = "R1"
group = "all"
program = "/tests/fake"
points = {points}
output = ["x"]
"""
TESTS = {"one": 1, "two": 2, "three": 3}
MAKEFILE = "initrd:\n\t@mkdir -p build && echo initrd >build/initrd.tar\n"
PROGRAM = "import sys; from pathlib import Path; from grading.cli import main; "
PROGRAM += "sys.exit(main(sys.argv[2:], Path(sys.argv[1])))"


def make_tree(root: Path) -> Path:
    """A tree with the lab demo."""
    for folder in ("kernel", "labs/demo/tests", "grading"):
        (root / folder).mkdir(parents=True)
    (root / "kernel/a.c").write_text("int stub;\n")
    (root / "labs/demo/tests/fake.c").write_text("")
    tests = "".join(TEST.format(name=n, points=p) for n, p in TESTS.items())
    (root / "labs/demo/lab.toml").write_text(LAB + tests)
    (root / "GNUmakefile").write_text(MAKEFILE)
    shutil.copy(Path(__file__).parent / "batch_job.py", root / "grading/grade")
    (root / "grading/grade").chmod(0o755)
    return root


@dataclass(frozen=True)
class School:
    """A tree, submissions and OUT, below one folder."""

    folder: Path

    @property
    def root(self) -> Path:
        """The tree."""
        return self.folder / "tree"

    @property
    def out(self) -> Path:
        """The class's folder."""
        return self.folder / "out"

    @property
    def works(self) -> Path:
        """The submissions."""
        return self.folder / "works"

    def hand_in(self, works: Mapping[str, str]) -> None:
        """A folder for each student, whose file has these words."""
        for name, words in works.items():
            file = self.works / name / "kernel/a.c"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(words)

    def command(self, *more: str, out: Path | None = None) -> list[str]:
        """The words of ``grade batch``."""
        where = ["--out", str(out or self.out), "--unsafe-no-sandbox"]
        return ["batch", str(self.works), *where, "--seed", "5", *more]

    def batch(self, *more: str) -> int:
        """Run ``grade batch``; its exit status."""
        return self.run(self.command("--no-report", *more))

    def run(self, words: Sequence[str]) -> int:
        """Run the command line; its exit status."""
        return main(list(words), self.root)

    def start(self, *more: str) -> "subprocess.Popen[str]":
        """Start ``grade batch`` in a process of its own."""
        return subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(self.root), *self.command("--no-report", *more)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )

    def status(self, capsys: Any, out: Path | None = None) -> dict[str, Any]:
        """What ``grade status --json`` says."""
        capsys.readouterr()
        assert self.run(["status", str(out or self.out), "--json"]) == 0
        return dict(json.loads(capsys.readouterr().out))

    def table(self, capsys: Any) -> list[tuple[str, str, int | None]]:
        """Everybody's state and score."""
        students = self.status(capsys)["students"]
        return [(s["id"], s["state"], s["score"]) for s in students]

    def graded(self) -> list[str]:
        """Who was graded, each time again."""
        file = self.root / "graded"
        return sorted(file.read_text().split()) if file.exists() else []

    def result(self, name: str, attempt: int) -> dict[str, Any]:
        """The result of the student's ATTEMPT."""
        pattern = f"results/{name}-????????/{attempt:03}-*/result.json"
        (file,) = self.out.glob(pattern)
        return dict(json.loads(file.read_text()))

    def wait_for_processes(self) -> None:
        """Wait for the end of every process that works in this school; fails when one stays."""
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                if str(self.folder).encode() not in path.read_bytes():
                    continue
                handle = os.pidfd_open(int(path.parent.name))
            except OSError:
                continue  # it has just ended
            assert select.select([handle], [], [], 60)[0], path.read_bytes()
            os.close(handle)

    def left_over(self) -> list[str]:
        """What is in OUT that no finished batch leaves."""
        found = [*(self.out / "work").glob("*"), *self.out.glob("results/*/.new-*")]
        return [str(path) for path in found]
