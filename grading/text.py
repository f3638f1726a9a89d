# SPDX-License-Identifier: MIT
"""Makes bytes from a guest, an archive or a compiler safe to show and to store.

What comes out holds no control character but newline and tab, no invisible or
text-direction character and no lone surrogate: everything else is written as a
backslash escape.  CR LF counts as a line end.
"""

import codecs
import unicodedata

LINE_LENGTH = 400  # of a line in a report
# Other: control, format, surrogate, private; separators of lines and paragraphs.
_ESCAPED = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def _escape(char: str) -> str:
    if char in "\n\t" or (" " <= char <= "~"):
        return char
    if unicodedata.category(char) not in _ESCAPED:
        return char
    code = ord(char)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


class Cleaner:
    """Cleans a stream of bytes piece by piece; a character may be split between pieces."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("backslashreplace")
        self._held = ""

    def feed(self, data: bytes, final: bool = False) -> str:
        """Clean DATA; a CR at its end is held back until what follows is known."""
        text = self._held + self._decoder.decode(data, final)
        self._held = ""
        if text.endswith("\r") and not final:
            text, self._held = text[:-1], "\r"
        text = text.replace("\r\n", "\n")
        if text.isascii() and text.replace("\n", "").replace("\t", "").isprintable():
            return text
        return "".join(map(_escape, text))


def clean(data: bytes | str) -> str:
    """Clean a whole text; names from the file system may hold surrogate escapes."""
    raw = data.encode("utf-8", "surrogateescape") if isinstance(data, str) else data
    return Cleaner().feed(raw, final=True)


def clean_line(data: bytes | str) -> str:
    """Clean a text that must stay on one line, such as a file's name."""
    return clean(data).replace("\n", "\\n").replace("\t", "\\t")


def tail(text: str, lines: int) -> list[str]:
    """The last LINES lines of TEXT, blank ones at the end left out, long ones shortened."""
    return [shorten(line) for line in text.rstrip().split("\n")[-lines:]] if text.strip() else []


def shorten(line: str) -> str:
    """LINE, its middle left out when nobody would read all of it."""
    if len(line) <= LINE_LENGTH:
        return line
    half = LINE_LENGTH // 2 - 20
    return f"{line[:half]} ... {len(line) - 2 * half} characters ... {line[-half:]}"


def shown(line: str) -> str:
    """LINE as it may be printed into a CI log: runners obey lines that begin with :: or ##."""
    body = line.lstrip()
    if not body.startswith(("::", "##")):
        return line
    return f"{line[: len(line) - len(body)]}\\{body}"


class ShownStream:
    """``shown`` for a text that comes in pieces; holds back what may become a command."""

    def __init__(self) -> None:
        self._held = ""
        self._at_start = True

    def feed(self, text: str, final: bool = False) -> str:
        """What of TEXT, and of what was held back, may be printed now."""
        out: list[str] = []
        for piece in (self._held + text).splitlines(keepends=True):
            whole = piece.endswith("\n") or final or len(piece.lstrip()) > 1
            if self._at_start and not whole:
                self._held = piece
                return "".join(out)
            out.append(shown(piece) if self._at_start else piece)
            self._at_start = piece.endswith("\n")
        self._held = ""
        return "".join(out)


def counted(number: int, noun: str) -> str:
    """``1 file``, ``2 files``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
