# SPDX-License-Identifier: MIT
"""Signatures: what makes them invalid, which keys are refused, and where a key never gets."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from export_sample import STATUSES, make_result

from grading.cli import main
from grading.errors import UsageError
from grading.export.model import find_problem
from grading.sign import INVALID, UNSIGNED, VALID, VARIABLE, Key, canonical, check, find_key

KEY, OTHER = Key(b"0123456789abcdef"), Key(b"0123456789abcdeg")


@pytest.fixture(autouse=True)
def no_key_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment of whoever runs the tests does not count."""
    monkeypatch.delenv(VARIABLE, raising=False)


def write_key(folder: Path, data: bytes = KEY.secret + b"\n", mode: int = 0o600) -> Path:
    path = folder / "key"
    path.write_bytes(data)
    path.chmod(mode)
    return path


def write_result(folder: Path, data: dict[str, Any]) -> Path:
    path = folder / "result.json"
    path.write_text(json.dumps(data, indent=1, ensure_ascii=False), encoding="utf-8")
    return path


def test_signed_is_valid_and_keeps_the_schema() -> None:
    signed = KEY.sign(make_result(*STATUSES))
    assert find_problem(signed) == ""
    assert check(signed, KEY) == (VALID, f"valid, signed with the key {KEY.id}")
    assert KEY.sign(signed) == signed


def test_form_of_the_signature_does_not_depend_on_the_files() -> None:
    signed = KEY.sign(make_result("pass", "fail"))
    turned = json.loads(json.dumps(dict(reversed(signed.items())), indent=7))
    assert check(turned, KEY)[0] == VALID
    assert canonical({"b": 1, "a": "\u00e9"}) == b'{"a":"\\u00e9","b":1}'


def leaves(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every place in VALUE: its container and its key or index."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    for key, below in list(pairs):
        yield value, key
        if isinstance(below, dict | list):
            yield from leaves(below)


def test_whatever_is_changed_is_found() -> None:
    count = len(list(leaves(KEY.sign(make_result("pass", "crash")))))
    for number in range(count):
        signed = KEY.sign(make_result("pass", "crash"))
        holder, key = list(leaves(signed))[number]
        holder[key] = "changed"
        assert check(signed, KEY)[0] == INVALID, key
    assert count > 60


def test_a_key_more_or_less_is_found() -> None:
    signed = KEY.sign(make_result("pass"))
    assert check({**signed, "late": 0}, KEY)[0] == INVALID
    del signed["tests"][0]["hint"]
    assert check(signed, KEY)[0] == INVALID


def test_wrong_key_and_none() -> None:
    result = make_result("pass")
    assert check(result, KEY) == (UNSIGNED, "unsigned")
    status, said = check(KEY.sign(result), OTHER)
    assert status == INVALID and KEY.id in said and OTHER.id in said
    assert KEY.id != OTHER.id and KEY.secret.decode() not in repr(KEY)


@pytest.mark.parametrize(
    ("data", "mode", "said"),
    [
        (b"", 0o600, "this has 0"),
        (b"\n\n", 0o600, "this has 0"),
        (b"short\n", 0o600, "this has 5"),
        (b"x" * 5000, 0o600, "this has 4097"),
        (KEY.secret, 0o644, "its mode is 644"),
        (KEY.secret, 0o640, "chmod 600"),
        (KEY.secret, 0o602, "chmod 600"),
    ],
)
def test_bad_keys(tmp_path: Path, data: bytes, mode: int, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        find_key(write_key(tmp_path, data, mode))


def test_keys_that_are_no_files(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe", 0o600)
    with pytest.raises(UsageError, match="must be in a file"):
        find_key(tmp_path / "pipe")
    with pytest.raises(UsageError, match="No such file"):
        find_key(tmp_path / "none")


def test_a_key_is_not_where_a_build_can_see_it(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    (tree / "docs").mkdir(parents=True)
    key = write_key(tree / "docs")
    (tmp_path / "link").symlink_to(key)
    for path in (key, tmp_path / "link"):
        with pytest.raises(UsageError, match="must not lie in"):
            find_key(path, {}, seen=[tree])
    assert find_key(key, {}, seen=[tmp_path / "other"]) == KEY


def test_the_environment_names_it_once(tmp_path: Path) -> None:
    """No program that is started afterwards inherits the name."""
    environment = {VARIABLE: str(write_key(tmp_path)), "PATH": "/bin"}
    assert find_key(None, environment) == KEY
    assert environment == {"PATH": "/bin"} and find_key(None, environment) is None


def verify(path: Path, *options: str) -> int:
    return main(["verify", str(path), *options])


def test_verb(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    key = f"--key={write_key(tmp_path)}"
    result = KEY.sign(make_result("pass"))
    path = write_result(tmp_path, result)
    assert verify(path, key) == VALID and verify(tmp_path, key) == VALID
    assert "valid, signed with the key" in capsys.readouterr().out
    path.write_text(path.read_text().replace('"score": 5', '"score": 4', 1))
    assert verify(path, key) == INVALID
    assert "changed after it was signed" in capsys.readouterr().out
    write_result(tmp_path, make_result("pass"))
    assert verify(path, key) == UNSIGNED
    assert capsys.readouterr().out.endswith("result.json: unsigned\n")


def test_verb_with_bad_input(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    key = f"--key={write_key(tmp_path)}"
    path = write_result(tmp_path, KEY.sign(make_result("pass")))
    assert verify(path) == 2
    assert VARIABLE in capsys.readouterr().err
    path.write_text(path.read_text().replace('"total"', '"total": 100, "total"', 1))
    assert verify(path, key) == 2
    assert "a key is there twice" in capsys.readouterr().err
    path.write_text("[]")
    assert verify(path, key) == 2 and verify(tmp_path / "none", key) == 2
