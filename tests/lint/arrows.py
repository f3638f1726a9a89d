# SPDX-License-Identifier: MIT
"""Check who includes whom in the kernel: arrows.py FILE...

Headers have ranks (kernel/README.md draws them); a header includes only what
does not rank above it.  Folders have things they must not know at all.
"""

import re
import sys
from pathlib import Path

# From what everybody may use to what hardly anybody uses.
RANKS = [
    ["types.h", "sys/abi.h", "sys/abi_poll.h", "sys/abi_proc.h", "sys/abi_signal.h"]
    + ["sys/abi_file.h", "sys/abi_misc.h", "sys/abi_tty.h", "trapasm.h", "version.h"],
    ["error.h", "panic.h", "lib/", "x86/", "ksyms.h", "boot/bootinfo.h", "clock.h", "faulttrace.h"]
    + ["random.h", "stackguard.h"],
    ["lock.h", "mm/mmu.h", "mm/layout.h", "timer.h", "sys/time.h"],
    ["mm/pmem.h", "mm/inject.h", "mm/kmalloc.h", "mm/usercopy.h", "mm/memstore.h", "kstack.h"]
    + ["execargs.h"],
    ["mm/vpmap.h", "mm/pagetable.h", "mm/ptdump.h", "sys/prot.h"],
    ["mm/vm.h", "mm/region.h", "mm/regiontree.h", "mm/map.h", "mm/fault.h", "mm/invariants.h"],
    ["fs/"],
    ["sched.h", "signal.h"],
    ["proc.h", "elf.h", "segment.h", "script.h", "sys/usage.h", "sys/path.h", "sys/poll.h"],
    ["trap.h"],
    ["syscall.h"],
]

FORBIDDEN = {
    "lib/": r"(?!lib/|types\.h|error\.h|panic\.h)",
    "mm/": r"proc\.h|sched\.h|elf\.h|trap\.h|syscall\.h|fs/",
    "x86/": r"proc\.h|sched\.h|elf\.h|syscall\.h|fs/|mm/vm\.h",
    "boot/": r"proc\.h|sched\.h|elf\.h|trap\.h|syscall\.h|fs/",
    "fs/": r"trap\.h|syscall\.h|elf\.h",
}

INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.MULTILINE)


def rank(header: str) -> int:
    """The rank of HEADER; -1 when this table does not know it."""
    for number, names in enumerate(RANKS):
        for name in names:
            if header == name or (name.endswith("/") and header.startswith(name)):
                return number
    return -1


def complaints(path: str, text: str) -> list[str]:
    """What is wrong with the includes of PATH (below kernel/)."""
    found = []
    for header in INCLUDE.findall(text):
        if rank(header) < 0:
            found.append(f"{header} has no rank in tests/lint/arrows.py")
        if path.endswith(".h") and rank(header) > rank(path):
            found.append(f"{header} ranks above it")
        for folder, pattern in FORBIDDEN.items():
            if path.startswith(folder) and re.match(pattern, header):
                found.append(f"{folder} must not know {header}")
    return found


def main(names: list[str]) -> int:
    """Print every arrow that points the wrong way."""
    wrong = [
        f"{name}: {text}"
        for name in names
        for text in complaints(name.removeprefix("kernel/"), Path(name).read_text("utf-8"))
    ]
    print("\n".join(wrong), end="\n" if wrong else "")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
