# SPDX-License-Identifier: MIT
"""lab.toml: what is right is read, what is wrong is refused with file, line and key."""

from pathlib import Path

import pytest

from grading.errors import LabError, UsageError
from grading.lab import Input, Lab, Step, find_lab, load_lab

GOOD = """\
id = "demo"
version = "1.0"
title = "A demo"
points = 6
student_files = ["kernel/a.c", "kernel/mm/b.c"]
budget = 50_000_000

[[group]]
id = "stack"
title = "The stack"

[[group]]
id = "heap"
title = "The heap"

[[test]]
id = "heap-one"
title = "the heap grows"
requirement = "heap"
group = "heap"
program = "/tests/one"
points = 2
output = ["^ready"]
needs = ["stack-two"]

[[test]]
id = "stack-two"
title = "the stack grows"
requirement = "stack"
group = "stack"
program = "/tests/two"
args = ["-x", "7"]
points = 4
budget = 90_000_000
memory_mib = 32
visibility = "hidden"
input = [{expect = "name: $", send = "me\\n"}]
absent = ["oops"]
steps = [
  {id = "near", points = 1, title = "a page"},
  {id = "far", points = 3, title = "ten pages"},
]
[test.hints]
"not mapped" = "look at the region"
"""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A tree with the files that GOOD names."""
    for name in ("kernel/a.c", "kernel/mm/b.c", "labs/demo/tests/one.c", "tests/guest/two.c"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    return tmp_path


def load(tree: Path, source: str) -> Lab:
    path = tree / "labs/demo/lab.toml"
    path.write_text(source)
    return load_lab(path, tree)


def test_all_keys_are_read(tree: Path) -> None:
    lab = load(tree, GOOD)
    assert (lab.id, lab.points, lab.student_files) == ("demo", 6, ("kernel/a.c", "kernel/mm/b.c"))
    one, two = lab.cases
    assert (one.budget, one.memory_mib, one.visibility) == (50_000_000, 128, "visible")
    assert (one.output, one.needs, one.steps) == (("^ready",), ("stack-two",), ())
    assert (two.args, two.budget, two.memory_mib) == (("-x", "7"), 90_000_000, 32)
    assert two.input == (Input("name: $", "me\n"),)
    assert two.steps == (Step("near", 1, "a page"), Step("far", 3, "ten pages"))
    assert two.hints == (("not mapped", "look at the region"),)
    assert two.name == "two"


def test_order_is_by_group(tree: Path) -> None:
    assert [c.id for c in load(tree, GOOD).in_order()] == ["stack-two", "heap-one"]


def line_of(source: str, text: str, which: int = 0) -> int:
    return [n for n, line in enumerate(source.split("\n"), 1) if text in line][which]


WRONG = [
    # name, text to replace, replacement, words of the message, text of the line it names
    ("unknown top key", 'title = "A demo"', 'titel = "A demo"', "title: missing", None),
    ("unknown key", 'version = "1.0"', 'version = "1.0"\ncolor = 1', "color: unknown key", "color"),
    ("unknown test key", "memory_mib = 32", "memory = 32", "memory: unknown key", "memory = 32"),
    ("unknown step key", '"a page"}', '"a page", x = 1}', "x: unknown key", "x = 1"),
    ("missing key", 'program = "/tests/one"\n', "", "program: missing", "[[test]]"),
    (
        "wrong type",
        "points = 2",
        'points = "2"',
        "expected a whole number, got '2'",
        'points = "2"',
    ),
    (
        "a boolean is no number",
        "points = 2",
        "points = true",
        "expected a whole number",
        "points = true",
    ),
    ("negative", "points = 2", "points = -2", "-2 is not between", "points = -2"),
    (
        "test twice",
        'id = "stack-two"',
        'id = "heap-one"',
        "'heap-one' is used twice",
        'id = "heap-one"',
    ),
    ("group twice", 'id = "heap"', 'id = "stack"', "'stack' is used twice", 'id = "stack"'),
    ("step twice", '{id = "far"', '{id = "near"', "'near' is used twice", '{id = "near"'),
    ("bad id", 'id = "heap-one"', 'id = "Heap One"', "'Heap One' is not made of", "Heap One"),
    ("lab total", "points = 6", "points = 7", "is 7, but the tests add up to 6", "points = 7"),
    ("step total", "points = 4", "points = 5", "is 5, but the steps add up to 4", "points = 5"),
    ("unknown group", 'group = "heap"', 'group = "hep"', "no group 'hep'", 'group = "hep"'),
    ("unknown need", '["stack-two"]', '["stak"]', "no test 'stak'", "needs"),
    ("circle", "points = 4\n", 'points = 4\nneeds = ["heap-one"]\n', "goes in a circle", "needs"),
    ("needs itself", '["stack-two"]', '["heap-one"]', "heap-one -> heap-one", "needs"),
    ("absolute file", '"kernel/a.c"', '"/etc/passwd"', "not a plain path", "/etc/passwd"),
    ("dots", '"kernel/a.c"', '"kernel/../a.c"', "not a plain path", "kernel/../a.c"),
    ("no such file", '"kernel/a.c"', '"kernel/z.c"', "not in the tree", "kernel/z.c"),
    ("file twice", '"kernel/mm/b.c"', '"kernel/a.c"', "named twice", "student_files"),
    ("no source", '"/tests/one"', '"/tests/none"', "no none.c", "/tests/none"),
    ("bad program", '"/tests/one"', '"tests/../x"', "not an absolute path", "tests/../x"),
    ("bad argument", '["-x", "7"]', '["a b"]', "kernel command line", "a b"),
    ("bad visibility", '"hidden"', '"secret"', "not one of visible", "secret"),
    ("bad pattern", '["^ready"]', '["(ready"]', "not a regular expression", "(ready"),
    ("bad expect", '"name: $"', '"name: ["', "not a regular expression", "name: ["),
    ("nothing to see", 'output = ["^ready"]\n', "", "a test needs steps or output", None),
    ("small budget", "budget = 90_000_000", "budget = 9", "9 is not between", "budget = 9"),
    ("hints", '"look at the region"', "7", "'not mapped' should be a string", "[test.hints]"),
    (
        "empty files",
        '["kernel/a.c", "kernel/mm/b.c"]',
        "[]",
        "student_files: is empty",
        "student_files",
    ),
]


@pytest.mark.parametrize(
    ("old", "new", "words", "line"), [w[1:] for w in WRONG], ids=[w[0] for w in WRONG]
)
def test_wrong_rubric_is_refused(
    tree: Path, old: str, new: str, words: str, line: str | None
) -> None:
    assert GOOD.count(old) >= 1
    source = GOOD.replace(old, new, 1)
    with pytest.raises(LabError) as error:
        load(tree, source)
    assert str(error.value).startswith("labs/demo/lab.toml:")
    assert words in str(error.value)
    if line is not None:
        lines = [line_of(source, line, n) for n in range(source.count(line))]
        assert int(str(error.value).split(":")[1]) in lines


def test_second_of_two_is_named(tree: Path) -> None:
    source = GOOD.replace('requirement = "stack"', "requirement = 3")
    with pytest.raises(
        LabError, match=r"lab.toml:\d+: test\[stack-two\].requirement: expected a string"
    ) as e:
        load(tree, source)
    assert int(str(e.value).split(":")[1]) == line_of(source, "requirement = 3")


def test_syntax_error_has_a_line(tree: Path) -> None:
    with pytest.raises(LabError, match=r"lab.toml: .*line 3"):
        load(tree, GOOD.replace('title = "A demo"', "title = demo"))


def test_not_text(tree: Path) -> None:
    (tree / "labs/demo/lab.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(LabError, match="not UTF-8"):
        load_lab(tree / "labs/demo/lab.toml", tree)


def test_find_lab(tree: Path) -> None:
    with pytest.raises(UsageError, match="no labs"):
        find_lab(tree, None)
    load(tree, GOOD)
    assert find_lab(tree, None).id == "demo"
    with pytest.raises(UsageError, match="no lab 'other': this tree has demo"):
        find_lab(tree, "other")
    other = tree / "labs/other"
    other.mkdir()
    (other / "lab.toml").write_text(GOOD)
    with pytest.raises(UsageError, match="--lab is needed: one of demo, other"):
        find_lab(tree, None)


def test_unknown_test_names_near_ones(tree: Path) -> None:
    with pytest.raises(UsageError, match="no test 'stack': try stack-two"):
        load(tree, GOOD).case("stack")
