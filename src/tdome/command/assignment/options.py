"""Options in matrices (candidates x units), and how they become the rows of a fire plan."""

from typing import TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from tdome.command.assignment.firing_solution import points_at
from tdome.command.assignment.kills import Kills
from tdome.earth.motion import extrapolate
from tdome.messages.base import Codes, Floats, Header, Ints, Longs, Singles
from tdome.messages.codes import Reason
from tdome.messages.fire import FirePlan, Magazines
from tdome.messages.threats import Threats
from tdome.messages.tracks import SystemTracks
from tdome.plan.books.fire_zones import FireZoneBook, closed

Places = NDArray[np.intp]
Column = TypeVar("Column", Ints, Longs, Singles, Floats)

# Which reason speaks for a threat that nobody engages: the one that came closest to engagement.
CLOSENESS = np.zeros(len(Reason), np.int64)
CLOSENESS[
    [
        Reason.WEAPONS_HOLD,
        Reason.IDENTITY_NOT_HOSTILE,
        Reason.UNIT_NOT_SUITED,
        Reason.NO_SENSOR,
        Reason.OUT_OF_ENVELOPE,
        Reason.NO_LAUNCH_WINDOW,
        Reason.FIRE_ZONE,
        Reason.UNIT_REFUSED,
        Reason.UNIT_DOWN,
        Reason.NO_ROUNDS,
        Reason.NO_CHANNEL,
        Reason.LOW_RETURN,
        Reason.RESERVED,
        Reason.UNDECIDED,
        Reason.CHOSEN,
    ]
] = np.arange(15)


class Options(msgspec.Struct, eq=False):
    """Candidates (n, in the order of the greedy rule) against units (u); times in s from now.

    rows: (n,) row in threats. ends: (n,) predicted impact, inf if none. steps: (n,) between knots.
    paths: (n, k, 3) knots, ECEF, m. sspk, rounds, gain: (n, u). saves: (n, u) SSPK against what
    would do harm. code: (n, u) Reason.
    intercept, launch: (n, u), nan where there is no solution; last: (n, u) the latest launch that
    still meets the path somewhere, -inf where none does. hit: (n,) P(it comes down at an
    asset) where that is open, else 1.
    """

    rows: Places
    ends: Floats
    steps: Floats
    paths: Floats
    sspk: Floats
    saves: Floats
    code: Codes
    rounds: Ints
    intercept: Floats
    launch: Floats
    last: Floats
    gain: Floats
    hit: Floats


def fire_plan(  # noqa: PLR0913, PLR0917  (what a plan is made of)
    options: Options,
    gate: Codes,
    tracks: SystemTracks,
    threats: Threats,
    kills: Kills,
    magazines: Magazines,
    now: int,
) -> FirePlan:
    """All pairs of the threats that are engaged; one row with unit -1 for each of the others.

    ``gate`` (n,): Reason of each threat; ``now``: int ns UTC.
    """
    engaged = (options.code == Reason.CHOSEN).any(axis=1)
    who = np.flatnonzero(engaged)
    units = options.code.shape[1]
    pairs, unit = np.repeat(who, units), np.tile(np.arange(units, dtype=np.int32), len(who))
    why = gate.copy()
    why[options.rows] = _speaking_reason(options.code)
    if not len(who):
        return _nobody_engaged(threats, why, now)
    others = np.delete(np.arange(len(threats)), options.rows[who])

    row = np.concatenate([options.rows[pairs], others])
    number = threats.track_number[row]
    unit = np.concatenate([unit, np.full(len(others), -1, np.int32)])
    order = np.lexsort((unit, number))

    def column(matrix: Column) -> Column:
        rest = np.zeros(len(others), matrix.dtype)
        return np.concatenate([matrix[who].reshape(-1), rest])[order]

    solved = np.isfinite(options.intercept)
    closes = np.fmax(options.last, options.launch)  # of knots alone, and never before it opens
    rounds = np.where(solved, options.rounds, 0).astype(np.int32)
    pk = 1.0 - (1.0 - options.sspk) ** rounds
    saving = 1.0 - (1.0 - options.saves) ** rounds
    low, high = np.zeros((2, *options.sspk.shape))
    limits = kills.limits(threats, options.rows[who])
    low[who], high[who] = 1.0 - (1.0 - limits) ** rounds[who]
    points = _points(options, pairs, unit[: len(pairs)], tracks, threats)
    nowhere = np.full((len(others), 3), np.nan)
    return FirePlan(
        header=Header("assignment", 0, now, now),
        track_number=number[order],
        unit=unit[order],
        rounds=column(rounds),
        launch_at=column(_instants(options.launch, now)),
        last_launch_at=column(_instants(np.where(solved, closes, np.nan), now)),
        intercept_at=column(_instants(options.intercept, now)),
        intercept_ecef=np.concatenate([points, nowhere])[order],
        pk=column(pk.astype(np.float32)),
        pk_low=column(np.minimum(low, pk).astype(np.float32)),
        pk_high=column(np.maximum(high, pk).astype(np.float32)),
        saving=column(saving.astype(np.float32)),
        rounds_after=column(_rounds_after(options, rounds, magazines)),
        loss_without=threats.value_at_risk[row][order],
        marginal_return=column(np.where(rounds > 0, options.gain, 0.0)),
        reason=np.concatenate([options.code[who].reshape(-1), why[others]])[order],
    )


def _rounds_after(options: Options, rounds: Ints, magazines: Magazines) -> Ints:
    """Return the rounds left, (n, u), if a pair is taken besides all that are chosen."""
    taken = np.where(options.code == Reason.CHOSEN, rounds, 0)
    others_take = taken.sum(axis=0, dtype=np.int32)[None, :] - taken
    left = magazines.rounds_left[None, :] - others_take - rounds
    return np.asarray(np.maximum(left, 0), np.int32)


def _nobody_engaged(threats: Threats, why: Codes, now: int) -> FirePlan:
    """One row with unit -1 for each threat, and why: nothing is worked out for pairs."""
    n, order = len(threats), threats.track_number.argsort(kind="stable")
    whole, instants = np.zeros(n, np.int32), np.zeros(n, np.int64)
    chances = np.zeros(n, np.float32)
    return FirePlan(
        header=Header("assignment", 0, now, now),
        track_number=threats.track_number[order],
        unit=np.full(n, -1, np.int32),
        rounds=whole,
        launch_at=instants,
        last_launch_at=instants,
        intercept_at=instants,
        intercept_ecef=np.full((n, 3), np.nan),
        pk=chances,
        pk_low=chances,
        pk_high=chances,
        saving=chances,
        rounds_after=whole,
        loss_without=threats.value_at_risk[order],
        marginal_return=np.zeros(n),
        reason=why[order],
    )


def _speaking_reason(code: Codes) -> Codes:
    """One reason for each row of pairs: the closest to engagement; not suited if no unit exists."""
    if code.shape[1] == 0:
        return np.full(len(code), Reason.UNIT_NOT_SUITED, np.int8)
    closest = np.argmax(CLOSENESS[code], axis=1)
    return np.take_along_axis(code, closest[:, None], axis=1)[:, 0]


def _instants(times: Floats, now: int) -> Longs:
    known = np.isfinite(times)
    after = np.rint(np.where(known, times, 0.0) * 1e9).astype(np.int64)
    return np.where(known, now + after, 0)


def hold_back(
    options: Options, zones: FireZoneBook, tracks: SystemTracks, threats: Threats
) -> None:
    """Take back choices, in place, whose intercept point lies in a zone closed for the unit.

    Solutions are found between knots by straight lines, points by the law of motion: they can
    differ by some tens of m (half the fall in one knot), which counts at a zone's border. The next
    decision finds another solution.
    """
    if not len(zones):
        return
    pairs, unit = np.nonzero(options.code == Reason.CHOSEN)
    points = _points(options, pairs, unit.astype(np.int32), tracks, threats)
    shut = closed(zones, unit.astype(np.int32), points)
    options.code[pairs[shut], unit[shut]] = Reason.FIRE_ZONE


def _points(
    options: Options, pairs: Places, unit: Ints, tracks: SystemTracks, threats: Threats
) -> Floats:
    """Predicted intercept points by the law of motion; interpolated where that says it landed."""
    times = options.intercept[pairs, unit]
    points = points_at(options.paths, options.steps, pairs, times)
    solved = np.flatnonzero(np.isfinite(times))
    rows = options.rows[pairs[solved]]
    exact = np.empty((len(solved), 6))
    extrapolate(
        tracks.state[rows], threats.falls[rows], threats.inv_beta[rows], times[solved], exact
    )
    landed = np.isnan(exact[:, 0])
    points[solved[~landed]] = exact[~landed, :3]
    return points
