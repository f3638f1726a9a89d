# SPDX-License-Identifier: MIT
"""make run with ROOT= and PROGRAM=: what goes into the machine, and what comes out."""

import os
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path

import pexpect
import pytest
from conftest import INITRD, KERNEL, ROOT, compile_c

from grading.programs import RunError
from grading.programs.collect import collect
from grading.programs.machine import split
from grading.programs.pack import Archive, check_size

SHOW = """
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
int main(int argc, char **argv)
{
    char text[200] = "";
    for (int i = 1; i < argc; i++)
        printf("<%s>", argv[i]);
    printf(" X=%s in=%s", getenv("X") ? getenv("X") : "", fgets(text, 200, stdin) ? text : "-");
    fflush(stdout);
    fprintf(stderr, "error %s\\n", getcwd(text, 200));
    return argc;
}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with programs: show, crash, and what is none."""
    folder = tmp_path_factory.mktemp("programs")
    compile_c(SHOW, folder / "show")
    compile_c("int main(void) { *(volatile int *)0 = 1; }", folder / "crash")
    compile_c("int x;", folder / "object.o", "-c")
    (folder / "object.o").chmod(0o755)
    (folder / "text").write_text("a text\n")
    (folder / "text").chmod(0o755)
    (folder / "plain").write_text("#!/bin/sh\n")
    (folder / "script").write_text("#!/nowhere/sh\n")
    (folder / "script").chmod(0o755)
    return folder


def test_output_alone(programs_run: Callable, folder: Path) -> None:
    """Standard output has what the program prints; arguments, folder and status are its."""
    done = programs_run("program", str(folder / "show"), ARGS="'a b' $x \"\"", ENV="X='1 2'")
    assert done.stdout == b"<a b><$x><> X=1 2 in=-"
    assert done.stderr.startswith(f"error {os.getcwd()}\n".encode())
    assert done.stderr.endswith(b"show: exit status 4\n")
    assert done.returncode == 4


def test_input(programs_run: Callable, folder: Path) -> None:
    """STDIN is a file, or our own standard input."""
    text = str(folder / "text")
    done = programs_run("program", str(folder / "show"), STDIN=text)
    assert done.stdout == b" X= in=a text\n"
    done = programs_run("program", str(folder / "show"), STDIN="-", stdin=b"typed\n\xff")
    assert done.stdout == b" X= in=typed\n"


def test_signal(programs_run: Callable, folder: Path) -> None:
    """A signal is told, and the kernel's line about it is not on standard output."""
    done = programs_run("program", str(folder / "crash"))
    assert (done.returncode, done.stdout) == (128 + 11, b"")
    assert b"fault: pid" in done.stderr
    assert b"killed by SIGSEGV (signal 11)" in done.stderr


@pytest.mark.parametrize(
    ("program", "why"),
    [
        ("missing", "no such file"),
        ("", "not a file"),
        ("text", "neither an x86-64 ELF program nor a script"),
        ("object.o", "not a program (its type is 1)"),
        ("plain", "chmod +x"),
        ("script", "its interpreter /nowhere/sh is not there"),
    ],
)
def test_refused(programs_run: Callable, folder: Path, program: str, why: str) -> None:
    """What cannot be run is said before anything boots."""
    done = programs_run("program", str(folder / program))
    assert (done.returncode, done.stdout) == (125, b"")
    assert why in done.stderr.decode()


def test_refused_settings(programs_run: Callable, folder: Path) -> None:
    """Nor can what is missing beside the program."""
    show = str(folder / "show")
    for settings, why in (
        ({"FILES": "/nowhere/x"}, "/nowhere/x: no such file"),
        ({"STDIN": "/nowhere/x"}, "/nowhere/x: No such file"),
        ({"ROOT": "/nowhere"}, "/nowhere: no such folder"),
        ({"ENV": "X"}, "give it as NAME=VALUE"),
        ({"ARGS": "'"}, "No closing quotation"),
        ({"memory": "4M", "FILES": str(big_file(folder))}, "give MEMORY=32M"),
        ({"memory": "much"}, "MEMORY=much"),
    ):
        done = programs_run("program", show, **settings)
        assert done.returncode == 125, settings
        assert why in done.stderr.decode(), settings


def big_file(folder: Path) -> Path:
    """Four MiB."""
    path = folder / "big"
    path.write_bytes(bytes(4 << 20))
    return path


def test_kernel_stops(programs_run: Callable, tmp_path: Path) -> None:
    """A machine that comes to no good end has a status of its own."""
    compile_c("int main(void) { return 3; }", tmp_path / "init")
    done = programs_run("root", ROOT=str(tmp_path))
    assert done.returncode == 126
    assert b"the first process" in done.stderr


def test_other_machine(tmp_path: Path) -> None:
    """An ELF file for another processor is refused."""
    data = bytearray(compile_c("int main(void) { return 0; }", tmp_path / "x").read_bytes())
    data[18] = 183
    (tmp_path / "x").write_bytes(data)
    with pytest.raises(RunError, match="not for x86-64"):
        collect(tmp_path / "x")


def test_libraries(tmp_path: Path) -> None:
    """A dynamic program brings its linker and libraries; a lost library is named."""
    plain = compile_c("int main(void) { return 0; }", tmp_path / "plain", "-pie")
    found = [str(path) for path in collect(plain)]
    assert found[0] == str(plain) and "/lib64/ld-linux-x86-64.so.2" in found
    assert any(path.endswith("/libc.so.6") for path in found)
    library = compile_c("int f(void) { return 0; }", tmp_path / "libf.so", "-shared", "-fPIC")
    user = tmp_path / "user"
    subprocess.run(
        ["gcc", "-w", "-x", "c", "-", "-x", "none", str(library), "-o", str(user)],
        input=b"int f(void); int main(void) { return f(); }",
        check=True,
    )
    assert library in collect(user)
    library.unlink()
    with pytest.raises(RunError, match="libf.so"):
        collect(user)


def test_scripts(tmp_path: Path) -> None:
    """A script brings its interpreters, and what env(1) looks for."""
    script = tmp_path / "script"
    script.write_text("#!/usr/bin/env -S X=1 sh -e\n")
    script.chmod(0o755)
    found = [str(path) for path in collect(script)]
    assert found[0] == str(script) and "/usr/bin/env" in found
    assert any(path.endswith("/sh") for path in found)
    loop = tmp_path / "loop"
    loop.write_text(f"#!{loop}\n")
    loop.chmod(0o755)
    with pytest.raises(RunError, match="too many scripts"):
        collect(loop)


def test_archive(tmp_path: Path) -> None:
    """Folders, links and modes go along; the same files give the same bytes."""
    root = tmp_path / "root"
    (root / "a/empty").mkdir(parents=True)
    (root / "a/file").write_text("text")
    (root / "a/file").chmod(0o4750)
    os.link(root / "a/file", root / "b")
    (root / "c").symlink_to("a/file")
    os.mkfifo(root / "fifo")

    def pack(name: str) -> bytes:
        with Archive(tmp_path / name) as archive:
            archive.add(root, "")
        return (tmp_path / name).read_bytes()

    assert pack("1.tar") == pack("2.tar")
    with tarfile.open(tmp_path / "1.tar") as tar:
        found = [(m.name, m.type, oct(m.mode), m.linkname, m.uid) for m in tar]
    folder = oct(0o777 & (root / "a").stat().st_mode)
    assert found == [
        ("a", tarfile.DIRTYPE, folder, "", 0),
        ("a/empty", tarfile.DIRTYPE, folder, "", 0),
        ("a/file", tarfile.REGTYPE, "0o4750", "", 0),
        ("b", tarfile.LNKTYPE, "0o4750", "a/file", 0),
        ("c", tarfile.SYMTYPE, "0o777", "a/file", 0),
    ]
    (root / ("n" * 101)).write_text("")
    with pytest.raises(RunError, match="too long"):
        pack("3.tar")
    check_size(tmp_path / "1.tar", "8M")


def test_terminal(tmp_path: Path) -> None:
    """On a terminal the program has it: ^C is for the program, and its end is told."""
    child = pexpect.spawn(
        str(ROOT / "grading/programs/run"),
        ["program", "--kernel", str(KERNEL), "--initrd", str(INITRD)]
        + ["--out", str(tmp_path / "root.tar"), "--", "/bin/busybox"],
        env={**os.environ, "ARGS": "sh -c 'tty; cat'"},
        timeout=60,
    )
    child.expect("/dev/console")
    child.sendline("typed")
    child.expect(r"typed\s+typed\s")
    child.sendintr()
    child.expect(r"killed by SIGINT \(signal 2\)")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 130


def test_split() -> None:
    """Outputs that were marked come apart, also when one is missing."""
    assert split(b"a\nmark0\nbmark1\nc", "mark", 3) == [b"a\n", b"b", b"c"]


def test_make(folder: Path) -> None:
    """By make: what is typed comes through, and failure is make's failure."""
    env = {k: v for k, v in os.environ.items() if not k.startswith(("MAKE", "MFLAGS"))}
    command = ["make", "-s", "KIND=solution", "run", f"PROGRAM={folder}/show", "ARGS=$HOME '$(x)'"]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, check=False)
    assert done.stdout == b"<$HOME><$(x)> X= in=-"
    assert done.returncode != 0
