"""The picture of a coverage: radars by altitude, and a panel for each class with the layers.

Okabe and Ito's colours, which a colour-blind eye tells apart, and a hatch or line style for each
layer besides; degrees with the right aspect at the middle of the plan, and a scale in km.
"""

import math
from pathlib import Path
from textwrap import wrap
from typing import Any

import matplotlib as mpl
import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.path import Path as Curve

from tdome.plan.schema import Zones
from tdome.plan.zones import zone_book
from tdome.siting.coverage import Coverage, layers_of

_LAYERS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#999933")
_STYLES = ("-", "--", "-.", ":", (0, (5, 1)), (0, (1, 1)), (0, (3, 1, 1, 1)), (0, (8, 2)))
_SLICES = ("#084594", "#4292C6", "#9ECAE1", "#C6DBEF", "#DEEBF7")  # dark is low: the hardest to see
_LAND, _COAST, _INK, _BARE = "#F2EFE6", "#8C8577", "#222222", "#D55E00"
_TAIWAN = (118.0, 21.5, 123.0, 26.5)  # degrees west, south, east, north
_PANEL = 4.1  # inches
_LETTERS = 62  # of the title in the width of a panel
_MARGIN = 0.08  # of the shown width, around everything
_DETAIL = 0.01  # degrees: coast lines for a map of a country
_STEPS = (1, 2, 5, 10, 20, 50, 100, 200, 500)  # km, of the scale bar

Box = tuple[float, float, float, float]


def draw(coverage: Coverage, file: Path) -> None:
    """Write the picture to a PNG or SVG file (by its suffix); the same coverage, the same file."""
    panels = 1 + len(coverage.classes)
    columns = min(panels, 4)
    rows = math.ceil(panels / columns)
    with mpl.rc_context({"font.size": 8.0, "svg.hashsalt": "tdome", "svg.fonttype": "none"}):
        size = (_PANEL * max(columns, 2), _PANEL * rows * 1.12 + 1.2)
        figure = Figure(figsize=size, layout="constrained", dpi=120)
        axes = np.atleast_1d(figure.subplots(rows, columns, squeeze=False)).ravel()
        land = _land(coverage)
        _radar_panel(axes[0], coverage, land)
        for panel, name in zip(axes[1:], coverage.classes, strict=False):
            _class_panel(panel, coverage, name, land)
        for spare in axes[panels:]:
            spare.set_axis_off()
        figure.suptitle(_title(coverage, max(columns, 2)), fontsize=9.5, linespacing=1.4)
        figure.legend(handles=_legend(coverage), loc="outside lower center", ncols=4, frameon=False)
        date = {"Date": None} if file.suffix == ".svg" else {"Software": "tdome"}
        figure.savefig(file, metadata=date)


def _title(coverage: Coverage, columns: int) -> str:
    ground = "over the terrain given" if coverage.terrain else "over smooth ground"
    lines = (
        f"Coverage of {coverage.plan.name}: what the plan believes, {ground}; sites notional",
        f"Radars: a cross-section of {coverage.rcs:g} m² at a height, by range law, 4/3-Earth "
        "horizon and elevation limits.",
        "Layers: places that one unit alone can defend in time from every bearing: nominal "
        "arrival, three looks, decision, reaction and fly-out. One arrival at a time.",
    )
    return "\n".join(line for text in lines for line in wrap(text, _LETTERS * columns))


def _radar_panel(axes: Axes, coverage: Coverage, land: list[Any]) -> None:
    box = _box(coverage, [one.together for one in coverage.slices])
    _map(axes, coverage, land, box)
    order = sorted(coverage.slices, key=lambda one: -one.altitude_m)
    tones = _tones(coverage)
    for one in order:
        _fill(axes, one.together, facecolor=tones[one.altitude_m], alpha=0.75)
        _fill(axes, one.together, facecolor="none", edgecolor=_INK, linewidth=0.5)
    book = coverage.plan.sensors
    rows = book.of_kind("radar", "radar-2d")
    axes.plot(
        np.degrees(book.lon[rows]), np.degrees(book.lat[rows]), "^", ms=4, mfc="white", mec=_INK
    )
    axes.set_title(f"Radars ({len(rows)})", loc="left", fontweight="bold")


def _class_panel(axes: Axes, coverage: Coverage, name: str, land: list[Any]) -> None:
    prints = [one for one in coverage.footprints if one.threat_class == name]
    _map(axes, coverage, land, _box(coverage, [one.ground for one in prints]))
    looks = _looks(coverage)
    for one in prints:
        colour, style = looks[one.layer]
        _fill(axes, one.ground, facecolor=colour, alpha=0.18)
        _fill(axes, one.ground, facecolor="none", edgecolor=colour, linestyle=style, linewidth=1.3)
    units = coverage.plan.units
    for layer, (colour, _) in looks.items():
        rows = [row for row, of in enumerate(units.layers) if of == layer]
        lon, lat = np.degrees(units.lon[rows]), np.degrees(units.lat[rows])
        axes.plot(lon, lat, "s", ms=3, mfc=colour, mec="white", mew=0.4)
    book = coverage.plan.assets
    bare = [row for row, asset in enumerate(coverage.assets) if not asset.full(name)]
    axes.plot(np.degrees(book.lon[bare]), np.degrees(book.lat[bare]), "x", ms=8, mec=_BARE, mew=2.0)
    told = f": {len(bare)} of {len(book.names)} assets bare" if bare else ""
    axes.set_title(f"Against {name}{told}", loc="left", fontweight="bold")


def _map(axes: Axes, coverage: Coverage, land: list[Any], box: Box) -> None:
    west, south, east, north = box
    for shape in land:
        _fill(axes, shape, facecolor=_LAND, edgecolor=_COAST, linewidth=0.4)
    book = coverage.plan.assets
    axes.plot(
        np.degrees(book.lon), np.degrees(book.lat), "o", ms=3.5, mfc=_INK, mec="white", mew=0.5
    )
    squeeze = math.cos(math.radians(0.5 * (south + north)))
    axes.set(xlim=(west, east), ylim=(south, north), aspect=1.0 / squeeze)
    axes.tick_params(labelsize=6.5, length=2)
    axes.xaxis.set_major_formatter("{x:g}°")
    axes.yaxis.set_major_formatter("{x:g}°")
    axes.set_facecolor("#FBFCFE")
    _scale(axes, box, squeeze)


def _scale(axes: Axes, box: Box, squeeze: float) -> None:
    west, south, east, north = box
    width = (east - west) * squeeze * 111.2
    km = max((step for step in _STEPS if step <= 0.3 * width), default=1)
    left, at = west + 0.04 * (east - west), south + 0.04 * (north - south)
    right = left + km / (squeeze * 111.2)
    axes.plot([left, right], [at, at], color=_INK, linewidth=2.0, solid_capstyle="butt")
    axes.text(0.5 * (left + right), at, f"{km} km", ha="center", va="bottom", fontsize=7)


def _box(coverage: Coverage, shapes: list[shapely.Geometry]) -> Box:
    """Return the part of the map to show, degrees: square on the ground, with all in it."""
    plan = coverage.plan
    lon = np.degrees(np.concatenate([plan.assets.lon, plan.sensors.lon, plan.units.lon]))
    lat = np.degrees(np.concatenate([plan.assets.lat, plan.sensors.lat, plan.units.lat]))
    drawn = [shapely.bounds(shape) for shape in shapes if not shapely.is_empty(shape)]
    corners = np.array([(lon.min(), lat.min(), lon.max(), lat.max()), *drawn])
    west, south = corners[:, :2].min(axis=0)
    east, north = corners[:, 2:].max(axis=0)
    squeeze = math.cos(math.radians(0.5 * (south + north)))
    half = 0.5 * max((east - west) * squeeze, north - south) * (1.0 + 2.0 * _MARGIN)
    x, y = 0.5 * (west + east), 0.5 * (south + north)
    return x - half / squeeze, y - half, x + half / squeeze, y + half


def _land(coverage: Coverage) -> list[Any]:
    """Return the counties of the bundled atlas where the plan lies on it."""
    book = coverage.plan.assets
    lon, lat = np.degrees(book.lon), np.degrees(book.lat)
    west, south, east, north = _TAIWAN
    inside = (west < lon) & (lon < east) & (south < lat) & (lat < north)
    if not inside.any():
        return []
    counties = zone_book(Zones(atlas="taiwan-counties"), "atlas").polygons
    return list(shapely.coverage_simplify(counties, _DETAIL))


def _fill(axes: Axes, shape: shapely.Geometry, **style: Any) -> None:  # noqa: ANN401
    """Draw polygons; as a collection, since a patch asks each segment for its extent."""
    curves = []
    for part in shapely.get_parts(shape):
        if part.geom_type == "Polygon" and not part.is_empty:
            rings = [part.exterior, *part.interiors]
            closed = (Curve(np.asarray(ring.coords), closed=True) for ring in rings)
            curves.append(Curve.make_compound_path(*closed))
    style = {
        "edgecolors": "none",
        **{key if key == "alpha" else f"{key}s": value for key, value in style.items()},
    }
    axes.add_collection(PathCollection(curves, **style), autolim=False)


def _tones(coverage: Coverage) -> dict[float, str]:
    order = sorted(coverage.altitudes)
    return {altitude: _SLICES[min(n, len(_SLICES) - 1)] for n, altitude in enumerate(order)}


def _looks(coverage: Coverage) -> dict[str, tuple[str, Any]]:
    return {
        layer: (_LAYERS[n % len(_LAYERS)], _STYLES[n % len(_STYLES)])
        for n, layer in enumerate(layers_of(coverage.plan))
    }


def _legend(coverage: Coverage) -> list[Any]:
    tones = _tones(coverage)
    seen = [Patch(facecolor=tones[a], label=f"seen at {a:,.0f} m") for a in sorted(tones)]
    layers = [
        Line2D([], [], color=colour, linestyle=style, label=f"layer {layer}")
        for layer, (colour, style) in _looks(coverage).items()
    ]
    return [
        *seen,
        *layers,
        _mark("^", "radar", "white", _INK),
        _mark("s", "fire unit", "#999999", _INK),
        _mark("o", "defended asset", _INK, "white"),
        _mark("x", "asset that no layer covers", "none", _BARE),
    ]


def _mark(shape: str, label: str, face: str, edge: str) -> Line2D:
    return Line2D(
        [],
        [],
        linestyle="none",
        marker=shape,
        label=label,
        markerfacecolor=face,
        markeredgecolor=edge,
    )
