# SPDX-License-Identifier: MIT
"""Refuses in a student's file what attacks the compiler or the grade, before compiling.

The compiler reads any file that it is told to, and takes orders from the source: to
place code elsewhere, to assemble anything, to change its options.  A lab's files need
none of that.  So directives, attributes and built-in functions are taken from short
lists, and the few words that open other doors are refused.  Tokens cannot be made out
of parts either (## is refused), nor words of the language renamed: what is checked
here is what is compiled.

What cannot be seen in the source is left to ``scan_object``.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from grading.c_tokens import LexError, Token, logical_lines
from grading.text import clean_line

SHOWN_PROBLEMS = 10

_DIRECTIVES = set("define undef include if ifdef ifndef elif else endif error warning".split())
_ATTRIBUTES = set(
    "always_inline aligned cold const fallthrough format hot may_alias malloc noinline nonnull"
    " noreturn packed pure returns_nonnull unused warn_unused_result".split()
)
_BUILTINS = re.compile(
    r"__builtin_(add|sub|mul)_overflow(_p)?"
    r"|__builtin_([su](add|sub|mul)l?l?_overflow)"
    r"|__builtin_(clz|ctz|ffs|popcount|parity|clrsb)l?l?"
    r"|__builtin_(bswap(16|32|64)|abs|labs|llabs|expect|unreachable|trap|constant_p|choose_expr)"
    r"|__builtin_(types_compatible_p|offsetof|object_size|assume_aligned|prefetch)"
    r"|__builtin_(va_list|va_start|va_end|va_arg|va_copy)"
    r"|__builtin_(mem(cpy|set|move|cmp)|str(len|cmp|ncmp|chr|rchr))"
)
_ASSEMBLY = {"asm", "__asm", "__asm__"}
_REFUSED = {
    "_Pragma": "a pragma",
    "__pragma": "a pragma",
    "__has_include": "looking for files",
    "__has_include__": "looking for files",
    "__has_include_next": "looking for files",
    "__has_include_next__": "looking for files",
    "__has_embed": "looking for files",
    "__DATE__": "the time of day: a kernel must not depend on when it is built",
    "__TIME__": "the time of day: a kernel must not depend on when it is built",
    "__TIMESTAMP__": "the time of day: a kernel must not depend on when it is built",
    "__seg_fs": "another address space",
    "__seg_gs": "another address space",
    "__thread": "thread-local storage",
    "_Thread_local": "thread-local storage",
    "__declspec": "an attribute in another compiler's language",
}
_KEYWORDS = set(
    "auto break case char const continue default do double else enum extern float for goto if"
    " inline int long register restrict return short signed sizeof static struct switch typedef"
    " typeof union unsigned void volatile while defined".split()
)
_HEADER = re.compile(r'"([A-Za-z0-9_][A-Za-z0-9_.-]*(?:/[A-Za-z0-9_][A-Za-z0-9_.-]*)*\.h)"')


@dataclass(frozen=True)
class Problem:
    """Something that a submission must not contain; LINE is 0 when nobody knows it."""

    file: str
    line: int
    reason: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        return f"{where}: error: not allowed in this file: {self.reason}"


def scan_sources(files: Mapping[str, bytes], root: Path) -> list[Problem]:
    """What is not allowed in the student's FILES, by the headers of the pristine tree at ROOT."""
    problems: list[Problem] = []
    for name, data in sorted(files.items()):
        problems += _Scan(name, root).run(data)
    return problems


class _Scan:
    """One file."""

    def __init__(self, name: str, root: Path) -> None:
        self._name = name
        top = root / PurePosixPath(name).parts[0]
        # Where the compiler looks for "...": beside the file, then in the kernel's folder.
        self._folders = ((root / name).parent, top)
        self._defined: set[str] = set()
        self._problems: list[Problem] = []

    def run(self, data: bytes) -> list[Problem]:
        """The problems in DATA, the first ones only."""
        try:
            lines = list(logical_lines(data))
        except LexError as error:
            return [Problem(self._name, error.line, error.reason)]
        code: list[Token] = []
        for line in lines:
            if line[0].text == "#":
                self._directive(line)
                if len(line) > 1 and line[1].text not in ("error", "warning"):
                    self._tokens(line)
                code.append(Token("directive", "#", line[0].line))
            else:
                code += line
        self._tokens(code)
        return sorted(self._problems, key=lambda p: p.line)[:SHOWN_PROBLEMS]

    def _refuse(self, token: Token, reason: str) -> None:
        self._problems.append(Problem(self._name, token.line, reason))

    def _directive(self, line: Sequence[Token]) -> None:
        if len(line) == 1:
            return
        word, rest = line[1], line[2:]
        if word.text == "include":
            self._include(word, rest)
        elif word.text == "pragma":
            if not rest or rest[0].text != "STDC":
                self._refuse(word, "#pragma: it changes how the compiler works")
        elif word.text not in _DIRECTIVES:
            shown = f"#{_shown(word)}" if word.kind == "name" else "# with a line number"
            self._refuse(word, f"the directive {shown}")
        elif word.text in ("define", "undef") and rest:
            self._define(word.text, rest)

    def _include(self, word: Token, rest: Sequence[Token]) -> None:
        if len(rest) != 1 or rest[0].kind != "string":
            self._refuse(word, '#include of anything but one "header.h" of the kernel')
            return
        match = _HEADER.fullmatch(rest[0].text)
        if match is None:
            self._refuse(word, f"#include {_shown(rest[0])}: not a plain path of a header")
        elif not any((folder / match[1]).is_file() for folder in self._folders):
            self._refuse(word, f"#include {_shown(rest[0])}: there is no such header in the kernel")

    def _define(self, directive: str, rest: Sequence[Token]) -> None:
        name = rest[0]
        if name.kind != "name":
            return  # the compiler will say so
        if name.text.startswith("__") or re.match("_[A-Z]", name.text):
            self._refuse(name, f"#{directive} {_shown(name)}: this name belongs to the compiler")
        elif name.text in _KEYWORDS or name.text in _ASSEMBLY:
            self._refuse(name, f"#{directive} {name.text}: a word of the language")
        elif name.text in _ATTRIBUTES:
            self._refuse(name, f"#{directive} {name.text}: the name of an attribute")
        if directive == "define":
            self._defined.add(name.text)
            if not _balanced(rest[1:]):
                self._refuse(name, f"#define {_shown(name)}: its parentheses do not match")

    def _tokens(self, tokens: Sequence[Token]) -> None:
        """A directive, or all that is in no directive: words that open doors, and attributes."""
        before = ""
        for index, token in enumerate(tokens):
            if token.text == "##":
                self._refuse(token, "##: it makes words that nobody can see here")
            elif token.text == before and before in ("[", ":"):
                self._refuse(token, "an attribute in double brackets")
            elif token.text in ("__attribute__", "__attribute"):
                self._attribute(token, tokens[index + 1 :])
            elif token.kind == "name":
                self._word(token)
            before = before if token.kind == "directive" else token.text

    def _word(self, token: Token) -> None:
        name = token.text
        if name in _ASSEMBLY:
            self._refuse(token, "assembly language")
        elif name in _REFUSED:
            self._refuse(token, f"{name}: {_REFUSED[name]}")
        elif name.startswith("__builtin_") and not _BUILTINS.fullmatch(name):
            self._refuse(token, f"{_shown(token)}: a built-in function that no lab needs")

    def _attribute(self, token: Token, rest: Sequence[Token]) -> None:
        """An attribute must be on the list, and mean what its name says."""
        words = list(_attribute_words(rest))
        if not words:
            self._refuse(token, "an attribute that is not written out")
        for word, argument in words:
            name = re.sub("^__(.*)__$", r"\1", word.text)
            if word.text in self._defined:
                self._refuse(word, f"an attribute with the macro {_shown(word)} in it")
            elif not argument and name not in _ATTRIBUTES:
                self._refuse(word, f"the attribute {_shown(word)}")


def _attribute_words(tokens: Sequence[Token]) -> Iterator[tuple[Token, bool]]:
    """Each word of the list after ``__attribute__``, and whether it is an argument.

    Nothing when the list is not there in full, or is cut by a directive.
    """
    if [t.text for t in tokens[:2]] != ["(", "("]:
        return
    found: list[tuple[Token, bool]] = []
    depth, want_name = 0, True
    for token in tokens:
        if token.kind == "directive":
            return
        depth += {"(": 1, ")": -1}.get(token.text, 0)
        if depth == 0:
            yield from found
            return
        if depth == 2 and token.text == ",":
            want_name = True
        elif token.kind != "punct":
            # Two words in a row are never right: the second is then taken for a name too.
            found.append((token, depth > 2 and not want_name))
            want_name = False


def _balanced(tokens: Sequence[Token]) -> bool:
    open_ones: list[str] = []
    partner = {")": "(", "]": "["}
    for token in tokens:
        if token.text in "([" and token.kind == "punct":
            open_ones.append(token.text)
        elif token.text in partner and (not open_ones or open_ones.pop() != partner[token.text]):
            return False
    return not open_ones


def _shown(token: Token) -> str:
    """TOKEN as it may stand in a message: students choose its length."""
    text = clean_line(token.text)
    return text if len(text) <= 60 else f"{text[:57]}..."
