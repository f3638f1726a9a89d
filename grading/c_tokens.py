# SPDX-License-Identifier: MIT
"""Splits C source into tokens as the compiler does before it preprocesses anything.

Lines that end in a backslash are joined first, then comments, literals and other
tokens are told apart: so what is in a comment is no code, and what is code cannot be
made to look like a comment.  Source on which compilers or readers could disagree (a
token cut in two by a joined line, an open quote, a raw string, a digraph) is an error.
"""

import bisect
import re
from collections.abc import Iterator
from dataclasses import dataclass

_TOKEN = re.compile(
    r"""
    (?P<newline> \n )
  | (?P<space>   [ \t\f]+ )
  | (?P<comment> /\* .*? \*/ | //[^\n]* )
  | (?P<raw>     (?:u8|[uUL])? R " )
  | (?P<string>  " (?: \\. | [^"\\\n] )* " )
  | (?P<char>    ' (?: \\. | [^'\\\n] )+ ' )
  | (?P<name>    [A-Za-z_] \w* )
  | (?P<number>  \.? [0-9] (?: [eEpP][+-] | [\w.] )* )
  | (?P<digraph> %: | <: | :> | <% | %> )
  | (?P<punct>   \#\# | /(?!\*) | [][(){}<>,;:?!~.=+\-*%&|^\#] )
    """,
    re.VERBOSE | re.DOTALL | re.ASCII,
)
_JOIN = re.compile(r"\\[ \t\f]*\n")
_TRIGRAPH = re.compile(r"\?\?[=/'()!<>-]")
# Characters that show text in another order than the compiler reads it, or not at all.
_INVISIBLE = re.compile("[\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
_CONTROL = re.compile(r"[^\t\n\f\x20-\x7e\x80-\U0010ffff]")


class LexError(Exception):
    """This is not plain C; LINE says where."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.line = line
        self.reason = reason


@dataclass(frozen=True)
class Token:
    """KIND is name, number, string, char or punct; LINE is where it begins."""

    kind: str
    text: str
    line: int


def logical_lines(data: bytes) -> Iterator[tuple[Token, ...]]:
    """The tokens of each line, joined lines as one; lines without any are left out."""
    text = _decode(data)
    joined = _Joined(text)
    line: list[Token] = []
    for kind, start, end in _matches(joined):
        if kind == "newline":
            if line:
                yield tuple(line)
            line = []
        elif kind not in ("space", "comment"):
            line.append(Token(kind, joined.text[start:end], joined.line(start)))
    if line:
        yield tuple(line)


def _decode(data: bytes) -> str:
    """The characters of DATA; bytes that are no UTF-8 may stand in comments and strings."""
    text = data.decode("utf-8", "surrogateescape").removeprefix("\ufeff").replace("\r\n", "\n")
    for pattern, what in ((_CONTROL, "a control"), (_INVISIBLE, "an invisible")):
        if found := pattern.search(text):
            line = text.count("\n", 0, found.start()) + 1
            raise LexError(line, f"{what} character, U+{ord(found[0]):04X}")
    return text


class _Joined:
    """A text without its joined line ends, and where they were."""

    def __init__(self, text: str) -> None:
        parts, start, at = [], 0, 0
        self.cuts: list[int] = []  # offsets in the new text at which lines were joined
        for join in _JOIN.finditer(text):
            parts.append(text[start : join.start()])
            at += len(parts[-1])
            self.cuts.append(at)
            start = join.end()
        self.text = "".join([*parts, text[start:]])
        self._ends = [m.start() for m in re.finditer("\n", self.text)]

    def line(self, offset: int) -> int:
        """The number of the physical line that OFFSET of the new text is in."""
        joins = bisect.bisect_right(self.cuts, offset)
        return 1 + joins + bisect.bisect_left(self._ends, offset)

    def cut_between(self, start: int, end: int) -> bool:
        """Were lines joined after START and before END?"""
        after = bisect.bisect_right(self.cuts, start)
        return after < len(self.cuts) and self.cuts[after] < end


def _matches(joined: _Joined) -> Iterator[tuple[str, int, int]]:
    at, text = 0, joined.text
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            raise LexError(joined.line(at), _no_token(text, at))
        kind, end = match.lastgroup, match.end()
        _check(joined, kind, at, end)
        yield kind, at, end
        at = end


def _check(joined: _Joined, kind: str, start: int, end: int) -> None:
    """Refuse a token that could be read in two ways."""
    text = joined.text[start:end]
    if kind == "raw":
        raise LexError(joined.line(start), "a raw string")
    if kind == "digraph":
        raise LexError(joined.line(start), f"the digraph {text}: write the character it stands for")
    if kind != "comment" and _TRIGRAPH.search(joined.text[start : end + 2]):
        raise LexError(joined.line(start), "a trigraph")
    inner = (start, end)
    if text.startswith("/*"):
        # Lines may be joined inside, but not between the characters that begin or end it.
        if joined.cut_between(start, start + 2) or joined.cut_between(end - 2, end):
            raise LexError(joined.line(start), "a comment whose mark is cut by a joined line")
    elif kind != "space" and joined.cut_between(*inner):
        what = (
            "a comment goes on"
            if kind == "comment"
            else f"a {kind} is cut by a backslash and goes on"
        )
        raise LexError(joined.line(start), f"{what} in the next line")


def _no_token(text: str, at: int) -> str:
    if text.startswith("/*", at):
        return "a comment that does not end"
    if text[at] in "\"'":
        return f"a quote ({text[at]}) without its partner in the same line"
    if text[at] == "\\":
        return "a backslash outside of strings"
    if text[at] in "@$`":
        return f"the character {text[at]}"
    return f"a character that is not ASCII, outside of comments and strings: U+{ord(text[at]):04X}"
