# SPDX-License-Identifier: MIT
"""Runs a command that nobody trusts: a submission's build, and QEMU with its kernel.

A Sandbox only rewrites a command line; whoever starts it does so as before.  Inside,
bubblewrap shows the system's programs and libraries, some folders read-only, and one
folder that can be written, all under their real names; nothing else of this host is
there: no network, no other process, no /home, no /etc but what linking needs.  When
the grader dies, or the outer process is killed, everything inside dies.

Who the command runs as.  A user without rights gets a user namespace and is nobody in
it.  Root needs no user namespace, and would stay root in one (the kernel exempts root
from the limit on processes): so the command becomes a user of its own, whose number
is that of no person and is made from the folder it may write, and keeps no capability.
Each sandbox has its own limit on processes for that reason: one submission's fork
bomb must not fail another's build.

Limits are set inside by prlimit(1), so that bubblewrap itself is not subject to them.
"""

import os
import shutil
import signal
import stat
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from grading.errors import InfraError

NOBODY = 65534
_FIRST_UID = 1 << 30  # no distribution gives these to people, services or containers
_TMP_BYTES = 64 << 20
_PROBE_S = 20
_SYSTEM = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")
# Debian's names for awk, cc and so on are links through here; the second speeds up linking.
_ETC = ("/etc/alternatives", "/etc/ld.so.cache")
# Process 1 inside.  bubblewrap's own would not wait, so that CPU time were lost; and the
# command itself must not be it: as another user it would outlive bubblewrap.
_KEEPER = ("sh", "-c", '"$@"; exit $?', "keeper")
_NAMESPACES = ("ipc", "pid", "net", "uts", "cgroup")


@dataclass(frozen=True)
class Limits:
    """What a process may use, and how many of them there may be in a sandbox."""

    cpu_s: int
    memory_mib: int  # of address space, mapped or not
    file_mib: int  # of any one file
    processes: int

    def command(self) -> list[str]:
        """The command that sets these limits for what follows it."""
        return [
            "prlimit",
            f"--cpu={self.cpu_s}:{self.cpu_s + 1}",
            f"--as={self.memory_mib << 20}",
            f"--fsize={self.file_mib << 20}",
            f"--nproc={self.processes}",
            "--core=0",
            "--",
        ]


def build_limits(jobs: int) -> Limits:
    """For make with JOBS compilers.  The kernel's largest file takes 0.1 s and 35 MiB."""
    return Limits(cpu_s=6, memory_mib=512, file_mib=64, processes=32 + 8 * jobs)


def machine_limits(memory_mib: int, cpu_s: int) -> Limits:
    """For a QEMU whose guest has MEMORY_MIB.

    Translated code takes 1 GiB of address space and threads' heaps some hundred MiB,
    of which little is ever touched (measured: 1320 MiB above the guest's memory).
    """
    return Limits(cpu_s, memory_mib + 3072, file_mib=memory_mib + 64, processes=64)


@dataclass(frozen=True)
class Sandbox:
    """How this host runs things in bubblewrap; made by ``open_sandbox``."""

    as_root: bool

    def give(self, folder: Path) -> None:
        """Let commands write FOLDER and all that is in it: root's commands are not root."""
        if not self.as_root:
            return
        owner = _owner_for(folder)
        for path in _all_below(folder):
            os.chown(path, owner, owner, follow_symlinks=False)

    def show(self, folder: Path) -> None:
        """Let commands read FOLDER and all that is in it, which only root may do now."""
        if not self.as_root:
            return
        for path in _all_below(folder):
            mode = path.lstat().st_mode
            if not stat.S_ISLNK(mode):
                path.chmod(stat.S_IMODE(mode) | (0o555 if mode & 0o100 else 0o444))

    def wrap(
        self, command: Sequence[str], folder: Path, limits: Limits, read: Sequence[Path] = ()
    ) -> list[str]:
        """The command line that runs COMMAND so that it can write FOLDER, and see READ too.

        FOLDER was given to it by ``give``, and is its current folder; folders in READ were
        shown by ``show`` if they are not readable for all.  Paths are absolute.
        """
        inside = [*limits.command(), *command]
        if self.as_root:
            inside = [*_become(folder.stat().st_uid), *inside]
        return [
            "bwrap",
            *(f"--unshare-{name}" for name in _NAMESPACES),
            *(_root_options() if self.as_root else _user_options()),
            *("--die-with-parent", "--as-pid-1", "--new-session", "--hostname", "sandbox"),
            "--clearenv",
            *("--setenv", "PATH", "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"),
            *("--setenv", "HOME", "/tmp", "--setenv", "LC_ALL", "C"),
            *_system(),
            *("--proc", "/proc", "--dev", "/dev"),
            *("--perms", "1777", "--size", str(_TMP_BYTES), "--tmpfs", "/tmp"),
            *_binds([*((path, "--ro-bind") for path in read), (folder, "--bind")]),
            *("--remount-ro", "/dev", "--remount-ro", "/", "--chdir", str(folder), "--"),
            *_KEEPER,
            *inside,
        ]


def exit_status(status: int) -> int:
    """What the command inside ended with, from bubblewrap's STATUS: negative for a signal."""
    return 128 - status if 128 < status < 128 + signal.NSIG else status


def _all_below(folder: Path) -> Iterator[Path]:
    for parent, folders, files in os.walk(folder):
        yield from (Path(parent, name) for name in (".", *folders, *files))


def _owner_for(folder: Path) -> int:
    """A user number that no other sandbox has; nobody's where the host maps only a few."""
    wanted = _FIRST_UID + folder.stat().st_ino % (1 << 24)
    try:
        os.chown(folder, wanted, wanted)
    except OSError:
        return NOBODY
    return wanted


def _become(uid: int) -> list[str]:
    """The command that turns root into UID for good.  FOLDER's owner says which."""
    if uid == 0:
        raise InfraError("a sandbox's folder still belongs to root")
    user = ["--reuid", str(uid), "--regid", str(uid), "--clear-groups"]
    caps = ["--inh-caps=-all", "--bounding-set=-all", "--no-new-privs"]
    return ["setpriv", *user, *caps, "--"]


def _root_options() -> list[str]:
    """No capability but what it takes to enter the folder and, for setpriv, to give up all."""
    keep = ("CAP_DAC_READ_SEARCH", "CAP_SETUID", "CAP_SETGID", "CAP_SETPCAP")
    return ["--cap-drop", "ALL", *(word for name in keep for word in ("--cap-add", name))]


def _user_options() -> list[str]:
    """Nobody in a user namespace in which no other can be made."""
    nobody = str(NOBODY)
    return ["--unshare-user", "--disable-userns", "--uid", nobody, "--gid", nobody]


def _system() -> Iterator[str]:
    """The host's programs and libraries, as bubblewrap's options."""
    yield from ("--ro-bind", "/usr", "/usr")
    for name in _SYSTEM:
        path = Path("/", name)
        if path.is_symlink():
            yield from ("--symlink", os.readlink(path), str(path))
        elif path.is_dir():
            yield from ("--ro-bind", str(path), str(path))
    yield from ("--perms", "0755", "--dir", "/etc")
    for file in _ETC:
        yield from ("--ro-bind-try", file, file)


def _binds(wanted: Sequence[tuple[Path, str]]) -> Iterator[str]:
    """Show each path under its own name.  Folders above it are made, and can be entered."""
    there = {Path("/"), Path("/tmp")}
    mounted = {Path("/usr")}
    for path, how in wanted:
        for parent in reversed(path.parents):
            if parent not in there and not mounted & {parent, *parent.parents}:
                yield from ("--perms", "0755", "--dir", str(parent))
                there.add(parent)
        mounted.add(path)
        yield from (how, str(path), str(path))


def open_sandbox() -> Sandbox:
    """Find out how this host runs a sandbox; an InfraError says what is missing."""
    as_root = os.geteuid() == 0
    for program, package in (("bwrap", "bubblewrap"), ("prlimit", "util-linux")):
        if shutil.which(program) is None:
            raise InfraError(_refusal(f"{program} is missing: install the package {package}"))
    sandbox = Sandbox(as_root)
    with tempfile.TemporaryDirectory(prefix="sandbox-") as name:
        folder = Path(name).resolve()
        try:
            sandbox.give(folder)
            probe = subprocess.run(
                sandbox.wrap(["true"], folder, build_limits(1)),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=_PROBE_S,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise InfraError(_refusal(str(error))) from error
    if probe.returncode != 0:
        said = probe.stderr.decode("utf-8", "replace").strip()
        raise InfraError(_refusal(_why(said)))
    return sandbox


def _refusal(why: str) -> str:
    return (
        f"a submission is graded in a sandbox only, and there is none here: {why}\n"
        "  --unsafe-no-sandbox grades it all the same: its code then runs as you"
    )


def _why(said: str) -> str:
    """What stands in the way, from bubblewrap's words SAID and the kernel's settings."""
    for name, bad in (
        ("kernel/unprivileged_userns_clone", "0"),
        ("user/max_user_namespaces", "0"),
        ("kernel/apparmor_restrict_unprivileged_userns", "1"),
    ):
        path = Path("/proc/sys", name)
        if os.geteuid() != 0 and path.is_file() and path.read_text().strip() == bad:
            setting = name.replace("/", ".")
            return f"user namespaces are off ({said}): the sysctl {setting} is {bad}"
    return f"{said or 'bubblewrap fails'} (in a container, it must be allowed to make namespaces)"
