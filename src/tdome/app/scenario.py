"""``tdome scenario``: make, change and fill scenario folders without a text editor."""

from collections.abc import Sequence
from difflib import unified_diff
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, Parameter, Token
from cyclopts.validators import Number
from rich.text import Text

from tdome.app.screen import BAD, GOOD, QUIET, counted, out, say, write_json
from tdome.kernel.config import parse_toml
from tdome.kernel.errors import ConfigError
from tdome.plan.catalogue import bundled_catalogue
from tdome.plan.schema import PlanFile
from tdome.run.api import LAST_SEED
from tdome.run.authoring.edit import (
    Draft,
    add_raid,
    check,
    missing_beliefs,
    near_place,
    open_draft,
    pick_places,
    remark_of,
    remove_raid,
    set_value,
)
from tdome.run.authoring.phrase import parse_phrase
from tdome.run.authoring.raids import generate, places_text, raids_text
from tdome.run.authoring.shapes import Keys, with_assets, with_zones
from tdome.run.authoring.templates import from_template, refuse_overwriting
from tdome.run.library import find_inputs
from tdome.world.scenario import read_scenario

EXAMPLES = """Examples
  tdome scenario new mine --template layered
  tdome scenario edit mine --set "raids[name=cruise].salvos[0].count=20"
  tdome scenario edit mine --add-raid "20 drones from NW over 10 minutes"
  tdome scenario raid "8 srbm from the west" --near 24.1,120.7 --json
  tdome scenario COMMAND --help"""

NEW = """Examples
  tdome scenario new mine
  tdome scenario new my-island --template taiwan-layered --dir work

Templates: point-defence, layered, rockets, drones (small, with comments)
and every bundled scenario (see `tdome scenarios`)."""

EDIT = """Examples
  tdome scenario edit mine --set weather.rain_mm_h=8
  tdome scenario edit mine --set "raids[name=cruise].start_s=60"
  tdome scenario edit mine/plan.toml --set "fire_units[0].rounds=12"
  tdome scenario edit mine --remove-raid cruise
  tdome scenario edit mine --add-raid "30 drones from the north" --seed 4"""

RAID = """Examples
  tdome scenario raid "8 srbm from the west" --near 24.1,120.7
  tdome scenario raid "60 drones from the north-west in three groups
      over 40 minutes, decoy share 38 %" --add-to mine --seed 7
  tdome scenario raid "9 cruise from NW, then 20 drones after 5 minutes"
      --places-of mine --targets Port

A phrase is NUMBER CLASS, then in any order
  from the north-west | from bearing 310     where from (needed once)
  300 km away                                from how far
  in three groups                            on so many axes
  over 40 minutes                            from first to last launch
  decoy share 38 % | with 38 % decoys        how many of them are decoys
  after 20 minutes | 20 minutes later        since the raid before began
and joins with "and" (at once) or "then" (when that one has launched)."""

IMPORT = """Examples
  tdome scenario import towns.geojson --as zones --into mine
      --code-key id --name-key name --population-key people
  tdome scenario import sites.geojson --as assets --into mine/plan.toml
      --name-key name --value-key weight --radius-km 2

GeoJSON is WGS-84 degrees, LONGITUDE first. Zones are polygons (holes and
several parts are fine); assets are points, or polygons of which the middle
and the disc of equal area are taken."""

command = App(name="scenario", help_epilogue=EXAMPLES)

Seed = Annotated[int, Parameter(validator=Number(gte=0, lte=LAST_SEED))]


def _place(_: type, tokens: Sequence[Token]) -> tuple[float, float]:
    """Read LAT,LON in degrees."""
    text = tokens[0].value
    try:
        lat, lon = (float(part) for part in text.split(","))
    except ValueError:
        raise ValueError(f"expected LAT,LON in degrees as in 24.15,120.67, got {text!r}") from None
    if abs(lat) > 90.0 >= abs(lon):  # noqa: PLR2004
        raise ValueError(
            f"latitude {lat:g} is beyond 90 degrees: is this LON,LAT? Try {lon:g},{lat:g}"
        )
    if not (abs(lat) <= 90.0 and abs(lon) <= 180.0):  # noqa: PLR2004
        raise ValueError(f"{text!r} is no place: latitude -90 to 90, longitude -180 to 180")
    return lat, lon


Near = Annotated[
    tuple[float, float] | None,
    Parameter(converter=_place, n_tokens=1, allow_leading_hyphen=True),
]


@command.command(help_epilogue=NEW)
def new(
    name: str,
    /,
    *,
    template: str = "point-defence",
    dir: Path = Path(),  # noqa: A002  (the word that people type)
    force: bool = False,
    json: bool = False,
) -> None:
    """Write a new scenario folder, NAME/scenario.toml and NAME/plan.toml, valid at once.

    Parameters
    ----------
    name
        Of the scenario and of its folder.
    template
        What it is copied from; point-defence if not given.
    dir
        Folder in which NAME is made; if not given, this one.
    force
        Overwrite a scenario of that name.
    json
        Print one JSON object and nothing else.
    """
    texts = from_template(name, template)
    folder = dir / name
    if not force:
        refuse_overwriting(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for file, text in texts.items():
        folder.joinpath(file).write_text(text, "utf-8")
    if json:
        write_json({"folder": str(folder), "template": template, "files": list(texts)})
        return
    say(f"{folder} is made from {template}.", "bold")
    say(f"  tdome run {folder}              simulate it")
    say(f"  tdome coverage {folder}         what its radars see and its units reach")
    say(f"  tdome scenario edit {folder} --set KEY=VALUE")


@command.command(help_epilogue=EDIT)
def edit(  # noqa: PLR0913  (what people may ask for)
    scenario: Path,
    /,
    *,
    set_: Annotated[list[str], Parameter(name="--set")] = [],  # noqa: B006
    remove_raid_: Annotated[list[str], Parameter(name="--remove-raid")] = [],  # noqa: B006
    add_raid_: Annotated[list[str], Parameter(name="--add-raid")] = [],  # noqa: B006
    targets: str | None = None,
    near: Near = None,
    seed: Seed = 1,
    json: bool = False,
) -> None:
    """Change values, remove and add raids; comments stay, and a faulty file is not written.

    Parameters
    ----------
    scenario
        Your scenario folder, or a scenario or plan file.
    set_
        KEY=VALUE, as often as you like. KEY is a path: weather.rain_mm_h, raids[0].start_s,
        raids[name=cruise].salvos[0].count. VALUE is TOML; what is no TOML is a text.
    remove_raid_
        Name of a raid to take out.
    add_raid_
        A raid in words: see `tdome scenario raid --help`.
    targets
        Places that added raids are aimed at, with commas; all of the scenario if not given.
    near
        LAT,LON in degrees: a new place that added raids are aimed at.
    seed
        Of axes and distances of added raids.
    json
        Print one JSON object and nothing else.
    """
    if not (set_ or remove_raid_ or add_raid_):
        raise ConfigError(
            "edit", None, "", "nothing to change", "give --set, --remove-raid or --add-raid"
        )
    before = open_draft(scenario)
    draft = before
    for assignment in set_:
        draft = set_value(draft, assignment)
    for name in remove_raid_:
        draft = remove_raid(draft, name)
    for phrase in add_raid_:
        draft = add_raid(draft, phrase, seed=seed, targets=_names(targets), near=near)
    _written(before, draft, json=json)


@command.command(help_epilogue=RAID)
def raid(  # noqa: PLR0913  (what people may ask for)
    phrase: str,
    /,
    *,
    near: Near = None,
    targets: str | None = None,
    places_of: Path | None = None,
    add_to: Path | None = None,
    seed: Seed = 1,
    json: bool = False,
) -> None:
    """Turn a phrase into raids: composition, axes and timing; the same seed, the same raids.

    Parameters
    ----------
    phrase
        Such as "60 drones from the north-west in three groups over 40 minutes".
    near
        LAT,LON in degrees of one place to aim at.
    targets
        Names of places to aim at, with commas; all of the scenario if not given.
    places_of
        Scenario whose places are meant.
    add_to
        Your scenario into which the raids are written; its places are meant.
    seed
        Of axes and distances.
    json
        Print one JSON object and nothing else.
    """
    if add_to is not None:
        before = open_draft(add_to)
        draft = add_raid(before, phrase, seed=seed, targets=_names(targets), near=near)
        _written(before, draft, json=json)
        return
    aims = []
    if near is not None:
        aims = [near_place(near)]
    elif places_of is not None:
        inputs = find_inputs(places_of)
        file = read_scenario(inputs.scenario_text, inputs.scenario_source).file
        aims = pick_places(file, _names(targets), inputs.scenario_source)
    elif targets is not None:
        problem = "whose places these are is not known"
        raise ConfigError("--targets", None, "", problem, "add --places-of or --add-to SCENARIO")
    book = bundled_catalogue()
    made = generate(parse_phrase(phrase, book), aims, book, seed=seed)
    if json:
        write_json({"seed": seed, "places": aims, "raids": made.raids, "ends_s": made.ends_s})
        return
    text = places_text(aims) + "\n" if near is not None else ""
    text += raids_text(made.raids, remark_of(phrase, seed))
    say(f"{text}# ends by {made.ends_s:g} s")


@command.command(name="import", help_epilogue=IMPORT)
def import_(  # noqa: PLR0913  (what people may ask for)
    file: Path,
    /,
    *,
    as_: Annotated[Literal["zones", "assets"], Parameter(name="--as")],
    into: Path,
    name_key: str | None = None,
    code_key: str | None = None,
    population_key: str | None = None,
    value_key: str | None = None,
    radius_km: Annotated[float, Parameter(validator=Number(gt=0.0, lte=1000.0))] = 1.0,
    json: bool = False,
) -> None:
    """Take warning zones or defended assets from a GeoJSON file into a plan.

    Zones: the file is copied beside the plan, which then names it. Assets: written into the plan.

    Parameters
    ----------
    file
        GeoJSON, WGS-84.
    as_
        zones or assets.
    into
        Your plan file, or the scenario folder that holds plan.toml.
    name_key
        Property with the name; zones without one are called by their code.
    code_key
        Property with the code of a zone; numbers if not given.
    population_key
        Property with the number of people.
    value_key
        Property with the value of an asset; 1 if not given.
    radius_km
        Of assets that are points; 1 if not given.
    json
        Print one JSON object and nothing else.
    """
    before = open_draft(into / "plan.toml" if into.is_dir() else into)
    keys = Keys(name_key, code_key, population_key, value_key, radius_km)
    if as_ == "assets":
        _written(before, with_assets(before, file, keys), json=json)
        return
    draft = with_zones(before, file, keys)
    copy = draft.path.parent / file.name
    made = not copy.exists()
    if made:
        copy.write_bytes(file.read_bytes())
    try:
        _written(before, draft, json=json)
    except ConfigError:
        if made:
            copy.unlink()
        raise


def _names(targets: str | None) -> list[str] | None:
    if targets is None:
        return None
    return [name.strip() for name in targets.split(",") if name.strip()]


def _written(before: Draft, draft: Draft, *, json: bool) -> None:
    """Check a draft, write it and show what has changed."""
    check(draft)
    changed = draft.text != before.text
    if changed:
        draft.path.write_text(draft.text, "utf-8")
    diff = list(
        unified_diff(
            before.text.splitlines(), draft.text.splitlines(), draft.source, "changed", lineterm=""
        )
    )
    unexpected = _unexpected(draft)
    if json:
        entry = {"file": draft.source, "changed": changed, "diff": diff}
        write_json({**entry, "not_expected_by_plan": unexpected})
        return
    for line in diff:
        style = {"+": GOOD, "-": BAD, "@": QUIET}.get(line[:1], "")
        out().print(Text(line, style=style), soft_wrap=True)
    lines = sum(line[:1] in "+-" for line in diff[2:])
    say(f"{draft.source}: {counted(lines, 'line')} changed." if changed else "Nothing changed.")
    for name in unexpected:
        say(f"The plan does not expect {name}: add it to `threats` in the plan file.", BAD)


def _unexpected(draft: Draft) -> list[str]:
    """Return classes of a scenario's raids that the plan beside it does not expect."""
    if draft.kind != "scenario":
        return []
    file = read_scenario(draft.text, draft.source).file
    plan = draft.path.parent / file.plan
    if not plan.is_file():
        return []
    expected = parse_toml(plan.read_text("utf-8-sig"), PlanFile, str(plan)).threats
    return missing_beliefs(file.raids, expected)
