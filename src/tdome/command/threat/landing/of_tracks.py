"""Landings of system tracks whose drag and thrust the tracker estimates."""

import numpy as np

from tdome.command.threat import impact
from tdome.command.threat.landing import prediction
from tdome.earth.falling import DRAG, PARTS, THRUST
from tdome.messages.base import Floats, Longs
from tdome.messages.tracks import SystemTracks
from tdome.plan.books.unrest import Unrest

_BURN_LEFT_S = 20.0  # mean time that a motor goes on burning, where the tracker sees thrust
_UNREST = Unrest().columns()


def landings(rows: Longs, tracks: SystemTracks, covariance: Floats) -> Floats:
    """Return impacts, shape (k, 6) as of impact.py, of rows whose drag the tracker estimates.

    Parameters
    ----------
    rows
        Rows to do, (k,).
    tracks
        System tracks, n of them.
    covariance
        Of their states, (n, 6, 6).
    """
    n = len(rows)
    state, spread = np.empty((n, PARTS)), np.zeros((n, PARTS, PARTS))
    state[:, :6] = tracks.state[rows]
    state[:, DRAG], state[:, THRUST] = tracks.ln_inv_beta[rows], tracks.thrust[rows]
    spread[:, :6, :6] = covariance[rows]
    spread[:, DRAG, :6] = spread[:, :6, DRAG] = tracks.drag_covariance[rows]
    spread[:, DRAG, DRAG] = tracks.ln_inv_beta_sigma[rows].astype(np.float64) ** 2
    out = np.empty((n, prediction.COLUMNS))
    powered = tracks.powered[rows].astype(np.float64)
    prediction.predict_landings(np.arange(n), state, spread, powered, _BURN_LEFT_S, _UNREST, out)
    return out[:, : impact.COLUMNS]
