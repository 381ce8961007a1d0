"""What a threat would cost: expected loss over the defended assets if nobody engages it.

Ballistic tracks: the mass of the predicted impact ellipse in the disc of each asset, widened by the
damage radius. Level tracks: how likely each asset is the aim, then the chance to hit a disc with
the class's CEP. The aim is one of the assets, or something that is not on the list, by Bayes:

    P(a) ~ sqrt(value_a / highest) / (1 + d_a / 50 km) * reach_a * L(off_a),    P(elsewhere) ~ 0.3

d the distance, reach a factor that falls beyond the remaining range of the class, and L how much
better the course (off_a rad off the edge of the asset, which is seen under 2 i_a) fits than any
other: most fly straight at their aim, the others (_TURN) have still to turn,

    L = 2 pi sum_k w_k exp(-(off / s_k)^2 / 2) / (2 i + s_k sqrt(2 pi)),    k: straight, to turn.

A normal spread of one width can not be both: 15 degrees gave an asset a mile off the course of a
missile 10 km away the weight of its aim. Widths and shares were set on recorded runs of two
scenarios and judged on others: ``docs/concepts/tracking/impact.md``. The prior by value and the
weight of elsewhere are judgement: raids of a scenario aim at what its author lists.
"""

import math

import numpy as np

from tdome.earth.geodesy import MEAN_RADIUS
from tdome.earth.wgs84 import Floats, geodetic_to_ecef1
from tdome.kernel.jit import kernel
from tdome.messages.base import Ints, Longs

ASSET, HIT, LOSS, CAUTIOUS_LOSS = range(4)  # columns of a ballistic risk
AIM, TOWARDS, TIME = 3, 4, 5  # further columns of a level risk, after ASSET, HIT, LOSS
LIKELY = 3  # assets that are told by name, those of the greatest expected loss
HITS, LOSSES = range(2)  # of what is told of each
CAUTION = 4.0  # variance of the ellipse is taken this much larger before a threat is let pass

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(24)
_FAR = 6.0  # standard deviations beyond which there is no mass (1e-8)
_HEADING_SIGMA = math.radians(15.0)  # off the course, for what may pass as heading for an asset
_STRAIGHT_SIGMA = math.radians(1.0)  # of the course about the aim, on the last leg
_STRAIGHT_SHARE = 0.3  # of the course's own error: sigma of the speed over speed is wide for it
_TURN, _TURN_SIGMA = 0.2, math.radians(30.0)  # share that still turns, and by how much
_NEARNESS = 50e3  # m: an asset this far weighs half of one close by
_ELSEWHERE = 0.3  # weight of "something that is not on the list"
_LEAST_REACH = 0.2  # of the class's range, however long it has flown
_MEDIAN = 1.1774  # CEP over sigma: sqrt(2 ln 2)


@kernel
def disc_mass1(east: float, north: float, radius: float, ee: float, en: float, nn: float) -> float:
    """Probability that a normal point with mean 0 falls into a disc about (east, north).

    Gauss-Legendre over the minor axis, y = y0 + R sin(t), of the normal mass on each chord.
    Measured error against a dense quadrature: below 2e-5 for axes up to 50 : 1 and radii from 0.03
    to 30 standard deviations (6000 random cases).
    """
    mid, half = 0.5 * (ee + nn), 0.5 * (ee - nn)
    root = math.hypot(half, en)
    major = math.sqrt(mid + root)
    minor = math.sqrt(max(mid - root, 1e-6 * (mid + root)))
    angle = 0.5 * math.atan2(en, half)
    c, s = math.cos(angle), math.sin(angle)
    x0, y0 = c * east + s * north, c * north - s * east
    low, high = max(-radius, -_FAR * minor - y0), min(radius, _FAR * minor - y0)
    if low >= high or abs(x0) > radius + _FAR * major:
        return 0.0
    first, last = math.asin(low / radius), math.asin(high / radius)
    scale = 1.0 / (major * math.sqrt(2.0))
    total = 0.0
    for k in range(len(_NODES)):
        t = first + 0.5 * (last - first) * (1.0 + _NODES[k])
        y, chord = y0 + radius * math.sin(t), radius * math.cos(t)
        mass = 0.5 * (math.erf((x0 + chord) * scale) - math.erf((x0 - chord) * scale))
        total += _WEIGHTS[k] * mass * chord * math.exp(-0.5 * (y / minor) ** 2)
    total *= 0.5 * (last - first) / (minor * math.sqrt(2.0 * math.pi))
    return min(max(total, 0.0), 1.0)


@kernel
def _insert1(a: int, hit: float, loss: float, named: Ints, parts: Floats) -> None:
    """Put asset ``a`` among the LIKELY of the greatest loss so far; the first wins a tie."""
    place = LIKELY
    while place > 0 and loss > parts[place - 1, LOSSES]:
        place -= 1
    for k in range(LIKELY - 1, place, -1):
        named[k] = named[k - 1]
        parts[k, HITS], parts[k, LOSSES] = parts[k - 1, HITS], parts[k - 1, LOSSES]
    if place < LIKELY:
        named[place], parts[place, HITS], parts[place, LOSSES] = a, hit, loss


@kernel
def ballistic_risk(  # noqa: PLR0913, PLR0917 - columns
    rows: Longs,
    impact: Floats,
    damage: Floats,
    asset_ecef: Floats,
    asset_radius: Floats,
    asset_value: Floats,
    out: Floats,
    named: Ints,
    parts: Floats,
) -> None:
    """Fill risks of ballistic tracks: asset most at risk, P(hit), expected loss, cautious loss.

    Parameters
    ----------
    rows
        Rows to do, shape (k,).
    impact
        Shape (n, 6), from :func:`tdome.command.threat.impact.predict_impacts`.
    damage
        Shape (n, 2): damage radius (m) and share of an asset's value lost with a hit.
    asset_ecef, asset_radius, asset_value
        Shapes (a, 3), (a,), (a,): m, m, value units.
    out
        Shape (n, >= 4). Overlapping assets count separately, P(hit) is cut at 1.
    named, parts
        Shapes (n, LIKELY), (n, LIKELY, 2), written: the assets of the greatest expected loss (-1
        none), P(hit) and loss of each.
    """
    for row in rows:
        lat, lon = impact[row, 0], impact[row, 1]
        ee, en, nn = impact[row, 3], impact[row, 4], impact[row, 5]
        px, py, pz = geodetic_to_ecef1(lat, lon, 0.0)
        clat, slat, clon, slon = math.cos(lat), math.sin(lat), math.cos(lon), math.sin(lon)
        reach = _FAR * math.sqrt(CAUTION * (ee + nn))
        hit, loss, cautious = 0.0, 0.0, 0.0
        named[row], parts[row] = -1, 0.0
        for a in range(len(asset_ecef)):
            dx, dy, dz = asset_ecef[a, 0] - px, asset_ecef[a, 1] - py, asset_ecef[a, 2] - pz
            radius = asset_radius[a] + damage[row, 0]
            if math.sqrt(dx * dx + dy * dy + dz * dz) > radius + reach:
                continue
            east = clon * dy - slon * dx
            north = clat * dz - slat * (clon * dx + slon * dy)
            p = disc_mass1(east, north, radius, ee, en, nn)
            wide = disc_mass1(east, north, radius, CAUTION * ee, CAUTION * en, CAUTION * nn)
            hit += p
            loss += p * asset_value[a]
            cautious += max(p, wide) * asset_value[a]
            _insert1(a, p, p * asset_value[a] * damage[row, 1], named[row], parts[row])
        out[row, 0], out[row, 1] = named[row, 0], min(hit, 1.0)
        out[row, 2], out[row, 3] = loss * damage[row, 1], cautious * damage[row, 1]


@kernel
def _course1(state: Floats, asset: Floats) -> tuple[float, float]:
    """Return distance over the ground (m) and angle off the course (rad) of an asset."""
    px, py, pz = state[0], state[1], state[2]
    radius = math.sqrt(px * px + py * py + pz * pz)
    ux, uy, uz = px / radius, py / radius, pz / radius
    climb = state[3] * ux + state[4] * uy + state[5] * uz
    hx, hy, hz = state[3] - climb * ux, state[4] - climb * uy, state[5] - climb * uz
    along = asset[0] * ux + asset[1] * uy + asset[2] * uz
    tx, ty, tz = asset[0] - along * ux, asset[1] - along * uy, asset[2] - along * uz
    away = math.sqrt(tx * tx + ty * ty + tz * tz)
    scale = away * math.sqrt(hx * hx + hy * hy + hz * hz)
    if scale <= 0.0:
        return MEAN_RADIUS * math.atan2(away, along), math.pi
    cosine = (hx * tx + hy * ty + hz * tz) / scale
    return MEAN_RADIUS * math.atan2(away, along), math.acos(min(max(cosine, -1.0), 1.0))


@kernel
def _fit1(off: float, inside: float, sigma: float) -> float:
    """Likelihood of a course ``off`` the edge of a disc, over that of any course."""
    wide = 2.0 * inside + sigma * math.sqrt(math.tau)
    return math.tau / wide * math.exp(-0.5 * (off / sigma) ** 2)


@kernel
def aim_weights(
    state: Floats, course: Floats, asset: Floats, worth: Floats, weight: Floats
) -> tuple[float, float]:
    """Fill how likely each asset is the aim of a level track, up to a constant factor.

    Returns the sum with "elsewhere" (the factor: probabilities are weight / sum) and how well the
    course fits the best asset in reach, 0..1, whatever its worth.

    Parameters
    ----------
    state, course
        As a row of those of :func:`level_risk`.
    asset
        Shape (a, 4): ECEF, radius, m.
    worth
        Shape (a,): value over the highest.
    weight
        Shape (a,), written.
    """
    speed = max(course[0], 1.0)
    range_left = max(course[3] - course[0] * course[2], _LEAST_REACH * course[3])
    slack = course[1] / speed
    heading = math.hypot(_HEADING_SIGMA, slack)
    straight = math.hypot(_STRAIGHT_SIGMA, _STRAIGHT_SHARE * slack)
    turning = math.hypot(_TURN_SIGMA, slack)
    total, towards = _ELSEWHERE, 0.0
    for a in range(len(asset)):
        away, off = _course1(state, asset[a])
        inside = math.atan2(asset[a, 3], away) if away > asset[a, 3] else math.pi
        off = max(off - inside, 0.0)
        reach = math.exp(-5.0 * max(away / range_left - 1.0, 0.0))
        towards = max(towards, reach * math.exp(-0.5 * (off / heading) ** 2))
        fit = (1.0 - _TURN) * _fit1(off, inside, straight) + _TURN * _fit1(off, inside, turning)
        weight[a] = reach * fit * math.sqrt(worth[a]) / (1.0 + away / _NEARNESS)
        total += weight[a]
    return total, towards


@kernel
def level_risk(  # noqa: PLR0913, PLR0917 - columns
    rows: Longs,
    state: Floats,
    course: Floats,
    damage: Floats,
    asset_ecef: Floats,
    asset_radius: Floats,
    asset_value: Floats,
    out: Floats,
    named: Ints,
    parts: Floats,
) -> None:
    """Fill risks of level tracks, in place.

    Parameters
    ----------
    rows
        Rows to do, shape (k,).
    state
        Shape (n, 6), ECEF, m and m/s.
    course
        Shape (n, 4): ground speed (m/s) and its standard deviation, seconds flown since first
        seen, range of the class (m).
    damage
        Shape (n, 3): damage radius (m), share of an asset's value lost with a hit, CEP (m).
    asset_ecef, asset_radius, asset_value
        Shapes (a, 3), (a,), (a,): m, m, value units.
    out
        Shape (n, 6): most threatened asset, P(hit any), expected loss, P(aim at any), how well the
        course fits the best asset in reach (0..1, whatever its worth), time to the asset (s).
    named, parts
        As of :func:`ballistic_risk`.
    """
    count = len(asset_ecef)
    weight, worth, disc = np.empty(count), np.empty(count), np.empty((count, 4))
    highest = 0.0
    for a in range(count):
        highest = max(highest, asset_value[a])
    for a in range(count):
        worth[a] = asset_value[a] / highest
        disc[a, 0], disc[a, 1], disc[a, 2] = asset_ecef[a, 0], asset_ecef[a, 1], asset_ecef[a, 2]
        disc[a, 3] = asset_radius[a]
    for row in rows:
        total, towards = aim_weights(state[row], course[row], disc, worth, weight)
        shot = max(damage[row, 2] / _MEDIAN, 1.0)
        any_hit, loss = 0.0, 0.0
        named[row], parts[row] = -1, 0.0
        for a in range(count):
            radius = asset_radius[a] + damage[row, 0]
            hit = weight[a] / total * (1.0 - math.exp(-0.5 * (radius / shot) ** 2))
            any_hit += hit
            loss += hit * asset_value[a]
            _insert1(a, hit, hit * asset_value[a] * damage[row, 1], named[row], parts[row])
        asset, time = named[row, 0], 0.0
        if asset >= 0:
            away, _ = _course1(state[row], disc[asset])
            time = max(away - asset_radius[asset], 0.0) / max(course[row, 0], 1.0)
        out[row, 0], out[row, 1], out[row, 2] = asset, any_hit, loss * damage[row, 1]
        out[row, 3], out[row, 4], out[row, 5] = 1.0 - _ELSEWHERE / total, towards, time
