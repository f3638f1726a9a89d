# SPDX-License-Identifier: MIT
"""What a student's file may not say to the compiler."""

import shutil
import subprocess
from pathlib import Path

import pytest
from conftest import ROOT
from hypothesis import given, settings
from hypothesis import strategies as st

from grading.c_tokens import LexError, logical_lines
from grading.lab import find_lab
from grading.scan_source import scan_sources

# What it says, what the grader says about it, and in which line, if not the first.
ATTACKS = [
    # files that the compiler would read
    ('#include "/etc/passwd"', "not a plain path"),
    ('#include "../labs/demand-paging/solution.h"', "not a plain path"),
    ('#include "mm/../../secret.h"', "not a plain path"),
    ('#include "./proc.h"', "not a plain path"),
    ('#include "mm//vm.h"', "not a plain path"),
    ('#include "pgfault.c"', "not a plain path"),
    ('#include "boot/ksyms.awk"', "not a plain path"),
    ('#include "nosuch.h"', "no such header"),
    ("#include <stdio.h>", "anything but one"),
    ('#  /* here */  include  "../x.h"', "not a plain path"),
    ('#define FILE "proc.h"\n#include FILE', "anything but one", 2),
    ('#include "proc.h" "trap.h"', "anything but one"),
    ('#include_next "proc.h"', "the directive #include_next"),
    ('#import "proc.h"', "the directive #import"),
    ('#embed "/etc/passwd"', "the directive #embed"),
    ('%:include "/etc/passwd"', "the digraph %:"),
    ('??=include "/etc/passwd"', "a trigraph"),
    ('#inc\\\nlude "/etc/passwd"', "cut by a backslash"),
    ('#if __has_include("/etc/shadow")\n#endif', "looking for files"),
    ('#if 0 || __has_include__("x")\n#endif', "looking for files"),
    ('#pragma GCC dependency "/etc/passwd"', "#pragma"),
    # assembly language, from which all else follows
    ('asm(".incbin \\"/etc/passwd\\"");', "assembly language"),
    ('__asm__ volatile(".include \\"x\\"");', "assembly language"),
    ('void f(void) { __asm("cli"); }', "assembly language"),
    ('int kprintf2(void) __asm__("kprintf");', "assembly language"),
    ("#define A __asm__\nint x;", "assembly language"),
    ('as\\\nm("cli");', "cut by a backslash"),
    ('as\\  \nm("cli");', "cut by a backslash"),
    ('#define CAT(a, b) a##b\nCAT(as, m)("cli");', "##"),
    ('#define CAT(a, b) a%:%:b\nCAT(as, m)("cli");', "digraph"),
    # code that a reader takes for a comment, and the reverse
    ('// what? \\\nasm("cli");', "a comment goes on"),
    ('/\\\n* x */ asm("cli");', "mark is cut"),
    ('/* x *\\\n/ asm("cli"); /* */', "mark is cut"),
    ('char *s = R"(/*)"; asm("cli"); //*/', "a raw string"),
    ('char *s = u8R"(/*)"; asm("cli"); //*/', "a raw string"),
    ("/* never ends", "does not end"),
    ("#if 0\ndon't\n#endif", "without its partner", 2),
    ('char *s = "', "without its partner"),
    ("int a; /* \u202e */", "invisible"),
    ("int a\u200bb;", "invisible"),
    ("int \u00e9;", "not ASCII"),
    ("int \\u00e9;", "backslash"),
    ("int a$b;", "the character $"),
    ("int a;\x1b[2J", "a control character, U+001B"),
    ("int a;\0", "a control character, U+0000"),
    ("// a\rasm(1);", "a control character, U+000D"),
    # options of the compiler
    ('#pragma GCC optimize("O0")', "#pragma"),
    ('#pragma GCC diagnostic ignored "-Wall"', "#pragma"),
    ("#pragma GCC poison kprintf", "#pragma"),
    ("#pragma weak kprintf = mine", "#pragma"),
    ("#pragma once", "#pragma"),
    ('void f(void) { _Pragma("once") }', "a pragma"),
    # attributes
    ("__attribute__((constructor)) void f(void) { }", "the attribute constructor"),
    ("__attribute__((__constructor__)) void f(void) { }", "the attribute __constructor__"),
    ('__attribute__((unused, section(".boot.text"))) int x;', "the attribute section"),
    ('int f(void) __attribute__((alias("g")));', "the attribute alias"),
    ('int f(void) __attribute((ifunc("g")));', "the attribute ifunc"),
    ("__attribute__((naked)) void f(void) { }", "the attribute naked"),
    ("__attribute__((weak)) void f(void) { }", "the attribute weak"),
    ('__attribute__((target("sse"))) void f(void) { }', "the attribute target"),
    ('__attribute__((optimize("O0"))) void f(void) { }', "the attribute optimize"),
    ("[[gnu::naked]] void f(void) { }", "double brackets"),
    ("[ [gnu::naked]] void f(void) { }", "double brackets"),
    ("[\n[gnu::naked]] void f(void) { }", "double brackets", 2),
    ("[\n#if 1\n[naked]] void f(void) { }\n#endif", "double brackets", 3),
    ("#define ID(x) x\nID([)[gnu::naked]] void f(void) { }", "double brackets", 2),
    ("#define A __attribute__\n((unused));\nA((naked)) int f(void);", "not written out"),
    ("__attribute__\n#if 0\n((unused))\n#else\n((naked))\n#endif\nint f(void);", "not written out"),
    ("#define ID(x) x\nID(__attribute__) ((naked)) int f(void);", "not written out", 2),
    ("#define N naked\n__attribute__((N)) void f(void) { }", "the macro N", 2),
    ("#define unused naked\n__attribute__((unused)) void f(void) { }", "name of an attribute"),
    ("#define A __attribute__\nA((naked)) void f(void) { }", "not written out"),
    ("#define X 8), naked, aligned(8\nint x;", "parentheses do not match"),
    ("#define X y\n__attribute__((aligned(X))) int x;", "the macro X", 2),
    ("__attribute__((unused naked)) void f(void) { }", "the attribute naked"),
    # false places, names and times
    ('#line 1 "kernel/trap.c"', "the directive #line"),
    ('# 1 "kernel/trap.c"', "a line number"),
    ('#define __FILE__ "kernel/trap.c"', "belongs to the compiler"),
    ("#undef __LINE__", "belongs to the compiler"),
    ("#define _Bool int", "belongs to the compiler"),
    ("#define if while", "a word of the language"),
    ("char *s = __TIME__;", "the time of day"),
    ("#ident x", "the directive #ident"),
    ("#assert x(y)", "the directive #assert"),
    # built-in functions and storage
    ("void f(void) { __builtin_ia32_writeeflags_u64(0); }", "a built-in function"),
    ("void *f(void) { return __builtin_return_address(0); }", "a built-in function"),
    ("__thread int x;", "thread-local"),
    ("int __seg_gs *p;", "another address space"),
]

# What students do write.
HONEST = [
    '#include "mm/vm.h"\n#include "fs/fs.h"',
    "/* it's \"fine\" \\ here ??/ \u00e9 \u4e2d */ // don't",
    "#define TWO \\\n\t(1 + \\\n\t1)\nint two = TWO;",
    "#define LOG(...) kprintf(__VA_ARGS__)\n#define STR(x) #x",
    "char *s = \"asm(\\\"cli\\\"); /* #include */\", c = '\"', d = '\\'';",
    "__attribute__((unused, aligned(4096), format(printf, 1, 2))) static int x;",
    "void f(int a) __attribute__((\n    unused\n));\n#define U __attribute__((__unused__))",
    "struct s { int a : 3, b : 4; }; int c = a ? b : d[e[0]];",
    "static inline __attribute__((__always_inline__)) int f(void) { return 0; }",
    "bool o = __builtin_add_overflow(a, b, &c) || __builtin_expect(x, 0);",
    'kprintf("%s:%d %s\\n", __FILE__, __LINE__, __func__);',
    "int a[2][3]; int b = a[x[0]][1]; int c = 1 ? 2 : 3;",
    '#if defined(X) && 0x1e+1 > 2\n#error no\n#elif 1\n#warning "mind"\n#else\n#endif\n#\n',
    "#error asm ## __has_include a::b\n",
    "#pragma STDC FP_CONTRACT OFF",
    "int last_line_without_end;",
    "",
]


def refusals(source: bytes | str, name: str = "kernel/mm/vm.c") -> list[str]:
    data = source.encode() if isinstance(source, str) else source
    return [str(problem) for problem in scan_sources({name: data}, ROOT)]


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack[0][:40])
def test_attack_is_refused_with_its_line(attack: tuple[str, str] | tuple[str, str, int]) -> None:
    source, reason, line = (*attack, 1)[:3]
    found = refusals(f"int before;\n\n{source}")
    assert found and reason in found[0]
    assert found[0].startswith(f"kernel/mm/vm.c:{line + 2}: error: not allowed in this file: ")


@pytest.mark.parametrize("source", HONEST)
def test_honest_source_passes(source: str) -> None:
    assert refusals(source) == []
    assert refusals(source.replace("\n", "\r\n")) == []
    assert refusals(b"\xef\xbb\xbf" + source.encode()) == []


def test_stub_and_reference_pass() -> None:
    lab = find_lab(ROOT, "demand-paging")
    files = {name: (ROOT / name).read_bytes() for name in lab.student_files}
    assert scan_sources(files, ROOT) == []


def test_header_beside_the_file_is_found() -> None:
    assert refusals('#include "vm.h"', "kernel/mm/vm.c") == []
    assert refusals('#include "vm.h"', "kernel/proc.c") != []


def test_bytes_of_another_code_page_may_stand_in_comments() -> None:
    assert refusals(b"int a; /* caf\xe9 */") == []
    assert refusals(b"int caf\xe9;") != []


def test_many_problems_are_cut_and_in_order() -> None:
    found = refusals("asm(1);\n" * 1000)
    assert len(found) == 10 and ":1:" in found[0] and ":10:" in found[-1]


@pytest.mark.parametrize(
    "start",
    ['#include "', "#include_", "#define __", "__builtin_", "void f(void) __attribute__((x"],
)
def test_nothing_of_the_student_is_shown_at_length(start: str) -> None:
    found = refusals(f'{start}{"x" * 100_000}{"))" if "((" in start else ""}')
    assert found and len(found[0]) < 200


@given(st.binary(max_size=200))
@settings(max_examples=300)
def test_any_bytes_are_tokens_or_an_error(data: bytes) -> None:
    try:
        tokens = [token for line in logical_lines(data) for token in line]
    except LexError as error:
        assert 1 <= error.line <= data.count(b"\n") + 1
    else:
        assert all(token.text.isprintable() or token.kind == "string" for token in tokens)


PIECES = [
    "asm",
    "a",
    "sm",
    "\\\n",
    "\n",
    "/*",
    "*/",
    "//",
    '"',
    "'",
    " ",
    "#",
    "??/",
    "\\",
    "R",
    "x",
]


@given(st.lists(st.sampled_from(PIECES), max_size=12))
@settings(max_examples=150, deadline=None)
def test_what_passes_has_no_assembly_for_the_compiler_either(pieces: list[str]) -> None:
    if shutil.which("gcc") is None:
        pytest.skip("needs gcc")
    source = "".join(pieces)
    if refusals(source):
        return
    command = ["gcc", "-std=gnu11", "-w", "-E", "-P", "-x", "c", "-"]
    run = subprocess.run(command, input=source.encode(), capture_output=True, check=False)
    code = subprocess.run(
        ["gcc", "-std=gnu11", "-w", "-E", "-P", "-Dasm=FOUND", "-x", "c", "-"],
        input=source.encode(),
        capture_output=True,
        check=False,
    )
    assert run.stdout == code.stdout


def test_scan_is_fast() -> None:
    source = b"static int f(int a) { return a + 1; } /* words */\n" * 5000
    assert len(source) < 256 << 10
    assert scan_sources({"kernel/proc.c": source}, Path(ROOT)) == []
