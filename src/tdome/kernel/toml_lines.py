"""Where the keys of a TOML text are: tomllib reads the values but gives no positions.

Only for texts that tomllib has accepted, so that this scanner need not judge anything.
"""

import re
import tomllib
from bisect import bisect_right
from typing import NamedTuple

Path = tuple[str | int, ...]
"""Keys and list indices from the root, as in ``("sensors", 2, "range_km")``."""

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_SPACE = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_STRING = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}' r"|'''.*?'{3,5}" r'|"(?:\\.|[^"\\])*"' r"|'[^']*'", re.DOTALL
)
_SCALAR = re.compile(r"[^,\]}#\n]+")


def lines_of_keys(text: str) -> dict[Path, int]:
    """Return the line, from 1, where each key, table and list item of a valid text begins."""
    return _Scanner(text).document()


class Layout(NamedTuple):
    """Where values are written, from first character to end, and which tables have a header.

    A header is ``[a.b]`` or ``[[a.b]]``; its path has the index of its entry.
    """

    values: dict[Path, tuple[int, int]]
    tables: set[Path]


def layout_of(text: str) -> Layout:
    """Return where the values of a valid text are written, and which tables have a header."""
    scanner = _Scanner(text)
    scanner.document()
    return Layout(scanner.spans, scanner.headers)


class _Scanner:
    """Walks once over the text; ``at`` is the next character."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.lines: dict[Path, int] = {}
        self.spans: dict[Path, tuple[int, int]] = {}
        self.headers: set[Path] = set()
        self.items: dict[Path, int] = {}  # how many items each array of tables has so far
        self.line_starts = [0] + [match.end() for match in re.finditer("\n", text)]

    def document(self) -> dict[Path, int]:
        table: Path = ()
        while not self._ends():
            if self._next() == "[":
                table = self._header()
            else:
                self._assignment(table)
        return self.lines

    def _header(self) -> Path:
        """Read ``[a.b]`` or ``[[a.b]]``; return the path of the table that it opens."""
        line = self._line()
        is_item = self.text.startswith("[[", self.at)
        self.at += 2 if is_item else 1
        table: Path = ()
        names = self._dotted()
        for depth, name in enumerate(names, start=1):
            table += (name,)
            self.lines.setdefault(table, line)
            if is_item and depth == len(names):
                self.items[table] = self.items.get(table, 0) + 1
            if table in self.items:
                table += (self.items[table] - 1,)
                self.lines.setdefault(table, line)
        self.lines[table] = line  # a table's own header counts, not that of a part of it
        self.headers.add(table)
        self._next()
        self.at += 2 if is_item else 1
        return table

    def _assignment(self, table: Path) -> None:
        line = self._line()
        for name in self._dotted():
            table += (name,)
            self.lines.setdefault(table, line)
        self._next()
        self.at += 1  # the equals sign
        self._value(table)

    def _dotted(self) -> list[str]:
        names = [self._name()]
        while self._next() == ".":
            self.at += 1
            names.append(self._name())
        return names

    def _name(self) -> str:
        if self._next() in "\"'":
            quoted = self._take(_STRING)
            return next(iter(tomllib.loads(f"{quoted} = 0")))
        return self._take(_BARE)

    def _value(self, path: Path) -> None:
        first = self._next()
        begins = self.at
        if first in "[{":
            self._collection(path, close="]" if first == "[" else "}")
        elif first in "\"'":
            self._take(_STRING)
        else:
            self._take(_SCALAR)
        written = self.text[begins : self.at].rstrip()
        self.spans[path] = begins, begins + len(written)

    def _collection(self, path: Path, close: str) -> None:
        self.at += 1
        index = 0
        while self._next() != close:
            if close == "}":
                self._assignment(path)
            else:
                self.lines[(*path, index)] = self._line()
                self._value((*path, index))
                index += 1
            if self._next() == ",":
                self.at += 1
        self.at += 1

    def _ends(self) -> bool:
        self._skip()
        return self.at >= len(self.text)

    def _next(self) -> str:
        """Skip space and comments; return the character that follows."""
        self._skip()
        return self.text[self.at]

    def _skip(self) -> None:
        self._take(_SPACE)

    def _take(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self.text, self.at)
        if match is None:  # tomllib accepted what this scanner does not know
            msg = f"no {pattern.pattern!r} at {self.at}"
            raise AssertionError(msg)
        self.at = match.end()
        return match.group()

    def _line(self) -> int:
        return bisect_right(self.line_starts, self.at)
