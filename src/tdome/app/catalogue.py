"""``tdome catalogue``: the generic classes, each number with its range, source and status."""

from typing import Annotated, TypeAlias

from cyclopts import App, Parameter
from rich.text import Text

from tdome.app.screen import say, show, table, write_json
from tdome.kernel.errors import ConfigError
from tdome.plan.catalogue import bundled_catalogue
from tdome.plan.classes.effectors import EffectorClass
from tdome.plan.classes.quantity import Quantity
from tdome.plan.classes.sensors import SensorClass
from tdome.plan.classes.threats import ThreatClass

Entry: TypeAlias = ThreatClass | SensorClass | EffectorClass
Shelves: TypeAlias = dict[str, dict[str, Entry]]

_GROUPS = {"threats": "family", "sensors": "kind", "effectors": "layer"}

EXAMPLES = """Examples
  tdome catalogue                  all classes
  tdome catalogue srbm             one class: nominal, low, high, status, source
  tdome catalogue srbm --json"""


command = App(name="catalogue", help_epilogue=EXAMPLES)


@command.default
def catalogue(
    class_: Annotated[str | None, Parameter(name="CLASS")] = None, /, *, json: bool = False
) -> None:
    """Show the threat, sensor and effector classes that plans and scenarios are made of.

    Parameters
    ----------
    class_
        Id of one class, as in `srbm`.
    json
        Print JSON and nothing else.
    """
    shelves = _shelves(class_)
    if json:
        write_json(shelves)
    elif class_ is None:
        _show_all(shelves)
    else:
        for kind, shelf in shelves.items():
            _show_one(kind.removesuffix("s"), class_, shelf[class_])


def _shelves(only: str | None) -> Shelves:
    book = bundled_catalogue()
    shelves: Shelves = {kind: dict(getattr(book, kind)) for kind in _GROUPS}
    if only is None:
        return shelves
    found = {kind: {only: shelf[only]} for kind, shelf in shelves.items() if only in shelf}
    if not found:
        valid = [name for shelf in shelves.values() for name in shelf]
        raise ConfigError.unknown(file="catalogue", key="class", name=only, valid=valid)
    return found


def _show_all(shelves: Shelves) -> None:
    for kind, shelf in shelves.items():
        made = table(kind.capitalize(), "class", _GROUPS[kind], "what it is", texts=3)
        for name, entry in shelf.items():
            made.add_row(Text(name, style="bold"), getattr(entry, _GROUPS[kind]), entry.title)
        show(made)
    say("`tdome catalogue CLASS` shows the numbers of one class with their sources.")


def _show_one(kind: str, name: str, entry: Entry) -> None:
    made = table(f"{name}: {entry.title}", "key", "nominal", "low", "high", "status", "src")
    made.caption = f"{kind} class" + "".join(
        f", {key} {getattr(entry, key)}"
        for key in ("family", "kind", "layer", "decoy")
        if hasattr(entry, key)
    )
    sources: dict[str, int] = {}
    for key in entry.__struct_fields__:
        number = getattr(entry, key)
        if isinstance(number, Quantity):
            mark = sources.setdefault(number.source, len(sources) + 1)
            values = [f"{value:,.10g}" for value in (number.nominal, number.low, number.high)]
            made.add_row(key, *values, number.status, f"[{mark}]")
    show(made)
    say("Sources (domain.md: the reference of this project on what is publicly known)")
    for source, mark in sources.items():
        say(f"  [{mark}] {source}")
