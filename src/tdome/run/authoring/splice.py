"""Changes to a TOML text that leave all else as it was, comments and spaces included.

A value is replaced where it stands; a new key goes after the last one of its table. tomllib then
reads the new text: if it does not hold the change and nothing else, as where tables and dotted keys
are mixed in ways that nobody writes, ValueError is raised.
"""

import copy
import re
import tomllib

from tdome.kernel.toml_lines import Layout, Path, layout_of, lines_of_keys
from tdome.kernel.toml_types import Toml

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_HEADER = re.compile(r"[ \t]*\[")


def with_value(text: str, path: Path, written: str) -> str:
    """Return the text with a value, given as TOML, at a path of keys and list indices."""
    text = text if text.endswith("\n") else f"{text}\n"
    expected = tomllib.loads(text)
    _put(expected, path, tomllib.loads(f"v = {written}")["v"])
    layout = layout_of(text)
    if path in layout.values:
        begins, ends = layout.values[path]
        changed = text[:begins] + written + text[ends:]
    else:
        changed = _with_new_key(text, path, written, layout)
    _verify(changed, expected)
    return changed


def with_block(text: str, key: str, block: str) -> str:
    """Return the text with a block of tables ``[[key]]`` after those that there are, or at the end.

    Arrays of tables may only be continued where they are written as such: see ``is_written_out``.
    """
    lines = text.splitlines()
    count = len(tomllib.loads(text).get(key, []))
    at = _block_of(text, key, count - 1)[1] if count else len(lines)
    before, after = "\n".join(lines[:at]).rstrip("\n"), "\n".join(lines[at:]).strip("\n")
    return f"{before}\n\n{block.strip()}\n" + (f"\n{after}\n" if after else "")


def without_block(text: str, key: str, index: int) -> str:
    """Return the text without one table of ``[[key]]``, its parts, and the comment on top of it."""
    lines = text.splitlines()
    begins, ends = _block_of(text, key, index)
    expected = copy.deepcopy(tomllib.loads(text))
    del expected[key][index]
    if not expected[key]:
        del expected[key]
    before, after = "\n".join(lines[:begins]).rstrip("\n"), "\n".join(lines[ends:]).strip("\n")
    changed = before + "\n" + (f"\n{after}\n" if after else "")
    _verify(changed, expected)
    return changed


def is_written_out(text: str, key: str) -> bool:
    """Whether a list of tables is written as ``[[key]]`` tables, or not at all."""
    return (key,) not in layout_of(text).values


def _verify(changed: str, expected: dict[str, Toml]) -> None:
    try:
        found = tomllib.loads(changed)
    except tomllib.TOMLDecodeError:
        found = {}
    if found != expected:
        raise ValueError("the file is written in a way that can not be changed piece by piece")


def _put(document: Toml, path: Path, value: object) -> None:
    for step in path[:-1]:
        document = document.setdefault(step, {}) if isinstance(document, dict) else document[step]
    document[path[-1]] = value


def _block_of(text: str, key: str, index: int) -> tuple[int, int]:
    """Return first line and the one after the last, from 0, of a table with its comment."""
    lines = text.splitlines()
    starts = lines_of_keys(text)
    begins = starts[key, index] - 1
    others = [line - 1 for path, line in starts.items() if path[:2] != (key, index)]
    ends = min((line for line in others if line > begins), default=len(lines))
    return _top_of(lines, begins), _top_of(lines, ends) if ends < len(lines) else ends


def _top_of(lines: list[str], line: int) -> int:
    """Return the first line of the comment that stands directly on top of a line."""
    while line > 0 and lines[line - 1].lstrip().startswith("#"):
        line -= 1
    return line


def _with_new_key(text: str, path: Path, written: str, layout: Layout) -> str:
    depth = len(path) - 1
    while depth and path[:depth] not in layout.values and path[:depth] not in layout.tables:
        depth -= 1
    home, rest = path[:depth], path[depth:]
    assignment = f"{_dotted(rest)} = {written}"
    if home in layout.values:  # an inline table
        begins, ends = layout.values[home]
        inside = text[begins + 1 : ends - 1].rstrip()
        comma = ", " if inside.strip() else " "
        return f"{text[:begins]}{{{inside}{comma}{assignment} }}{text[ends:]}"
    if not home and len(rest) > 1 and not _is_dotted(text, rest[0], layout):
        table, key = rest[:-1], rest[-1:]
        return f"{text.rstrip()}\n\n[{_dotted(table)}]\n{_dotted(key)} = {written}\n"
    at = _end_of_table(text, home, layout)
    return text[:at] + assignment + "\n" + text[at:]


def _is_dotted(text: str, name: str | int, layout: Layout) -> bool:
    """Whether a table is written as dotted keys of the root, so that it may have no header."""
    return name in tomllib.loads(text) and all(table[:1] != (name,) for table in layout.tables)


def _end_of_table(text: str, home: Path, layout: Layout) -> int:
    """Return where a line may be put in that belongs to a table: after its last own key."""
    heads = [table for table in layout.tables if table[: len(home)] == home and table != home]
    own = [
        ends
        for path, (_, ends) in layout.values.items()
        if path[: len(home)] == home and all(path[: len(head)] != head for head in heads)
    ]
    if own:
        return text.index("\n", max(own)) + 1 if "\n" in text[max(own) :] else len(text)
    lines = text.splitlines(keepends=True)
    if home:
        return sum(map(len, lines[: lines_of_keys(text)[home]]))
    first = next((n for n, line in enumerate(lines) if _HEADER.match(line)), len(lines))
    return sum(map(len, lines[: _top_of(lines, first)]))


def _dotted(path: Path) -> str:
    return ".".join(
        step if isinstance(step, str) and _BARE.fullmatch(step) else _quoted(str(step))
        for step in path
    )


def _quoted(name: str) -> str:
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
