"""Echoes: whose echo reaches a radar in one look, from where, and how strong it is on average.

SNR = SNR0 sigma (R_ref / R)^4 with SNR0 such that 1 m^2 at R_ref is seen with Pd = 0.5 (Skolnik,
"Radar Handbook", 3rd ed., ch. 2). Coverage: range, elevation limits, sector, the 4/3 Earth horizon
and, where the scenario has a map, the skyline. What changes sigma and SNR:

- aspect: sigma = sigma_nose 10^(G sin^2(a) / 10), a between the velocity and the line of sight, G
  the class's dB of broadside over nose-on (notional: a smooth stand-in for measured patterns);
- rain: exp(-2 gamma L) along the wet part of the path (``earth.rain``);
- jamming: noise 1 + sum of J/N of what lies in the main lobe of this direction (``jamming``);
- moving-target filter: below the clutter height an echo is lost whose radial speed is within v_min
  of n v_blind, n = 0, 1, 2, ... (only of 0 without a blind speed; Skolnik, ch. 2: v_n = n lambda
  f_p / 2). Hard edges; above that height the filter is off.

Targets in one cell of resolution, a fixed grid of range, azimuth and elevation, give one echo: SNRs
add, the place is their centroid weighted by SNR, chance and ledger are those of the strongest.

Assumptions and limits: ONE instant per scan; height over the ellipsoid, so high ground counts as
clear of clutter; no sidelobes, no multipath, no side of the grid's edges; a reply of a transponder
comes with the strongest only; interceptors in flight are not seen.
"""

import math

import numpy as np

from tdome.earth.ballistics import height1
from tdome.earth.horizon import above_horizon1, within_sector1
from tdome.earth.rain import wet_path1
from tdome.earth.skyline import cleared1
from tdome.kernel.jit import kernel
from tdome.messages.base import Codes, Floats, Longs
from tdome.world.bodies.table import State, state1
from tdome.world.sensors.limits import (
    ANTENNA,
    BEAM,
    BEARING,
    BLIND_SPEED,
    CELL,
    CLUTTER_HEIGHT,
    GAIN,
    HALF_SECTOR,
    LEAST_SPEED,
    MAX_ELEVATION,
    MAX_RANGE,
    MIN_ELEVATION,
    RAIN_LOSS,
)

ECHO = 6  # columns: range (m), azimuth, elevation (rad), mean SNR, height (m), range rate (m/s)
_FAINTEST = 1e-30  # so that places can be weighed
_FLYING, _KILLED = int(State.FLYING), int(State.KILLED)


@kernel
def covered1(  # noqa: PLR0913, PLR0917 - scalars are what a kernel inlines
    dx: float, dy: float, dz: float, frame: Floats, limits: Floats, beams: Floats, echo: Floats
) -> bool:
    """Whether an offset (m, ECEF) is in beams, elevations and sector; writes its polar place."""
    distance = math.sqrt(dx * dx + dy * dy + dz * dz)
    lit = False
    for k in range(len(beams)):
        along = dx * beams[k, 0] + dy * beams[k, 1] + dz * beams[k, 2]
        lit = lit or along >= beams[k, 3] * distance
    if distance < 1.0 or not lit:
        return False
    up = frame[3, 0] * dx + frame[3, 1] * dy + frame[3, 2] * dz
    elevation = math.asin(min(max(up / distance, -1.0), 1.0))
    if elevation < limits[MIN_ELEVATION] or elevation > limits[MAX_ELEVATION]:
        return False
    east = frame[1, 0] * dx + frame[1, 1] * dy + frame[1, 2] * dz
    north = frame[2, 0] * dx + frame[2, 1] * dy + frame[2, 2] * dz
    echo[0], echo[1], echo[2] = distance, math.atan2(east, north), elevation
    return within_sector1(east, north, limits[BEARING], limits[HALF_SECTOR])


@kernel
def filtered1(radial_speed: float, limits: Floats) -> bool:
    """Whether the moving-target filter takes an echo of this radial speed for clutter."""
    off = abs(radial_speed)
    if limits[BLIND_SPEED] > 0.0:
        off = abs(off - limits[BLIND_SPEED] * math.floor(off / limits[BLIND_SPEED] + 0.5))
    return bool(off < limits[LEAST_SPEED])


@kernel
def noise1(body: Floats, frame: Floats, beam: float, noise: Floats) -> float:
    """Noise in the direction of a body, in units of the radar's own: 1 + J/N in the main lobe."""
    dx, dy, dz = body[0] - frame[0, 0], body[1] - frame[0, 1], body[2] - frame[0, 2]
    edge = beam * math.sqrt(dx * dx + dy * dy + dz * dz)
    total = 1.0
    for k in range(len(noise)):
        if dx * noise[k, 0] + dy * noise[k, 1] + dz * noise[k, 2] >= edge:
            total += noise[k, 3]
    return total


@kernel
def echoes1(  # noqa: C901, PLR0913, PLR0917 - a kernel: flat arrays, one loop
    t: float,
    frame: Floats,
    limits: Floats,
    beams: Floats,
    noise: Floats,
    edge: Floats,
    state: Codes,
    ends_at: Floats,
    knots: Floats,
    offset: Longs,
    count: Longs,
    rcs: Floats,
    broadside: Floats,
    echoes: Floats,
    rows: Longs,
) -> int:
    """Fill the echoes of bodies at t (s), (capacity, ECHO), and their rows; return how many.

    frame: (4, 3) antenna and its east, north, up, ECEF. limits: see that file. beams: rows (ECEF
    unit vector, cosine of the half angle): a body in any of them is looked at. noise: rows (ECEF
    unit vector, J/N). edge: the skyline, empty without terrain.
    """
    body = np.empty(6)
    reach2 = limits[MAX_RANGE] ** 2
    found = 0
    for row in range(len(state)):
        if state[row] != _FLYING and not (state[row] == _KILLED and t < ends_at[row]):
            continue
        state1(knots, offset[row], count[row], t, body)
        dx, dy, dz = body[0] - frame[0, 0], body[1] - frame[0, 1], body[2] - frame[0, 2]
        # Most are too far away or behind the horizon: few sums and no slice for those.
        square = dx * dx + dy * dy + dz * dz
        if square > reach2:
            continue
        height = height1(body[0], body[1], body[2])
        if not above_horizon1(math.sqrt(square), limits[ANTENNA], height):
            continue
        echo = echoes[found]
        if not covered1(dx, dy, dz, frame, limits, beams, echo):
            continue
        echo[4] = height
        rate = (dx * body[3] + dy * body[4] + dz * body[5]) / echo[0]
        echo[5] = rate
        if echo[4] < limits[CLUTTER_HEIGHT] and filtered1(rate, limits):
            continue
        if len(edge) and not cleared1(edge, echo[1], echo[2], echo[0], echo[4], limits[ANTENNA]):
            continue
        square = echo[0] * echo[0]
        snr = limits[GAIN] * rcs[row] / (square * square)
        if broadside[row] > 0.0:
            speed2 = body[3] * body[3] + body[4] * body[4] + body[5] * body[5]
            snr *= math.exp(broadside[row] * (1.0 - rate * rate / max(speed2, 1e-12)))
        if limits[RAIN_LOSS] > 0.0:
            snr *= math.exp(-limits[RAIN_LOSS] * wet_path1(echo[0], limits[ANTENNA], echo[4]))
        if len(noise):
            snr /= noise1(body, frame, limits[BEAM], noise)
        echo[3] = max(snr, _FAINTEST)
        rows[found] = row
        found += 1
    return found


def resolved(echoes: Floats, rows: Longs, keys: Longs, limits: Floats) -> tuple[Floats, Longs]:
    """Return echoes and rows with one for each cell of resolution that holds any.

    echoes: (n, ECHO). rows: (n,). keys: (n,) of the objects, which break ties, so that the order of
    rows changes nothing. O(n log n).
    """
    cell = limits[CELL : CELL + 3]
    if not cell.all() or len(rows) < 2:  # noqa: PLR2004
        return echoes, rows
    grid = np.floor(echoes[:, :3] / cell).astype(np.int64)
    columns = np.ceil(2.0 * math.pi / cell[1:]).astype(np.int64) + 2
    place = grid @ np.array([columns[0] * columns[1], columns[1], 1])
    order = np.argsort(place)
    rising = place[order]
    shared = np.flatnonzero(rising[1:] == rising[:-1])
    if not len(shared):
        return echoes, rows
    crowded = np.zeros(len(rows), np.bool_)  # most are not, and sorting by three keys is slow
    crowded[order[shared]] = crowded[order[shared + 1]] = True
    crowd = np.flatnonzero(crowded)
    crowd = crowd[np.lexsort((keys[crowd], -echoes[crowd, 3], place[crowd]))]
    rising = place[crowd]
    first = np.flatnonzero(np.concatenate([[True], rising[1:] != rising[:-1]]))
    merged = _merged(echoes[crowd], first)
    return (
        np.concatenate([echoes[~crowded], merged]),
        np.concatenate([rows[~crowded], rows[crowd[first]]]),
    )


def _merged(echoes: Floats, first: Longs) -> Floats:
    """Add up the SNRs of runs of echoes that begin at ``first``, and weigh their places."""
    snr = np.add.reduceat(echoes[:, 3], first)
    merged = np.add.reduceat(echoes * echoes[:, 3:4], first, axis=0) / snr[:, None]
    merged[:, 3] = snr
    return merged
