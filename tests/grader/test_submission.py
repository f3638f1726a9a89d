# SPDX-License-Identifier: MIT
"""Submissions: every way in which one can be odd has its own sentence."""

import gzip
import io
import os
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grading import archive
from grading.errors import SubmissionError
from grading.submission import MAX_FILE, Submission, load_submission

WANTED = ("kernel/pgfault.c", "kernel/mm/vm.c")
GOOD = {"kernel/pgfault.c": b"int a;\n", "kernel/mm/vm.c": b"int b;\n"}


def tar_bytes(
    files: dict[str, bytes], mode: str = "w:", extra: list[tarfile.TarInfo] | None = None
) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as tar:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
        for info in extra or []:
            tar.addfile(info)
    return out.getvalue()


def zip_bytes(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive_file:
        for name, data in files.items():
            archive_file.writestr(name, data)
    return out.getvalue()


Load = Callable[[bytes], Submission]


@pytest.fixture
def load(tmp_path: Path) -> Load:
    def run(raw: bytes) -> Submission:
        path = tmp_path / "handed-in"
        path.write_bytes(raw)
        return load_submission(path, WANTED)

    return run


PACKERS = {
    "tar": tar_bytes,
    "tar.gz": lambda files: tar_bytes(files, "w:gz"),
    "zip": zip_bytes,
}


@pytest.fixture(params=PACKERS)
def pack(request: pytest.FixtureRequest) -> Callable[[dict[str, bytes]], bytes]:
    return PACKERS[request.param]


def make_folder(path: Path, files: dict[str, bytes]) -> Path:
    for name, data in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(data)
    return path


def test_archives_and_folders_are_the_same(load: Load, tmp_path: Path) -> None:
    folder = load_submission(make_folder(tmp_path / "folder", GOOD), WANTED)
    packed = [load(packer(GOOD)) for packer in PACKERS.values()]
    assert folder.files == GOOD and folder.notes == ()
    assert {s.hash for s in packed} == {folder.hash}
    assert all(s.notes == () for s in packed)


def test_one_folder_on_top_is_looked_through(load: Load, pack: Callable) -> None:
    got = load(pack({f"alice/{name}": data for name, data in GOOD.items()}))
    assert got.files == GOOD
    assert got.notes == ("the folder alice was looked through",)


def test_junk_of_a_desktop_is_no_top_folder(load: Load) -> None:
    files = {f"alice/{n}": d for n, d in GOOD.items()}
    files |= {"__MACOSX/._alice": b"x", "alice/.DS_Store": b"x"}
    assert load(zip_bytes(files)).files == GOOD


def test_others_are_ignored_with_a_note(load: Load, pack: Callable) -> None:
    got = load(pack({**GOOD, "GNUmakefile": b"all:", "kernel/trap.c": b""}))
    assert got.files == GOOD
    assert got.notes == ("2 files not on the lab's list ignored: GNUmakefile, kernel/trap.c",)


def test_missing_file_means_the_stub(load: Load, pack: Callable) -> None:
    got = load(pack({"kernel/pgfault.c": b"", "vm.c": b""}))
    assert set(got.files) == {"kernel/pgfault.c"}
    assert "kernel/mm/vm.c is missing: the stub is used" in got.notes
    assert "vm.c is in the wrong place: it should be kernel/mm/vm.c" in got.notes


def test_crlf_is_normalized(load: Load, pack: Callable) -> None:
    got = load(pack({**GOOD, "kernel/mm/vm.c": b"int b;\r\n"}))
    assert got.files == GOOD
    assert got.notes == ("kernel/mm/vm.c: line ends were CR LF and are now LF",)


def test_bytes_that_are_no_text(load: Load, pack: Callable) -> None:
    got = load(pack({**GOOD, "kernel/mm/vm.c": b"\xff\xfe\0"}))
    assert got.files["kernel/mm/vm.c"] == b"\xff\xfe\0"
    assert "zero bytes" in got.notes[0]


def refused(load: Load, raw: bytes, words: str) -> None:
    with pytest.raises(SubmissionError, match=words) as error:
        load(raw)
    assert error.value.exit_status == 2


def test_none_of_the_files(load: Load, pack: Callable) -> None:
    refused(load, pack({"pgfault.c": b"", "readme": b""}), "none of the files to hand in")
    with pytest.raises(SubmissionError) as error:
        load(pack({"src/pgfault.c": b"", "Kernel/mm/VM.c": b""}))
    text = str(error.value)
    assert "expected at least one of: kernel/pgfault.c, kernel/mm/vm.c" in text
    assert "found: Kernel/mm/VM.c, src/pgfault.c" in text
    assert "src/pgfault.c is in the wrong place: it should be kernel/pgfault.c" in text
    assert "Kernel/mm/VM.c should be spelled kernel/mm/vm.c" in text


def test_empty(load: Load, tmp_path: Path) -> None:
    refused(load, b"", "the file is empty")
    refused(load, zip_bytes({}), "there is no file in it")
    refused(load, tar_bytes({}), "there is no file in it")
    (tmp_path / "void").mkdir()
    with pytest.raises(SubmissionError, match="there is no file in it"):
        load_submission(tmp_path / "void", WANTED)


def test_no_such_path(tmp_path: Path) -> None:
    with pytest.raises(SubmissionError, match="no such file or folder"):
        load_submission(tmp_path / "nothing", WANTED)
    with pytest.raises(SubmissionError, match="not a file or a folder"):
        load_submission(Path("/dev/null"), WANTED)


def test_not_an_archive(load: Load) -> None:
    refused(load, b"int main;\n" * 100, "not a tar, tar.gz or zip")
    refused(load, gzip.compress(b"hello"), "not a tar, tar.gz or zip")
    refused(load, b"7z\xbc\xaf\x27\x1c" + bytes(100), "this kind of archive is not read")


def test_truncated_anywhere(load: Load, pack: Callable) -> None:
    raw = pack({**GOOD, "kernel/mm/vm.c": os.urandom(4096)})
    # A tar is padded with zeros at its end: those it may lose.
    for size in range(600, len(raw.rstrip(b"\0")), 97):
        with pytest.raises(SubmissionError, match="cut off or damaged|no file in it"):
            load(raw[:size])


def link(name: str, kind: bytes, target: str) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE])
def test_links_are_refused(load: Load, kind: bytes) -> None:
    refused(
        load,
        tar_bytes(GOOD, "w:", [link("kernel/proc.c", kind, "/etc/passwd")]),
        "proc.c is a link",
    )


def test_devices_are_refused(load: Load) -> None:
    refused(
        load, tar_bytes(GOOD, "w:", [link("kernel/tty", tarfile.CHRTYPE, "")]), "tty is a device"
    )


def test_zip_links_are_refused(load: Load) -> None:
    out = io.BytesIO(zip_bytes(GOOD))
    with zipfile.ZipFile(out, "a") as archive_file:
        info = zipfile.ZipInfo("kernel/proc.c")
        info.external_attr = 0o120777 << 16
        archive_file.writestr(info, "/etc/passwd")
    refused(load, out.getvalue(), "proc.c is a link")


def test_links_in_a_folder(tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "f", GOOD)
    (folder / "kernel/mm/vm.c").unlink()
    (folder / "kernel/mm/vm.c").symlink_to("/etc/hostname")
    with pytest.raises(SubmissionError, match="vm.c is a link"):
        load_submission(folder, WANTED)
    linked = tmp_path / "g"
    linked.mkdir()
    (linked / "kernel").symlink_to(folder / "kernel")
    with pytest.raises(SubmissionError, match="found: kernel"):
        load_submission(linked, WANTED)


def test_bad_names_are_refused(load: Load, pack: Callable) -> None:
    refused(load, pack({**GOOD, "../../etc/cron.d/x": b""}), r"has \.\. in its name")
    refused(load, pack({**GOOD, "a/../kernel/mm/vm.c": b""}), r"has \.\. in its name")
    refused(load, pack({**GOOD, "/etc/passwd": b""}), "is an absolute name")


def test_windows_names(load: Load) -> None:
    assert load(zip_bytes({n.replace("/", "\\"): d for n, d in GOOD.items()})).files == GOOD
    refused(load, zip_bytes({**GOOD, "C:\\x": b""}), "absolute name")


def test_harmful_names_are_shown_harmless(load: Load, pack: Callable) -> None:
    got = load(pack({**GOOD, "\x1b[2J": b""}))
    assert "\x1b" not in "".join(got.notes)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_duplicates_are_refused(load: Load) -> None:
    twice = zip_bytes({**GOOD, "./kernel/mm/vm.c": b"other"})
    refused(load, twice, "vm.c is in the archive twice")


def test_too_large(load: Load, pack: Callable) -> None:
    refused(load, pack({**GOOD, "kernel/mm/vm.c": b"x" * (MAX_FILE + 1)}), "larger than 256 KiB")
    assert load(pack({**GOOD, "kernel/mm/vm.c": b"x" * MAX_FILE})).files["kernel/mm/vm.c"]


def test_bombs(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_UNPACKED", 1 << 20)
    refused(load, gzip.compress(bytes(2 << 20)), "unpacks to more than")
    refused(load, zip_bytes({**GOOD, "kernel/mm/vm.c": bytes(8 << 20)}), "larger than 256 KiB")
    monkeypatch.setattr(archive, "MAX_MEMBERS", 10)
    refused(load, tar_bytes({str(n): b"" for n in range(12)}), "more than 10 files")
    monkeypatch.setattr(archive, "MAX_ARCHIVE", 100)
    refused(load, tar_bytes(GOOD), "larger than")


def test_zip_that_lies_about_a_size(load: Load) -> None:
    raw = bytearray(zip_bytes({**GOOD, "kernel/mm/vm.c": bytes(2 << 20)}))
    for at in (raw.rfind(b"PK\x01\x02"),):
        raw[at + 24 : at + 28] = (10).to_bytes(4, "little")
    with pytest.raises(SubmissionError):
        load(bytes(raw))


@settings(
    max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(st.data())
def test_damage_is_an_error_not_a_crash(load: Load, data: st.DataObject) -> None:
    raw = bytearray(data.draw(st.sampled_from([p(GOOD) for p in PACKERS.values()])))
    for _ in range(data.draw(st.integers(1, 8))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    try:
        got = load(bytes(raw))
    except SubmissionError:
        return
    assert set(got.files) <= set(WANTED)
