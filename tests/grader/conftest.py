# SPDX-License-Identifier: MIT
"""What the grader's tests share: the tree's root, sample cases, and fake kernels."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from toy_tree import KERNELS, hand_in, tree  # noqa: E402, F401  (needs the path above)

from grading.lab import Case, Step  # noqa: E402


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave out the tests that are marked as long, unless LONG is set."""
    if not os.environ.get("LONG"):
        for item in items:
            if item.get_closest_marker("long"):
                item.add_marker(pytest.mark.skip(reason="takes minutes: make check-long"))


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


def result_of(out: Path) -> dict:
    """OUT/result.json, checked."""
    data = json.loads((out / "result.json").read_text())
    schema = json.loads((ROOT / "grading/result.schema.json").read_text())
    jsonschema.Draft202012Validator(schema).validate(data)
    return data


def without_times(data: dict) -> dict:
    """The same in every run."""
    for test in data["tests"]:
        for boot in (test, *test["attempts"]):
            boot.update(cpu_s=0, wall_s=0)
    return data
