# SPDX-License-Identifier: MIT
"""A result.json with a test of every status and with text that wants to break out."""

import copy
from typing import Any

HASH = "0123456789abcdef" * 4
IMAGE = {"kernel": HASH, "initrd": HASH}
STATUSES = (
    "pass",
    "fail",
    "crash",
    "timeout",
    "build_error",
    "skipped",
    "tampered",
    "infra_error",
)
# What a student may get onto the console or into a file's name.
EVIL = (
    "<script>alert(1)</script>",
    ']]> </system-out> & "quoted" \'',
    "::error file=x::pwned",
    "##[error]pwned",
    "``` \n# heading",
    "=HYPERLINK(1)",
    "\x00\x1b[31m \ufffe \ud800".encode("utf-8", "backslashreplace").decode() + "\x0b",
    "{{ 7 * 7 }} {% raw %}",
)


def make_source(line: int) -> dict[str, Any]:
    """A line of a student's file, and those around it, which want to break out."""
    text = ["\tint n;", f"\treturn a < b && c > d; /* {EVIL[0]} */", "}"]
    return {"file": "kernel/mm/vm.c", "line": line, "first": line - 1, "text": text}


def make_test(status: str, **changes: Any) -> dict[str, Any]:
    """A test of that status, worth five points."""
    score = {"pass": 5, "fail": 2, "infra_error": None}.get(status, 0)
    bad = status not in ("pass", "skipped")
    test: dict[str, Any] = {
        "id": f"test-{status.replace('_', '-')}",
        "title": f"a title of {status} with <b> & | pipes",
        "requirement": "F1",
        "group": "heap" if status in ("pass", "fail", "crash") else "rest",
        "group_title": "The heap" if status in ("pass", "fail", "crash") else "The <rest>",
        "visibility": "visible",
        "status": status,
        "score": score,
        "max": 5,
        "message": "\n".join(EVIL) if bad else "",
        "hint": "look <there>" if bad else "",
        "source": None,
        "fault_addresses": [],
        "steps": [
            {
                "id": "one",
                "title": "the first",
                "status": "ok",
                "score": score or 0,
                "max": 5,
                "message": "",
            }
        ],
        "guest_instructions": 1234567,
        "cpu_s": 0.1,
        "wall_s": 0.25,
        "exit_status": 33,
        "death": None,
        "console_tail": list(EVIL),
        "evidence": None,
        "attempts": [],
        "flaky": False,
        "repeat": f"make test T={status}",
        "replay": "",
    }
    if status == "crash":
        test["death"] = {
            "kind": "panic",
            "summary": "the kernel panicked: oh",
            "where": "as_copy (kernel/mm/vm.c:123)",
        }
        test["source"] = make_source(123)
    test.update(changes)
    return copy.deepcopy(test)


def make_result(*statuses: str, **changes: Any) -> dict[str, Any]:
    """A result with a test of each of STATUSES."""
    tests = [make_test(status) for status in statuses]
    scores = [test["score"] for test in tests]
    result: dict[str, Any] = {
        "schema_version": 1,
        "complete": True,
        "lab": {"id": "demo", "version": "1.0", "title": "A demo"},
        "submission": {
            "id": "=alice <b>.zip",
            "hash": HASH,
            "notes": ["::warning::a note <i>"],
            "path": None,
            "sandboxed": True,
        },
        "inputs": {
            "hash": HASH,
            "grader": "1.0",
            "lab": HASH,
            "tree": HASH,
            "submission": HASH,
            "solution": False,
            "compiler": "gcc 12",
            "qemu": "7.2",
            "seed": 7,
        },
        "build": {"status": "ok", "first_error": "", "log": [], "image": dict(IMAGE)},
        "total": None if None in scores else sum(scores),
        "max": 5 * len(tests),
        "tests": tests,
    }
    result.update(changes)
    return result


def make_build_error() -> dict[str, Any]:
    """A result whose kernel could not be built."""
    error = "kernel/mm/vm.c:7:3: error: expected ';' <evil>"
    build = {"status": "build_error", "first_error": error, "image": None}
    test = make_test("build_error", message=error, source=make_source(7))
    return make_result(build={**build, "log": ["CC vm.c", error, *EVIL]}, tests=[test])


def make_evidence() -> dict[str, Any]:
    """What a witness saw: a heap that grows, and a page in the guard below the stack."""
    program = [
        {"start": "0x400000", "end": "0x404000", "rights": "ur-x"},
        {"start": "0x404000", "end": "0x405000", "rights": "ur--"},
        {"start": "0x405000", "end": "0x406000", "rights": "urw-"},
    ]
    top = {"start": "0x7fffffeff000", "end": "0x7ffffff00000", "rights": "urw-"}
    heap = {"start": "0x407000", "end": "0x409000", "rights": "urw-"}
    guard = {"start": "0x7fffffef5000", "end": "0x7fffffef6000", "rights": "urw-"}
    return {
        "problem": "",
        "words": [{"what": "step", "text": "one", "ok": True}],
        "findings": [
            {
                "kind": "rule",
                "point": "end",
                "what": "no page where no region is <evil>",
                "expected": "False",
                "got": "True",
                "ok": False,
                "address": "0x7fffffef5000",
            },
            {
                "kind": "claim",
                "point": "start",
                "what": "argc",
                "expected": "1",
                "got": "1",
                "ok": True,
                "address": None,
            },
        ],
        "pictures": [
            {"point": "start", "ranges": [*program, top]},
            {"point": "step", "ranges": [*program, heap, top]},
            {"point": "end", "ranges": [*program, heap, guard, top]},
        ],
    }
