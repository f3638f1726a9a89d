# SPDX-License-Identifier: MIT
"""Reads typed keys out of a parsed TOML file and says on which line one is wrong.

tomllib keeps no line numbers, so Locator finds a key again in the source: it knows
the lines of each top-level ``[[name]]`` block and looks for the key there.
"""

import re
from typing import Any, NoReturn

from grading.errors import LabError

_HEADER = re.compile(r"\s*\[\[\s*([A-Za-z0-9_-]+)\s*\]\]")


class Locator:
    """Lines of a TOML file by block and key; good enough for a message."""

    def __init__(self, file: str, source: str) -> None:
        self.file = file
        self._lines = source.split("\n")
        self._blocks: dict[tuple[str, int], range] = {}
        headers = [(n, m[1]) for n, line in enumerate(self._lines) if (m := _HEADER.match(line))]
        ends = [n for n, _ in headers[1:]] + [len(self._lines)]
        count: dict[str, int] = {}
        for (start, name), end in zip(headers, ends):
            self._blocks[name, count.get(name, 0)] = range(start, end)
            count[name] = count.get(name, 0) + 1
        self._top = range(0, headers[0][0] if headers else len(self._lines))

    def block(self, name: str | None, index: int) -> range:
        """The lines (from 0) of the INDEX-th ``[[NAME]]``, or those before any."""
        if name is None:
            return self._top
        return self._blocks.get((name, index), range(0, len(self._lines)))

    def line(self, block: range, key: str, near: str | None) -> int:
        """The line (from 1) of KEY in BLOCK, closer to the quoted text NEAR when given."""
        pattern = re.compile(
            rf"(\s*|.*[{{,]\s*)\"?{re.escape(key)}\"?\s*=|\s*\[+[^]]*\b{re.escape(key)}\s*\]"
        )
        start = next((n for n in block if pattern.match(self._lines[n])), block.start)
        if near is not None:
            quoted = re.compile(rf"[\"']{re.escape(near)}[\"']")
            every = [n for n in range(start, len(self._lines)) if quoted.search(self._lines[n])]
            hits = [n for n in every if n in block] or every
            start = hits[-1] if hits else start
        return start + 1


class Table:
    """One table of the file; ``finish`` refuses the keys that nobody asked for."""

    def __init__(
        self, data: dict[str, Any], where: Locator, path: str = "", block: range | None = None
    ) -> None:
        self._data = data
        self._where = where
        self._path = path
        self._block = where.block(None, 0) if block is None else block
        self._known: set[str] = set()

    def fail(self, key: str, what: str, near: str | None = None) -> NoReturn:
        """Raise a LabError about KEY of this table."""
        block = self._block
        if not self._path and key in ("group", "test"):
            block = range(0, block.stop)
        line = self._where.line(block, key, near)
        raise LabError(f"{self._where.file}:{line}: {self._path}{key}: {what}")

    def _get(self, key: str, kind: type, word: str, default: Any) -> Any:
        self._known.add(key)
        if key not in self._data:
            if default is None:
                self.fail(key, "missing")
            return default
        value = self._data[key]
        if not isinstance(value, kind) or isinstance(value, bool):
            self.fail(key, f"expected {word}, got {value!r}")
        return value

    def text(self, key: str, default: str | None = None) -> str:
        """A string that is not empty."""
        value: str = self._get(key, str, "a string", default)
        if not value:
            self.fail(key, "is empty")
        return value

    def integer(self, key: str, low: int, high: int, default: int | None = None) -> int:
        """A whole number from LOW to HIGH."""
        value: int = self._get(key, int, "a whole number", default)
        if not low <= value <= high:
            self.fail(key, f"{value} is not between {low} and {high}")
        return value

    def texts(self, key: str, needed: bool = False) -> list[str]:
        """An array of strings."""
        values: list[str] = self._get(key, list, "an array of strings", None if needed else [])
        for value in values:
            if not isinstance(value, str):
                self.fail(key, f"expected a string, got {value!r}")
        if needed and not values:
            self.fail(key, "is empty")
        return values

    def _compile(self, key: str, value: str) -> str:
        try:
            re.compile(value)
        except re.error as error:
            self.fail(key, f"{value!r} is not a regular expression: {error}")
        return value

    def pattern(self, key: str) -> str:
        """A regular expression."""
        return self._compile(key, self.text(key))

    def patterns(self, key: str) -> list[str]:
        """An array of regular expressions."""
        return [self._compile(key, value) for value in self.texts(key)]

    def mapping(self, key: str) -> dict[str, str]:
        """A table from strings to strings; its keys are free."""
        values: dict[str, str] = self._get(key, dict, "a table of strings", {})
        for name, value in values.items():
            if not isinstance(value, str):
                self.fail(key, f"{name!r} should be a string, is {value!r}")
        return values

    def tables(self, key: str, needed: bool = False) -> "list[Table]":
        """An array of tables."""
        values = self._get(key, list, "an array of tables", None if needed else [])
        if needed and not values:
            self.fail(key, "is empty")
        for value in values:
            if not isinstance(value, dict):
                self.fail(key, f"expected a table, got {value!r}")
        return [self.child(key, index) for index in range(len(values))]

    def child(self, key: str, index: int) -> "Table":
        """The INDEX-th table of the array KEY."""
        block = self._block if self._path else self._where.block(key, index)
        data = self._data[key][index]
        path = f"{self._path}{key}[{data.get('id', index + 1)}]."
        return Table(data, self._where, path, block)

    def finish(self) -> None:
        """Refuse keys that were never read."""
        for key in self._data:
            if key not in self._known:
                known = ", ".join(sorted(self._known))
                self.fail(key, f"unknown key; known are {known}")
