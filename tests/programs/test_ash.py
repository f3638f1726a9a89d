# SPDX-License-Identifier: MIT
"""Somebody types at Debian's busybox ash: on the console, and on a terminal of this machine.

Each session is typed on both, waiting for the same answers; what is on the screen at the end
must be the same, and so must the shell's exit status.
"""

import re
import signal
import socket
import subprocess
from pathlib import Path

import pexpect
import pytest
from conftest import BUILD, INITRD, KERNEL
from pexpect import fdpexpect

from grading.programs.pack import Archive

BUSYBOX = Path("/bin/busybox")
PROMPT = "%"
ENVIRONMENT = {
    "PS1": PROMPT,
    "PATH": "/bin",
    "HOME": "/",
    "TERM": "linux",
    "HISTFILE": "/dev/null",
}
LIMIT_S = 60  # for one answer; a session that hangs is ended by force
ROWS, COLUMNS = 24, 80

UP, DOWN, RIGHT, LEFT = "\x1b[A", "\x1b[B", "\x1b[C", "\x1b[D"
HOME, END, DELETE, BACKSPACE = "\x01", "\x05", "\x1b[3~", "\x7f"
STOP, INTERRUPT, QUIT, END_OF_FILE = "\x1a", "\x03", "\x1c", "\x04"

# What is typed, and what is waited for then (a regular expression).  A session begins at the
# first prompt.
AT_PROMPT = re.escape(PROMPT)
Session = list[tuple[str, str]]


def line(text: str, answer: str = "") -> Session:
    """Type a command; wait for its ANSWER, and for the next prompt."""
    return [(text + "\r", rf"\n{answer}(?s:.*)\n?{AT_PROMPT}")]


def cat() -> Session:
    """Start a cat, and see it at work."""
    return [("echo go; busybox cat\r", r"\ngo\r\n"), ("abc\r", r"abc\r\nabc\r\n")]


WAIT_UNTIL_STOPPED = "until busybox grep -q ') T' /proc/$!/stat; do :; done"

# It says so when it runs: a key pressed before that would be the shell's.
SLEEPER = "echo go >go; busybox tail -f go"

SESSIONS: dict[str, Session] = {
    "editing": [
        *line(f"echo axc{LEFT}{BACKSPACE}b", "abc"),
        *line(f"cho x{LEFT}{LEFT}{LEFT}{LEFT}{LEFT}e{RIGHT}{RIGHT}{DELETE}o", "x"),
        *line(f"nothing{HOME}echo {END} more", "nothing more"),
        *line("gone\x15echo one two\x17three", "one three"),
        *line(f"echo front-back{LEFT}{LEFT}{LEFT}{LEFT}{LEFT}\x0b", "front"),
    ],
    "history": [
        *line("echo first", "first"),
        *line("echo second", "second"),
        *line(UP, "second"),
        *line(UP + UP + UP, "first"),
        *line(UP + UP + DOWN + BACKSPACE + "X", "firsX"),
    ],
    "end": line("echo $PPID >/dev/null"),
    "status": [*line("busybox false"), *line("echo $?", "1"), ("exit 7\r", "")],
    "interrupt": [
        *line("echo"),
        (SLEEPER + "\r", r"\ngo\r\n"),
        (INTERRUPT, AT_PROMPT),
        *line("echo $?", "130"),
        *cat(),
        ("half", "half"),
        (INTERRUPT, AT_PROMPT),
        (f"not this{INTERRUPT}", AT_PROMPT),
        *line("echo still here", "still here"),
    ],
    "loop": [
        (f"while :; do {SLEEPER}; done\r", r"\ngo\r\n"),
        (INTERRUPT, AT_PROMPT),
        *line("echo $?", "130"),
    ],
    "quit": [
        *line("ulimit -c 0"),
        (SLEEPER + "\r", r"\ngo\r\n"),
        (QUIT, AT_PROMPT),
        *line("echo $?", "131"),
    ],
    "end-of-file": [
        *cat(),
        (END_OF_FILE, AT_PROMPT),
        *line("echo $?", "0"),
        ("echo go; busybox cat\r", r"\ngo\r\n"),
        (f"half{END_OF_FILE}", "halfhalf"),
        (END_OF_FILE, AT_PROMPT),
    ],
    "keys": [
        ("echo go; busybox cat\r", r"\ngo\r\n"),
        (f"ax{BACKSPACE}b\r", r"\r\nab\r\n"),
        ("all wrong\x15right\r", r"\r\nright\r\n"),
        ("two words\x17more\r", r"\r\ntwo more\r\n"),
        ("literal \x16\x03\r", r"\r\nliteral \x03\r\n"),
        ("tab\t\tx\x7f\x7f\x7fy\r", r"\r\ntaby\r\n"),
        (END_OF_FILE, AT_PROMPT),
    ],
    "stop": [
        *cat(),
        (STOP, AT_PROMPT),
        *line("echo $?", "148"),
        *line("jobs", r"\[1\]"),
        ("fg\r", r"\nbusybox cat\r\n"),
        ("again\r", r"again\r\nagain\r\n"),
        (STOP, AT_PROMPT),
        *line("kill %1"),
        ("fg\r", rf"Terminated\r\n{AT_PROMPT}"),
    ],
    "background": [
        *line("busybox sleep 1000 &"),
        *line("jobs", r"\[1\]"),
        *line("kill %1; wait %1; echo $?", "143"),
        *line("busybox true & wait $!; echo $?", "0"),
        *line("echo go; busybox sleep 0.1 & wait", "go"),
    ],
    "stop-and-go-on": [
        (SLEEPER + "\r", r"\ngo\r\n"),
        (STOP, AT_PROMPT),
        *line("bg", r"\[1\]"),
        *line("jobs", r"\[1\]\+  Running"),
        ("fg\r", r"\nbusybox tail .*\r\n"),
        (INTERRUPT, AT_PROMPT),
        *line("jobs"),
    ],
    "background-reads": [
        *line("busybox cat &"),
        *line(WAIT_UNTIL_STOPPED),
        *line("jobs", r"\[1\]\+  Stopped \(tty input\)"),
        ("fg\r", r"\nbusybox cat\r\n"),
        ("read\r", r"read\r\nread\r\n"),
        (END_OF_FILE, AT_PROMPT),
    ],
    "background-writes": [
        *line("busybox stty tostop"),
        *line("busybox echo written &"),
        *line(WAIT_UNTIL_STOPPED),
        *line("jobs", r"\[1\]\+  Stopped \(tty output\)"),
        ("fg\r", rf"\nwritten\r\n{AT_PROMPT}"),
    ],
    "no-echo": [
        ("busybox stty -echo; echo go; read x; busybox stty echo\r", r"\ngo\r\n"),
        ("secret\r", AT_PROMPT),
        *line("echo $x", "secret"),
    ],
    "one-key": [
        ("busybox stty -icanon; echo go; busybox dd bs=1 count=1 2>&-\r", r"\ngo\r\n"),
        ("k", rf"kk(?s:.*){AT_PROMPT}"),
        *line("busybox stty icanon"),
    ],
    "time-out": [
        *line("read -t 1 x; echo $?", "1"),
        *line("busybox stty -icanon min 0 time 1; busybox cat; echo late", "late"),
        *line("busybox stty icanon min 1 time 0"),
    ],
    "trap": [
        *line("trap 'echo trapped' INT"),
        (INTERRUPT, AT_PROMPT),
        *line("echo on", "on"),
    ],
    "here-and-pipes": [
        *line("echo one two | busybox wc -w", "2"),
        ("busybox cat <<END\r", "> "),
        ("text\r", "> "),
        ("END\r", rf"\ntext\r\n{AT_PROMPT}"),
        *line("busybox yes | busybox sed 2q", "y"),
        (f"{SLEEPER} | busybox cat\r", r"\ngo\r\n"),
        (INTERRUPT, AT_PROMPT),
        *line("echo $?", "130"),
    ],
    "stopped-at-the-end": [
        *cat(),
        (STOP, AT_PROMPT),
        *line("exit", "You have stopped jobs"),
        ("exit 3\r", ""),
    ],
    "window": line("busybox stty size", f"{ROWS} {COLUMNS}"),
}


def typed(terminal: pexpect.spawnbase.SpawnBase, session: Session) -> str:
    """Have the session typed.  => what was on the screen, from the shell's greeting on"""
    screen = ""
    steps = [("", AT_PROMPT), *session]
    if "exit" not in session[-1][0]:
        steps.append((END_OF_FILE, ""))
    try:
        for keys, answer in steps:
            terminal.send(keys)
            terminal.expect(answer or pexpect.EOF)
            screen += terminal.before + (terminal.after if answer else "")
    except (pexpect.TIMEOUT, pexpect.EOF) as late:
        screen += f"{terminal.before}<{type(late).__name__} instead of {answer!r} after {keys!r}>"
    return screen[screen.find("BusyBox") :]


def comparable(screen: str) -> str:
    """What need not be the same is taken out: where the cursor is asked for, and what becomes of
    jobs, which the shell says before the prompt at which it has noticed.
    """
    screen = re.sub(r"(?m)^(\[[0-9]+\][+-]? .*|Terminated\s*)\n", "", screen)
    return screen.replace("\x1b[6n", "").rstrip()


def on_linux(session: Session, folder: Path) -> tuple[str, int | None]:
    """Type it at a shell of this machine, in FOLDER."""
    shell = pexpect.spawn(
        str(BUSYBOX),
        ["ash", "-i"],
        env=ENVIRONMENT,
        cwd=folder,
        preexec_fn=lambda: signal.signal(signal.SIGPIPE, signal.SIG_DFL),
        dimensions=(ROWS, COLUMNS),
        timeout=LIMIT_S,
        encoding="latin-1",
    )
    screen = typed(shell, session)
    shell.close(force=True)
    return comparable(screen), shell.exitstatus


def machine_with_shell(archive: Path, console: socket.socket) -> subprocess.Popen:
    """Boot Faultline with a shell on CONSOLE, a byte for a byte."""
    settings = " ".join(f"{name}={value}" for name, value in ENVIRONMENT.items())
    return subprocess.Popen(
        [
            "qemu-system-x86_64",
            *("-M", "q35", "-accel", "tcg", "-cpu", "max", "-m", "64M", "-bios", "qboot.rom"),
            *("-nodefaults", "-no-user-config", "-no-reboot", "-display", "none"),
            *("-device", "isa-debug-exit,iobase=0xf4,iosize=4"),
            *("-chardev", f"socket,id=console,fd={console.fileno()}"),
            *("-serial", "chardev:console"),
            *("-kernel", str(KERNEL), "-initrd", str(archive)),
            *("-append", f"{settings} -- run {BUSYBOX} ash -i"),
        ],
        pass_fds=[console.fileno()],
        stdin=subprocess.DEVNULL,
    )


def on_faultline(session: Session, archive: Path) -> tuple[str, int | None]:
    """Type it at a shell on the console; process 1 tells how the shell has ended."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        qemu = machine_with_shell(archive, theirs)
        theirs.close()
        terminal = fdpexpect.fdspawn(ours, timeout=LIMIT_S, encoding="latin-1")
        screen = typed(terminal, session)
        if "<TIMEOUT" in screen:
            qemu.kill()
        qemu.wait()
    screen, _, end = screen.partition("@- exit ")
    code = re.match("code ([0-9]+)", end)
    return comparable(screen), int(code[1]) if code else None


@pytest.fixture(scope="module")
def archive() -> Path:
    """The teaching programs, of which process 1 is one, and busybox."""
    path = BUILD / "ash/root.tar"
    with Archive(path) as packed:
        packed.add_programs(INITRD, "/bin", "init")
        packed.add(BUSYBOX, follow=True)
    return path


@pytest.mark.parametrize("name", SESSIONS)
def test_session(name: str, archive: Path, tmp_path: Path) -> None:
    """What is on the screen, and how the shell ends, is the same on both."""
    linux = on_linux(SESSIONS[name], tmp_path)
    assert "instead of" not in linux[0], linux[0]
    assert on_faultline(SESSIONS[name], archive) == linux
