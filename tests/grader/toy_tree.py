# SPDX-License-Identifier: MIT
"""A tiny tree to grade, whose kernel is one of the fake ones; fixtures for all tests."""

import io
import shutil
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

KERNELS = Path(__file__).parent / "kernels"

Archive = Callable[[str], Path]

LAB = """\
id = "demo"
version = "1.0"
title = "A demo"
points = 6
student_files = ["kernel/choice.h"]
budget = 50_000_000

[[group]]
id = "all"
title = "All there is"

[[test]]
id = "steps"
title = "both steps are done"
requirement = "steps"
group = "all"
program = "/tests/fake"
points = 5
memory_mib = 32
steps = [
  {id = "one", points = 2, title = "the first"}, {id = "two", points = 3, title = "the second"},
]

[[test]]
id = "alive"
title = "it boots"
requirement = "boot"
group = "all"
program = "/tests/fake"
points = 1
memory_mib = 32
needs = ["steps"]
output = ["^booting$"]
visibility = "hidden"
hints = {hang = "mind the loop"}
"""

MAKEFILE = """\
FLAGS = -m32 -g '-ffile-prefix-map=$(CURDIR)=.' -nostdlib -static -no-pie -Wl,--build-id=none \\
	-Wl,-Ttext-segment=0x100000 -Wl,-e,start -Wl,-z,noexecstack
ifeq ($(KIND),solution)
KIND := solution
WANTED := -DSOLUTION
else
KIND := stub
endif
.PHONY: kernel initrd
kernel:
	@mkdir -p build/$(KIND)
	@gcc $(FLAGS) $(WANTED) -Ikernel -c -o build/$(KIND)/main.o kernel/main.S
	@gcc $(FLAGS) -o build/$(KIND)/kernel.elf build/$(KIND)/main.o
initrd:
	@mkdir -p build
	@head -c 1024 /dev/zero >build/initrd.tar
"""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A tree with a lab, whose stub kernel spins for ever."""
    root = tmp_path / "tree"
    shutil.copytree(KERNELS, root / "kernel")
    (root / "labs/demo/tests").mkdir(parents=True)
    (root / "labs/demo/tests/fake.c").write_text("")
    (root / "labs/demo/lab.toml").write_text(LAB)
    readme = "* **boot.** It boots.\n* **steps.** Both steps,\n  one after the other.\n\nMore.\n"
    (root / "labs/demo/README.md").write_text(readme)
    (root / "GNUmakefile").write_text(MAKEFILE)
    (root / "kernel/choice.h").write_text('#include "spin.S"\n')
    (root / "kernel/main.S").write_text(
        '#ifdef SOLUTION\n#include "honest.S"\n#else\n#include "choice.h"\n#endif\n'
    )
    return root


@pytest.fixture
def hand_in(tmp_path: Path) -> Archive:
    """Makes an archive whose one file includes the fake kernel of that name."""

    def make(name: str) -> Path:
        path = tmp_path / f"{name}.tar.gz"
        data = f'#include "{name}.S"\n'.encode()
        info = tarfile.TarInfo("me/kernel/choice.h")
        info.size = len(data)
        with tarfile.open(path, "w:gz") as archive:
            archive.addfile(info, io.BytesIO(data))
        return path

    return make
