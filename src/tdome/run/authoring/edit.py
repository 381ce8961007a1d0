"""Edits of plan and scenario files as a person says them: ``raids[name=wave 1].start_s = 30``.

A path is keys joined by dots; ``[2]`` is the third entry of a list, ``[name=wave 1]`` the one with
that value. A value is TOML; what is no TOML is a text.
"""

import re
import tomllib
from pathlib import Path
from typing import Any

import msgspec

from tdome.kernel import toml_types
from tdome.kernel.config import decode_text, faults_located, parse_toml
from tdome.kernel.errors import ConfigError
from tdome.kernel.toml_lines import Path as Steps
from tdome.kernel.toml_types import Toml
from tdome.plan.catalogue import bundled_catalogue, overridden
from tdome.plan.plan import read_plan
from tdome.run.authoring.phrase import parse_phrase
from tdome.run.authoring.raids import generate, places_text, raids_text
from tdome.run.authoring.splice import is_written_out, with_block, with_value, without_block
from tdome.run.library import TYPES, Kind, bundled_scenarios, kind_of
from tdome.world.scenario import read_scenario
from tdome.world.schema.raids import Place, Raid
from tdome.world.schema.scenario import ScenarioFile

_KEY = re.compile(r'[\w-]+|"[^"]*"')
_PICK = re.compile(r"\[\s*(?:(\d+)|([\w-]+)\s*=\s*([^\]]*?))\s*\]")
LONGEST_S = 2_592_000.0  # of a scenario, as its schema has it
_EXAMPLE = "write it as weather.rain_mm_h=5 or raids[name=wave 1].start_s=30"


class Draft(msgspec.Struct, frozen=True):
    """The text of a plan or scenario on its way to the file that it came from."""

    path: Path
    kind: Kind
    text: str

    @property
    def source(self) -> str:
        """The file's name, for errors."""
        return str(self.path)

    def document(self) -> dict[str, Any]:
        """Return the text as tomllib reads it; raises ConfigError where it can not."""
        return parse_toml(self.text, dict[str, Any], self.source)

    def changed(self, text: str) -> "Draft":
        """Return the draft with another text."""
        return msgspec.structs.replace(self, text=text)


def open_draft(name: str | Path) -> Draft:
    """Read a folder's scenario.toml, or a plan or scenario file. Raises ConfigError."""
    path = Path(name)
    if path.is_dir():
        path /= "scenario.toml"
    if not path.is_file():
        if str(name) in bundled_scenarios():
            hint = f"make your own first: `tdome scenario new my-{name} --template {name}`"
            raise ConfigError(str(name), None, "", "a bundled scenario is not edited", hint)
        raise ConfigError(
            str(path), None, "", "there is no such file", "`tdome scenario new` makes one"
        )
    text = decode_text(path.read_bytes(), str(path))
    kind = kind_of(parse_toml(text, dict[str, Any], str(path)))
    return Draft(path, kind, text)


def check(draft: Draft) -> None:
    """Read a draft as ``tdome run`` would; raises ConfigError at its first fault."""
    if draft.kind == "plan":
        read_plan(draft.text, draft.source)
    else:
        read_scenario(draft.text, draft.source)


def set_value(draft: Draft, assignment: str) -> Draft:
    """Return the draft with ``path=value`` done. Raises ConfigError with the nearest valid key."""
    said, value = _halves(assignment)
    if value.strip().lstrip("+-") == "nan":  # equals nothing, so no edit could be verified
        problem = f"key {said!r}: expected a finite number, got nan"
        raise ConfigError(draft.source, None, said, problem)
    document = draft.document()
    path = _resolved(said, document, TYPES[draft.kind], draft.source)
    try:
        return draft.changed(with_value(draft.text, path, _as_toml(value)))
    except ValueError as fault:
        raise ConfigError(draft.source, None, "", f"{said!r}: {fault}", "use an editor") from None


def remove_raid(draft: Draft, name: str) -> Draft:
    """Return a scenario without one raid."""
    names = [raid.name for raid in _scenario(draft, "raids").raids]
    if name not in names:
        raise ConfigError.unknown(file=draft.source, key="raids", name=name, valid=names)
    return draft.changed(without_block(draft.text, "raids", names.index(name)))


def add_raid(
    draft: Draft,
    phrase: str,
    *,
    seed: int,
    targets: list[str] | None = None,
    near: tuple[float, float] | None = None,
) -> Draft:
    """Return a scenario with the raids of a phrase, at named places, a new one, or all there are.

    The scenario's duration grows where the last object would come down after its end.
    """
    file = _scenario(draft, "raids")
    text = draft.text
    if near is not None:
        aims = [near_place(near)]
        if aims[0] not in file.places:
            _refuse_inline(draft, "places")
            text = with_block(text, "places", places_text(aims))
    else:
        aims = pick_places(file, targets, draft.source)
    with faults_located(draft.text):
        catalogue = overridden(bundled_catalogue(), file.truth, draft.source, "truth")
    made = generate(
        parse_phrase(phrase, catalogue),
        aims,
        catalogue,
        seed=seed,
        taken=[raid.name for raid in file.raids],
    )
    text = with_block(text, "raids", raids_text(made.raids, remark_of(phrase, seed)))
    if made.ends_s > file.duration_s:
        if made.ends_s > LONGEST_S:
            problem = f"the last of them would come down after {made.ends_s / 3600.0:.1f} hours"
            raise ConfigError("raid phrase", None, "", problem, "a scenario lasts 720 at most")
        text = with_value(text, ("duration_s",), str(made.ends_s))
    return draft.changed(text)


def near_place(near: tuple[float, float]) -> Place:
    """Return a new place to aim at."""
    return Place(name=f"near {near[0]:g}, {near[1]:g}", lat_deg=near[0], lon_deg=near[1])


def remark_of(phrase: str, seed: int) -> str:
    """Return the comment that stands on top of generated raids."""
    said = " ".join("".join(c if c.isprintable() else " " for c in phrase).split())
    return f'tdome scenario raid "{said}" --seed {seed}'


def pick_places(file: ScenarioFile, names: list[str] | None, source: str) -> list[Place]:
    """Return the places of these names, or all. Raises ConfigError with the nearest name."""
    places = {place.name: place for place in file.places}
    for name in names or []:
        if name not in places:
            raise ConfigError.unknown(file=source, key="places", name=name, valid=list(places))
    return [places[name] for name in names or places]


def missing_beliefs(raids: list[Raid], expected: list[str]) -> list[str]:
    """Return the classes of raids that a plan does not expect."""
    flown = {salvo.type: None for raid in raids for salvo in raid.salvos}
    return [name for name in flown if name not in expected]


def _scenario(draft: Draft, key: str) -> ScenarioFile:
    if draft.kind != "scenario":
        raise ConfigError(draft.source, None, "", "this is a plan, and raids belong to a scenario")
    _refuse_inline(draft, key)
    return parse_toml(draft.text, ScenarioFile, draft.source)


def _refuse_inline(draft: Draft, key: str) -> None:
    if not is_written_out(draft.text, key):
        problem = f"key {key!r} is written as a list in one piece"
        raise ConfigError(draft.source, None, key, problem, f"write it as [[{key}]] tables")


def _halves(assignment: str) -> tuple[str, str]:
    """Split at the first equals sign outside of brackets."""
    depth = 0
    for at, character in enumerate(assignment):
        depth += (character == "[") - (character == "]")
        if character == "=" and depth == 0:
            return assignment[:at].strip(), assignment[at + 1 :].strip()
    raise ConfigError("--set", None, "", f"{assignment!r} has no =", _EXAMPLE)


def _as_toml(value: str) -> str:
    """Return a value as TOML: as it is if it is TOML on its own, else as a text."""
    try:
        document = tomllib.loads(f"v = {value}")
    except (tomllib.TOMLDecodeError, ValueError, RecursionError):
        document = {}
    if list(document) == ["v"] and "\n" not in value:
        return value.partition("#")[0].rstrip() if value[:1] not in "\"'[{" else value
    return msgspec.json.encode(value).decode()


def _resolved(said: str, document: Toml, type_: type[Any], source: str) -> Steps:
    """Return the path that a person means; each key must be one that the type allows."""
    path: Steps = ()
    at = 0
    while at < len(said):
        pick = _PICK.match(said, at)
        if pick is not None and path:
            path += (_picked(pick, toml_types.value_at(document, path), said[:at], source),)
            at = pick.end()
            continue
        at += said[at] == "." and bool(path)
        key = _KEY.match(said, at)
        if key is None:
            raise ConfigError("--set", None, "", f"{said!r} can not be read as a key", _EXAMPLE)
        name = key[0].strip('"')
        _refuse_no_table(toml_types.value_at(document, path), path, said[:at].rstrip("."), source)
        valid = toml_types.keys_at(type_, path, document)
        if valid and name not in valid:
            raise ConfigError.unknown(file=source, key=said, name=name, valid=valid)
        path += (name,)
        at = key.end()
    if not path:
        raise ConfigError("--set", None, "", "the key is missing", _EXAMPLE)
    return path


def _refuse_no_table(found: Toml, path: Steps, where: str, source: str) -> None:
    """Raise ConfigError where a key is asked of something that has none."""
    if not path or found is None or isinstance(found, dict):
        return
    kind, hint = ("a list", _EXAMPLE) if isinstance(found, list) else ("a value", "it has no keys")
    raise ConfigError(source, None, where, f"key {where!r} is {kind}, not a table", hint)


def _picked(pick: re.Match[str], entries: Toml, where: str, source: str) -> int:
    if not isinstance(entries, list) or not entries:
        raise ConfigError(source, None, where, f"key {where!r}: there is no such list", _EXAMPLE)
    if pick[1] is not None:
        if int(pick[1]) >= len(entries):
            problem = f"key {where!r}: there is no entry {pick[1]}"
            raise ConfigError(source, None, where, problem, f"0 to {len(entries) - 1}")
        return int(pick[1])
    wanted = pick[3].strip("\"'")
    found = [str(entry.get(pick[2])) if isinstance(entry, dict) else "" for entry in entries]
    if wanted not in found:
        raise ConfigError.unknown(file=source, key=where, name=wanted, valid=found)
    return found.index(wanted)
