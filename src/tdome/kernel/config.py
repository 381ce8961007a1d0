"""Strict TOML loading into frozen types, with errors for people: file, line, key, cure.

The types are msgspec structs with ``forbid_unknown_fields=True`` and constraints by
``Annotated[float, msgspec.Meta(ge=0)]``. Numbers that are not finite are refused.
"""

import datetime as dt
import math
import os
import re
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from tdome.kernel import toml_lines, toml_types
from tdome.kernel.errors import ConfigError
from tdome.kernel.toml_types import Toml

T = TypeVar("T")

_SHOWN_LENGTH = 40
_FAULT_PLACE = re.compile(r"(`key` in )?`\$(.*)`", re.DOTALL)
_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+|\.\.\.)\]")
_SYNTAX_PLACE = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")
_WORDS = {
    "float": "a number",
    "int": "a whole number",
    "bool": "true or false",
    "str": "a text",
    "array": "a list",
    "object": "a table",
    "datetime": "a date and time",
    "date": "a date",
    "time": "a time of day",
}


def load_toml(path: str | os.PathLike[str], type_: type[T]) -> T:
    """Read a TOML file into a type.

    Raises
    ------
    ConfigError : if the file is missing, unreadable or not UTF-8, or as ``parse_toml``.
    """
    try:
        raw = Path(path).read_bytes()
    except ValueError:
        raise ConfigError(str(path), None, "", "this is not the name of a file") from None
    except IsADirectoryError:
        raise ConfigError(str(path), None, "", "this is a folder, not a file") from None
    except FileNotFoundError:
        raise ConfigError(str(path), None, "", *_missing_file(Path(path))) from None
    except OSError as error:
        raise ConfigError(str(path), None, "", f"can not be read: {error.strerror}") from None
    return parse_toml(decode_text(raw, str(path)), type_, str(path))


def decode_text(raw: bytes, name: str) -> str:
    """Decode UTF-8, with or without a byte order mark; ``name`` stands for the file in errors.

    Raises ConfigError at the line where it is something else.
    """
    try:
        return raw.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        hint = "save it as UTF-8"
        raise ConfigError(name, line, "", "the text is not UTF-8", hint) from None


def parse_toml(text: str, type_: type[T], name: str = "<text>") -> T:
    """Read a TOML text into a type; ``name`` stands for the file in errors.

    Raises
    ------
    ConfigError : at the first fault of the text.
    TypeError : if a struct in ``type_`` would let unknown keys pass.
    """
    toml_types.refuse_lenient(type_)
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _syntax_error(text, name, str(error)) from None
    except RecursionError:
        raise ConfigError(name, None, "", "lists or tables are nested too deep") from None
    except ValueError as error:  # a number of thousands of digits
        raise ConfigError(name, None, "", f"a value can not be read: {error}") from None
    try:
        value = _convert(document, type_)
    except msgspec.ValidationError as error:
        path, problem, hint = _explain(str(error), document, type_)
    else:
        not_finite = next(_not_finite(document, ()), None)
        if not_finite is None:
            return value
        path, found = not_finite
        problem, hint = f"key {_show_path(path)!r}: expected a finite number, got {found}", ""
    raise ConfigError(name, _line_of(text, path), _show_path(path), problem, hint)


@contextmanager
def faults_located(text: str) -> Iterator[None]:
    """Give faults found after parsing (a name that does not exist) the line of their key."""
    try:
        yield
    except ConfigError as error:
        if error.line is not None or not error.key:
            raise
        steps = _STEP.findall(f".{error.key}")
        path = tuple(name or int(index) for name, index in steps)
        line = _line_of(text, path)
        raise ConfigError(error.file, line, error.key, error.problem, error.hint) from None


def json_schema(type_: type[Any]) -> dict[str, Any]:
    """Return the JSON schema of a type, with which editors check and complete TOML files."""
    return msgspec.json.schema(type_)


def _convert(document: Toml, type_: type[T]) -> T:
    native = (dt.datetime, dt.date, dt.time)
    return msgspec.convert(document, type_, builtin_types=native, str_keys=True)


def _missing_file(path: Path) -> tuple[str, str]:
    if not path.parent.is_dir():
        return f"there is no folder {path.parent}", ""
    near = get_close_matches(path.name, [other.name for other in path.parent.glob("*.toml")], n=1)
    return "there is no such file", f"nearest file: {near[0]!r}" if near else ""


def _syntax_error(text: str, name: str, message: str) -> ConfigError:
    place = _SYNTAX_PLACE.search(message)
    problem = message[: place.start()] if place else message
    all_lines = text.splitlines()
    line = int(place[1]) if place and place[1] else max(1, len(all_lines))
    shown = all_lines[line - 1].strip() if line <= len(all_lines) else ""
    hint = f"the line reads: {shown}" if shown else ""
    if "overwrite" in problem or "twice" in problem or "Duplicate" in problem:
        problem = f"this key or table is given twice ({problem})"
    return ConfigError(name, line, "", problem, hint)


def _explain(
    message: str, document: dict[str, Any], type_: type[Any]
) -> tuple[toml_lines.Path, str, str]:
    """Turn a message of msgspec into the path of the key at fault, problem and hint."""
    fault, _, tail = message.rpartition(" - at ")
    place = _FAULT_PLACE.fullmatch(tail)
    steps: list[str | int | None] = []
    if place is None:
        fault = message
    else:
        for name, index in _STEP.findall(place[2]):
            steps.append(name or (None if index == "..." else int(index)))
        if place[1]:
            steps.append(None)
    path = _find_keys(steps, document, type_, message)
    at_key = place is not None and place[1] is not None
    kind, _, field = fault.partition(" field ")
    if field and kind.startswith("Object "):
        path += (field.strip("`"),)
        shown = _show_path(path)
        if kind == "Object missing required":
            return path, f"key {shown!r} is missing", ""
        known = toml_types.keys_at(type_, path[:-1], document)
        return path, f"key {shown!r} is not known", _nearest("key", path[-1], known)
    value = path[-1] if at_key and path else toml_types.value_at(document, path)
    choices = toml_types.choices_at(type_, path, document, of_key=at_key)
    said = f"key {_show_path(path)!r}: " if path else ""
    if choices and fault.startswith(("Invalid", "Expected")):
        return path, f"{said}got {_show(value)}", _nearest("value", value, choices)
    if fault.startswith("Expected "):
        return path, f"{said}{_in_words(fault)}, got {_show(value)}", ""
    return path, f"{said}{fault}", ""


def _find_keys(
    steps: list[str | int | None], document: Toml, type_: type[Any], message: str
) -> toml_lines.Path:
    """Fill in the dictionary keys that msgspec leaves open (``[...]``, here None).

    It is the key whose entry alone, without its siblings, gives the same message.
    """
    path: toml_lines.Path = ()
    for step in steps:
        if step is not None:
            path += (step,)
            continue
        for key in toml_types.value_at(document, path):
            alone = _only(document, path, key)
            try:
                _convert(alone, type_)
            except msgspec.ValidationError as error:
                if str(error) == message:
                    document = alone
                    path += (key,)
                    break
        else:
            return path
    return path


def _only(document: Toml, path: toml_lines.Path, key: str) -> Toml:
    """Copy a document, with one entry only in the table at ``path``."""
    if not path:
        return {key: document[key]}
    copy = document.copy()
    copy[path[0]] = _only(document[path[0]], path[1:], key)
    return copy


def _not_finite(value: Toml, path: toml_lines.Path) -> Iterator[tuple[toml_lines.Path, float]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _not_finite(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _not_finite(inner, (*path, index))
    elif isinstance(value, float) and not math.isfinite(value):
        yield path, value


def _line_of(text: str, path: toml_lines.Path) -> int:
    """Return the line of a key, or of its nearest parent that is written down."""
    lines = toml_lines.lines_of_keys(text)
    return next((lines[path[:n]] for n in range(len(path), 0, -1) if path[:n] in lines), 1)


def _nearest(what: str, wrong: Toml, valid: list[str]) -> str:
    lowered = {name.lower(): name for name in valid}
    near = get_close_matches(str(wrong).lower(), lowered, n=1)
    if near:
        return f"nearest valid {what}: {lowered[near[0]]!r}"
    return f"valid {what}s: " + ", ".join(map(repr, valid)) if valid else ""


def _in_words(expected: str) -> str:
    """Turn "Expected `float | null` >= 0.0, got `str`" into "expected a number >= 0"."""

    def named(match: re.Match[str]) -> str:
        kinds = [kind for kind in match[1].split(" | ") if kind != "null"]
        return " or ".join(_WORDS.get(kind, kind) for kind in kinds)

    text = re.sub(r"`([^`]*)`", named, expected.partition(", got ")[0])
    return re.sub(r"(\d)\.0\b", r"\1", text.replace("Expected", "expected", 1))


def _show(value: Toml) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return f"a list of length {len(value)}"
    if isinstance(value, dict):
        return "a table"
    shown = repr(value) if isinstance(value, str) else str(value)
    return shown if len(shown) <= _SHOWN_LENGTH else shown[:_SHOWN_LENGTH] + "…"


def _show_path(path: toml_lines.Path) -> str:
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        else:
            text += ("." if text else "") + (step if re.fullmatch(r"[\w-]+", step) else f'"{step}"')
    return text
