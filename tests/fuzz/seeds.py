# SPDX-License-Identifier: MIT
"""Small inputs for the fuzz targets to begin with: seeds.py FOLDER

Writes FOLDER/TARGET/N.  The same bytes every time.
"""

import io
import random
import struct
import sys
import tarfile
from pathlib import Path


def elf(
    kind: int, segments: list[tuple[int, int, int, int, int]], entry: int, interpreter: str = ""
) -> bytes:
    """An x86-64 program.  SEGMENTS: flags, offset, address, bytes in the file, in memory."""
    name = interpreter.encode() + b"\0" if interpreter else b""
    header = b"\x7fELF\x02\x01\x01".ljust(16, b"\0") + struct.pack(
        "<HHIQQQIHHHHHH", kind, 62, 1, entry, 64, 0, 0, 64, 56, len(segments) + bool(name), 64, 0, 0
    )
    for flags, offset, address, in_file, in_memory in segments:
        header += struct.pack(
            "<IIQQQQQQ", 1, flags, offset, address, address, in_file, in_memory, 4096
        )
    if name:
        at = len(header) + 56
        header += struct.pack("<IIQQQQQQ", 3, 4, at, 0, 0, len(name), len(name), 1) + name
    size = max(offset + in_file for _, offset, _, in_file, _ in segments)
    return header.ljust(size, b"\x90")


def elves() -> list[bytes]:
    """Programs: usual, position-independent, with large and with odd segments."""
    text = (5, 0, 0x400000, 0x234, 0x234)
    data = (6, 0x340, 0x401340, 0x100, 0x2100)
    return [
        elf(2, [text, data], 0x4000B0),
        elf(3, [(5, 0, 0, 0x234, 0x234)], 0xB0),
        elf(2, [text, (6, 0x300, 0x402345, 0x80, 0x1000000)], 0x400100),
        elf(2, [text, (4, 0x300, 0x600000, 0, 0x3000)], 0x400100),
        elf(2, [text, text], 0x400100),
        elf(3, [(5, 0, 0, 0x234, 0x234), (6, 0x240, 0x1240, 0x10, 0x100)], 0x120, "/lib/ld"),
        elf(2, [text, data], 0x400120, "/lib/other"),
        b"#! /bin/sh -x -y \n",
        b"#!" + b" " * 240 + b"/bin/interpreter argument\n",
    ]


def archives() -> list[bytes]:
    """Archives: empty, usual, with odd names and types."""
    found = []
    for names in (
        [],
        ["bin/", "bin/sh", "a/b/c"],
        ["../up", "/top", "./x", "d" * 60 + "/" + "l" * 90, "x"],
    ):
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as tar:
            for name in names:
                info = tarfile.TarInfo(name)
                info.type = tarfile.DIRTYPE if name.endswith("/") else tarfile.REGTYPE
                info.size = 0 if name.endswith("/") else 700
                tar.addfile(info, io.BytesIO(name.encode() * 800))
        found.append(out.getvalue()[: 512 * 12])
    return found


def paths() -> list[bytes]:
    """Lines as fuzz_path.c reads them: 0 mkdir, 1 create, 2 chdir, 3 look."""
    return [
        b"0/tmp/a\n0/tmp/a/b\n2/tmp/a/b\n1x\n3../b/./x\n3/tmp//a/b/x/\n3../../../..\n",
        b"1/tmp/f\n0/tmp/f/g\n3/dev/null\n3/dev/../tmp/f\n2/dev\n3console\n0null\n",
        b"3" + b"a/" * 100 + b"\n1/" + b"n" * 256 + b"\n1/" + b"n" * 255 + b"\n",
    ]


def ranges() -> list[bytes]:
    """Start and length near the places that matter."""
    marks = [0, 0x10000, 0x7FFFFFFFF000, 1 << 47, 1 << 63, (1 << 64) - 1]
    return [struct.pack("<QQ", a, b) for a in marks for b in (0, 1, 4096, *marks[2:])]


def operations() -> list[bytes]:
    """Random operations of fuzz_regions.c."""
    rng = random.Random(1)
    return [bytes(rng.randrange(256) for _ in range(4 * n)) for n in (4, 16, 64, 200)]


def main() -> None:
    """Write all of them."""
    folder = Path(sys.argv[1])
    targets = {
        "elf": elves(),
        "tar": archives(),
        "path": paths(),
        "userrange": ranges(),
        "regions": operations(),
    }
    for target, seeds in targets.items():
        (folder / target).mkdir(parents=True, exist_ok=True)
        for number, seed in enumerate(seeds):
            (folder / target / str(number)).write_bytes(seed)


if __name__ == "__main__":
    main()
