# SPDX-License-Identifier: MIT
"""Finds the files that a program needs to start: itself, interpreters, libraries.

Every file keeps its path.  What a program opens later (modules, plugins, data) nobody can
see beforehand.
"""

import os
import shlex
import shutil
import struct
import subprocess
from pathlib import Path

from grading.programs import RunError

_HEADER = struct.Struct("<16sHHIQQQIHHH")  # elf(5), as far as e_phnum
_PROGRAM = struct.Struct("<IIQQQQQQ")
_ELF, _CLASS64, _LITTLE = b"\x7fELF", 2, 1
_X86_64 = 62
_EXEC, _DYN = 2, 3
_PT_INTERP = 3

_MOST_INTERPRETERS = 4  # as Linux: a script's interpreter may be a script
_SCRIPT_LINE = 256

_LINKER = "/lib64/ld-linux-x86-64.so.2"
_CACHE = Path("/etc/ld.so.cache")
_SEARCHED = {  # by ld.so without a cache
    *("/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu"),
    *("/lib64", "/usr/lib64", "/lib", "/usr/lib"),
}


def collect(program: Path) -> list[Path]:
    """The absolute paths of PROGRAM and of what it needs; RunError when something is missing."""
    found: list[Path] = []
    _collect(Path(os.path.abspath(program)), found, _MOST_INTERPRETERS)
    return list(dict.fromkeys(found))


def collect_library(library: Path) -> list[Path]:
    """LIBRARY, a module or plugin that programs load themselves, and what it needs."""
    return [library, *_libraries(library, Path(_LINKER))[1:]]


def is_program(path: Path) -> bool:
    """Is there a program at PATH: a file that may be run, ELF or a script?"""
    if not path.is_file() or not os.access(path, os.X_OK):
        return False
    with path.open("rb") as file:
        start = file.read(len(_ELF))
    return start == _ELF or start.startswith(b"#!")


def _collect(program: Path, found: list[Path], depth: int) -> None:
    head = _read(program)
    found.append(program)
    if not os.access(program, os.X_OK):
        raise RunError(f"{program}: it may not be executed: chmod +x")
    if head.startswith(b"#!"):
        if depth == 0:
            raise RunError(f"{program}: too many scripts that are the interpreter of another")
        for interpreter in _script_programs(program, head):
            _collect(interpreter, found, depth - 1)
    else:
        interpreter = _elf_interpreter(program, head)
        if interpreter is not None:
            found += _libraries(program, interpreter)


def _read(program: Path) -> bytes:
    if not program.exists():
        raise RunError(f"{program}: no such file")
    if not program.is_file():
        raise RunError(f"{program}: not a file")
    try:
        return program.read_bytes()
    except OSError as error:
        raise RunError(f"{program}: {error.strerror}") from error


def _script_programs(script: Path, head: bytes) -> list[Path]:
    """What the first line of SCRIPT names; the program that env(1) looks for too."""
    line = head[2:_SCRIPT_LINE].split(b"\n")[0].decode("utf-8", "surrogateescape").strip()
    words = line.split(maxsplit=1)
    if not words:
        raise RunError(f"{script}: there is no interpreter behind #!")
    if not Path(words[0]).exists():
        raise RunError(f"{script}: its interpreter {words[0]} is not there")
    programs = [Path(words[0])]
    if programs[0].name == "env" and len(words) > 1:
        name = next((w for w in shlex.split(words[1]) if w[0] != "-" and "=" not in w), "")
        path = shutil.which(name)
        if path is None:
            raise RunError(f"{script}: its interpreter {name or words[1]} is not there")
        programs.append(Path(path))
    return programs


def _elf_interpreter(program: Path, data: bytes) -> Path | None:
    """The dynamic linker of the ELF file; None when it is static."""
    if data[: len(_ELF)] != _ELF or len(data) < _HEADER.size:
        raise RunError(f"{program}: neither an x86-64 ELF program nor a script with #!")
    header = _HEADER.unpack_from(data)
    ident, kind, machine, offset, count = header[0], header[1], header[2], header[5], header[10]
    if (ident[4], ident[5], machine) != (_CLASS64, _LITTLE, _X86_64):
        raise RunError(f"{program}: an ELF file, but not for x86-64 (its machine is {machine})")
    if kind not in (_EXEC, _DYN):
        raise RunError(f"{program}: an ELF file, but not a program (its type is {kind})")
    if offset + count * _PROGRAM.size > len(data):
        raise RunError(f"{program}: its program headers lie outside the file")
    for index in range(count):
        segment = _PROGRAM.unpack_from(data, offset + index * _PROGRAM.size)
        if segment[0] == _PT_INTERP:
            name = data[segment[2] : segment[2] + segment[5]].rstrip(b"\0")
            interpreter = Path(os.fsdecode(name))
            if not interpreter.is_file():
                raise RunError(f"{program}: its dynamic linker {interpreter} is not there")
            return interpreter
    return None


def _libraries(program: Path, interpreter: Path) -> list[Path]:
    """INTERPRETER and the libraries that it would load for PROGRAM, as it says itself."""
    run = subprocess.run(
        [str(interpreter), "--list", str(program)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        env={k: v for k, v in os.environ.items() if k != "LD_PRELOAD"},
    )
    found = [interpreter]
    for line in run.stdout.splitlines():
        name, _, rest = line.strip().partition(" => ")
        if rest.startswith("not found"):
            raise RunError(f"{program}: its library {name} is not there")
        path = (rest or name).rsplit(" (", 1)[0]
        if path.startswith("/"):
            found.append(Path(os.path.normpath(path)))
    if run.returncode != 0:
        why = (run.stderr.strip() or run.stdout.strip()).splitlines()[-1:]
        raise RunError(f"{program}: its libraries cannot be found: {''.join(why)}")
    if _CACHE.exists() and any(str(path.parent) not in _SEARCHED for path in found[1:]):
        found.append(_CACHE)
    return found
