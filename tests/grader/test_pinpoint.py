# SPDX-License-Identifier: MIT
"""What a failure points at: which of several lines, its text, and nothing outside the tree."""

from pathlib import Path

from grading.pinpoint import Source, find_addresses, find_source, reader

FILE = "kernel/mm/vm.c"
TEXT = "".join(f"\tline {n};\n" for n in range(1, 10)).encode()


NOWHERE = Path("/nowhere")


def nothing(name: str) -> None:
    return None


def test_the_students_line_comes_first() -> None:
    lines = (
        "expected 1 at tests/a.c:3",
        "page fault in kernel/trap.c:7",
        "f (kernel/pgfault.c:9), your code",
    )
    assert find_source(lines, "kernel/lock.c:1", nothing) == Source("kernel/pgfault.c", 9)
    assert find_source(lines[:2], "kernel/lock.c:1", nothing) == Source("kernel/lock.c", 1)
    assert find_source(lines[:1], "", nothing) == Source("tests/a.c", 3)
    assert find_source(("kernel/mm/vm.c:7:3: error: no",), "", nothing) == Source(FILE, 7)
    assert find_source(("nothing of that kind: etc/passwd.c:1",), "", nothing) is None


def test_lines_around_it() -> None:
    read = reader({FILE: TEXT}, NOWHERE, NOWHERE)
    found = find_source(("x",), f"f ({FILE}:5)", read)
    assert found is not None and dict(found.numbered()) == {
        n: f"        line {n};" for n in range(3, 8)
    }
    ends = [find_source((f"{FILE}:{n}",), "", read) for n in (1, 9)]
    assert [(e.first, len(e.text)) for e in ends if e] == [(1, 3), (7, 4)]
    assert find_source((f"{FILE}:400",), "", read) == Source(FILE, 400)


def test_text_is_harmless_and_short() -> None:
    read = reader({FILE: b"\x1b[31m\xff" + b"x" * 5000}, NOWHERE, NOWHERE)
    found = find_source((f"{FILE}:1",), "", read)
    assert found is not None and found.text[0].startswith("\\x1b[31m\\xff")
    assert len(found.text[0]) < 500


def test_nothing_outside_the_tree_is_read(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    (tree / "kernel").mkdir(parents=True)
    (tmp_path / "secret.c").write_text("secret\n")
    (tree / "kernel/link.c").symlink_to(tmp_path / "secret.c")
    (tree / "kernel/fine.c").write_text("fine\n")
    (tree / "labs/one/tests").mkdir(parents=True)
    (tree / "labs/one/tests/a.c").write_text("a\n")
    read = reader({}, tree, tree / "labs/one")
    assert read("kernel/fine.c") == ("kernel/fine.c", b"fine\n")
    assert read("tests/a.c") == ("labs/one/tests/a.c", b"a\n")
    assert read("kernel/../../secret.c") is None and read("kernel/link.c") is None
    assert read("kernel") is None and read("kernel/none.c") is None


def test_addresses() -> None:
    lines = (
        "write to 0x10 at rip 0x400",
        "read from 0x20, write to 0x10",
        "the last page fault was at 0x30",
    )
    assert find_addresses(lines) == [0x10, 0x20, 0x30]
    panic = ["panic: x", "  cr2=00000000004011b8 cr3=0", "  backtrace:", "    0xff trap+0x1"]
    assert find_addresses((), panic) == []
    assert find_addresses(("read from 0x8",), [*panic, "0xff handle_page_fault+0x8d"]) == [
        8,
        0x4011B8,
    ]
    assert len(find_addresses([f"read from {n:#x}" for n in range(9)])) == 4
