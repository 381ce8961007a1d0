"""Which plot belongs to which track: gates, transponder addresses, exact assignment, twins.

Global nearest neighbour (Blackman and Popoli, "Design and Analysis of Modern Tracking Systems",
1999, section 6.4): each track takes at most one plot of a scan and each plot feeds at most one
track; the sum of d^2 + ln |S| over the pairs is least, where going without a plot costs
MISSED_COST. A plot with a transponder address may only feed a track with that address, or a new
one that has none; a plot with an own-force reply only a friend's or a new one. So civil replies
never feed a hostile track.

Plots are given out in three rounds: to confirmed tracks, to tentative ones, and to confirmed level
tracks that are left without one. Gates of the last are widened by the sharpest turn that may have
gone unseen since the last plot, and those that find a plot there keep that doubt in their
covariance.
"""

import math

import numpy as np

from tdome.command.tracking.engine.pairing.assignment import assign
from tdome.command.tracking.laws.limits import LEVEL
from tdome.command.tracking.laws.lines import expected1, inverse3
from tdome.kernel.jit import kernel
from tdome.messages.base import Codes, Floats, Ints

GATE = 16.0  # chi-square with 3 degrees of freedom, 99.9 %
MISSED_COST = 100.0  # above d^2 + ln |S| of any gate to sigmas of 1000 km: in the gate beats missed
NEW_HITS = 3  # a track of so few plots may still turn out to be a cooperative one
_ADDRESS_CREDIT = 10.0  # 2 ln of how much more likely a plot with the track's own address is
_TWIN_GATE = 11.3  # chi-square with 3 degrees of freedom, 99 %, for position and for velocity
_BEYOND_DOUBT = 5.0  # log-likelihood ratio of the two laws
_SLACK = 1.0  # m, beyond all rounding
_MANOEUVRE = 30.0  # sharpest turn looked for, m/s^2
MANOEUVRE_TIME = 8.0  # longest time over which, s
_CONFIRMED, _TENTATIVE, _TURNING = range(3)


@kernel
def _may_feed(address: int, friend: int, new: bool, plot_address: int, plot_friend: int) -> bool:
    """Tell whether a plot may feed a track, by their addresses and own-force replies."""
    if plot_address >= 0:
        return plot_address == address or (address < 0 and new)
    return plot_friend == 0 or friend != 0 or new


@kernel
def _spread1(p: Floats, tau: float, widen: float, s: Floats) -> float:
    """Put the covariance of an expected position, (6,) by rows, into s; return its trace."""
    at = 0
    for m in range(3):
        for n in range(m, 3):
            s[at] = p[m, n] - tau * (p[m, n + 3] + p[m + 3, n]) + tau * tau * p[m + 3, n + 3]
            at += 1
    s[0] += widen
    s[3] += widen
    s[5] += widen
    return float(s[0] + s[3] + s[5])


@kernel
def _distance1(a: Floats, b: Floats) -> float:
    dx, dy, dz = a[0] - b[0], a[1] - b[1], a[2] - b[2]
    return math.sqrt(dx * dx + dy * dy + dz * dz)


@kernel
def _misfit1(  # noqa: PLR0913, PLR0917 - whole columns: a slice of each would cost more than the sum
    z: Floats, r: Floats, near: Floats, s: Floats, reach2: Floats, j: int, law: int
) -> float:
    """Return d^2 + ln |S| of plot j and the position expected by a law; inf outside the gate."""
    dx, dy, dz = z[j, 0] - near[law, 0], z[j, 1] - near[law, 1], z[j, 2] - near[law, 2]
    # d^2 is at least |nu|^2 / trace S, so this drops nothing that the gate would keep.
    trace = reach2[law] + r[j, 0, 0] + r[j, 1, 1] + r[j, 2, 2]
    if dx * dx + dy * dy + dz * dz > GATE * trace:
        return math.inf
    ia, ib, ic, id_, ie, if_, det = inverse3(
        s[law, 0] + r[j, 0, 0],
        s[law, 1] + r[j, 0, 1],
        s[law, 2] + r[j, 0, 2],
        s[law, 3] + r[j, 1, 1],
        s[law, 4] + r[j, 1, 2],
        s[law, 5] + r[j, 2, 2],
    )
    d2 = (
        ia * dx * dx + id_ * dy * dy + if_ * dz * dz
        + 2.0 * (ib * dx * dy + ic * dx * dz + ie * dy * dz)
    )  # fmt: skip
    return d2 + math.log(det) if d2 <= GATE else math.inf


@kernel
def gate(  # noqa: PLR0913, PLR0917 - flat columns
    x: Floats,
    p: Floats,
    tau: float,
    inv_beta: float,
    rows: Ints,
    widen: Floats,
    evidence: Floats,
    hits: Ints,
    address: Ints,
    friend: Codes,
    z: Floats,
    r: Floats,
    origin: Floats,
    distance: Floats,
    free: Codes,
    z_address: Ints,
    z_friend: Codes,
    start: Ints,
    column: Ints,
    cost: Floats,
) -> None:
    """List the candidate plots of tracks: those of row k are column[start[k] : start[k + 1]].

    Parameters
    ----------
    x, p, evidence, hits, address, friend
        Columns of the track table; x (n, 2, 6), p (n, 2, 6, 6), predicted to tau s after the scan.
    rows, widen
        (k,) tracks that take part, and the position variance to add for an unseen manoeuvre, m^2.
    z, r, origin, distance, free, z_address, z_friend
        Plots: (m, 3), (m, 3, 3), the antenna (3,), distances from it (m,) that never fall, 1 where
        not yet taken, address or -1, 1 for an own-force reply.
    start, column, cost
        Written: (k + 1,), and (k m,) each. The better law counts, while the evidence for neither is
        beyond doubt.
    """
    near, s, reach2 = np.empty((2, 3)), np.empty((2, 6)), np.empty(2)
    widest = 0.0
    for j in range(len(z)):
        widest = max(widest, r[j, 0, 0] + r[j, 1, 1] + r[j, 2, 2])
    end = 0
    for k in range(len(rows)):
        i = rows[k]
        start[k] = end
        first = 1 if evidence[i] > _BEYOND_DOUBT else 0
        last = 0 if evidence[i] < -_BEYOND_DOUBT else 1
        nearest, farthest = np.inf, -np.inf
        for law in range(first, last + 1):
            near[law, 0], near[law, 1], near[law, 2] = expected1(x[i, law], law, tau, inv_beta)
            reach2[law] = _spread1(p[i, law], tau, widen[k], s[law])
            # Two places are at least as far apart as their distances from the antenna differ.
            here, reach = _distance1(near[law], origin), math.sqrt(GATE * (reach2[law] + widest))
            nearest = min(nearest, here - reach - _SLACK)
            farthest = max(farthest, here + reach + _SLACK)
        for j in range(np.searchsorted(distance, nearest), len(z)):
            if distance[j] > farthest:
                break
            if free[j] == 0:
                continue
            best = np.inf
            for law in range(first, last + 1):
                best = min(best, _misfit1(z, r, near, s, reach2, j, law))
            if best == np.inf:
                continue
            new = hits[i] <= NEW_HITS
            if not _may_feed(address[i], friend[i], new, z_address[j], z_friend[j]):
                continue
            column[end] = j
            own = z_address[j] >= 0 and z_address[j] == address[i]
            cost[end] = best - _ADDRESS_CREDIT if own else best
            end += 1
    start[len(rows)] = end


@kernel
def pair(  # noqa: PLR0913, PLR0917 - flat columns
    x: Floats,
    p: Floats,
    tau: float,
    inv_beta: float,
    lapse: Floats,
    number: Ints,
    ballistic: Codes,
    evidence: Floats,
    hits: Ints,
    address: Ints,
    friend: Codes,
    z: Floats,
    r: Floats,
    origin: Floats,
    distance: Floats,
    z_address: Ints,
    z_friend: Codes,
    chosen: Ints,
    turned: Floats,
) -> None:
    """Write the plot of each track into ``chosen``, (n,), or -1; widen in place what has turned.

    turned, (n, 2), written: variances of position and velocity that it was widened by, else 0.

    Columns are those of :func:`gate`; lapse: (n,) s since the
    last plot, to MANOEUVRE_TIME at most.
    """
    tracks, plots = len(number), len(z)
    free, rows = np.ones(plots, np.int8), np.empty(tracks, np.int32)
    got, widen = np.empty(tracks, np.int32), np.empty(tracks)
    start = np.empty(tracks + 1, np.int32)
    column, cost = np.empty(tracks * plots, np.int32), np.empty(tracks * plots)
    missed = np.full(tracks, MISSED_COST)
    search, lengths = np.empty(3 * plots + 2 * tracks + 2, np.int32), np.empty(plots + tracks)
    chosen[:] = -1
    turned[:] = 0.0
    for stage in range(3):
        count = 0
        for i in range(tracks):
            if (number[i] > 0) == (stage == _TENTATIVE):
                continue
            if stage == _TURNING and (chosen[i] >= 0 or ballistic[i] != LEVEL):
                continue
            reach = 0.5 * _MANOEUVRE * (lapse[i] * lapse[i]) if stage == _TURNING else 0.0
            rows[count], widen[count] = i, reach * reach
            count += 1
        gate(
            x, p, tau, inv_beta, rows[:count], widen[:count], evidence, hits, address, friend, z, r,
            origin, distance, free, z_address, z_friend, start[: count + 1], column, cost,
        )  # fmt: skip
        assign(count, plots, start, column, cost, missed, got, search, lengths)
        for k in range(count):
            if got[k] >= 0:
                j = column[got[k]]
                chosen[rows[k]] = j
                free[j] = 0
                if stage == _TURNING:
                    _widen(p[rows[k]], lapse[rows[k]], turned[rows[k]])


@kernel
def _widen(p: Floats, lapse: float, by: Floats) -> None:
    """Add to both covariances (2, 6, 6) of a track that of an unseen manoeuvre, in place."""
    root = 0.5 * _MANOEUVRE * (lapse * lapse)
    far, fast = root * root, (_MANOEUVRE * lapse) * (_MANOEUVRE * lapse)
    cross = math.sqrt(far * fast)
    by[0], by[1] = far, fast
    for law in range(len(p)):
        for i in range(3):
            p[law, i, i] += far
            p[law, i + 3, i + 3] += fast
            p[law, i, i + 3] += cross
            p[law, i + 3, i] += cross


@kernel
def twins(x: Floats, p: Floats, pairs: Ints) -> int:
    """List pairs of tracks (i < j) whose positions and velocities agree within their errors.

    x (n, 6), p (n, 6, 6): states and covariances. pairs (m, 2) is written until full; returns the
    number.
    """
    found = 0
    d, trace = np.empty(3), np.zeros((len(x), 2))
    for i in range(len(x)):
        for m in range(6):
            trace[i, m // 3] += p[i, m, m]
    for i in range(len(x)):
        for j in range(i + 1, len(x)):
            alike = True
            for b in range(0, 6, 3):
                size = 0.0
                for m in range(3):
                    d[m] = x[i, b + m] - x[j, b + m]
                    size += d[m] * d[m]
                if size > _TWIN_GATE * (trace[i, b // 3] + trace[j, b // 3]):
                    alike = False
                    break
                ia, ib, ic, id_, ie, if_, _ = inverse3(
                    p[i, b, b] + p[j, b, b],
                    p[i, b, b + 1] + p[j, b, b + 1],
                    p[i, b, b + 2] + p[j, b, b + 2],
                    p[i, b + 1, b + 1] + p[j, b + 1, b + 1],
                    p[i, b + 1, b + 2] + p[j, b + 1, b + 2],
                    p[i, b + 2, b + 2] + p[j, b + 2, b + 2],
                )
                d2 = (
                    ia * d[0] * d[0] + id_ * d[1] * d[1] + if_ * d[2] * d[2]
                    + 2.0 * (ib * d[0] * d[1] + ic * d[0] * d[2] + ie * d[1] * d[2])
                )  # fmt: skip
                if d2 > _TWIN_GATE:
                    alike = False
                    break
            if alike and found < len(pairs):
                pairs[found, 0], pairs[found, 1] = i, j
                found += 1
    return found
