"""The ballistic filters of many tracks in columns: start, predict, update, and what to report.

A track's row is (x (2, n), p (2, n, n), weight (2,)); n = 8 + 3 for each sensor slot. The functions
here loop over rows and call the kernels of one track, so that a tracker may as well call those
itself: :func:`predict_modes` and :func:`update_modes` for the pair, :func:`predict1` and
:func:`update1` for a single law.

Sensor errors that stay (bias) are states of the track, with the standard deviation that is believed
of them as a prior: they keep the covariance honest where more plots do not help. Noise that is
larger or smaller than believed (a target of another cross-section) shows in the innovations: with
``shape`` > 0 a track's noise variance is scaled by (shape + sum of NIS) / (shape + components), the
mean of an inverse gamma posterior (Sarkka and Nummenmaa, IEEE Trans. AC 54(3), 2009, without the
forgetting).
"""

import math

import numpy as np

from tdome.command.tracking.ballistic.initiation import start1
from tdome.command.tracking.ballistic.measurement import MEASURED
from tdome.command.tracking.ballistic.modes import combine, predict_modes, update_modes
from tdome.command.tracking.ballistic.motion import WORK
from tdome.command.tracking.ballistic.settings import BOOST, FALL
from tdome.earth.wgs84 import Floats
from tdome.kernel.jit import kernel
from tdome.messages.base import Ints, Longs

NIS, COUNT = 0, 1  # columns of the evidence of the noise
_LEAST_SCALE, _MOST_SCALE = 0.25, 16.0


@kernel
def start_tracks(  # noqa: PLR0913, PLR0917 - columns
    first: Longs,
    at: Floats,
    z: Floats,
    sigma: Floats,
    site: Ints,
    origin: Floats,
    axes: Floats,
    slot: Ints,
    bias: Floats,
    boosting: float,
    settings: Floats,
    x: Floats,
    p: Floats,
    weight: Floats,
    good: Ints,
) -> None:
    """Start t tracks; the plots of track k are rows first[k] : first[k + 1], in order of time.

    Parameters
    ----------
    first
        Shape (t + 1,).
    at, z, sigma, site, slot
        Columns of the plots, as in
        :func:`tdome.command.tracking.ballistic.initiation.start1`.
    origin, axes, bias, settings
        See there.
    boosting
        Probability before any evidence that a new track is under power.
    x, p, weight
        Written: (t, 2, n), (t, 2, n, n), (t, 2).
    good
        Written: (t,), 1 where a track was started.
    """
    work = np.empty((WORK, x.shape[2]))
    for k in range(len(first) - 1):
        a, b = first[k], first[k + 1]
        good[k] = 0
        if b - a < 2:  # noqa: PLR2004 - a velocity needs two plots
            continue
        done = 0
        for mode in (FALL, BOOST):
            if start1(
                at[a:b], z[a:b], sigma[a:b], site[a:b], origin, axes, slot[a:b], bias,
                mode, settings, x[k, mode], p[k, mode], work,
            ):  # fmt: skip
                done += 1
        weight[k, FALL], weight[k, BOOST] = 1.0 - boosting, boosting
        good[k] = 1 if done == 2 else 0  # noqa: PLR2004 - both modes


@kernel
def predict_tracks(x: Floats, p: Floats, weight: Floats, dt: Floats, settings: Floats) -> None:
    """Predict t tracks by dt, shape (t,), s, in place; rows with dt <= 0 stay."""
    work = np.empty((WORK, x.shape[2]))
    for k in range(len(x)):
        predict_modes(x[k], p[k], weight[k], dt[k], settings, work)


@kernel
def update_tracks(  # noqa: PLR0913, PLR0917 - columns
    tracks: Ints,
    z: Floats,
    sigma: Floats,
    site: Ints,
    origin: Floats,
    axes: Floats,
    slot: Ints,
    shape: float,
    x: Floats,
    p: Floats,
    weight: Floats,
    evidence: Floats,
    fit: Floats,
) -> None:
    """Update tracks with one plot each, in place.

    Parameters
    ----------
    tracks
        Shape (k,): row of x that plot k feeds; the tracks stand at the plots' times.
    z, sigma, site, slot
        Columns of the plots, (k, 4), (k, 4), (k,), (k,).
    origin, axes
        Of the sensors, (S, 3) and (S, 3, 3).
    shape
        Weight of the believed noise in components measured; 0 keeps it as it is believed.
    x, p, weight
        Of the tracks.
    evidence
        Shape (t, 2): sum of NIS and number of components, kept between calls.
    fit
        Shape (k, 2), written: NIS and log likelihood.
    """
    work, own = np.empty((WORK, x.shape[2])), np.empty(MEASURED)
    for k in range(len(tracks)):
        t = tracks[k]
        scale = 1.0
        if shape > 0.0:
            scale = (shape + evidence[t, NIS]) / (shape + evidence[t, COUNT])
            scale = min(max(scale, _LEAST_SCALE), _MOST_SCALE)
        for c in range(MEASURED):
            own[c] = sigma[k, c] * math.sqrt(scale)
        nis, log, used = update_modes(
            x[t], p[t], weight[t], z[k], origin[site[k]], axes[site[k]], own, slot[k], work
        )
        evidence[t, NIS] += nis * scale
        evidence[t, COUNT] += used
        fit[k, 0], fit[k, 1] = nis, log


@kernel
def report_tracks(x: Floats, p: Floats, weight: Floats, out_x: Floats, out_p: Floats) -> None:
    """Write the state, (t, n), and covariance, (t, n, n), of the mixture of both modes."""
    for k in range(len(x)):
        combine(x[k], p[k], weight[k], out_x[k], out_p[k])
