"""Who of ours and of no side was endangered in the air: civil and friendly flights.

A burst is where a round met its object: the object's true place at the time of the intercept,
whether it hit or missed. A wreck is followed from the kill to the ground, once a STEP; between two
samples the distance to a flight is that of straight flight. A burst endangers a flight within
BURST_NEAR, a wreck within WRECK_NEAR (own choice: orders of magnitude of a warhead's fragments and
of a falling airframe with its wake). Limits: rounds that met nothing and rounds on their way are
not followed, nor the fragments of a burst, nor what missiles shed by themselves.
"""

import msgspec
import numpy as np

from tdome.messages.base import Floats, Longs
from tdome.score.truth import Paths
from tdome.world.ledger import Ledger, Table

BURST_NEAR = 2_000.0  # m
WRECK_NEAR = 500.0  # m
STEP = 1.0  # s
PROTECTED_KINDS = ("civil", "friendly")


class Airspace(msgspec.Struct, frozen=True, kw_only=True):
    """Protected flights that flew, orders at them, and what came near them; None: nothing did."""

    flights: int = 0
    engaged: int = 0
    bursts: int = 0
    bursts_near: int = 0
    wrecks_near: int = 0
    nearest_burst_m: float | None = None
    nearest_wreck_m: float | None = None

    @property
    def endangered(self) -> bool:
        """Whether any flight was."""
        return bool(self.engaged or self.bursts_near or self.wrecks_near)


def airspace(ledger: Ledger, ordered_at: Longs) -> Airspace:
    """Return how the protected flights of a run fared.

    ``ordered_at``: the object behind the track of each engagement order, (m,).
    """
    kind = np.array(ledger.objects["kind"].to_pylist(), dtype=object)
    flew = np.array(ledger.objects["state"].to_pylist(), dtype=object) != "waiting"
    ids = ledger.objects["object_id"].to_numpy()[np.isin(kind, PROTECTED_KINDS) & flew]
    if not len(ids):
        return Airspace()
    paths = Paths(ledger)
    flights = np.searchsorted(paths.ids, np.sort(ids))
    bursts = np.array([_nearest(paths, flights, *burst) for burst in _bursts(ledger)])
    wrecks = np.array([_nearest(paths, flights, *wreck) for wreck in _wrecks(ledger, paths)])
    return Airspace(
        flights=len(ids),
        engaged=int(np.isin(ordered_at, ids).sum()),
        bursts=len(bursts),
        bursts_near=int((bursts <= BURST_NEAR).sum()),
        wrecks_near=int((wrecks <= WRECK_NEAR).sum()),
        nearest_burst_m=_least(bursts),
        nearest_wreck_m=_least(wrecks),
    )


def _bursts(ledger: Ledger) -> list[tuple[int, Floats, float]]:
    """Return object, time (one, s) and step (none) of each round that met something."""
    item = ledger.shots["object_id"].to_numpy()
    at = (ledger.shots["intercept_at"].to_numpy() - ledger.start) / 1e9
    return [(int(item[k]), at[k : k + 1], 0.0) for k in np.flatnonzero(item >= 0)]


def _wrecks(ledger: Ledger, paths: Paths) -> list[tuple[int, Floats, float]]:
    """Return object, times (s) and their step of each fall."""
    ids, ended = _plain(ledger.objects, "object_id"), _plain(ledger.objects, "ended_at")
    killed_at = dict(zip(ids, ended, strict=True))
    falls = []
    items, ends = _plain(ledger.debris, "object_id"), _plain(ledger.debris, "at")
    for item, down in zip(items, ends, strict=True):
        first, last = ((at - ledger.start) / 1e9 for at in (killed_at[item], down))
        last = min(last, float(paths.ends[np.searchsorted(paths.ids, item)]))
        falls.append((item, np.append(np.arange(first, last, STEP), last), STEP))
    return falls


def _plain(table: Table, name: str) -> list[int]:
    return [int(value) for value in table[name].to_pylist()]


def _nearest(paths: Paths, flights: Longs, item: int, times: Floats, step: float) -> float:
    """Return how near a flight comes to an object at some times, m; inf where none flies."""
    row = np.full(len(times), np.searchsorted(paths.ids, item), np.int64)
    ours = paths.states(row, times)
    when, who = np.nonzero(
        (paths.starts[flights] <= times[:, None]) & (times[:, None] <= paths.ends[flights])
    )
    others = flights[who] != row[when]  # it is not near itself
    when, who = when[others], flights[who[others]]
    if not len(who):
        return float("inf")
    away = paths.states(who, times[when]) - ours[when]
    return float(closest(away[:, :3], away[:, 3:], step).min())


def closest(place: Floats, velocity: Floats, step: float) -> Floats:
    """Return the least distance (n,), m, within half a step of s; place and velocity: (n, 3)."""
    closing = -(place * velocity).sum(axis=1) / np.maximum(np.square(velocity).sum(axis=1), 1e-9)
    nearest = place + np.clip(closing, -0.5 * step, 0.5 * step)[:, None] * velocity
    return np.asarray(np.sqrt(np.square(nearest).sum(axis=1)))


def _least(distances: Floats) -> float | None:
    found = distances[np.isfinite(distances)]
    return float(found.min()) if len(found) else None
