"""What a look is worth: how much less is expected to be lost once a radar has looked at a track.

For a track with covariance P (6 x 6) at the time of the look, and a radar that measures its place
with R (range, two cross-ranges, turned into ECEF), a Kalman update gives P'. What counts is the
error of the place HORIZON_S later, when something is to be done about it:

    u(P) = 1 - exp(-s^2 / (2 BASKET^2)),    s^2 = trace([I T] P [I T]') / 3

so that u is the share of shots, or of warnings, that the error spoils. The gain of a look is

    G = Pd V (u(P) - u(P') + LOST (1 - exp(-age / LOSS_S)) + DOUBT 4 p (1 - p))

V: value at risk weighted by urgency (``priority``). Second term: a track without a plot for age s
is lost with a rate of one in LOSS_S; a look that finds it mends that. Third: only where a kill
assessment is due, p the believed kill probability: how open the verdict is. Pd as in a tracker:
Pd = Pfa^(1 / (1 + SNR)), SNR by the fourth power of range from Pd one half (Skolnik,
"Introduction to Radar Systems", 3rd ed., 2.7). Sources: Kalman update in information of looks:
Hernandez, Kirubarajan and Bar-Shalom, "Multisensor resource deployment using posterior Cramer-Rao
bounds", IEEE Trans. AES 40, 2004; shares and times are notional.
"""

import numpy as np

from tdome.messages.base import Floats, Longs
from tdome.plan.books.sensors import SensorBook

HORIZON_S = 15.0
BASKET = 300.0  # m
LOSS_S = 20.0
LOST, DOUBT = 1.0, 1.0  # weights of the second and third term
_STIR = 25.0  # (m/s^2)^2 s: what a track may do until the look
_LIKELY = 0.5
_HALF = 0.5
_ANY_PFA = 1e-6
_LEAST = 1.0  # m


def spoiled(covariance: Floats) -> Floats:
    """Return u, (...,), of covariances (..., 6, 6)."""
    place = np.trace(covariance[..., :3, :3], axis1=-2, axis2=-1)
    cross = np.trace(covariance[..., :3, 3:], axis1=-2, axis2=-1)
    speed = np.trace(covariance[..., 3:, 3:], axis1=-2, axis2=-1)
    variance = (place + 2.0 * HORIZON_S * cross + HORIZON_S**2 * speed) / 3.0
    return np.asarray(1.0 - np.exp(-0.5 * np.maximum(variance, 0.0) / BASKET**2))


def ahead(covariance: Floats, lead: Floats) -> Floats:
    """Return covariances (n, 6, 6) after leads (n,), s, of nearly constant velocity."""
    step = np.broadcast_to(np.eye(6), covariance.shape).copy()
    step[:, :3, 3:] = lead[:, None, None] * np.eye(3)
    out = step @ covariance @ step.transpose(0, 2, 1)
    eye = np.eye(3)
    for rows, columns, power, share in (
        (0, 0, 3, 3.0),
        (0, 3, 2, 2.0),
        (3, 0, 2, 2.0),
        (3, 3, 1, 1.0),
    ):
        noise = _STIR * lead**power / share
        out[:, rows : rows + 3, columns : columns + 3] += noise[:, None, None] * eye
    return np.asarray(out)


def sharpened(covariance: Floats, point: Floats, sensors: Longs, book: SensorBook) -> Floats:
    """Return covariances (n, k, 6, 6) once each of k radars has seen each of n tracks.

    Parameters
    ----------
    covariance, point
        Shapes (n, 6, 6), (n, 3): ECEF, m and m/s, at the time of the look.
    sensors, book
        Rows (k,) of the radars, and where they are then.
    """
    offset = point[:, None, :] - book.ecef[None, sensors, :]
    away = np.maximum(np.linalg.norm(offset, axis=2), _LEAST)
    line = offset / away[:, :, None]
    up = book.axes[sensors, 2][None, :, :]
    side = np.cross(np.broadcast_to(up, line.shape), line)
    side /= np.maximum(np.linalg.norm(side, axis=2), 1e-6)[:, :, None]
    top = np.cross(line, side)
    sigma = book.sigma[sensors][None, :, :]
    errors = (sigma[..., 0], away * sigma[..., 1], away * sigma[..., 2])
    noise = np.zeros((*away.shape, 3, 3))
    for axis, error in zip((line, side, top), errors, strict=True):
        square = np.maximum(np.broadcast_to(error, away.shape), _LEAST) ** 2
        noise += square[..., None, None] * axis[..., :, None] * axis[..., None, :]
    before = covariance[:, None, :, :]
    seen = before[..., :, :3]
    weight = np.linalg.solve(
        before[..., :3, :3] + noise, np.broadcast_to(before[..., :3, :], (*away.shape, 3, 6))
    )
    return np.asarray(before - seen @ weight)


def detection(away: Floats, rcs: Floats, sensors: Longs, book: SensorBook) -> Floats:
    """Return believed Pd, (n, k), at distances (n, k), m; 0 where a radar does not see (inf)."""
    alarm = np.nan_to_num(book.false_alarm[sensors], nan=_ANY_PFA)
    alarm = np.clip(alarm, 1e-12, 0.1)
    at_half = np.log(alarm) / np.log(_HALF) - 1.0
    reach = book.reference_range[sensors][None, :] * rcs[:, None] ** 0.25
    snr = at_half * (reach / np.maximum(away, _LEAST)) ** 4
    return np.where(np.isfinite(away), alarm ** (1.0 / (1.0 + snr)), 0.0)


def gains(
    covariance: Floats,
    point: Floats,
    worth: tuple[Floats, Floats, Floats],
    chance: Floats,
    radars: tuple[Longs, SensorBook],
) -> Floats:
    """Return G, (n, k), of a look by each radar at each track.

    ``worth``: V, age in s since the last plot, and how open the verdict on it is (0..1), (n,) each.
    ``chance``: Pd, (n, k).
    """
    value, age, doubt = worth
    after = spoiled(sharpened(covariance, point, *radars))
    better = np.maximum(spoiled(covariance)[:, None] - after, 0.0)
    risk = LOST * (1.0 - np.exp(-np.maximum(age, 0.0) / LOSS_S)) + DOUBT * doubt
    return np.asarray(chance * value[:, None] * (better + risk[:, None]))
