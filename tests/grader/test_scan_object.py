# SPDX-License-Identifier: MIT
"""What the object of a student's file may not have in it."""

import re
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from conftest import ROOT

from grading.c_tokens import logical_lines
from grading.errors import LabError
from grading.lab import find_lab
from grading.scan_object import Allowed, load_allowed, privileged, scan_objects

FLAGS = "-std=gnu11 -O2 -g -ffreestanding -fno-pic -mcmodel=kernel -mno-red-zone".split()
FLAGS += ["-mgeneral-regs-only", "-fcf-protection=none", "-fno-asynchronous-unwind-tables"]
FLAGS += ["-fstack-protector", "-mstack-protector-guard=global"]
LAB = ROOT / "labs/demand-paging"
NAME = "kernel/mm/vm.c"
PRIVILEGED = '#include "x86/x86.h"\n'

# A source, and what the grader says about its object, with the line when there is one.
ATTACKS = [
    (
        "void machine_exit(int);\nvoid f(void)\n{\n\tmachine_exit(33);\n}",
        ":4: .*machine_exit.*in f",
    ),
    ("extern char kernel_end[];\nchar *f(void) { return kernel_end; }", ":2: .*kernel_end"),
    ("void q(void);\nvoid (*p)(void) = q;", "q, which is not for students"),
    (
        "typedef long call(void *);\nextern call *syscall_table[];\nvoid f(call *g)\n{\n"
        "\tsyscall_table[1] = g;\n}",
        ":5: .*syscall_table.*in f",
    ),
    ("void kprintf(void) { }", "a second kprintf: the kernel has its own, in printf"),
    ("__attribute__((weak)) void kprintf(void) { }", "a second kprintf"),
    ("int spin_lock;", "a second spin_lock"),
    ("__attribute__((weak)) void f(void) { }", "f is a weak or indirect symbol"),
    ('void *r(void) { return 0; }\nvoid f(void) __attribute__((ifunc("r")));', "f is a weak"),
    ('asm(".globl f; .set f, 0x1000");', "f is an address"),
    ('__attribute__((section(".boot.text"))) void f(void) { }', "a section of its own: .boot.text"),
    (
        "int x;\n__attribute__((constructor)) void f(void) { x = 1; }",
        "a section of its own: .init_array",
    ),
    ("__thread int x;", "a section of its own: .tbss"),
    ('asm(".section .rodata.x, \\"awx\\"; nop");', "a section of its own: .rodata.x"),
    ('asm(".section .data.rel, \\"awx\\"; nop");', "can be written and executed: .data.rel"),
    ('asm(".section .rodata.cst8, \\"ax\\"; nop");', "the wrong rights: .rodata.cst8"),
    ("char a[2 << 20];", "2048 KiB of variables and code: at most 1024"),
    (
        "void q(int (*)(int));\nint f(int a)\n{\n\tint g(int b) { return a + b; }\n\tq(g);\n"
        "\treturn a;\n}",
        "a nested function",
    ),
    (PRIVILEGED + "void f(void)\n{\n\toutb(0xf4, 16);\n}", "x86.h|:4: .*instruction out.*in f"),
    (PRIVILEGED + "void f(void)\n{\n\twrite_cr3(0);\n}", ":4: .*mov with %cr3.*in f"),
    (PRIVILEGED + "int f(void)\n{\n\treturn read_cr0();\n}", ":4: .*mov with %cr0.*in f"),
    (PRIVILEGED + "void f(void) { interrupts_wait(); }", ":2: .*instruction sti"),
    (PRIVILEGED + "void f(void) { wrmsr(1, 2); }", ":2: .*instruction wrmsr"),
    (PRIVILEGED + "void f(void) { invlpg(0); }", ":2: .*instruction invlpg"),
    ("void f(void) { __builtin_ia32_writeeflags_u64(0); }", ":1: .*instruction popf"),
]

# Instructions as objdump writes them, and what they are called in a message.
INSTRUCTIONS = [
    ("in     (%dx),%al", "in"),
    ("rep insb (%dx),%es:(%rdi)", "insb"),
    ("outsl  %ds:(%rsi),(%dx)", "outsl"),
    ("lgdt   (%rdi)", "lgdt"),
    ("lidt   (%rdi)", "lidt"),
    ("ltr    %ax", "ltr"),
    ("lldt   %ax", "lldt"),
    ("lmsw   %ax", "lmsw"),
    ("mov    %rax,%cr4", "mov with %cr4"),
    ("mov    %db7,%rax", "mov with %db7"),
    ("mov    %eax,%ss", "mov to a segment register"),
    ("rex.W mov %rax,%cr8", "mov with %cr8"),
    ("cli", "cli"),
    ("hlt", "hlt"),
    ("iretq", "iretq"),
    ("sysretl", "sysretl"),
    ("swapgs", "swapgs"),
    ("wbinvd", "wbinvd"),
    ("lretq  $0x8", "lretq"),
    ("ljmp   *(%rax)", "ljmp"),
    ("int    $0x80", "int"),
    ("int3", "int3"),
    ("vmcall", "vmcall"),
    ("(bad)", "(bad)"),
    ("cs cli", "cli"),
    ("mov    %gs:0x0,%rax", ""),
    ("mov    %ds,%eax", ""),
    ("inc    %eax", ""),
    ("rep stos %al,%es:(%rdi)", ""),
    ("incl   0x10(%rax)", ""),
    ("call   4a <hlt+0x2>", ""),
    ("jmp    0 <cli>", ""),
    ("rdtsc", ""),
    ("int_like", ""),
    ("sub    $0x8,%rsp", ""),
    ("ud2", ""),
    ("nopw   %cs:0x0(%rax,%rax,1)", ""),
    ("lea    0x0(%rip),%rdi        # cli", ""),
]

Scan = Callable[..., list[str]]


def run(command: Sequence[str]) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@pytest.fixture(scope="module")
def scan(tmp_path_factory: pytest.TempPathFactory) -> Scan:
    """Compiles a source as some student's file and looks at the object."""
    if shutil.which("gcc") is None:
        pytest.skip("needs gcc")
    folder = tmp_path_factory.mktemp("objects")

    def build(source: str, name: str) -> Path:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source)
        target = path.with_suffix(".o")
        include = f"-I{ROOT}/kernel"
        subprocess.run(
            ["gcc", *FLAGS, include, "-w", "-c", "-o", target, name], cwd=folder, check=True
        )
        return target

    kernel = build("void kprintf(void) { }\nint spin_lock;", "kernel/lib/printf.c")

    def look(source: str, name: str = NAME, allowed: Allowed | None = None) -> list[str]:
        objects = {name: build(source, name)}
        rules = allowed or load_allowed(LAB)
        return [str(p) for p in scan_objects(objects, [kernel], rules, run)]

    return look


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack[1][:40])
def test_attack_is_refused(scan: Scan, attack: tuple[str, str]) -> None:
    source, pattern = attack
    found = scan(source + "\n")
    assert any(re.search(pattern, line) for line in found), found
    assert all(line.startswith(NAME) for line in found)


@pytest.mark.parametrize(("instruction", "name"), INSTRUCTIONS)
def test_privileged(instruction: str, name: str) -> None:
    assert privileged(instruction) == name


def test_honest_object_passes(scan: Scan) -> None:
    source = """
    #include "lib/printf.h"
    #include "mm/pmem.h"
    #include "x86/cpu.h"
    static int count = 1, zero;
    static const double table[] = { 1.5, 2.5 };
    __attribute__((noinline, cold)) static void rare(void) { kprintf("%d", zero); }
    void *f(int n)
    {
        char big[4096];
        switch (n) {
        case 1: return this_cpu()->current;
        case 2: return &count;
        case 3: return (void *)&table[n];
        case 4: rare(); return 0;
        case 5: __builtin_memset(big, n, sizeof(big)); kprintf("%s", big); return 0;
        default: __builtin_trap();
        }
    }
    """
    assert scan(source) == []


def test_baseline_counts_instructions(scan: Scan) -> None:
    one = PRIVILEGED + "void syscall_init(void) { wrmsr(1, 2); }\n"
    assert scan(one, "kernel/syscall.c") == []
    assert scan(one, "kernel/proc.c") != []
    assert scan(one.replace("syscall_init", "f"), "kernel/syscall.c") != []
    five = PRIVILEGED + f"void syscall_init(void) {{ {'wrmsr(1, 2); ' * 5} }}\n"
    assert len(scan(five, "kernel/syscall.c")) == 1


def test_what_is_no_object_is_refused(tmp_path: Path) -> None:
    (tmp_path / "vm.o").write_bytes(b"nothing")

    def lenient(command: Sequence[str]) -> str:
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout

    problems = scan_objects({NAME: tmp_path / "vm.o"}, [], load_allowed(LAB), lenient)
    assert [str(p) for p in problems] == [
        f"{NAME}: error: not allowed in this file: its object cannot be read"
    ]


@pytest.mark.parametrize("text", ["x", "[file]", "imports = 1", 'imports = ["a"]\nfile = 3'])
def test_broken_rules_are_an_error(tmp_path: Path, text: str) -> None:
    (tmp_path / "allowed.toml").write_text(text)
    with pytest.raises(LabError, match="allowed.toml: "):
        load_allowed(tmp_path)


def declared(header: Path) -> set[str]:
    """The functions that HEADER declares, and the variables."""
    names, depth = set(), 0
    tokens = [t for line in logical_lines(header.read_bytes()) if line[0].text != "#" for t in line]
    for before, token, after in zip(tokens, tokens[1:], tokens[2:]):
        if depth == 0 and token.kind == "name" and after.text == "(" and before.text != "struct":
            names.add(token.text)
        if depth == 0 and token.kind == "name" and after.text == ";":
            names.add(token.text)
        depth += {"(": 1, "{": 1, ")": -1, "}": -1}.get(token.text, 0)
    return names


def test_common_names_are_declared_in_headers() -> None:
    known = set().union(*(declared(path) for path in (ROOT / "kernel").rglob("*.h")))
    assert "pmem_alloc" in known and "struct" not in known
    assert load_allowed(LAB).imports <= known


@pytest.mark.parametrize("variant", ["stub", "solution"])
def test_rules_are_just_what_the_kernel_needs(variant: str, tmp_path: Path) -> None:
    """The pristine objects pass; and what a file may import alone, it does."""
    lab, allowed = find_lab(ROOT, "demand-paging"), load_allowed(LAB)
    assert set(allowed.files) <= set(lab.student_files)
    objects, define = {}, ["-DSOLUTION"] if variant == "solution" else []
    for name in lab.student_files:
        objects[name] = tmp_path / name.replace("/", "-").replace(".c", ".o")
        command = ["gcc", *FLAGS, *define, "-Ikernel", "-w", "-c", "-o", objects[name], name]
        subprocess.run(command, cwd=ROOT, check=True)
    assert scan_objects(objects, [], allowed, run) == []
    for name, rules in allowed.files.items():
        assert rules.imports <= set(run(["nm", "-u", str(objects[name])]).split())
        assert not rules.imports & allowed.imports
