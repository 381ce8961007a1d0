"""A plain peer of the screening: SimPy processes and NumPy, no tables, no compiled code.

The model is that of ``tdome.run.screening``, written again from its page
(docs/concepts/studies/screening.md): radars look one by one, command decides every second, each
salvo is a process, each reload another; intercepts are solved when a threat is first looked at. It
shares with the screening its inputs (paths of the library, books of numbers) and no code of the
loop, draws its own random numbers (NumPy's), and so is the oracle of a test of statistical
equivalence, and the ruler of its speed.
"""

import math
from collections.abc import Generator
from typing import Any

import numpy as np
import simpy

from tdome.earth.flyout import KNOTS, RAYS, REACH, SPAN
from tdome.earth.geodesy import MEAN_RADIUS
from tdome.earth.horizon import radio_horizon
from tdome.earth.wgs84 import ecef_to_geodetic
from tdome.kernel.random import Streams
from tdome.plan.books.sensors import sensor_book
from tdome.run.screening.compiled.behaviour import plots_of
from tdome.run.screening.compiled.paths import SEED
from tdome.run.screening.compiled.tables import Tables
from tdome.run.screening.loop import layout as at
from tdome.world.effectors.referee import shared_luck
from tdome.world.effectors.single_shot import LOOK_BACK, Encounter, single_shot
from tdome.world.sensors import limits as lim

Floats = np.ndarray[Any, np.dtype[np.float64]]
STEP = 0.5  # s between the samples of a path


class Peer:
    """The model of one design point; :meth:`replicate` plays it once.

    ``remember``: a threat is solved against a unit once in a replicate, since its path is known;
    else at every look, as a system must that knows no path but its latest estimate.
    """

    def __init__(self, tables: Tables, remember: bool = True) -> None:
        self.tables = t = tables
        self.remember = remember
        bodies, self.sensors = (
            t.library,
            sensor_book(t.plan.file.sensors, t.scenario.catalogue, t.plan.source),
        )
        self.limits = lim.limits_of(self.sensors, t.scenario.file.weather, Streams(SEED))
        self.radars = self.sensors.of_kind("radar", "radar-2d").tolist()
        self.path = [
            _sampled(bodies.knots[o : o + n])
            for o, n in zip(bodies.offset, bodies.count, strict=True)
        ]
        self.height = [ecef_to_geodetic(path[:, :3])[2] for path in self.path]
        kinds = t.objects.threat_class
        self.plots = plots_of(t.scenario.threats)[kinds]
        classes = t.scenario.threats
        self.nominal = t.book.sspk_against(classes.names, classes.family)

    def replicate(self, seed: int) -> dict[str, float]:
        """Play one raid; return measures under the names of the screening's columns."""
        return _Raid(self, np.random.default_rng(seed)).play()


class _Threat:
    """One object in the air."""

    def __init__(self, peer: Peer, i: int, rng: np.random.Generator) -> None:
        t = peer.tables
        g = int(t.objects.group[i])
        row, law = t.groups[g], t.objects.law[g]
        self.kind, self.raid = int(row[at.CLASS]), int(row[at.RAID])
        self.start = float(t.objects.at[i]) + rng.random() * law[0]
        aim = rng.standard_normal(2) * law[3] + rng.standard_normal(2) * law[4]
        if rng.random() < law[1]:
            course = rng.random() * math.tau
            aim += law[2] * np.array([math.sin(course), math.cos(course)])
        self.failed = rng.random() < law[5]
        if not self.failed and rng.random() < law[6]:
            course, off = rng.random() * math.tau, rng.uniform(2e3, 10e3)
            aim += off * np.array([math.sin(course), math.cos(course)])
        first, last = int(row[at.FIRST_PATH]), int(row[at.LAST_PATH])
        if row[at.RANKED]:
            path = first + int(rng.random() * (last - first))
        else:
            off2 = ((t.library.aim[first:last] - aim) ** 2).sum(axis=1)
            path = first + int(np.argmin(off2))
        self.row, self.aim, self.near = path, aim, t.near[row[at.FIRST_NEAR] : row[at.LAST_NEAR]]
        self.end = self.start + float(t.library.flight[path])
        self.points, self.height = peer.path[path], peer.height[path]
        self.plots_left = int(peer.plots[g])
        self.wrong = rng.standard_normal(2)
        self.fired, self.state, self.due = 0, "flying", math.inf
        self.late: dict[int, Floats] | None = None
        self.last: dict[int, float] = {}
        self.asset = -1
        if not t.kinds[self.kind, at.RETURNS]:
            excess = self._off(aim) - self.near[:, at.REACH]
            if len(excess) and excess.min() <= 0.0:
                self.asset = int(np.argmin(excess))

    def _off(self, place: Floats) -> Floats:
        return np.hypot(
            self.near[:, at.NEAR_EAST] - place[0], self.near[:, at.NEAR_NORTH] - place[1]
        )

    def worth(self, now: float, kind: Floats) -> tuple[float, float]:
        """Believed value at risk and probability of a hit."""
        if not kind[at.FALLS]:
            off = self._off(self.aim) - self.near[:, at.REACH]
            share = np.where(off <= 0.0, 0.5, 0.1 * np.exp(-off / 50e3))
            return float((share * self.near[:, at.VALUE]).max(initial=0.0)) * kind[at.HARM], 1.0
        sigma = kind[at.SIGMA] * (max(self.end - now, 1.0) / 60.0) ** kind[at.GROWTH]
        off = self._off(self.aim + sigma * self.wrong) - self.near[:, at.REACH]
        inside = 1.0 / (1.0 + np.exp(np.clip(1.7 * off / sigma, -50.0, 50.0)))
        return float(inside @ self.near[:, at.VALUE]) * kind[at.HARM], min(float(inside.sum()), 1.0)


class _Raid:
    """One replicate."""

    def __init__(self, peer: Peer, rng: np.random.Generator) -> None:
        self.peer, self.t, self.rng = peer, peer.tables, rng
        self.env = simpy.Environment()
        every = [_Threat(peer, i, rng) for i in range(len(self.t.objects.key))]
        self.threats = [one for one in every if one.start < self.t.rules[at.DURATION]]
        units = self.t.units
        self.rounds = units[:, at.ROUNDS].astype(int).tolist()
        self.stock = units[:, at.STOCK].astype(int).tolist()
        self.busy: list[list[tuple[float, float, float]]] = [[] for _ in units]
        self.free_at = [-math.inf] * len(units)
        self.fired, self.kills = np.zeros(len(units)), np.zeros(len(units))
        raids = range(len(self.t.scenario.file.raids))
        self.luck = {(r, c): rng.random(2) for r in raids for c in range(len(self.t.kinds))}
        self.unit_luck = {(r, u): rng.random() for r in raids for u in range(len(units))}

    def play(self) -> dict[str, float]:
        for s in self.peer.radars:
            self.env.process(self.radar(s))
        self.env.process(self.command())
        self.env.run(until=float(self.t.rules[at.DURATION]) + 1.0)
        killed = sum(one.state == "killed" for one in self.threats)
        whole = [one for one in self.threats if one.state == "flying" and not one.failed]
        down = [one for one in whole if one.end <= self.t.rules[at.DURATION]]
        left = np.ones(len(self.t.plan.assets.names))
        for one in down:
            if one.asset >= 0:
                left[int(one.near[one.asset, at.ASSET])] *= 1.0 - one.near[one.asset, at.TAKES]
        value = self.t.plan.assets.value
        return {
            "killed": float(killed),
            "leaked": float(sum(one.asset >= 0 for one in down)),
            "rounds.fired": float(self.fired.sum()),
            "value.lost": float(value @ (1.0 - left)),
        }

    # ------------------------------------------------------------ sensing

    def radar(self, s: int) -> Generator[simpy.Event, None, None]:
        period = float(self.peer.sensors.period[s])
        yield self.env.timeout(self.rng.random() * period)
        while True:
            for one in self.threats:
                up = one.state == "flying" and not one.failed and one.plots_left > 0
                up = up and one.start <= self.env.now < one.end
                if not up or self.rng.random() >= self.detects(s, one):
                    continue
                one.plots_left -= 1
                if one.plots_left == 0:
                    one.due = self.env.now + float(self.t.kinds[one.kind, at.DELAY])
            yield self.env.timeout(period)

    def detects(self, s: int, one: _Threat) -> float:
        """Probability of detection: range law, elevation, sector, horizon, moving-target filter."""
        book, limits = self.peer.sensors, self.peer.limits[s]
        k = min(int((self.env.now - one.start) / STEP), len(one.points) - 1)
        offset = one.points[k, :3] - book.ecef[s]
        away = float(np.linalg.norm(offset))
        if away > limits[lim.MAX_RANGE] or away > radio_horizon(book.height[s], one.height[k]):
            return 0.0
        east, north, up = book.axes[s] @ offset
        elevation = math.asin(max(min(up / away, 1.0), -1.0))
        if not limits[lim.MIN_ELEVATION] <= elevation <= limits[lim.MAX_ELEVATION]:
            return 0.0
        along = east * math.sin(limits[lim.BEARING]) + north * math.cos(limits[lim.BEARING])
        half = limits[lim.HALF_SECTOR]
        if half < math.pi and along < math.cos(half) * math.hypot(east, north):
            return 0.0
        velocity = one.points[k, 3:]
        rate = float(offset @ velocity) / away
        blind, slow = limits[lim.BLIND_SPEED], abs(rate)
        if blind > 0.0:
            slow = abs(slow - blind * round(slow / blind))
        if one.height[k] < limits[lim.CLUTTER_HEIGHT] and slow < limits[lim.LEAST_SPEED]:
            return 0.0
        snr = limits[lim.GAIN] * self.t.library.rcs[one.row] / away**4
        share = 1.0 - rate**2 / max(float(velocity @ velocity), 1e-12)
        snr *= math.exp(self.t.library.broadside[one.row] * share)
        threshold, a = limits[lim.THRESHOLD], 1.0 + 0.5 * snr
        if self.t.library.swerling[one.row] == 3:  # noqa: PLR2004
            return math.exp(-threshold / a) * (1.0 + (1.0 - 1.0 / a) * threshold / a)
        return math.exp(-threshold / (1.0 + snr))

    # ------------------------------------------------------------ deciding

    def command(self) -> Generator[simpy.Event, None, None]:
        while True:
            self.decide()
            yield self.env.timeout(float(self.t.rules[at.DECIDE]))

    def decide(self) -> None:
        now, rules = self.env.now, self.t.rules
        for u, held in enumerate(self.busy):
            self.busy[u] = [one for one in held if one[2] > now]
        waiting = [
            one for one in self.threats
            if one.due <= now < one.end and one.fired < rules[at.MOST_SHOTS]
        ]  # fmt: skip
        options = {id(one): (self.best(one), one) for one in waiting}
        while True:
            wanted = [(option, one) for option, one in options.values() if option is not None]
            if not wanted:
                return
            (gain, u, number, launch, first), one = max(wanted, key=lambda pair: pair[0][0])
            if gain <= 0.0:
                return
            del options[id(one)]
            self.engage(one, u, number, launch, first)
            for key, (option, other) in options.items():
                if option is not None and option[1] == u:  # its unit has less to give now
                    options[key] = self.best(other), other

    def best(  # noqa: C901 - the rule in one piece
        self, one: _Threat
    ) -> tuple[float, int, int, float, float] | None:
        """Return the best of a threat over the units: (return, unit, rounds, launch, intercept)."""
        now, rules, kind = self.env.now, self.t.rules, self.t.kinds[one.kind]
        value, chance = one.worth(now, kind)
        if value < rules[at.HARMLESS]:
            return None
        if one.late is None or not self.peer.remember:
            suited = np.flatnonzero(self.t.believed[:, one.kind] > 0.0).tolist()
            every = {u: self.latest(one, u) for u in suited}
            one.late = {u: x for u, x in every.items() if np.isfinite(x).any()}
            one.last = {u: float(np.nanmax(x)) for u, x in one.late.items()}
        late = one.late
        shots = int(rules[at.MOST_SHOTS]) - one.fired
        best = None
        for u, launches in late.items():
            unit = self.t.units[u]
            if self.rounds[u] < 1 or len(self.busy[u]) >= unit[at.CHANNELS]:
                continue
            earliest = max(now + unit[at.LEAD], self.free_at[u])
            reach = np.flatnonzero(launches >= earliest)
            if not len(reach):
                continue
            k = int(reach[0])
            launch, first = float(launches[k]), one.start + k * STEP
            if k > 0 and launches[k - 1] < earliest < launch:
                first -= STEP * (launch - earliest) / (launch - launches[k - 1])
                launch = earliest
            if launch > now + unit[at.LEAD] + unit[at.SPACING] + rules[at.READY]:
                continue
            again = [
                last - self.t.units[v, at.LEAD]
                for v, last in one.last.items() if self.rounds[v] - (v == u) > 0
            ]  # fmt: skip
            slack = max(again, default=-math.inf) - first - rules[at.LOOK]
            slack = slack if shots > 1 else -math.inf
            if kind[at.FALLS] and chance < rules[at.SURE]:
                room = slack if slack >= 0.0 else one.last[u] - earliest
                if room >= rules[at.WAIT]:
                    continue
            wanted = int(rules[at.EARLY] if slack >= 0.0 else rules[at.LATE])
            number = min(wanted, self.rounds[u], shots)
            miss = (1.0 - self.t.believed[u, one.kind]) ** number
            gain = value * (1.0 - miss) - unit[at.PRICE] * number
            if number > 0 and (best is None or gain > best[0]):
                best = gain, u, number, launch, first
        return best

    def latest(self, one: _Threat, u: int) -> Floats:
        """Latest launch that meets each sample of a path (absolute s); nan where none does."""
        book = self.t.plan.units
        offset = one.points[:, :3] - book.stations[u, 0, :3]
        away = np.maximum(np.linalg.norm(offset, axis=1), 1.0)
        climb = one.height - book.stations[u, 0, 3]
        sine = np.clip(climb / away - 0.5 * away / MEAN_RADIUS, 0.0, 1.0)
        inside = (one.height >= book.min_altitude[u]) & (one.height <= book.max_altitude[u])
        inside &= (away <= book.max_range[u]) & (away >= book.min_range[u])
        flight = _flight(book.fly_out[u], away, sine)
        launches = np.arange(len(away)) * STEP - 1.05 * flight - 1.0
        return np.where(inside & (launches >= 0.0), one.start + launches, np.nan)

    # ------------------------------------------------------------ firing

    def engage(self, one: _Threat, u: int, number: int, launch: float, first: float) -> None:
        unit = self.t.units[u]
        last = first + unit[at.SPACING] * (number - 1)
        self.busy[u].append((launch, first, last + self.t.rules[at.LINK]))
        self.free_at[u] = launch + unit[at.SPACING] * number
        self.rounds[u] -= number
        self.fired[u] += number
        one.fired += number
        one.due = math.inf
        if self.rounds[u] < 1 and self.stock[u] > 0:
            self.env.process(self.reload(u, launch + unit[at.RELOAD] - self.env.now))
        self.env.process(self.salvo(one, u, number, first))

    def reload(self, u: int, delay: float) -> Generator[simpy.Event, None, None]:
        yield self.env.timeout(delay)
        added = min(int(self.t.units[u, at.ROUNDS]) - self.rounds[u], self.stock[u])
        self.rounds[u] += added
        self.stock[u] -= added

    def salvo(
        self, one: _Threat, u: int, number: int, first: float
    ) -> Generator[simpy.Event, None, None]:
        kind = self.t.kinds[one.kind]
        yield self.env.timeout(max(first - self.env.now, 0.0))
        for n in range(number):
            if n:
                yield self.env.timeout(float(self.t.units[u, at.SPACING]))
            meets = one.state == "flying" and self.env.now <= one.end
            if meets and self.rng.random() < kind[at.MEETS] * self.kill(one, u):
                one.state = "killed"
                self.kills[u] += 1
        mistaken = self.rng.random()
        if one.state == "killed":
            return  # the model's probability of a kill taken for a miss is 0 for what falls
        wait = kind[at.LOOKED] + (kind[at.RISEN] if mistaken < kind[at.FALSE_KILL] else 0.0)
        one.due = self.env.now + wait

    def kill(self, one: _Threat, u: int) -> float:
        """SSPK of the round that meets a threat now, with the luck of raid and unit."""
        t = self.env.now - one.start
        now, before = (one.points[max(int(x / STEP), 0)] for x in (t, t - LOOK_BACK))
        met = Encounter(launcher=self.t.book.ecef[u], now=now, before=before, miss=0.0)
        single = single_shot(self.t.book, u, float(self.peer.nominal[u, one.kind]), met)
        referee, threats = self.t.scenario.file.referee, self.t.scenario.threats
        rho = referee.correlation
        rho = float(threats.raid_correlation[one.kind]) if isinstance(rho, str) else rho
        shared = shared_luck(single, rho, float(self.luck[one.raid, one.kind][0]))
        luck = float(self.unit_luck[one.raid, u])
        return shared_luck(shared, referee.battery_correlation, luck)


def _flight(table: Floats, away: Floats, sine: Floats) -> Floats:
    """Return times of flight (n,) by a fly-out table; inf beyond its reach."""
    j = np.minimum((np.sqrt(sine) * (RAYS - 1)).astype(int), RAYS - 2)
    under, over = (j / (RAYS - 1)) ** 2, ((j + 1) / (RAYS - 1)) ** 2
    up = (sine - under) / (over - under)
    place = np.minimum(np.sqrt(away / table[0, SPAN]) * (KNOTS - 1), KNOTS - 1.001)
    i = place.astype(int)
    f = place - i
    low = table[j, i] + f * (table[j, i + 1] - table[j, i])
    high = table[j + 1, i] + f * (table[j + 1, i + 1] - table[j + 1, i])
    reach = table[j, REACH] + up * (table[j + 1, REACH] - table[j, REACH])
    return np.where(away <= reach, low + up * (high - low), math.inf)


def _sampled(knots: Floats) -> Floats:
    """States (k, 6) every STEP s by cubic Hermite interpolation of knots (t, x, v)."""
    times = np.arange(0.0, knots[-1, 0], STEP)
    i = np.clip(np.searchsorted(knots[:, 0], times, side="right") - 1, 0, len(knots) - 2)
    a, b = knots[i], knots[i + 1]
    h = (b[:, 0] - a[:, 0])[:, None]
    s = (times - a[:, 0])[:, None] / h
    p, q, v, w = a[:, 1:4], b[:, 1:4], a[:, 4:] * h, b[:, 4:] * h
    place = p * (2 * s**3 - 3 * s**2 + 1) + v * (s**3 - 2 * s**2 + s)
    place += q * (3 * s**2 - 2 * s**3) + w * (s**3 - s**2)
    speed = p * (6 * s**2 - 6 * s) + v * (3 * s**2 - 4 * s + 1)
    speed += q * (6 * s - 6 * s**2) + w * (3 * s**2 - 2 * s)
    return np.hstack([place, speed / h])
