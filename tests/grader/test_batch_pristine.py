# SPDX-License-Identifier: MIT
"""The cache of what all builds have in common: the same bytes, and nothing of a student's."""

import shutil
from pathlib import Path

import pytest
from conftest import ROOT

from grading import pristine
from grading.build import build_submission, prepare_pristine
from grading.errors import InfraError
from grading.guard import Guard
from grading.lab import find_lab
from grading.submission import Submission, working_tree

MAKEFILE = """\
O := build/stub
kernel: $O/kernel.elf
initrd:
	@mkdir -p build/user && echo made >>build/user/count && cp build/user/count build/initrd.tar
.PHONY: force
$O/flags: force
	@mkdir -p $(@D); echo "'-ffile-prefix-map=$(CURDIR)=.'" | cmp -s - $@ || \\
		echo "'-ffile-prefix-map=$(CURDIR)=.'" >$@
$O/%.o: %.c $O/flags
	@mkdir -p $(@D); echo CC $<; cat $< >$@
$O/kernel.elf: $O/kernel/a.o $O/kernel/b.o
	@cat $^ >$@
"""


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A tree with two files, of which a.c is the student's; and a cache."""
    (tmp_path / "tree/kernel").mkdir(parents=True)
    (tmp_path / "tree/GNUmakefile").write_text(MAKEFILE)
    for name in ("a", "b"):
        (tmp_path / f"tree/kernel/{name}.c").write_text(f"int {name};\n")
    monkeypatch.setenv(pristine.VARIABLE, str(tmp_path / "cache"))
    return tmp_path / "tree"


def build(root: Path, text: str, out: str = "out") -> tuple[str, list[str]]:
    """The kernel and the log of a submission whose a.c is TEXT."""
    where = root.parent / out
    made = build_submission(
        root, Submission("x", {"kernel/a.c": text.encode()}, ()), where, Guard(("kernel/a.c",))
    )
    assert made.image is not None, made
    assert made.image.initrd.read_text() == "made\n"
    return made.image.kernel.read_text(), (where / "build.log").read_text().splitlines()


def kept(root: Path) -> list[Path]:
    return [p for p in (root.parent / "cache").iterdir() if p.name != "lock"]


def test_only_the_student_s_object_is_made(root: Path) -> None:
    assert build(root, "int mine;\n") == ("int mine;\nint b;\n", ["CC kernel/a.c"])
    assert build(root, "int other;\n", "out2") == ("int other;\nint b;\n", ["CC kernel/a.c"])
    (folder,) = kept(root)
    assert not (folder / "objects/kernel/a.o").exists()
    assert not (folder / "objects/kernel.elf").exists()


def test_other_tree_or_compiler_is_another_entry(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build(root, "int mine;\n")
    (root / "kernel/b.c").write_text("int changed;\n")
    assert build(root, "int mine;\n")[0] == "int mine;\nint changed;\n"
    assert len(kept(root)) == 2
    monkeypatch.setattr(pristine, "_tools", lambda: iter(["another compiler"]))
    build(root, "int mine;\n")
    assert len(kept(root)) == 3


def test_header_of_a_student_s_keeps_no_object(root: Path) -> None:
    (root / "kernel/a.h").write_text("")
    submission = Submission("x", {"kernel/a.h": b"int x;\n"}, ())
    build_submission(root, submission, root.parent / "out", Guard(("kernel/a.h",)))
    (folder,) = kept(root)
    assert sorted(p.name for p in folder.iterdir()) == ["initrd.tar", "user"]


def test_what_a_killed_process_left_is_removed(root: Path) -> None:
    left = root.parent / "cache/.new-left"
    left.mkdir(parents=True)
    prepare_pristine(root, ["kernel/a.c"], root.parent / "work")
    assert not left.exists() and not (root.parent / "work").exists()
    build(root, "int mine;\n")
    assert len(kept(root)) == 1  # the same entry


def test_tree_that_cannot_be_built_is_our_fault(root: Path) -> None:
    (root / "GNUmakefile").write_text("initrd:\n\t@echo user/sh.c:1: error: no; false\n")
    with pytest.raises(InfraError, match="the tree's own programs could not be built"):
        prepare_pristine(root, ["kernel/a.c"], root.parent / "work")
    assert kept(root) == []


@pytest.mark.long
def test_real_kernel_is_the_same_with_and_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if shutil.which("gcc") is None:
        pytest.skip("needs gcc")
    lab = find_lab(ROOT, None)
    guard = Guard(lab.student_files)
    submission = working_tree(ROOT, lab.student_files)
    images = []
    for out, cache in (("plain", ""), ("first", "cache"), ("second", "cache")):
        monkeypatch.setenv(pristine.VARIABLE, str(tmp_path / cache) if cache else "")
        made = build_submission(ROOT, submission, tmp_path / out, guard)
        assert made.image is not None, made
        images.append((made.image.kernel.read_bytes(), made.image.initrd.read_bytes()))
        programs = made.image.program(lab.cases[0].program)
        assert programs.is_file()
    assert images[0] == images[1] == images[2]
