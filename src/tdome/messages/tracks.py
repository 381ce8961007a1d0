"""The air picture: system tracks, and which plot fed which track."""

import math

import numpy as np

from tdome.messages.base import Codes, Floats, Ints, Longs, Message, Singles

UPPER = np.triu_indices(6)


def pack_covariance(full: Floats) -> Singles:
    """Pack symmetric covariances, shape (n, 6, 6), into upper triangles, shape (n, 21).

    Single precision.
    """
    return full[:, UPPER[0], UPPER[1]].astype(np.float32)


def unpack_covariance(upper: Singles) -> Floats:
    """Invert :func:`pack_covariance`: shape (n, 21) to symmetric (n, 6, 6)."""
    full = np.zeros((len(upper), 6, 6))
    full[:, UPPER[0], UPPER[1]] = upper
    full[:, UPPER[1], UPPER[0]] = upper
    return full


def believed_drag(n: int, inv_beta: float) -> dict[str, Singles]:
    """Return the columns of drag and thrust of n tracks whose filter estimates neither.

    inv_beta: m^2/kg, what the filter takes for granted.
    """
    return {
        "ln_inv_beta": np.full(n, math.log(inv_beta), np.float32),
        "ln_inv_beta_sigma": np.zeros(n, np.float32),
        "drag_covariance": np.zeros((n, 6), np.float32),
        "thrust": np.zeros(n, np.float32),
        "powered": np.zeros(n, np.float32),
    }


class SystemTracks(Message, frozen=True, kw_only=True):
    """All confirmed system tracks at ``header.valid_at``, ordered by track number.

    track_number: (n,). state: (n, 6) position m and velocity m/s, ECEF, predicted to valid_at.
    covariance: (n, 21) upper triangle of the 6x6 covariance (see unpack_covariance). ballistic:
    (n,) 1 where the ballistic filter explains the plots better than the level one. status: (n,)
    TrackStatus. first_at, updated_at: (n,) int ns of first and last plot. hits: (n,) plots used in
    all. quality: (n,) 0-15, from the position variance (as Link 16's TQ in spirit). missed: (n,)
    looks in which a plot was expected and none came since the last hit. missed_weight: (n,) sum of
    -ln(1 - believed Pd) over these looks: evidence that nothing is there. nis: (n,) smoothed
    normalised innovation squared (3 expected). rcs_dbsm: (n,) smoothed radar cross-section
    estimate. doppler_spread_m_s: (n,) smoothed (geometric mean), nan until measured. ln_inv_beta:
    (n,) ln(Cd A / m in m^2/kg), estimated or believed. ln_inv_beta_sigma: (n,) its standard
    deviation, 0 where it is only believed (the class knows better then). drag_covariance: (n, 6) of
    ln_inv_beta with the state. thrust: (n,) m/s^2 along the velocity if under power. powered: (n,)
    probability of that. address: (n,) transponder address or -1. friend: (n,) 1 once a valid
    own-force reply was seen. Mirrors ASTERIX category 062 in content.
    """

    track_number: Ints
    state: Floats
    covariance: Singles
    ballistic: Codes
    status: Codes
    first_at: Longs
    updated_at: Longs
    hits: Ints
    missed: Ints
    missed_weight: Singles
    quality: Codes
    nis: Singles
    rcs_dbsm: Singles
    doppler_spread_m_s: Singles
    ln_inv_beta: Singles
    ln_inv_beta_sigma: Singles
    drag_covariance: Singles
    thrust: Singles
    powered: Singles
    address: Ints
    friend: Codes


class Associations(Message, frozen=True, kw_only=True):
    """Which plots the tracker used for which track since the last step.

    track_number: (n,). sensor: (n,) row in plan.sensors. scan: (n,) header.seq of the Plots. row:
    (n,). Rows of a track that is still tentative are told when it is confirmed, so that no story
    lacks its start.
    """

    track_number: Ints
    sensor: Ints
    scan: Ints
    row: Ints
