"""Names must tell things apart: they key draws, rows of tables and warnings."""

from collections.abc import Sequence

from tdome.kernel.errors import ConfigError


def refuse_doubles(names: Sequence[str], key: str, field: str, file: str) -> None:
    """Raise ConfigError at the first name that was given before.

    ``key`` is the list in ``file``, ``field`` the key of the name in an entry; empty if the entries
    are the names.
    """
    seen: set[str] = set()
    for i, name in enumerate(names):
        if name in seen:
            place = f"{key}[{i}].{field}" if field else f"{key}[{i}]"
            problem = f"key {place!r}: {name!r} is given twice"
            raise ConfigError(file, None, place, problem, "give each its own name")
        seen.add(name)
