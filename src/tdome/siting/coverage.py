"""What a plan covers: radars by altitude, layers by threat class, and both asset by asset."""

from collections.abc import Sequence

import msgspec
import numpy as np
import shapely

from tdome.earth.terrain import Terrain
from tdome.messages.base import Floats
from tdome.plan.books.threats import threat_book
from tdome.plan.catalogue import bundled_catalogue, overridden
from tdome.plan.plan import Plan
from tdome.siting.arrivals import Arrival, arrival_of
from tdome.siting.footprint import Defence, compass
from tdome.siting.outline import joined
from tdome.siting.radar import Eyes, radar_outline

ASSET_BEARINGS = 24
FARTHEST = 800e3  # m: level arrivals begin here at most
ROUNDING = 1  # digits of seconds


class Slice(msgspec.Struct, frozen=True, eq=False):
    """Radar coverage at one altitude, degrees: each radar's own, and all together."""

    altitude_m: float
    by_sensor: dict[str, shapely.Geometry]
    together: shapely.Geometry


class LayerFootprint(msgspec.Struct, frozen=True, eq=False):
    """The ground that units of one layer defend against one class from every bearing, degrees."""

    threat_class: str
    layer: str
    units: tuple[str, ...]
    ground: shapely.Geometry


class LayerOver(msgspec.Struct, frozen=True):
    """One layer over one asset against one class.

    ``share``: of bearings from which some unit of the layer can meet an arrival in time.
    ``units``: how many of them can from every bearing, alone. ``spare_s``: time to spare from the
    worst bearing, of the layer's best unit; negative if too late, None if out of reach.
    """

    layer: str
    share: float
    units: int
    spare_s: float | None


class AssetCover(msgspec.Struct, frozen=True):
    """What covers one asset: names of radars by altitude, layers by class."""

    name: str
    seen: dict[str, list[str]]
    layers: dict[str, list[LayerOver]]

    def full(self, threat_class: str) -> list[str]:
        """Return the layers that cover the asset from every bearing."""
        return [over.layer for over in self.layers[threat_class] if over.share >= 1.0]


class Coverage(msgspec.Struct, frozen=True, eq=False):
    """All of it. ``left_out`` are classes of which no arrival is known, and sensors not radars."""

    plan: Plan
    altitudes: tuple[float, ...]
    classes: tuple[str, ...]
    left_out: tuple[str, ...]
    rcs: float
    terrain: bool
    assets: list[AssetCover]
    slices: list[Slice]
    footprints: list[LayerFootprint]

    def gaps(self) -> list[str]:
        """Return, in words, what no radar sees and no layer covers from every bearing."""
        lines = []
        for asset in self.assets:
            blind = [altitude for altitude, names in asset.seen.items() if not names]
            lines += [f"{asset.name}: no radar sees {', '.join(blind)} m"] if blind else []
            bare = [name for name in asset.layers if not asset.full(name)]
            lines += [f"{asset.name}: no layer covers {', '.join(bare)}"] if bare else []
        return lines


def cover(
    plan: Plan,
    *,
    altitudes: Sequence[float],
    classes: Sequence[str] | None,
    rcs: float,
    terrain: Terrain | None = None,
    shapes: bool = True,
) -> Coverage:
    """Work out what a plan covers.

    Parameters
    ----------
    plan : the plan; only its own books are used.
    altitudes : of the slices, m over the ellipsoid.
    classes : threat classes of the catalogue; those that the plan expects, less decoys, if None.
    rcs : cross-section for the slices, m^2; classes come with their own.
    terrain : the ground; smooth without one.
    shapes : whether to draw outlines as well as to judge the assets.

    Raises
    ------
    ConfigError : for a class that is not in the catalogue.
    """
    catalogue = overridden(bundled_catalogue(), plan.file.beliefs, plan.source, "beliefs")
    if classes is None:
        classes = [name for name in plan.file.threats if not catalogue.threats[name].decoy]
    book = threat_book(classes, catalogue, "coverage")
    eyes = Eyes(plan.sensors, terrain)
    defence = Defence(plan, eyes)
    middle = float(plan.assets.lat.mean()), float(plan.assets.lon.mean())
    found = [arrival_of(book, row, *middle, FARTHEST) for row in range(len(classes))]
    arrivals = [arrival for arrival in found if arrival is not None]
    return Coverage(
        plan=plan,
        altitudes=tuple(altitudes),
        classes=tuple(arrival.name for arrival in arrivals),
        left_out=(
            *(f"class {n}" for n, a in zip(classes, found, strict=True) if a is None),
            *(f"sensor {n}" for row, n in enumerate(plan.sensors.names) if row not in eyes.radars),
        ),
        rcs=rcs,
        terrain=terrain is not None,
        assets=_assets(plan, eyes, defence, arrivals, altitudes, rcs),
        slices=[_slice(eyes, altitude, rcs) for altitude in altitudes] if shapes else [],
        footprints=[f for a in arrivals for f in _footprints(defence, a)] if shapes else [],
    )


def layers_of(plan: Plan) -> list[str]:
    """Return the plan's layers, from the one that reaches highest down."""
    highest: dict[str, float] = {}
    for layer, top in zip(plan.units.layers, plan.units.max_altitude, strict=True):
        highest[layer] = max(float(top), highest.get(layer, 0.0))
    return sorted(highest, key=lambda layer: (-highest[layer], layer))


def _slice(eyes: Eyes, altitude: float, rcs: float) -> Slice:
    names = eyes.book.names
    shapes = {names[row]: radar_outline(eyes, int(row), altitude, rcs) for row in eyes.radars}
    return Slice(altitude, shapes, joined(list(shapes.values())))


def _footprints(defence: Defence, arrival: Arrival) -> list[LayerFootprint]:
    """Return the footprints of all layers that suit a class."""
    units = defence.units
    made = []
    for layer in layers_of(defence.plan):
        rows = [int(u) for u in defence.suited(arrival.family) if units.layers[u] == layer]
        if rows:
            ground = joined([defence.outline(arrival, row) for row in rows])
            names = tuple(units.names[row] for row in rows)
            made.append(LayerFootprint(arrival.name, layer, names, ground))
    return made


def _assets(
    plan: Plan,
    eyes: Eyes,
    defence: Defence,
    arrivals: Sequence[Arrival],
    altitudes: Sequence[float],
    rcs: float,
) -> list[AssetCover]:
    book = plan.assets
    sensors = eyes.radars
    seen = [
        eyes.all_see(sensors, book.lat, book.lon, np.full(len(book.lat), float(altitude)), rcs)
        for altitude in altitudes
    ]
    over = {arrival.name: _layers_over(defence, arrival) for arrival in arrivals}
    return [
        AssetCover(
            name=name,
            seen={
                f"{altitude:g}": [plan.sensors.names[s] for s in sensors[at[row]]]
                for altitude, at in zip(altitudes, seen, strict=True)
            },
            layers={threat: rows[row] for threat, rows in over.items()},
        )
        for row, name in enumerate(book.names)
    ]


def _layers_over(defence: Defence, arrival: Arrival) -> list[list[LayerOver]]:
    """Return, for each asset, the layers that suit a class."""
    book, units = defence.plan.assets, defence.units
    rows = defence.suited(arrival.family)
    margins = defence.margins(arrival, book.lat, book.lon, compass(ASSET_BEARINGS), rows)
    layers = np.array([units.layers[row] for row in rows])
    return [
        [
            _layer_over(layer, margins[asset][:, layers == layer])
            for layer in layers_of(defence.plan)
            if (layers == layer).any()
        ]
        for asset in range(len(book.names))
    ]


def _layer_over(layer: str, margin: Floats) -> LayerOver:
    """Judge one layer from margins (bearings, units)."""
    best = margin.max(axis=1)
    worst = float(best.min())
    return LayerOver(
        layer=layer,
        share=float((best >= 0.0).mean()),
        units=int((margin.min(axis=0) >= 0.0).sum()),
        spare_s=round(worst, ROUNDING) if np.isfinite(worst) else None,
    )
