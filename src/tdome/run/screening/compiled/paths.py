"""The library of paths: each group flies some tens of paths that are drawn and compiled once.

In a replicate an object keeps its own start time, aim point and failure, and flies, for all that
depends on its way through the air, the library's path whose aim point is nearest to its own (what
falls), or whose speed has the same rank (what flies level). So impacts are exact; detection and
firing windows are those of a path that ends some hundred m away.

The paths are those of :func:`tdome.world.bodies.flights.compile_bodies`, of a scenario that has
nothing but the salvos, with as many objects in each group as the library holds, and of a seed of
its own. Paths to the target and to open ground are drawn apart, so that rare ones are there: the
share of each comes from the object's own luck, not from the library.
"""

import math
import pickle
from functools import lru_cache
from typing import cast

import msgspec
import numpy as np

from tdome.earth.geodesy import great_circle_distance, initial_bearing
from tdome.earth.terrain import SyntheticTerrain, Terrain
from tdome.kernel.random import Streams
from tdome.messages.base import Floats, Ints, Longs
from tdome.messages.codes import Family
from tdome.plan.catalogue import Catalogue
from tdome.run.screening.compiled.objects import Objects
from tdome.world.bodies.flights import compile_bodies
from tdome.world.bodies.table import Bodies, Failure, Kind
from tdome.world.scenario import Scenario
from tdome.world.schema.raids import Raid, Salvo

AIMED, ASTRAY = 24, 12  # paths of a group, to its target and to open ground
SEED = 0x5C4EE4  # of the library: of no replicate


class Library(msgspec.Struct, frozen=True, eq=False):
    """Paths (p,), those of a group one after the other from ``first`` (g + 1,) on.

    knots: (k, 7) rows (t since launch, ECEF state), of which a path has ``count`` from ``offset``
    on; group: (p,) row; aim: (p, 2) east and north of the target, m; rank: (g,) 1 where an object
    is matched by the rank of its speed, and the paths stand in that order; flight: (p,) s; rcs
    (m^2), broadside, swerling: of the echo.
    """

    knots: Floats
    offset: Longs
    count: Longs
    group: Ints
    first: Longs
    aim: Floats
    rank: Ints
    flight: Floats
    rcs: Floats
    broadside: Floats
    swerling: Ints


def library_of(scenario: Scenario, objects: Objects, terrain: Terrain | None) -> Library:
    """Compile the library of a scenario; raises ConfigError as a run would."""
    found: list[list[tuple[Bodies, int]]] = [[] for _ in objects.salvo]
    for share, count in ((0.0, AIMED), (1.0, ASTRAY)):
        if share > 0.0 and not objects.law[:, 1].any():
            continue
        bodies = _compiled(scenario, objects, share, count, terrain)
        for row in range(len(bodies)):
            group = int(bodies.raid[row])
            whole = bodies.kind[row] <= Kind.DECOY and bodies.failure[row] == Failure.NONE
            wanted = share == 0.0 or objects.law[group, 1] > 0.0
            if whole and wanted:
                found[group].append((bodies, row))
    rank = np.array(
        [scenario.threats.family[c] != Family.BALLISTIC for c in objects.threat_class], np.int32
    )
    for group in np.flatnonzero(rank).tolist():
        found[group].sort(
            key=lambda one: -float(one[0].ends_at[one[1]] - one[0].launches_at[one[1]])
        )
    return _stacked(scenario, objects, found, rank)


def _compiled(
    scenario: Scenario, objects: Objects, share: float, count: int, terrain: Terrain | None
) -> Bodies:
    """Compile ``count`` objects of each group: every group is a raid of its own."""
    raids = []
    for group, (r, s) in enumerate(objects.salvo):
        salvo: Salvo = scenario.file.raids[r].salvos[s]
        one = msgspec.structs.replace(
            salvo,
            targets=[objects.target[group]],
            count=count,
            first_s=0.0,
            interval_s=0.0,
            open_ground=share if salvo.open_ground > 0.0 else 0.0,
            formation=None,
        )
        raids.append(Raid(name=f"group {group}", salvos=[one]))
    # Points of a study that differ in what shoots and sees only have the same flights.
    truth = {kind: book for kind, book in scenario.file.truth.items() if kind == "threats"}
    file = msgspec.structs.replace(scenario.file, raids=raids, flights=[], birds=[], truth=truth)
    threats = Catalogue(threats=dict(scenario.catalogue.threats), sensors={}, effectors={})
    sample = msgspec.structs.replace(scenario, file=file, catalogue=threats)
    if not (terrain is None or isinstance(terrain, SyntheticTerrain)):
        return compile_bodies(sample, Streams(SEED), None, terrain)  # a map that no text tells
    return _flown(pickle.dumps(sample), terrain is not None)


@lru_cache(maxsize=4)
def _flown(sample: bytes, synthetic: bool) -> Bodies:
    """Compile the bodies of a pickled scenario; ``synthetic``: over the ground of its seed."""
    scenario = cast("Scenario", pickle.loads(sample))  # noqa: S301  (pickled above)
    terrain = SyntheticTerrain(scenario.file.terrain_seed) if synthetic else None
    return compile_bodies(scenario, Streams(SEED), None, terrain)


def _stacked(
    scenario: Scenario, objects: Objects, found: list[list[tuple[Bodies, int]]], rank: Ints
) -> Library:
    knots, count, group, aim, rcs, broadside, swerling = [], [], [], [], [], [], []
    for g, members in enumerate(found):
        place = scenario.places[objects.target[g]]
        at = math.radians(place.lat_deg), math.radians(place.lon_deg)
        for bodies, row in members:
            path = bodies.knots[bodies.offset[row] : bodies.offset[row] + bodies.count[row]].copy()
            path[:, 0] -= path[0, 0]
            knots.append(path)
            count.append(len(path))
            group.append(g)
            aim.append(east_north(at, bodies.aim_lat[row], bodies.aim_lon[row]))
            rcs.append(float(bodies.rcs[row]))
            broadside.append(float(bodies.broadside[row]))
            swerling.append(int(bodies.swerling[row]))
    sizes = [len(members) for members in found]
    return Library(
        knots=np.concatenate(knots),
        offset=np.concatenate([[0], np.cumsum(count)])[:-1].astype(np.int64),
        count=np.array(count, np.int64),
        group=np.array(group, np.int32),
        first=np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
        aim=np.array(aim, np.float64),
        rank=rank,
        flight=np.array([path[-1, 0] for path in knots]),
        rcs=np.array(rcs),
        broadside=np.array(broadside),
        swerling=np.array(swerling, np.int32),
    )


def east_north(origin: tuple[float, float], lat: float, lon: float) -> tuple[float, float]:
    """Return a place (rad) as m east and north of another: its distance along its bearing."""
    away = float(great_circle_distance(*origin, lat, lon))
    course = float(initial_bearing(*origin, lat, lon))
    return away * math.sin(course), away * math.cos(course)
