# SPDX-License-Identifier: MIT
"""What must be true of a process of this lab, seen from outside the guest.

Numbers are those of kernel/mm/layout.h; the initial stack is the System V ABI's
(AMD64, 3.4.1).
"""

from grading.guestmem import PAGE
from grading.witness import View

STACK_TOP = 0x7FFFFFF00000
STACK_LOW = STACK_TOP - 10 * PAGE
NEIGHBORHOOD = 64 * PAGE  # around the stack: nothing else is there
MAX_ENTRIES = 600  # of the auxiliary vector's and the pointers' words
READ_WRITE = "urw-"
SHARED = "ur--"  # what fork leaves of a writable page until somebody writes to it


def _check_stack_pages(view: View) -> None:
    pages = view.between(STACK_LOW - NEIGHBORHOOD, STACK_TOP + NEIGHBORHOOD)
    present = [f"{p.address:#x}" for p in pages]
    top = STACK_TOP - PAGE
    view.rule("only the top page of the stack is present", [f"{top:#x}"], present, top)
    for page in pages:
        view.rule("rights of a stack page", READ_WRITE, page.rights, page.address)


def _check_arguments(view: View) -> None:
    sp = view.registers["rsp"]
    argv = list(view.subject.argv)
    view.rule("rsp is a multiple of 16", 0, sp % 16, sp)
    view.rule("argc", len(argv), view.word(sp), sp)
    at = sp + 8
    for index, want in enumerate(argv):
        address = view.word(at) or 0
        view.rule(f"argv[{index}] lies on the stack", True, STACK_LOW <= address < STACK_TOP, at)
        view.rule(f"argv[{index}]", want, view.string(address), address)
        at += 8
    view.rule("argv ends in NULL", 0, view.word(at), at)
    strings, at = _pointers(view, at + 8)
    for want in view.subject.environment:
        view.rule(f"the environment holds {want.split('=')[0]}", True, want in strings, at)
    pairs = 0
    while view.word(at) not in (0, None) and pairs < MAX_ENTRIES:
        at, pairs = at + 16, pairs + 1
    view.rule("the auxiliary vector ends in AT_NULL", 0, view.word(at), at)


def _pointers(view: View, at: int) -> tuple[list[str | None], int]:
    """The strings of the array of pointers at AT, and the address after its NULL."""
    strings: list[str | None] = []
    while len(strings) < MAX_ENTRIES:
        address = view.word(at)
        at += 8
        if not address:
            break
        strings.append(view.string(address))
    return strings, at


def _check_program(view: View) -> None:
    allowed: set[int] = {STACK_TOP - PAGE}
    for segment in view.subject.program.segments:
        first = segment.address & -PAGE
        last = (segment.address + segment.size + PAGE - 1) & -PAGE
        rights = f"ur{'w' if segment.write else '-'}{'x' if segment.execute else '-'}"
        for address in range(first, last, PAGE):
            page = view.page(address)
            view.rule("a page of the program", rights, page.rights if page else "absent", address)
            allowed.add(address)
    extra = [f"{p.address:#x}" for p in view.pages if p.address not in allowed]
    view.rule("no other page is present", [], extra[:4])


def _check_places(view: View) -> None:
    end = (view.subject.program.end + PAGE - 1) & -PAGE
    text = [s for s in view.subject.program.segments if not s.write]
    for page in view.pages:
        at = page.address
        if any(s.address & -PAGE <= at < s.address + s.size for s in text):
            view.rule("the program's text is not writable", False, page.write, at)
            continue
        if page.rights != SHARED:
            view.rule("rights of a data, heap or stack page", READ_WRITE, page.rights, at)
        gap = end <= at < end + PAGE or STACK_LOW - PAGE <= at < STACK_LOW or at >= STACK_TOP
        view.rule("no page where no region is", False, gap, at)


def _check_frames(view: View) -> None:
    frames = [p.frame for p in view.pages]
    tables = view.memory.tables(view.registers.cr3)
    view.rule("every page has a frame of its own", len(frames), len(set(frames)))
    view.rule("no page is a page table", 0, len(tables.intersection(frames)))


def _check_grown(view: View) -> None:
    """A child that says that it has used nine pages of stack has them."""
    if view.point != "exit" or view.registers["r8"] != 0:
        return
    wanted = range(STACK_LOW + PAGE, STACK_TOP, PAGE)
    missing = [address for address in wanted if view.page(address) is None]
    first = missing[0] if missing else None
    view.rule("used pages of the stack that are absent", 0, len(missing), first)


AT_START = {
    "stack": _check_stack_pages,  # as stack_setup made it
    "arguments": _check_arguments,
    "program": _check_program,  # and nothing else
    "frames": _check_frames,
}
AT_CHECKPOINT = {
    "places": _check_places,
    "frames": _check_frames,
    "grown": _check_grown,
}
