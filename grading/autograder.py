# SPDX-License-Identifier: MIT
"""The verb gradescope: packs a lab's handout and the grader into an autograder for Gradescope.

The archive holds setup.sh and run_autograder, as Gradescope wants them, and below
``faultline/`` what students get, without the reference: nothing on Gradescope's
machine is worth reading for a submission that gets out.
"""

import argparse
import io
import subprocess
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

from grading.errors import InfraError, UsageError
from grading.lab import Lab, find_lab

_TEMPLATES = ("setup.sh", "run_autograder")
_FOLDER = "faultline"
_LAB_MARK = "@LAB@"
_NOT_PACKED = {"build", ".git", "__pycache__", ".hypothesis", ".pytest_cache", ".mypy_cache"}
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the same tree gives the same bytes


def add_verb(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]", epilog: str) -> None:
    """Add the verb to the command line."""
    text = "Writes an autograder for Gradescope: a zip to upload there."
    parser = verbs.add_parser(
        "gradescope", help="make an autograder.zip for Gradescope", description=text, epilog=epilog
    )
    parser.add_argument("lab", metavar="LAB", nargs="?", help="needed when the tree has several")
    parser.add_argument(
        "--output", type=Path, metavar="FILE", default=Path("autograder.zip"), help="autograder.zip"
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """The verb; its exit status."""
    lab = find_lab(options.root, options.lab)
    data = make_zip(options.root, lab)
    try:
        options.output.write_bytes(data)
    except OSError as error:
        raise UsageError(f"{options.output}: {error.strerror}") from error
    print(f"{options.output}: {len(data) >> 10} KiB; upload it, see docs/guide/ci.md")
    return 0


def make_zip(root: Path, lab: Lab) -> bytes:
    """The archive's bytes."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in _TEMPLATES:
            text = (root / "grading/gradescope" / name).read_text(encoding="utf-8")
            _add(archive, name, text.replace(_LAB_MARK, lab.id).encode(), 0o755)
        for name, data, mode in _tree(root, lab):
            _add(archive, f"{_FOLDER}/{name}", data, mode)
    return stream.getvalue()


def _add(archive: zipfile.ZipFile, name: str, data: bytes, mode: int) -> None:
    info = zipfile.ZipInfo(name, _EPOCH)
    info.external_attr = (0o100000 | mode) << 16
    info.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(info, data)


def _tree(root: Path, lab: Lab) -> Iterator[tuple[str, bytes, int]]:
    """The files of the handout: made now, or the tree at ROOT when it is one itself."""
    if (root / ".ci/handout").is_file() and (root / ".git").exists():
        yield from _handout(root, lab)
        return
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root)
        if path.is_file() and not path.is_symlink() and not _NOT_PACKED & set(name.parts):
            executable = path.stat().st_mode & 0o100
            yield name.as_posix(), path.read_bytes(), 0o755 if executable else 0o644


def _handout(root: Path, lab: Lab) -> Iterator[tuple[str, bytes, int]]:
    command = ["make", "-s", "--no-print-directory", "handout", f"LAB={lab.id}"]
    try:
        done = subprocess.run(command, cwd=root, stdin=subprocess.DEVNULL, capture_output=True)
    except OSError as error:
        raise InfraError(f"make: {error.strerror}: install the package make") from error
    if done.returncode != 0:
        said = (done.stdout + done.stderr).decode("utf-8", "replace").strip()
        raise InfraError(f"the handout could not be made:\n{said}")
    with tarfile.open(root / f"build/handout/{lab.id}.tar.gz") as archive:
        for member in archive:
            stream = archive.extractfile(member) if member.isfile() else None
            if stream is not None:
                name = member.name.partition("/")[2]
                yield name, stream.read(), 0o755 if member.mode & 0o100 else 0o644
