"""Detection: when a path has been plotted so many times that a firm track is on the picture.

The looks are those of :mod:`tdome.world.sensors`: ``echoes1`` gives the mean SNR of each path in
each radar (range law, elevation, sector, horizon, skyline, aspect, rain, moving-target filter), and
the closed forms of ``chance`` the probability of detection,

    Swerling 0: Q1(sqrt(2 S), sqrt(2 T)),  1: exp(-T / (1 + S)),  3: exp(-T/a) (1 + (1 - 1/a) T/a),

a = 1 + S/2. A radar looks every ``period`` s; where in its period a launch falls is uniform. Looks
are independent, so the number of plots is a pure birth chain in the looks of all radars,

    P_k(n + 1) = P_k(n) (1 - Pd) + P_(k-1)(n) Pd,

and the time of the k-th plot has a distribution, averaged over PHASES phases, of which QUANTILES
quantiles are kept. A replicate draws one uniform for each object instead of all its looks.

Limits: no tasked looks (there is no track yet to be tasked on), no cells of resolution shared with
others, no jamming, no radars that fly (where their orbit's middle is), nothing but radars: optical,
acoustic and passive sensors feed no track alone.
"""

import math

import numpy as np
from numpy.typing import NDArray

from tdome.earth.skyline import OPEN, skyline
from tdome.earth.terrain import Terrain
from tdome.kernel.jit import kernel
from tdome.kernel.random import Streams
from tdome.messages.base import Floats, Ints
from tdome.plan.books.sensors import SensorBook
from tdome.run.screening.compiled.paths import SEED, Library
from tdome.world.bodies.table import State
from tdome.world.schema.conditions import Weather
from tdome.world.sensors.echoes import ECHO, echoes1
from tdome.world.sensors.limits import THRESHOLD, limits_of

QUANTILES, PHASES = 32, 8
NEVER = 1e9  # s: of a quantile at which there is no firm track
_TIMES = 500  # of a grid, at most
_FINEST = 0.5  # s
_ALL = np.array([[0.0, 0.0, 0.0, -2.0]])


def firm_quantiles(
    library: Library,
    book: SensorBook,
    weather: Weather,
    plots: Ints,
    terrain: Terrain | None,
) -> Floats:
    """Return (p, QUANTILES) times since launch, s, of the ``plots``-th plot (p,) of each path."""
    radars = book.of_kind("radar", "radar-2d")
    out = np.full((len(library.flight), QUANTILES), NEVER)
    if not len(radars) or not len(out):
        return out
    step = max(_FINEST, float(library.flight.max()) / _TIMES)
    times = np.arange(0.0, float(library.flight.max()) + step, step)
    seen = _chances(library, book, radars, times, limits_of(book, weather, Streams(SEED)), terrain)
    cumulative = np.zeros((len(times), int(plots.max()) + 1))
    _quantiles(
        seen, step, book.period[radars], library.flight, plots.astype(np.int64), cumulative, out
    )
    return out


def detection(snr: Floats, threshold: float, swerling: int) -> Floats:
    """Probability of detection of one look at mean SNRs (any shape); see the module."""
    if swerling == 0:
        from scipy.stats import ncx2  # noqa: PLC0415  (a second of CPU, for what is rare)

        return np.asarray(ncx2.sf(2.0 * threshold, 2.0, 2.0 * snr))
    if swerling == 1:
        return np.asarray(np.exp(-threshold / (1.0 + snr)))
    a = 1.0 + 0.5 * snr
    return np.asarray(np.exp(-threshold / a) * (1.0 + (1.0 - 1.0 / a) * threshold / a))


def _chances(
    library: Library,
    book: SensorBook,
    radars: NDArray[np.int64],
    times: Floats,
    limits: Floats,
    terrain: Terrain | None,
) -> NDArray[np.float32]:
    """Return the probability of detection (p, r, t) of each path, radar and time."""
    paths = len(library.flight)
    out = np.zeros((paths, len(radars), len(times)), np.float32)
    echoes, rows = np.empty((paths + 1, ECHO)), np.empty(paths + 1, np.int64)
    flying = np.full(paths, State.FLYING, np.int8)
    frames = np.concatenate([book.ecef.reshape(-1, 1, 3), book.axes], axis=1)
    for j, s in enumerate(radars.tolist()):
        edge = OPEN
        if terrain is not None:
            site = (book.lat[s], book.lon[s], book.height[s], book.max_range[s])
            edge = skyline(terrain, *map(float, site))
        snr = np.zeros((paths, len(times)))
        for k, t in enumerate(times.tolist()):
            flying[:] = np.where(library.flight >= t, State.FLYING, State.IMPACTED)
            found = echoes1(
                t, frames[s], limits[s], _ALL, np.empty((0, 4)), edge, flying, library.flight,
                library.knots, library.offset, library.count, library.rcs, library.broadside,
                echoes, rows,
            )  # fmt: skip
            snr[rows[:found], k] = echoes[:found, 3]
        for kind in np.unique(library.swerling):
            of = library.swerling == kind
            chance = detection(snr[of], float(limits[s, THRESHOLD]), int(kind))
            out[of, j] = np.where(snr[of] > 0.0, chance, 0.0)
    return out


@kernel
def _quantiles(  # noqa: PLR0913, PLR0917 - a kernel
    seen: NDArray[np.float32],
    step: float,
    period: Floats,
    flight: Floats,
    plots: NDArray[np.int64],
    cumulative: Floats,
    out: Floats,
) -> None:
    """Fill the quantiles of the time of the k-th plot; ``cumulative`` is scratch."""
    times = seen.shape[2]
    chain, after = np.empty(cumulative.shape[1]), np.empty(times)
    for p in range(seen.shape[0]):
        last = min(int(flight[p] / step) + 1, times)
        most = plots[p]
        after[:] = 0.0
        for phase in range(PHASES):
            chain[:] = 0.0
            chain[0] = 1.0
            for k in range(last):
                for r in range(seen.shape[1]):
                    pd = seen[p, r, k]
                    if pd <= 0.0:
                        continue
                    # Phases of the radars differ: each by another share of its period.
                    shift = (phase + 0.5) / PHASES + 0.618034 * r
                    begin = k * step / period[r] + shift
                    looks = math.floor(begin + step / period[r]) - math.floor(begin)
                    for _ in range(looks):
                        for n in range(most, 0, -1):
                            stays = chain[n] if n == most else chain[n] * (1.0 - pd)
                            chain[n] = stays + chain[n - 1] * pd
                        chain[0] *= 1.0 - pd
                after[k] += chain[most] / PHASES
        k = 0
        for q in range(QUANTILES):
            wanted = (q + 0.5) / QUANTILES
            while k < last and after[k] < wanted:
                k += 1
            out[p, q] = (k + 0.5) * step if k < last else NEVER
