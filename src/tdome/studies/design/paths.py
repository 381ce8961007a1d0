"""Where a factor acts: paths into plan, scenario and catalogue, as a person says them.

``plan.doctrine.firing``, ``plan.fire_units[type=short-range].rounds``,
``scenario.raids[*].salvos[0].count``, ``catalogue.effectors.short-range.sspk_ballistic``. Keys are
joined by dots; ``[2]`` is the third entry of a list, ``[*]`` all of them, ``[name=wave 1]`` all
with that value. Two books (DESIGN.md, lock 7): ``plan.beliefs…`` is what we believe,
``scenario.truth…`` what is; ``catalogue…`` stands for the same number in both.
"""

import re
from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any, Literal, NamedTuple

import msgspec

from tdome.kernel import toml_types
from tdome.kernel.errors import ConfigError
from tdome.kernel.toml_lines import Path as Steps
from tdome.kernel.toml_types import Toml
from tdome.plan.bounds import WHOLE
from tdome.plan.catalogue import bundled_catalogue
from tdome.plan.classes.quantity import Quantity
from tdome.plan.schema import PlanFile
from tdome.world.schema.scenario import ScenarioFile

Book = Literal["plan", "scenario"]
Documents = dict[Book, Toml]
"""Plan and scenario as tomllib reads them."""

TYPES: dict[Book, type[Any]] = {"plan": PlanFile, "scenario": ScenarioFile}
OVERRIDES: dict[Book, str] = {"plan": "beliefs", "scenario": "truth"}
ROOTS = ("plan", "scenario", "catalogue")
_TOKEN = re.compile(
    r'(?P<key>[\w-]+)|"(?P<quoted>[^"]*)"|\[\s*(?P<index>\d+)\s*\]|\[\s*(?P<all>\*)\s*\]'
    r"|\[\s*(?P<by>[\w-]+)\s*=\s*(?P<value>[^\]]*?)\s*\]"
)
_EXAMPLE = "write it as plan.fire_units[type=short-range].rounds or scenario.weather.rain_mm_h"
_CATALOGUE_STEPS = 3


class Place(NamedTuple):
    """One key of one document."""

    book: Book
    steps: Steps


class Pick(NamedTuple):
    """A choice of entries of a list: one by its index, all, or those with a value at a key."""

    number: int | None
    by: str | None
    value: str


def find_places(said: str, documents: Documents, key: str, source: str) -> list[Place]:
    """Return the places that a path means, at least one. ``key`` of ``source`` is to blame.

    Raises ConfigError with the nearest valid key.
    """
    tokens = _tokens(said, key, source)
    root = tokens[0]
    if not isinstance(root, str) or root not in ROOTS:
        raise ConfigError.unknown(file=source, key=key, name=str(root), valid=list(ROOTS))
    if root == "catalogue":
        return _in_catalogue(said, tokens[1:], key, source)
    book: Book = "plan" if root == "plan" else "scenario"
    walk = _Walk(said, book, documents[book], key, source)
    return [Place(book, steps) for steps in walk.ends(tokens[1:])]


def value_at(place: Place, documents: Documents) -> Toml:
    """Return what counts at a place: what is written there, or what holds where nothing is."""
    document = documents[place.book]
    written = toml_types.value_at(document, place.steps)
    if written is not None:
        return written
    if _is_override(place):
        return _nominal(*(str(step) for step in place.steps[1:]))
    value = _default(document, TYPES[place.book], place.steps)
    if value is None and place.book == "plan" and place.steps[0] == "fire_units":
        return _of_class(place.steps, documents)
    return value


def with_value(place: Place, value: Toml, documents: Documents) -> Documents:
    """Return the documents with another value at a place; what is not on its way is shared."""
    return {**documents, place.book: _put(documents[place.book], place.steps, value)}


def takes_whole_only(place: Place, documents: Documents) -> bool:
    """Tell whether only whole numbers may stand at a place."""
    if _is_override(place):
        return str(place.steps[-1]) in WHOLE
    return toml_types.takes_whole_only(TYPES[place.book], place.steps, documents[place.book])


def _is_override(place: Place) -> bool:
    """Tell whether a place is a catalogue number of a book."""
    return place.steps[0] == OVERRIDES[place.book] and len(place.steps) == 1 + _CATALOGUE_STEPS


def _tokens(said: str, key: str, source: str) -> list[str | Pick]:
    tokens: list[str | Pick] = []
    at = 0
    while at < len(said):
        if said[at] == "." and tokens:
            at += 1
        found = _TOKEN.match(said, at)
        if found is None:
            problem = f"key {key!r}: {said!r} can not be read as a path"
            raise ConfigError(source, None, key, problem, _EXAMPLE)
        at = found.end()
        name = found["key"] if found["quoted"] is None else found["quoted"]
        if name is not None:
            tokens.append(name)
            continue
        index = None if found["index"] is None else int(found["index"])
        tokens.append(Pick(index, found["by"], (found["value"] or "").strip("\"'")))
    if len(tokens) < 2:  # noqa: PLR2004  (a root, and a key in it)
        problem = f"key {key!r}: {said!r} names no key"
        raise ConfigError(source, None, key, problem, _EXAMPLE)
    return tokens


class _Walk:
    """Follows the steps of one path through a document and its schema."""

    def __init__(self, said: str, book: Book, document: Toml, key: str, source: str) -> None:
        self.said, self.book, self.document = said, book, document
        self.key, self.source = key, source

    def ends(self, tokens: list[str | Pick], path: Steps = ()) -> Iterator[Steps]:
        if not tokens:
            self._refuse_table(path)
            yield path
            return
        first, rest = tokens[0], tokens[1:]
        steps = [self._keyed(first, path)] if isinstance(first, str) else self._picked(first, path)
        for step in steps:
            yield from self.ends(rest, (*path, step))

    def _keyed(self, name: str, path: Steps) -> str:
        here = toml_types.value_at(self.document, path)
        if isinstance(here, list):
            problem = f"{self._shown(path)} is a list"
            raise self._fault(problem, "say which: [0], [*] or [name=…]")
        valid = toml_types.keys_at(TYPES[self.book], path, self.document)
        if valid and name not in valid:
            raise self._fault(f"{name!r} is not known", self._nearest(name, path, valid))
        if not valid and path and not isinstance(here, dict | None):
            raise self._fault(f"{self._shown(path)} is a value", "it has no keys")
        return name

    def _picked(self, pick: Pick, path: Steps) -> list[int]:
        entries = toml_types.value_at(self.document, path)
        if not isinstance(entries, list) or not entries:
            problem = f"{self._shown(path)}: there is no such list in this {self.book}"
            raise self._fault(problem, _EXAMPLE)
        if pick.number is not None:
            if pick.number >= len(entries):
                problem = f"{self._shown(path)} has no entry {pick.number}"
                raise self._fault(problem, f"0 to {len(entries) - 1}")
            return [pick.number]
        if pick.by is None:
            return list(range(len(entries)))
        said = [
            str(e.get(pick.by)) if isinstance(e, dict) and pick.by in e else "" for e in entries
        ]
        found = [i for i, value in enumerate(said) if value == pick.value]
        if not found:
            there = sorted({value for value in said if value})
            near = get_close_matches(pick.value, there, n=1, cutoff=0.4)
            hint = f"nearest: {near[0]!r}" if near else f"there are: {', '.join(there) or 'none'}"
            problem = f"no entry of {self._shown(path)} has {pick.by} = {pick.value!r}"
            raise self._fault(problem, hint)
        return found

    def _refuse_table(self, path: Steps) -> None:
        here = toml_types.value_at(self.document, path)
        keys = toml_types.keys_at(TYPES[self.book], path, self.document)
        if isinstance(here, dict) or keys:
            hint = f"name one of its keys: {', '.join(keys or here)}"
            raise self._fault(f"{self._shown(path)} is a table, not a value", hint)

    def _nearest(self, name: str, path: Steps, valid: list[str]) -> str:
        """Return the nearest key: in this table, or anywhere with the same ending."""
        near = get_close_matches(name, valid, n=1, cutoff=0.6)
        if near:
            return f"nearest valid key: '{self._shown((*path, near[0]))}'"
        last = self.said.rpartition(".")[2]
        whole = [f"{self.book}.{one}" for one in toml_types.all_keys(TYPES[self.book])]
        ending = [one for one in whole if one.endswith(f".{last}")] or whole
        found = get_close_matches(self.said, ending, n=1, cutoff=0.3)
        return f"nearest valid key: {found[0]!r}" if found else f"valid keys: {', '.join(valid)}"

    def _shown(self, path: Steps) -> str:
        return self.book + "".join(f"[{s}]" if isinstance(s, int) else f".{s}" for s in path)

    def _fault(self, problem: str, hint: str) -> ConfigError:
        said = f"key {self.key!r}: {self.said!r}: {problem}"
        return ConfigError(self.source, None, self.key, said, hint)


def _in_catalogue(said: str, tokens: list[str | Pick], key: str, source: str) -> list[Place]:
    """Return a catalogue number's places in both books; ``[*]`` stands for all classes."""
    if len(tokens) != _CATALOGUE_STEPS or not isinstance(tokens[0], str):
        problem = f"key {key!r}: {said!r} is not catalogue.KIND.CLASS.KEY"
        hint = "as catalogue.effectors.short-range.sspk_ballistic"
        raise ConfigError(source, None, key, problem, hint)
    kind, of, name = tokens
    catalogue = bundled_catalogue()
    books = {k: getattr(catalogue, k) for k in catalogue.__struct_fields__}
    if kind not in books:
        raise ConfigError.unknown(file=source, key=key, name=str(kind), valid=list(books))
    classes = list(books[kind]) if isinstance(of, Pick) else [of]
    places = []
    for one in classes:
        if one not in books[kind]:
            raise ConfigError.unknown(file=source, key=key, name=one, valid=list(books[kind]))
        entry = books[kind][one]
        numbers = [f for f in entry.__struct_fields__ if isinstance(getattr(entry, f), Quantity)]
        if name in numbers:
            steps = (str(kind), str(one), str(name))
            places += [Place(book, (table, *steps)) for book, table in OVERRIDES.items()]
        elif len(classes) == 1:
            raise ConfigError.unknown(file=source, key=key, name=str(name), valid=numbers)
    if not places:
        problem = f"key {key!r}: no class of {kind} has a number {name!r}"
        raise ConfigError(source, None, key, problem)
    return places


def _nominal(kind: str, of: str, name: str) -> float | None:
    entry = getattr(bundled_catalogue(), kind, {}).get(of)
    quantity = getattr(entry, name, None)
    return quantity.nominal if isinstance(quantity, Quantity) else None


def _default(document: Toml, type_: type[Any], path: Steps) -> Toml:
    """Return what the schema puts where nothing is written; None if nothing."""
    try:
        here: Any = msgspec.convert(document, type_, str_keys=True)
    except msgspec.ValidationError:
        return None
    for step in path:
        if isinstance(step, int):
            here = here[step]
        else:
            here = here.get(step) if isinstance(here, dict) else getattr(here, step, None)
        if here is None:
            return None
    return here


def _of_class(path: Steps, documents: Documents) -> float | None:
    """Return the believed number of a fire unit's class: its ready ``rounds``."""
    if path[-1] != "rounds":
        return None
    unit_type = toml_types.value_at(documents["plan"], (*path[:-1], "type"))
    place = Place("plan", ("beliefs", "effectors", str(unit_type), "rounds"))
    found = value_at(place, documents)
    return None if found is None else float(found)


def _put(document: Toml, path: Steps, value: Toml) -> Toml:
    if not path:
        return value
    step = path[0]
    if isinstance(step, int):
        return [_put(one, path[1:], value) if i == step else one for i, one in enumerate(document)]
    inner = {} if document is None else document
    return {**inner, step: _put(inner.get(step), path[1:], value)}
