"""``tdome coverage``: what a plan's radars see and its layers reach, in tables and pictures."""

from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any

import msgspec
from cyclopts import App, Parameter
from cyclopts.validators import Number
from rich.table import Table
from rich.text import Text

from tdome.app.screen import BAD, GOOD, QUIET, counted, listed, say, show, table, write_json
from tdome.earth.terrain import GeoTiffTerrain, Terrain
from tdome.kernel.config import load_toml
from tdome.kernel.errors import ConfigError
from tdome.plan.plan import Plan, read_plan
from tdome.run.library import find_inputs, kind_of, terrain_of
from tdome.siting.coverage import AssetCover, Coverage, cover

EXAMPLES = """Examples
  tdome coverage taiwan-layered              tables: per asset, gaps, overlaps
  tdome coverage my/plan.toml --altitude-m 60,600 --rcs 0.03
  tdome coverage mine --class cruise,srbm --out pictures --format png,geojson
  tdome coverage mine --json | jq .gaps

Radars: where a cross-section is seen at a height over the ellipsoid. Layers:
places that one fire unit alone can defend in time from every bearing. By what
the plan believes, one arrival at a time: no magazines, no kill probability."""

FORMATS = ("png", "svg", "geojson")
_LOWEST, _HIGHEST = 1.0, 1e6  # m
_MOST_GAPS = 12

command = App(name="coverage", help_epilogue=EXAMPLES)


@command.default
def coverage(  # noqa: PLR0913  (what people may ask for)
    plan: Path,
    /,
    *,
    altitude_m: str = "100,1000,5000",
    class_: Annotated[str | None, Parameter(name="--class")] = None,
    rcs: Annotated[float, Parameter(validator=Number(gt=0.0, lte=1e5))] = 0.1,
    terrain: Path | None = None,
    out: Path | None = None,
    format: str | None = None,  # noqa: A002  (the word that people type)
    json: bool = False,
) -> None:
    """Show what sees and what covers each asset of a plan, with gaps; draw it as a map.

    Parameters
    ----------
    plan
        Plan file, scenario folder or bundled name.
    altitude_m
        Heights of the radar slices, m, with commas; 100,1000,5000 if not given.
    class_
        Threat classes with commas; those that the plan expects, less decoys, if not given.
    rcs
        Radar cross-section for the slices, m^2; 0.1 if not given. Classes come with their own.
    terrain
        GeoTIFF of heights; the scenario's own if it has one.
    out
        Folder for pictures and files, made if missing; PNG if no --format is given.
    format
        png, svg, geojson or several of them with commas; here if no --out is given.
    json
        Print one JSON object and nothing else.
    """
    heights, formats = heights_of(altitude_m), _formats(format, out)
    read, ground = _read(plan, terrain)
    found = cover(
        read,
        altitudes=heights,
        classes=_listed(class_) if class_ is not None else None,
        rcs=rcs,
        terrain=ground,
        shapes=bool(formats),
    )
    files = _written(found, out or Path(), formats)
    if json:
        write_json(_as_dict(found, files))
    else:
        _report(found, files)


def _listed(text: str) -> list[str]:
    return list(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))


def heights_of(text: str) -> list[float]:
    """Return heights in m, as people write them with commas. Raises ConfigError."""
    heights = []
    for part in _listed(text):
        try:
            height = float(part)
        except ValueError:
            height = float("nan")
        if not _LOWEST <= height <= _HIGHEST:
            problem = f"{part!r} is no height"
            hint = "numbers of m from 1 to 1,000,000 with commas, as in 100,1000,5000"
            raise ConfigError("--altitude-m", None, "", problem, hint)
        heights.append(height)
    if not heights:
        raise ConfigError("--altitude-m", None, "", "no height is given", "as in 100,1000,5000")
    return sorted(set(heights))


def _formats(text: str | None, out: Path | None) -> list[str]:
    wanted = _listed(text or ("" if out is None else "png"))
    for one in wanted:
        if one not in FORMATS:
            near = get_close_matches(one, FORMATS, n=1)
            hint = f"nearest: {near[0]}" if near else f"one of {', '.join(FORMATS)}"
            raise ConfigError("--format", None, "", f"{one!r} is not known", hint)
    return wanted


def _read(path: Path, terrain: Path | None) -> tuple[Plan, Terrain | None]:
    """Return a plan and the ground under it. Raises ConfigError."""
    if path.is_file() and kind_of(load_toml(path, dict[str, Any])) == "plan":
        plan, ground = read_plan(path.read_text("utf-8-sig"), str(path)), None
    elif path.suffix == ".toml" and not path.is_file():
        load_toml(path, dict[str, Any])  # says which file is near
        raise AssertionError(path)
    else:
        inputs = find_inputs(path)
        plan, ground = inputs.plan(), None if terrain else terrain_of(inputs, inputs.scenario())
    if terrain is not None:
        ground = _terrain(terrain)
    return plan, ground


def _terrain(path: Path) -> Terrain:
    if not path.is_file():
        raise ConfigError(str(path), None, "", "there is no such file", "--terrain takes a GeoTIFF")
    try:
        return GeoTiffTerrain(str(path), outside=0.0)
    except (ModuleNotFoundError, ValueError, OSError) as fault:
        raise ConfigError(str(path), None, "", str(fault)) from None


def _written(found: Coverage, folder: Path, formats: Sequence[str]) -> list[Path]:
    files = [folder / f"coverage.{one}" for one in formats]
    if files:
        folder.mkdir(parents=True, exist_ok=True)
    for file in files:
        if file.suffix == ".geojson":
            from tdome.siting.features import features  # noqa: PLC0415

            file.write_bytes(msgspec.json.encode(features(found)))
        else:
            from tdome.siting.drawing import draw  # noqa: PLC0415  (matplotlib takes a second)

            draw(found, file)
    return files


# ---------------------------------------------------------------- on screen


def _report(found: Coverage, files: list[Path]) -> None:
    plan = found.plan
    sites = f"{counted(len(plan.sensors.names), 'radar')}, "
    sites += f"{counted(len(plan.units.names), 'fire unit')}, "
    say(f"{plan.name}: {sites}{counted(len(plan.assets.names), 'asset')}", "bold")
    say("")
    show(_seen(found))
    ground = "the terrain" if found.terrain else "smooth ground"
    say(f"How many see a cross-section of {found.rcs:g} m2 over {ground}; 0 is a gap.\n", QUIET)
    if found.classes:
        show(_covered(found))
        say("How many do from every bearing; 60 %: the best one, from that share only.\n", QUIET)
    if found.left_out:
        what = "Left out (no radar, or no nominal arrival)"
        say(f"{what}: {listed(found.left_out, 8)}\n", QUIET)
    _gaps(found)
    for file in files:
        say(f"Written: {file}")


def _seen(found: Coverage) -> Table:
    heights = list(found.assets[0].seen)
    made = table("Radars that see the air over each asset", "asset", *(f"{h} m" for h in heights))
    for asset in found.assets:
        made.add_row(asset.name, *(_count(len(names)) for names in asset.seen.values()))
    return made


def _covered(found: Coverage) -> Table:
    made = table("Layers that cover each asset", "asset", *found.classes)
    for asset in found.assets:
        made.add_row(asset.name, *(_layers(asset, name) for name in found.classes))
    return made


def _layers(asset: AssetCover, threat_class: str) -> Text:
    full = asset.full(threat_class)
    best = max((over.share for over in asset.layers[threat_class]), default=0.0)
    if full or best == 0.0:
        return _count(len(full))
    return Text(f"{best:.0%}".replace("%", " %"), style=BAD)


def _count(number: int) -> Text:
    return Text(str(number), style=BAD if number == 0 else GOOD if number > 1 else "")


def _gaps(found: Coverage) -> None:
    gaps = found.gaps()
    say(f"Gaps: {len(gaps) or 'none'}", "bold")
    for line in gaps[:_MOST_GAPS]:
        say(f"  {line}", BAD)
    if len(gaps) > _MOST_GAPS:
        say(f"  and {len(gaps) - _MOST_GAPS} more: --json lists all")
    seen = [len(names) for asset in found.assets for names in asset.seen.values()]
    full = [len(asset.full(name)) for asset in found.assets for name in asset.layers]
    say(
        f"Overlaps: {sum(n > 1 for n in seen)} of {len(seen)} heights over assets are seen by two "
        f"radars or more, {sum(n > 1 for n in full)} of {len(full)} asset-class pairs covered by "
        "two layers or more."
    )


def _as_dict(found: Coverage, files: list[Path]) -> dict[str, Any]:
    return {
        "plan": found.plan.name,
        "altitudes_m": found.altitudes,
        "classes": found.classes,
        "left_out": found.left_out,
        "rcs_m2": found.rcs,
        "terrain": found.terrain,
        "assets": found.assets,
        "gaps": found.gaps(),
        "files": [str(file) for file in files],
    }
