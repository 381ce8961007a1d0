"""Proposals as plan files: the text as it was, with other places, rounds or more sites.

Comments stay. The text is read back as ``tdome run`` would before it is given out.
"""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from tdome.kernel.errors import ConfigError
from tdome.plan.plan import read_plan
from tdome.plan.schema import FireUnitSite, SensorSite
from tdome.run.authoring.splice import is_written_out, with_block, with_value

_LISTS: dict[type, str] = {FireUnitSite: "fire_units", SensorSite: "sensors"}


def list_of(kind: type) -> str:
    """Return the key of a plan's list of sites of a kind."""
    return _LISTS[kind]


def with_values(text: str, key: str, rows: Mapping[int, Mapping[str, float]], source: str) -> str:
    """Return a plan's text with numbers of some entries of a list changed. Raises ConfigError."""
    for row, values in rows.items():
        for name, value in values.items():
            try:
                text = with_value(text, (key, row, name), _number(value))
            except ValueError as fault:
                problem = f"{key}[{row}].{name}: {fault}"
                raise ConfigError(source, None, key, problem, "write it as [[tables]]") from None
    return text


def with_sites(text: str, sites: Sequence[FireUnitSite] | Sequence[SensorSite], source: str) -> str:
    """Return a plan's text with more fire units or sensors. Raises ConfigError."""
    for site in sites:
        key = _LISTS[type(site)]
        if not is_written_out(text, key):
            problem = f"key {key!r} is written as a list in one piece"
            raise ConfigError(source, None, key, problem, f"write it as [[{key}]] tables")
        text = with_block(text, key, _table(key, site))
    return text


def checked(text: str, source: str) -> str:
    """Return a text that was read as a plan. Raises ConfigError."""
    read_plan(text, source)
    return text


def refuse_taken(out: Path) -> None:
    """Raise ConfigError where a proposal can not be written."""
    if out.suffix != ".toml":
        problem = f"{out.suffix or 'no ending'} is not known"
        raise ConfigError(str(out), None, "out", problem, "a plan is a .toml file")
    if out.exists():
        raise ConfigError(str(out), None, "out", "is there already", "name another file")
    if not out.parent.is_dir():
        raise ConfigError(str(out.parent), None, "out", "there is no such folder", "make it first")


def write(text: str, out: Path) -> None:
    """Write a proposal. Raises ConfigError."""
    try:
        out.write_text(text, "utf-8")
    except OSError as fault:
        problem = f"can not be written: {fault.strerror or fault}"
        raise ConfigError(str(out), None, "out", problem) from None


def _table(key: str, site: FireUnitSite | SensorSite) -> str:
    """Return one site as a [[table]]; what has its default is not written."""
    lines = [f"[[{key}]]"]
    plain = type(site)(name="-", type="-", lat_deg=0.0, lon_deg=0.0)
    for name in site.__struct_fields__:
        value = getattr(site, name)
        if name not in {"lat_deg", "lon_deg"} and value == getattr(plain, name):
            continue
        if isinstance(value, bool):
            written = "true" if value else "false"
        elif isinstance(value, int | float):
            written = _number(value)
        else:
            written = msgspec.json.encode(value).decode()
        lines.append(f"{name} = {written}")
    return "\n".join(lines)


def _number(value: float) -> str:
    if isinstance(value, int):
        return str(value)
    if not math.isfinite(value):
        raise ValueError(f"{value} is no number")
    return repr(round(float(value), 6))
