# SPDX-License-Identifier: MIT
"""The sandbox: what a command in it cannot see, cannot change and cannot use up."""

import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from conftest import ROOT

from grading.cli import main
from grading.errors import InfraError
from grading.grader import Order, load, repeat_command
from grading.lab import find_lab
from grading.sandbox import Limits, Sandbox, exit_status, open_sandbox

LIMITS = Limits(cpu_s=20, memory_mib=256, file_mib=8, processes=16)
PYTHON = "/usr/bin/python3"


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    status: int
    text: str


@dataclass(frozen=True)
class Box:
    """A sandbox with a folder of its own."""

    sandbox: Sandbox
    folder: Path

    def wrap(
        self, *command: str, limits: Limits = LIMITS, read: tuple[Path, ...] = ()
    ) -> list[str]:
        return self.sandbox.wrap(command, self.folder, limits, read)

    def run(self, *command: str, limits: Limits = LIMITS, read: tuple[Path, ...] = ()) -> Done:
        line = self.wrap(*command, limits=limits, read=read)
        done = subprocess.run(
            line, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60
        )
        return Done(exit_status(done.returncode), done.stdout)

    def shell(self, script: str, **how: object) -> Done:
        return self.run("sh", "-c", script, **how)  # type: ignore[arg-type]


MakeBox = Callable[[str], Box]


@pytest.fixture
def make_box(tmp_path: Path) -> MakeBox:
    """Makes boxes by name; skips where there is no bubblewrap."""
    try:
        sandbox = open_sandbox()
    except InfraError as error:
        pytest.skip(str(error).splitlines()[0])

    def make(name: str) -> Box:
        folder = tmp_path / name
        folder.mkdir()
        sandbox.give(folder)
        return Box(sandbox, folder)

    return make


@pytest.fixture
def box(make_box: MakeBox) -> Box:
    return make_box("box")


def test_nothing_of_the_host_is_there(box: Box, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    seen = box.run("ls", "/").text.split()
    assert {"bin", "usr", "lib", "proc", "dev", "tmp"} <= set(seen)
    assert not {"home", "root", "work", "var", "srv", "opt", "boot", "run", "sys", "mnt"} & set(
        seen
    )
    assert box.run("ls", "/etc").text.split() in (["alternatives"], ["alternatives", "ld.so.cache"])
    for path in ("/etc/passwd", "/etc/shadow", str(tmp_path / "secret"), str(ROOT / "GNUmakefile")):
        assert "No such file" in box.run("cat", path).text
    assert box.run("ls", str(tmp_path)).text == "box\n"


def test_no_rights(box: Box) -> None:
    status = box.run("cat", "/proc/self/status").text
    assert [line.split()[1] for line in status.splitlines() if line.startswith("Cap")] == [
        "0" * 16
    ] * 5
    assert "NoNewPrivs:\t1" in status
    assert box.run("id", "-u").text.strip() not in ("0", str(os.getuid() or 0))
    assert box.run("mount", "-t", "tmpfs", "none", "/tmp").status != 0


def test_no_process_of_the_host(box: Box) -> None:
    assert box.shell("echo /proc/[0-9]*").text == "/proc/1 /proc/2\n"
    assert "No such process" in box.shell(f"kill -9 {os.getpid()}").text


def test_one_folder_can_be_written(box: Box, tmp_path: Path) -> None:
    assert box.shell("echo hello >file; cat file").text == "hello\n"
    assert (box.folder / "file").read_text() == "hello\n"
    for path in ("/x", "/usr/x", "/etc/x", "/dev/x", "/dev/shm/x", "/proc/x", str(tmp_path / "x")):
        assert box.run("touch", path).status != 0
    box.run("touch", "/tmp/only-inside")
    assert not Path("/tmp/only-inside").exists()


def test_what_is_shown_cannot_be_written(box: Box, tmp_path: Path) -> None:
    shown = tmp_path / "shown"
    (shown / "deep").mkdir(parents=True)
    (shown / "deep/file").write_text("mine")
    (shown / "deep/file").chmod(0o666)
    assert box.run("cat", str(shown / "deep/file"), read=(shown,)).text == "mine"
    assert "Read-only" in box.shell(f"echo >{shown}/deep/file", read=(shown,)).text
    one = box.shell(
        f"ls {shown}; ls {shown}/deep; echo >{shown}/deep/file", read=(shown / "deep/file",)
    )
    assert one.text.startswith("deep\nfile\n") and one.status != 0
    assert (shown / "deep/file").read_text() == "mine"


def test_folder_inside_a_shown_one(box: Box, tmp_path: Path) -> None:
    done = box.shell("touch here && ! touch ../there 2>/dev/null", read=(tmp_path,))
    assert done == Done(0, "")


def test_no_network(box: Box) -> None:
    with socket.create_server(("127.0.0.1", 0)) as tcp, socket.socket(socket.AF_UNIX) as local:
        name = f"\0sandbox-test-{os.getpid()}"
        local.bind(name)
        local.listen()
        for address in (tcp.getsockname()[:2], ("192.0.2.1", 80)):
            code = f"import socket; socket.create_connection({address!r}, 5)"
            assert "Error" in box.run(PYTHON, "-c", code).text.splitlines()[-1]
        code = f"import socket; socket.socket(socket.AF_UNIX).connect({name!r})"
        assert "ConnectionRefusedError" in box.run(PYTHON, "-c", code).text
    assert box.shell("tail -n +3 /proc/net/dev | cut -d: -f1").text.split() == ["lo"]


def test_no_environment(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET", "secret")
    names = {line.split("=")[0] for line in box.run("env").text.splitlines()}
    assert names == {"PATH", "HOME", "LC_ALL", "PWD"}


FORK_ALL = """
import os, time
count = 0
try:
    while count < 1000:
        if os.fork() == 0:
            time.sleep(60)
        count += 1
except BlockingIOError:
    print(count, flush=True)
time.sleep(60)
"""


def test_fork_bomb_is_contained_and_hurts_nobody_else(make_box: MakeBox) -> None:
    first, second = make_box("first"), make_box("second")
    line = first.wrap(PYTHON, "-c", FORK_ALL)
    with subprocess.Popen(line, stdout=subprocess.PIPE, text=True) as bomb:
        try:
            assert bomb.stdout is not None
            assert int(bomb.stdout.readline()) < LIMITS.processes
            assert second.shell("for i in 1 2 3 4 5 6; do sleep 0 & done; wait").status == 0
        finally:
            bomb.kill()


def test_cpu_time_is_limited(box: Box) -> None:
    started = time.monotonic()
    done = box.shell("while :; do :; done", limits=replace(LIMITS, cpu_s=1))
    assert done.status in (-signal.SIGXCPU, -signal.SIGKILL)
    assert time.monotonic() - started < 30


def test_memory_is_limited(box: Box) -> None:
    assert "MemoryError" in box.run(PYTHON, "-c", "bytearray(1 << 29)").text


def test_disk_is_limited(box: Box) -> None:
    done = box.shell("head -c 64M /dev/zero >big; head -c 256M /dev/zero | split -b 4M - /tmp/x")
    assert done.status != 0 and "No space" in done.text
    assert (box.folder / "big").stat().st_size == 8 << 20


def test_no_core_files(box: Box) -> None:
    assert box.shell("ulimit -c; ulimit -Hc").text == "0\n0\n"


@pytest.mark.parametrize(
    ("script", "status"),
    [("exit 0", 0), ("exit 33", 33), ("kill -9 $$", -9), ("kill -11 $$", -11)],
)
def test_exit_status(box: Box, script: str, status: int) -> None:
    assert box.shell(script).status == status


def test_cpu_time_is_known(box: Box) -> None:
    with subprocess.Popen(box.wrap(PYTHON, "-c", "for i in range(10**7): pass")) as outer:
        _, _, usage = os.wait4(outer.pid, 0)
        outer.returncode = 0
    assert usage.ru_utime > 0.1


def children_of(pid: int) -> list[int]:
    try:
        return [int(p) for p in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def inner_process(outer: int) -> int:
    """The process in the sandbox whose keeper is OUTER, once it runs what it should."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        for keeper in children_of(outer):
            for pid in children_of(keeper):
                if Path(f"/proc/{pid}/comm").read_text() == "sleep\n":
                    return pid
    raise AssertionError("nothing runs in the sandbox")


def ends(pid: int) -> bool:
    """Does PID, no child of ours, come to its end?"""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except OSError:
            return True
    return False


def test_all_ends_with_the_keeper(box: Box) -> None:
    with subprocess.Popen(box.wrap("sleep", "1000")) as outer:
        pid = inner_process(outer.pid)
        outer.kill()
    assert ends(pid)


def test_all_ends_with_the_grader(box: Box) -> None:
    code = (
        "import subprocess, sys; p = subprocess.Popen(sys.argv[1:]);"
        "print(p.pid, flush=True); p.wait()"
    )
    line = [sys.executable, "-c", code, *box.wrap("sleep", "1000")]
    with subprocess.Popen(line, stdout=subprocess.PIPE, text=True) as grader:
        assert grader.stdout is not None
        pid = inner_process(int(grader.stdout.readline()))
        grader.kill()
    assert ends(pid)


@pytest.mark.skipif(os.geteuid() != 0, reason="root only")
def test_folder_of_root_is_not_used(tmp_path: Path) -> None:
    with pytest.raises(InfraError, match="belongs to root"):
        Sandbox(as_root=True).wrap(["true"], tmp_path, LIMITS)


def as_user(command: list[str], **how: object) -> "subprocess.CompletedProcess[str]":
    """Run COMMAND as somebody without rights."""
    rights = ["setpriv", "--reuid", "12345", "--regid", "12345", "--clear-groups", "--", *command]
    return subprocess.run(rights, capture_output=True, text=True, timeout=60, **how)  # type: ignore


@pytest.mark.skipif(os.geteuid() != 0, reason="root only: others are tested by all of the above")
def test_users_without_rights_have_a_sandbox_too() -> None:
    """The other of the two ways; those above were root's."""
    namespaces = Path("/proc/sys/user/max_user_namespaces")
    if not namespaces.is_file() or as_user(["unshare", "-U", "true"]).returncode != 0:
        pytest.skip("users may make no namespaces here")
    code = f"""
import sys, os, subprocess, tempfile
sys.path.insert(0, {str(ROOT)!r})
from pathlib import Path
from grading.sandbox import Limits, open_sandbox
with tempfile.TemporaryDirectory() as name:
    script = "id -u; touch file; unshare -U true; cat /etc/passwd; cat /proc/self/status"
    limits = Limits(20, 256, 8, 16)
    line = open_sandbox().wrap(["sh", "-c", script], Path(name), limits)
    print(subprocess.run(line, stdout=-1, stderr=subprocess.STDOUT, text=True).stdout)
    print(os.listdir(name))
"""
    text = as_user([PYTHON, "-B", "-c", code]).stdout
    assert (
        text.startswith("65534\n") and "unshare failed" in text and "CapEff:\t" + "0" * 16 in text
    )
    assert "/etc/passwd: No such file" in text and text.endswith("['file']\n")


def fake_bwrap(folder: Path, script: str) -> str:
    """A PATH on which bwrap is SCRIPT."""
    path = folder / "bwrap"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return f"{folder}:{os.environ['PATH']}"


def test_no_bubblewrap_no_grade(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    submission = tmp_path / "submission/kernel"
    submission.mkdir(parents=True)
    shutil.copy(ROOT / "kernel/pgfault.c", submission)
    words = ["grade", "--lab", "demand-paging", "--submission", str(submission.parent)]
    words += ["--out", str(tmp_path / "out")]
    failing = fake_bwrap(
        tmp_path, "echo 'bwrap: No permissions to create new namespace' >&2; exit 1"
    )
    monkeypatch.setenv("PATH", failing)
    assert main(words, ROOT) == 3
    said = capsys.readouterr().err
    assert "No permissions to create" in said and "--unsafe-no-sandbox" in said
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    assert main(words, ROOT) == 3
    assert "install the package bubblewrap" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_grading_without_a_sandbox_is_noted(tmp_path: Path) -> None:
    lab = find_lab(ROOT, "demand-paging")
    given = tmp_path / "kernel"
    given.mkdir()
    (given / "pgfault.c").write_text("")
    order = Order(ROOT, lab, tmp_path / "out", (), submission=tmp_path, sandbox=False)
    assert "graded without a sandbox" in load(tmp_path, order).notes[-1]
    assert repeat_command(order, lab.cases[0]).endswith(" --unsafe-no-sandbox")
    assert not any("sandbox" in n for n in load(tmp_path, replace(order, sandbox=None)).notes)
