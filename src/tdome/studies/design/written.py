"""TOML text of a document: what tomllib reads back is the document.

Each top-level key is one line, all beneath it inline: for programs, not for people.
"""

import datetime as dt
import re
from collections.abc import Mapping

import msgspec

from tdome.kernel.toml_types import Toml

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_DELETE = "\x7f"  # JSON lets it stand, TOML does not


def toml_text(document: Mapping[str, Toml]) -> str:
    """Return the TOML text of a document of what tomllib makes."""
    return "".join(f"{_key(key)} = {_value(value)}\n" for key, value in document.items())


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else _text(name)


def _text(value: str) -> str:
    return msgspec.json.encode(value).decode().replace(_DELETE, "\\u007f")


def _value(value: Toml) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_key(k)} = {_value(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_value, value)) + "]"
    if isinstance(value, dt.datetime | dt.date | dt.time):
        return value.isoformat()
    return repr(value)  # whole numbers, and floats by the shortest text that reads back the same
