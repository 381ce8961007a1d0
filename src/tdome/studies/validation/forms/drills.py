"""Our own code at the tasks of the closed forms: referee, channels of fire, planner, magazines.

Nothing here knows a formula: rounds are judged by the world's referee, engagements are accepted or
refused by the world's fire units, shots are given by the policies of the doctrine benchmark, aims
by the planner, reloads by the world's magazines.
"""

import heapq
import math
from typing import NamedTuple

import msgspec
import numpy as np

from tdome.command.assignment.timed.planner import plan as planned
from tdome.command.sensing.coverage import seen_distances
from tdome.kernel.clock import nanoseconds
from tdome.kernel.random import Streams, object_key
from tdome.messages.codes import OrderKind, Reason
from tdome.plan.books.sensors import sensor_book
from tdome.plan.books.threats import ThreatBook, threat_book
from tdome.plan.books.units import unit_book
from tdome.plan.catalogue import bundled_catalogue, overridden
from tdome.plan.schema import FireUnitSite, SensorSite
from tdome.run.assignment.timed.coordination import equal_sides
from tdome.run.doctrine import rules
from tdome.run.doctrine.instance import Instance
from tdome.run.doctrine.play import LEAK, SHOTS, arrivals, play, policy
from tdome.studies.validation.forms.formulas import Floats
from tdome.studies.validation.ukraine.records import Ints
from tdome.world.effectors.deeds import Obey
from tdome.world.effectors.referee import Referee
from tdome.world.effectors.units import Units
from tdome.world.schema.conditions import Referee as Rules

START = 1_893_456_000_000_000_000  # any time, ns
_LAT, _LON = 24.0, 120.6
_FINE = 1e-5  # m


def leakers_at_referee(
    k: float, n: int, warheads: int, raids: int, *, common: float = 0.0, alone: float = 0.0
) -> Ints:
    """Return the leakers of each raid: n rounds at each warhead, no luck shared.

    ``common``: probability that a raid meets nothing that works; ``alone``: that a warhead does.
    """
    names = [f"raid {i}" for i in range(raids)]
    rules_ = Rules(
        correlation=0.0, battery_correlation=0.0, raid_failure="by-class" if alone else common
    )
    referee = Referee(rules_, names, _book(alone), ["unit"], Streams(5))
    found = np.zeros(raids, np.int64)
    for raid, name in enumerate(names):
        for body in range(warheads):
            key = object_key(name, body)
            p = referee.kill_probability(k, raid, 0, 0, key)
            found[raid] += not any(referee.hits(key, p) for _ in range(n))
    return found


def records_at_referee(mean: float, rho: float, n: int, records: int) -> Ints:
    """Return how many of n bodies a record loses to one round each, of SSPK ``mean``.

    Rounds of a record share luck with correlation rho, and nothing beyond it.
    """
    names = [f"record {i}" for i in range(records)]
    rules_ = Rules(correlation=rho, battery_correlation=0.0)
    referee = Referee(rules_, names, _book(0.0), ["unit"], Streams(6))
    found = np.zeros(records, np.int64)
    for raid, name in enumerate(names):
        for body in range(n):
            key = object_key(name, body)
            found[raid] += referee.hits(key, referee.kill_probability(mean, raid, 0, 0, key))
    return found


def _book(unengaged: float) -> ThreatBook:
    """Return one class that is covered, a share of whose bodies nobody engages."""
    book = threat_book(["srbm"], bundled_catalogue(), "drill")
    return msgspec.structs.replace(
        book, uncovered_share=np.zeros(1), unengaged_share=np.array([unengaged])
    )


class Fired(NamedTuple):
    """What a doctrine did: targets, rounds, targets left alive."""

    targets: int
    rounds: int
    leaked: int


def fired_by_salvos(kills: list[float], salvos: list[int], runs: int = 400) -> Fired:
    """Let the doctrine benchmark play salvos, one a look, with a kill probability for each look.

    Survivors of a look get the next salvo; assessment is perfect, rounds and channels are plenty.
    """
    looks = len(salvos)
    plenty = np.array([600])
    instance = Instance(
        name="drill", family="drill", part="drill", waves=1, mean=20.0, shape=math.inf,
        mix=np.ones(1), values=np.ones(1), layer=np.zeros(looks, np.int64),
        pk=np.array(kills)[:, None], salvo=3, channels=plenty, rounds=plenty, reload=0 * plenty,
    )  # fmt: skip
    live = np.arange(instance.size.size)
    given = [64 ** (salvo - 1) * live for salvo in salvos]  # all that live get the look's salvo
    shape = (1, looks, len(live), 1 + int(plenty[0]), 1)
    table = np.broadcast_to(np.array(given)[None, :, :, None, None], shape)
    exact = policy(instance, "salvos", rules.EXACT, plan=np.ascontiguousarray(table))
    chance = Streams(7)("validation", "salvos")
    out = play(instance, exact, chance, 0, runs)
    came = arrivals(instance, chance, 0, runs)
    return Fired(int(came.sum()), int(out[:, SHOTS].sum()), int(out[:, LEAK].sum()))


def _channels(channels: int) -> Units:
    """Return one fire unit with so many channels and rounds to spare, good for any flight."""
    truth = {
        "effectors": {
            "terminal-ballistic": {
                "min_range_km": 0.0, "min_altitude_km": 0.0, "reaction_s": 0.0,
                "salvo_spacing_s": 0.0, "channels": float(channels),
            }
        }
    }  # fmt: skip
    catalogue = overridden(bundled_catalogue(), truth, "drill", "truth")
    site = FireUnitSite(
        name="unit", type="terminal-ballistic", rounds=10_000, lat_deg=_LAT, lon_deg=_LON
    )
    return Units(unit_book([site], catalogue, "drill"))


def lost_calls(channels: int, load: float, orders: int, *, constant: bool) -> Floats:
    """Return which of Poisson orders a fire unit refuses for want of a channel, (orders,) 0 or 1.

    Rounds fly for a time of mean 1, exponential or constant; a channel is held from the acceptance
    of an order to the end of its round, as in every run.
    """
    units, rng = _channels(channels), Streams(9)("channels", channels, str(load)).generator()
    times = np.cumsum(rng.exponential(100.0 / load, orders))
    flights = np.full(orders, 100.0) if constant else rng.exponential(100.0, orders)
    pip = tuple((units.book.ecef[0] * (1.0 + 50.0 / np.linalg.norm(units.book.ecef[0]))).tolist())
    ends: list[tuple[int, int]] = []
    lost = np.zeros(orders)
    for number in range(orders):
        now = START + nanoseconds(float(times[number]))
        while ends and ends[0][0] <= now:
            _end(units, heapq.heappop(ends)[1])
        due = now + nanoseconds(float(flights[number]))
        said = units.obey(Obey(number, 0, 1, OrderKind.ENGAGE, now, due, pip), now)
        lost[number] = said == Reason.NO_CHANNEL
        if said == Reason.CHOSEN:
            units.fire(number)
            units.rounds_left[0] += 1  # plenty
            heapq.heappush(ends, (due, number))
    return lost


def _end(units: Units, number: int) -> None:
    engagement = units.open[number]
    units.ended(engagement, engagement.fired[0])


def kills_by_plan(targets: int, shooters: int, kill: float) -> float:
    """Return expected kills of the aims that the timed planner gives equal shooters."""
    aims = planned(equal_sides(shooters, targets, kill))
    at = np.bincount(aims.threat, minlength=targets)
    return float((1.0 - (1.0 - kill) ** at).sum())


def kills_at_random(targets: int, shooters: int, kill: float, raids: int) -> tuple[float, float]:
    """Return mean kills, and its standard error, of shooters that each pick a target alone.

    The referee decides each round.
    """
    chance = Streams(11)("validation", "alone", targets, shooters).generator()
    names = [f"raid {i}" for i in range(raids)]
    rules_ = Rules(correlation=0.0, battery_correlation=0.0)
    referee = Referee(rules_, names, _book(0.0), ["unit"], Streams(12))
    killed = np.zeros(raids)
    for raid, aims in enumerate(chance.integers(0, targets, (raids, shooters)).tolist()):
        dead = set()
        for target in aims:
            key = object_key(names[raid], target)
            p = referee.kill_probability(kill, raid, 0, 0, key)
            if referee.hits(key, p):
                dead.add(target)
        killed[raid] = len(dead)
    return float(killed.mean()), float(killed.std() / math.sqrt(raids))


def reach(rcs: float) -> float:
    """Return how far (m) command believes a radar to see a body of an RCS; no other limit cuts."""
    truth = {
        "sensors": {
            "multifunction": {
                "reference_range_km": 100.0, "max_range_km": 1000.0, "max_elevation_deg": 90.0
            }
        }
    }  # fmt: skip
    catalogue = overridden(bundled_catalogue(), truth, "drill", "truth")
    site = SensorSite(name="radar", type="multifunction", lat_deg=_LAT, lon_deg=_LON)
    book = sensor_book([site], catalogue, "drill")
    up = book.ecef[0] / np.linalg.norm(book.ecef[0])
    near, far = 0.0, 1e6
    while far - near > _FINE:
        middle = 0.5 * (near + far)
        at = (book.ecef[0] + middle * up)[None]
        seen = np.isfinite(seen_distances(at, np.array([rcs]), np.array([0]), book)).any()
        near, far = (middle, far) if seen else (near, middle)
    return near
