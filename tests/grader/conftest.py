# SPDX-License-Identifier: MIT
"""What the grader's tests share: the tree's root, sample cases, and fake kernels."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from grading.lab import Case, Step  # noqa: E402  (needs the path above)

KERNELS = Path(__file__).parent / "kernels"


@pytest.fixture(scope="session")
def fake_kernel(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Builds the fake kernel of that name, once."""
    if shutil.which("gcc") is None or shutil.which("qemu-system-x86_64") is None:
        pytest.skip("needs gcc and qemu-system-x86_64")
    folder = tmp_path_factory.mktemp("kernels")

    def build(name: str) -> Path:
        elf = folder / f"{name}.elf"
        if not elf.exists():
            flags = ["-m32", "-g", "-nostdlib", "-static", "-no-pie", "-Wl,--build-id=none"]
            link = ["-Wl,-Ttext-segment=0x100000", "-Wl,-e,start", "-Wl,-z,noexecstack"]
            source = KERNELS / f"{name}.S"
            subprocess.run(["gcc", *flags, *link, "-o", str(elf), str(source)], check=True)
        return elf

    return build


def make_case(**changes: object) -> Case:
    """A test with two steps of two and three points."""
    values: dict[str, object] = {
        "id": "fake",
        "title": "the fake kernel behaves",
        "requirement": "fake",
        "group": "all",
        "program": "/tests/fake",
        "args": (),
        "points": 5,
        "steps": (Step("one", 2, "the first"), Step("two", 3, "the second")),
        "needs": (),
        "budget": 100_000_000,
        "memory_mib": 64,
        "input": (),
        "output": (),
        "absent": (),
        "visibility": "visible",
        "hints": (),
    }
    return Case(**{**values, **changes})  # type: ignore[arg-type]
