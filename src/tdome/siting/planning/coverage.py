"""Where to put radars: demand points around the assets, and who sees them from where.

A demand point is one azimuth and one height of an asset: ``ring`` m outside of its edge, ``height``
m over the ground (over the ellipsoid without a terrain). It weighs the asset's value, shared among
its points. Who sees it from a candidate site is what ``tdome coverage`` asks, too: believed range
law for a cross-section, 4/3-Earth horizon, elevation limits, the terrain in between
(:mod:`tdome.siting.radar`). The i-th radar that sees a point counts 1 / 2^(i-1), up to ``times``.

Limits: seen or not, no probability of detection; no jamming, no rain, no clutter; radars alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from tdome.earth.geodesy import destination
from tdome.kernel.errors import ConfigError
from tdome.kernel.random import Streams
from tdome.messages.base import Floats, Longs
from tdome.plan.books.sensors import sensor_book
from tdome.plan.catalogue import bundled_catalogue, overridden
from tdome.plan.plan import Plan
from tdome.plan.schema import SensorSite
from tdome.siting.footprint import compass
from tdome.siting.models.best_covering import best_covering
from tdome.siting.models.covering import Covering
from tdome.siting.models.decay import Progress
from tdome.siting.planning.asked import Asked, Proposal, outcome
from tdome.siting.planning.force import Group, at, placed, present_counts
from tdome.siting.planning.sites import Spot
from tdome.siting.radar import Eyes

MOVE_PRICE = 1e-4  # share of all weight that moving one radar must be worth
ALTITUDES, AZIMUTHS, RING_KM, RCS = (100.0, 1000.0, 5000.0), 12, 20.0, 0.1
_RADARS = ("radar", "radar-2d")


@dataclass(frozen=True, eq=False)
class Points:
    """Demand points (j,): row of the asset, rad, m over the ellipsoid, weight; m over ground."""

    asset: Longs
    lat: Floats
    lon: Floats
    height: Floats
    weight: Floats
    level: Floats


@dataclass(frozen=True, eq=False)
class Scene:
    """A covering problem with the names behind its rows; variables are (group, site)."""

    asked: Asked
    points: Points
    groups: list[Group[SensorSite]]
    spots: list[Spot]
    problem: Covering
    present: Longs


def points_of(asked: Asked, altitudes: Sequence[float], azimuths: int, ring: float) -> Points:
    """Return the demand points of a plan's assets. Raises ConfigError where there are none."""
    if not altitudes or azimuths < 1 or not ring >= 0.0:
        raise ConfigError("--altitude-m", None, "", "no demand point is left", "as in 100,1000")
    book = asked.plan.assets
    each = len(altitudes) * azimuths
    asset = np.repeat(np.arange(len(book.lat)), each)
    turn = np.tile(np.repeat(compass(azimuths), len(altitudes)), len(book.lat))
    level = np.tile(np.asarray(altitudes, np.float64), len(book.lat) * azimuths)
    away = book.radius[asset] + ring
    lat, lon = destination(book.lat[asset], book.lon[asset], turn, away)
    ground = np.zeros(len(lat))
    if asked.terrain is not None:
        ground = np.maximum(asked.terrain.height(lat, lon), 0.0)
    return Points(asset, lat, lon, ground + level, book.value[asset] / each, level)


def may_move(plan: Plan) -> list[int]:
    """Return the rows of the radars that no fire unit names as its own and that do not fly."""
    owned = {unit.sensor for unit in plan.file.fire_units}
    return [
        row
        for row, site in enumerate(plan.file.sensors)
        if plan.sensors.kinds[row] in _RADARS
        and row not in plan.sensors.moving
        and site.name not in owned
    ]


def scene_of(  # noqa: PLR0913, PLR0917  (what a scene is made of)
    asked: Asked,
    points: Points,
    groups: list[Group[SensorSite]],
    spots: list[Spot],
    rcs: float,
    times: int,
    per_site: int = 1,
) -> Scene:
    """Ask for every group at every site, and for what stays: who sees what, as believed."""
    plan = asked.plan
    free = {row for group in groups for row in group.rows}
    stay = [site for row, site in enumerate(plan.file.sensors) if row not in free]
    tried = [at(group.template, spot) for group in groups for spot in spots]
    believed = overridden(bundled_catalogue(), plan.file.beliefs, plan.source, "beliefs")
    book = sensor_book([*stay, *tried], believed, plan.source)
    eyes = Eyes(book, asked.terrain, lines=True)
    refused = [group.template.type for k, group in enumerate(groups)
               if book.kinds[len(stay) + k * len(spots)] not in _RADARS]  # fmt: skip
    if refused:
        problem = f"{refused[0]!r} is no radar: only radars are placed"
        raise ConfigError("--add", None, "", problem, "see `tdome catalogue --kind sensors`")
    seen = np.zeros((len(book.names), len(points.lat)), np.bool_)
    seen[eyes.radars] = eyes.all_see(eyes.radars, points.lat, points.lon, points.height, rcs).T
    g, s = np.divmod(np.arange(len(tried)), len(spots))
    number = np.array([group.number for group in groups], np.int64)
    present = present_counts(plan.file.sensors, groups, spots)
    credit = np.power(0.5, np.arange(times, dtype=np.float64))
    stays = np.minimum(present.ravel(), 1) * (MOVE_PRICE * float(points.weight.sum()))
    problem_ = Covering(
        sparse.csr_matrix(seen[len(stay) :].astype(np.float64)), g, s, points.weight,
        seen[: len(stay)].sum(axis=0).astype(np.int64), number,
        np.maximum(present.sum(axis=0), per_site), credit,
        stays.astype(np.float64),
    )  # fmt: skip
    return Scene(asked, points, groups, spots, problem_, present)


def propose(
    scene: Scene, *, time: float, gap: float, rank: int = 0, seed: int = 1,
    progress: Progress | None = None,
) -> Proposal:  # fmt: skip
    """Find the best sites and say what they change; the gap is one of what is seen."""
    problem = scene.problem
    now = np.minimum(scene.present.ravel(), 1).astype(np.bool_)  # of two at one site, one counts
    chosen, found = best_covering(problem, now, time=time, gap=gap, progress=progress)
    total = float(problem.weight.sum() * problem.credit.sum())
    seen = problem.most_value - found.value
    told = outcome(found) | {"gap": (found.value - found.bound) / max(seen, 1e-300)}
    rows, text = _placed(scene, chosen)
    others = []
    for k, plan in enumerate(_others(scene, chosen, rank, seed)):
        others.append((f"drawn {k + 1}", _unseen(scene, plan), _placed(scene, plan)[1]))
    return Proposal(
        kind="coverage", scenario=scene.asked.inputs.name, judge="mean",
        lost=_unseen(scene, chosen), **told, present=_unseen(scene, now), at_stake=total, rows=rows,
        by_raid=[], by_asset=_by_asset(scene, now, chosen), plan_text=text,
        left_out=_left_out(scene), figures=_figures(scene, now, chosen), alternatives=[
            ("present", _unseen(scene, now), scene.asked.inputs.plan_text),
            ("proposed", _unseen(scene, chosen), text), *others,
        ],
    )  # fmt: skip


def _unseen(scene: Scene, plan: np.ndarray[Any, Any]) -> float:
    """Return the weight that a plan does not see, a point as often as asked."""
    problem = scene.problem
    short = problem.credit.sum() - problem.credits(problem.seen(plan))
    return float(problem.weight @ short)


def _placed(scene: Scene, chosen: np.ndarray[Any, Any]) -> tuple[list[dict[str, Any]], str]:
    """Return rows and text of a plan; what sees nothing new stays where it is."""
    counts = chosen.reshape(scene.present.shape).astype(np.int64)
    asked = scene.asked
    text, source = asked.inputs.plan_text, asked.plan.source
    sites = asked.plan.file.sensors
    return placed(text, source, sites, scene.groups, scene.spots, counts)


def _left_out(scene: Scene) -> list[str]:
    book = scene.asked.plan.sensors
    return [f"sensor {n} (no radar)" for n, k in zip(book.names, book.kinds, strict=True)
            if k not in _RADARS]  # fmt: skip


def _figures(
    scene: Scene, now: np.ndarray[Any, Any], chosen: np.ndarray[Any, Any]
) -> dict[str, float]:
    """Return the shares of points that are seen, once and as often as asked."""
    told = {}
    times = len(scene.problem.credit)
    for name, plan in (("present", now), ("proposed", chosen)):
        seen = scene.problem.seen(plan)
        told[f"seen_{name}"] = float((seen > 0).mean())
        if times > 1:
            told[f"seen_{times}_times_{name}"] = float((seen >= times).mean())
        for level in np.unique(scene.points.level):
            mine = seen[scene.points.level == level]
            told[f"seen_at_{level:g}_m_{name}"] = float((mine > 0).mean())
    return told


def _by_asset(
    scene: Scene, now: np.ndarray[Any, Any], chosen: np.ndarray[Any, Any]
) -> list[dict[str, Any]]:
    problem, asset = scene.problem, scene.points.asset
    names = scene.asked.plan.assets.names
    every = float(problem.credit.sum())
    lost = [
        np.bincount(asset, problem.weight * (every - problem.credits(problem.seen(plan))))
        for plan in (np.zeros_like(now), now, chosen)
    ]
    stake = np.bincount(asset, problem.weight * every)
    return [
        {"asset": name, "at_stake": float(stake[a]), "present": float(lost[1][a]),
         "proposed": float(lost[2][a])}
        for a, name in enumerate(names)
    ]  # fmt: skip


def _others(
    scene: Scene, chosen: np.ndarray[Any, Any], many: int, seed: int
) -> list[np.ndarray[Any, Any]]:
    """Draw other plans, from near the proposal to far from it, to be ranked."""
    chance = Streams(seed)("siting", "eyes").generator()
    problem = scene.problem
    drawn = []
    units = int(chosen.sum())
    for k in range(many):
        plan = chosen.copy()
        for v in chance.permutation(np.flatnonzero(plan))[: max(1, units * (k + 1) // many)]:
            used = np.bincount(problem.site[plan], minlength=len(problem.most))
            room = ~plan & (problem.group == problem.group[v]) & (used < problem.most)[problem.site]
            if room.any():
                plan[v] = False
                plan[chance.choice(np.flatnonzero(room))] = True
        drawn.append(plan)
    return drawn
