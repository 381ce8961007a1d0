"""The objects of a raid before a replicate: whose turn it is, of which salvo, aimed where.

A *group* is what shares the distribution of its path: the objects of one salvo at one target. All
that chance decides about an object (start, delay, aim point, failure) is drawn in a replicate by
the very keys of :mod:`tdome.world.bodies.launches`, so that screen and full run meet the same
raid; :func:`draw` is that law, in a compiled loop and on a plane about the target.

The plane: aim points lie within some tens of km of their target, where the error of the plane is
below 1 m in 10 km. A group of a formation goes where its leader goes. Limit: sites that hide
(survivability) and aircraft, which come home, have no aim point here.
"""

import math

import msgspec
import numpy as np
from numpy.typing import NDArray

from tdome.kernel.jit import kernel
from tdome.kernel.random import object_key, philox4x64, uniform1
from tdome.messages.base import Floats, Ints, Longs
from tdome.world.bodies.launches import GUIDANCE_MISS
from tdome.world.scenario import Scenario

# Uses of the draws of an object, as in world.bodies.launches.
_START, _BODY, _AIM_ERROR, _SCATTER = 0, 1, 3, 4
_FAILURE = 1 << 33
_CEP_TO_SIGMA = 1.0 / math.sqrt(2.0 * math.log(2.0))
_LATE = 0.5

# Columns of a group: what its draws are scaled by (s, m, probabilities).
LATE, OPEN, OPEN_M, CEP, SCATTER, LAUNCH_FAILS, GUIDANCE_FAILS, GROUP_LAW = range(8)
# Columns of what is drawn of an object: delay s, aim point east and north of the target m, quantile
# of its speed, 1 where the launch fails.
DELAY, EAST, NORTH, SPEED, FAILED, DRAWN = range(6)


class Objects(msgspec.Struct, frozen=True, eq=False):
    """Objects (n,) and groups (g,) of a scenario, hostile ones only, in the file's order.

    key, lead: of their draws; at: turn to start, s; group: row. Of groups: salvo and raid row in
    the file, threat_class, target (name); law (g, GROUP_LAW).
    """

    key: Longs
    lead: Longs
    at: Floats
    group: Ints
    salvo: list[tuple[int, int]]
    raid: Ints
    threat_class: Ints
    target: list[str]
    law: Floats


def objects_of(scenario: Scenario) -> Objects:
    """Return the objects of a scenario that are due to start before it ends at the latest."""
    book = scenario.threats
    rows: list[tuple[int, int, float, int]] = []
    groups: dict[tuple[int, int, str], int] = {}
    law: list[list[float]] = []
    kinds: list[int] = []
    for r, raid in enumerate(scenario.file.raids):
        for s, salvo in enumerate(raid.salvos):
            kind = book.names.index(salvo.type)
            for n in range(salvo.count):
                turn = n if salvo.formation is None else n // salvo.formation.size
                target = salvo.targets[turn % len(salvo.targets)]
                place = groups.setdefault((r, s, target), len(groups))
                if place == len(law):
                    kinds.append(kind)
                    law.append(
                        [
                            _LATE * salvo.interval_s,
                            salvo.open_ground,
                            salvo.open_ground_km * 1e3,
                            float(book.cep[kind]) * _CEP_TO_SIGMA,
                            salvo.scatter_km * 1e3,
                            float(book.launch_failure[kind]),
                            float(book.guidance_failure[kind]),
                        ]
                    )
                own = object_key("raid", raid.name, s, n)
                lead = own
                if salvo.formation is not None:
                    lead = object_key("raid", raid.name, s, "group", turn)
                at = raid.start_s + salvo.first_s + turn * salvo.interval_s
                rows.append((own, lead, at, place))
    key, lead_key, at_s, group = zip(*rows, strict=True) if rows else ((), (), (), ())
    return Objects(
        key=np.array(key, np.int64),
        lead=np.array(lead_key, np.int64),
        at=np.array(at_s, np.float64),
        group=np.array(group, np.int32),
        salvo=[(r, s) for r, s, _ in groups],
        raid=np.array([r for r, _, _ in groups], np.int32),
        threat_class=np.array(kinds, np.int32),
        target=[name for _, _, name in groups],
        law=np.array(law, np.float64).reshape(-1, GROUP_LAW),
    )


@kernel
def draw(
    chance: NDArray[np.uint64],
    key: Longs,
    lead: Longs,
    group: Ints,
    law: Floats,
    drawn: Floats,
) -> None:
    """Fill ``drawn`` (n, DRAWN) with what chance (a Philox key) decides of each object."""
    word = np.empty(4, np.uint64)
    for i in range(len(key)):
        own, of = key[i], law[group[i]]
        philox4x64(chance[0], chance[1], lead[i], _START, 0, 0, word)
        drawn[i, DELAY] = uniform1(word[0]) * of[LATE]
        opens = uniform1(word[3]) < of[OPEN]
        philox4x64(chance[0], chance[1], own, _AIM_ERROR, 0, 0, word)
        radius = of[CEP] * math.sqrt(-2.0 * math.log(uniform1(word[0])))
        angle = 2.0 * math.pi * uniform1(word[1])
        east, north = radius * math.cos(angle), radius * math.sin(angle)
        if opens:
            if lead[i] != own:
                philox4x64(chance[0], chance[1], lead[i], _AIM_ERROR, 0, 0, word)
            course = 2.0 * math.pi * uniform1(word[2])
            east += of[OPEN_M] * math.sin(course)
            north += of[OPEN_M] * math.cos(course)
        if of[SCATTER] > 0.0:
            philox4x64(chance[0], chance[1], own, _SCATTER, 0, 0, word)
            radius = of[SCATTER] * math.sqrt(-2.0 * math.log(uniform1(word[0])))
            angle = 2.0 * math.pi * uniform1(word[1])
            east += radius * math.cos(angle)
            north += radius * math.sin(angle)
        drawn[i, FAILED] = 0.0
        if of[LAUNCH_FAILS] > 0.0 or of[GUIDANCE_FAILS] > 0.0:
            philox4x64(chance[0], chance[1], own, _FAILURE, 0, 0, word)
            if uniform1(word[0]) < of[LAUNCH_FAILS]:
                drawn[i, FAILED] = 1.0
            elif uniform1(word[1]) < of[GUIDANCE_FAILS]:
                philox4x64(chance[0], chance[1], own, _FAILURE + 1, 0, 0, word)
                course = 2.0 * math.pi * uniform1(word[0])
                off = GUIDANCE_MISS[0] + uniform1(word[1]) * (GUIDANCE_MISS[1] - GUIDANCE_MISS[0])
                east += off * math.sin(course)
                north += off * math.cos(course)
        drawn[i, EAST], drawn[i, NORTH] = east, north
        philox4x64(chance[0], chance[1], lead[i], _BODY, 0, 0, word)
        drawn[i, SPEED] = uniform1(word[0])
