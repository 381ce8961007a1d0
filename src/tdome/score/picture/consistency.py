"""NEES and NIS: whether the errors of tracks are as large as their covariances say.

Y. Bar-Shalom, X.-R. Li, T. Kirubarajan, "Estimation with Applications to Tracking and Navigation",
Wiley 2001, section 5.4. NEES of a track: e' P^-1 e with e the error of its state; of a consistent
filter it is chi-square with 6 degrees of freedom (3 for positions alone). NIS of an update:
v' S^-1 v with v the innovation; chi-square with as many degrees as were measured.

The innovation is not in a track history, and need not be: with a Kalman update of gain K,
residual r = z - h(x+) = (I - H K) v and R - H P+ H' = (I - H K) S (I - H K)', so that
r' (R - H P+ H')^-1 r = v' S^-1 v. Exact for a linear update; with an extended one up to the change
of H between prior and posterior; for a mixture of filters or of plots (IMM, JPDA) only a guide.
"""

from typing import Self

import msgspec
import numpy as np

from tdome.kernel.jit import kernel
from tdome.messages.base import Floats
from tdome.messages.recording import Recording, TrackHistory
from tdome.plan.books.sites import SiteBook
from tdome.score.picture.gospa import Matched
from tdome.score.picture.pictures import Pictures

CONFIDENCE = 0.95
_DIMENSIONS = 6


class Consistency(msgspec.Struct, frozen=True, kw_only=True):
    """Squared normalised errors against the chi-square that they should follow.

    mean: of all values; freedom: its ideal. low, high: 95 % bounds of the mean of so many
    independent values. Those of one track are not independent, so a mean a little outside says
    little. inside: share of single values below the 95 % point (0.95 is ideal). values: number.
    left_out: values that could not be formed (a covariance that is not positive definite).
    """

    mean: float
    median: float
    freedom: float
    low: float
    high: float
    inside: float
    values: int
    left_out: int

    @classmethod
    def of(cls, values: Floats, freedom: Floats) -> Self:
        """Return the summary of values, each with its degrees of freedom; nan ones are left out."""
        good = np.isfinite(values)
        found, degrees = values[good], freedom[good]
        count, total = len(found), float(degrees.sum())
        if not count:
            nothing = float("nan")
            none = dict.fromkeys(("mean", "median", "freedom", "low", "high", "inside"), nothing)
            return cls(**none, values=0, left_out=len(values))
        from scipy.special import chdtri  # noqa: PLC0415  (0.1 s that only a score costs)

        tail = 0.5 * (1.0 - CONFIDENCE)
        return cls(
            mean=float(found.mean()),
            median=float(np.median(found)),
            freedom=total / count,
            low=float(chdtri(total, 1.0 - tail)) / count,
            high=float(chdtri(total, tail)) / count,
            inside=float((found <= chdtri(degrees, 1.0 - CONFIDENCE)).mean()),
            values=count,
            left_out=int((~good).sum()),
        )


def nees(pictures: Pictures, matched: Matched, dimensions: int = _DIMENSIONS) -> Floats:
    """Return the NEES of every matched track, nan where its covariance is not positive definite.

    dimensions: 6, or 3 for positions alone. Assumes that each pair is rightly matched: a track of
    another object within the cut-off counts as a large error.
    """
    error = pictures.track_state[matched.track] - pictures.truth_state[matched.truth]
    covariance = pictures.covariance[matched.track]
    return square_norms(
        np.ascontiguousarray(error[:, :dimensions]),
        np.ascontiguousarray(covariance[:, :dimensions, :dimensions]),
    )


def nis(tracks: TrackHistory, recording: Recording, sites: SiteBook) -> tuple[Floats, Floats]:
    """Return (NIS, degrees of freedom) of every update of a track by a plot of its own time.

    Range, azimuth and elevation count where the plot has them and the site says their errors.
    """
    row = np.flatnonzero(tracks.updated & (tracks.plot >= 0) & (tracks.plot < recording.plots))
    plot = tracks.plot[row]
    scan = np.searchsorted(recording.start, plot, side="right") - 1
    now = recording.at[scan] == tracks.at[row]
    row, plot, sensor = row[now], plot[now], recording.sensor[scan[now]]
    measured = np.column_stack(
        [recording.range_m[plot], recording.azimuth_rad[plot], recording.elevation_rad[plot]]
    )
    sigma = sites.sigma[sensor, :3]
    given = np.isfinite(measured) & np.isfinite(sigma)
    axes, own = sites.axes[sensor], tracks.state[row, :3] - sites.origin[sensor]
    enu = np.einsum("nij,nj->ni", axes, own)
    residual, slope = _residuals(measured, enu)
    slope = np.einsum("nij,njk->nik", slope, axes)
    place = tracks.covariance[row][:, :3, :3]
    spread = -np.einsum("nij,njk,nlk->nil", slope, place, slope)
    spread[:, range(3), range(3)] += sigma**2
    # What was not measured takes no part: a unit variance of its own and no residual.
    residual = np.where(given, residual, 0.0)
    both = given[:, :, None] & given[:, None, :]
    spread = np.where(both, spread, np.eye(3)[None])
    return square_norms(residual, spread), given.sum(axis=1).astype(np.float64)


def _residuals(measured: Floats, enu: Floats) -> tuple[Floats, Floats]:
    """Return measured less predicted range, azimuth and elevation, and their slopes by position."""
    east, north, up = enu.T
    level2 = east**2 + north**2
    level, far2 = np.sqrt(level2), level2 + up**2
    far = np.sqrt(far2)
    predicted = np.column_stack([far, np.arctan2(east, north), np.arctan2(up, level)])
    residual = measured - predicted
    residual[:, 1] = np.mod(residual[:, 1] + np.pi, 2.0 * np.pi) - np.pi
    zero = np.zeros(len(far))
    slope = np.stack(
        [
            np.stack([east / far, north / far, up / far], axis=1),
            np.stack([north / level2, -east / level2, zero], axis=1),
            np.stack(
                [-east * up / (level * far2), -north * up / (level * far2), level / far2], axis=1
            ),
        ],
        axis=1,
    )
    return residual, slope


@kernel
def square_norms(error: Floats, covariance: Floats) -> Floats:
    """Return e' P^-1 e of (n, d) errors and (n, d, d) covariances, by Cholesky factors.

    nan where a covariance is not positive definite. Only lower triangles are read.
    """
    count, size = error.shape
    out = np.empty(count)
    factor, solved = np.empty((size, size)), np.empty(size)
    for row in range(count):
        total, well = 0.0, True
        for i in range(size):
            for j in range(i + 1):
                value = covariance[row, i, j]
                for k in range(j):
                    value -= factor[i, k] * factor[j, k]
                if i == j:
                    well = well and value > 0.0
                    factor[i, i] = np.sqrt(value) if value > 0.0 else np.nan
                else:
                    factor[i, j] = value / factor[j, j]
            value = error[row, i]
            for k in range(i):
                value -= factor[i, k] * solved[k]
            solved[i] = value / factor[i, i]
            total += solved[i] * solved[i]
        out[row] = total if well else np.nan
    return out
