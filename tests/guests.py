# SPDX-License-Identifier: MIT
"""One Linux program on several kernels: this machine's, Faultline, Debian's in QEMU.

The program is statically linked, and is given as it is to each of them.
"""

import os
import shutil
import subprocess
import tarfile
import tempfile
from io import BytesIO
from pathlib import Path

from machine import machine, run

PACKAGE = "linux-image-amd64"
CACHE = Path("build/linux")

# Debian's kernel without what costs time and is not there on Faultline: see
# tests/bench/README.md.
LEAN = (
    "mitigations=off init_on_alloc=0 cgroup_disable=memory apparmor=0 audit=0 "
    "randomize_kstack_offset=off nokaslr norandmaps"
)


def on_host(program: Path, *arguments: str, limit_s: int = 300) -> list[str]:
    """Run PROGRAM here, in a folder of its own that anybody may write to.

    DIR among the ARGUMENTS stands for that folder.
    """
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o777)
        copy = Path(folder) / program.name
        shutil.copy(program, copy)
        copy.chmod(0o755)
        done = subprocess.run(
            [str(copy), *(folder if word == "DIR" else word for word in arguments)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            timeout=limit_s,
            text=True,
            check=False,
        )
    return done.stdout.splitlines()


def archive_with(archive: Path, program: Path, out: Path) -> Path:
    """Faultline's ARCHIVE with PROGRAM in its /bin."""
    data = program.read_bytes()
    member = tarfile.TarInfo(f"bin/{program.name}")
    member.size, member.mode = len(data), 0o755
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_bytes(archive.read_bytes())
    with tarfile.open(out, "a", format=tarfile.USTAR_FORMAT) as tar:
        tar.addfile(member, BytesIO(data))
    return out


def debian_kernel(cache: Path) -> Path:
    """Debian's kernel: the one that is installed, or else one downloaded into CACHE."""
    installed = sorted(Path("/boot").glob("vmlinuz-*-amd64"))
    if installed:
        return installed[-1]
    cache.mkdir(parents=True, exist_ok=True)
    if not list(cache.glob("vmlinuz-*")):
        show = ["apt-cache", "depends", PACKAGE]
        lines = subprocess.run(show, stdout=subprocess.PIPE, text=True, check=True).stdout
        image = next(line.split()[-1] for line in lines.splitlines() if "Depends:" in line)
        subprocess.run(["apt-get", "-q", "download", image], cwd=cache, check=True)
        package = next(cache.glob(f"{image}_*.deb"))
        tar = subprocess.run(
            ["dpkg-deb", "--fsys-tarfile", package], stdout=subprocess.PIPE, check=True
        ).stdout
        with tarfile.open(fileobj=BytesIO(tar)) as files:
            for member in files:
                if member.name.startswith("./boot/vmlinuz-"):
                    path = cache / Path(member.name).name
                    path.write_bytes(files.extractfile(member).read())
        package.unlink()
    return sorted(cache.glob("vmlinuz-*"))[-1]


def initramfs(program: Path, out: Path) -> Path:
    """A Linux initramfs (cpio, newc) in which PROGRAM is /init, and nothing else but /dev."""
    entries = [
        ("dev", 0o040755, b"", (0, 0)),
        ("dev/console", 0o020600, b"", (5, 1)),
        ("dev/null", 0o020666, b"", (1, 3)),
        ("dev/tty", 0o020666, b"", (5, 0)),
        ("init", 0o100755, program.read_bytes(), (0, 0)),
        ("TRAILER!!!", 0, b"", (0, 0)),
    ]
    data = b""
    for number, (name, mode, content, device) in enumerate(entries, 1):
        fields = [number, mode, 0, 0, 1, 0, len(content), 0, 0, *device, len(name) + 1, 0]
        data += b"070701" + b"".join(b"%08x" % field for field in fields)
        data += name.encode() + b"\0"
        data += bytes(-len(data) % 4) + content
        data += bytes(-len(data) % 4)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_bytes(data)
    return out


def on_debian(
    program: Path, options: str, *machine_options: str, limit_s: float
) -> tuple[str, list[str]]:
    """Run PROGRAM as the first one of Debian's kernel, which gets the OPTIONS.

    => the kernel's file name, and the console's lines
    """
    kernel = debian_kernel(CACHE)
    initrd = initramfs(program, CACHE / f"{program.name}.initramfs")
    append = f"console=ttyS0 quiet loglevel=0 panic=-1 {options}"
    arguments = machine(*machine_options, "-kernel", str(kernel), "-initrd", str(initrd))
    return kernel.name, run([*arguments, "-append", append], limit_s).lines()
