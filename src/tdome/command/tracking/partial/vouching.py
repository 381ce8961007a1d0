"""Cooperative reports: who says that he is where a track is gives that track his address.

A report fits a confirmed track if the squared distance of place and velocity, in units of both
errors, is within GATE (chi-square, 6 degrees of freedom). It names the track only if it fits no
other one and no other report fits that track: in doubt, nobody gets an address. A track keeps the
address that it has. Reports move no track: they are believed as to who, not as to where. Limits:
addresses are taken for true; who imitates one beside his own track is believed.
"""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from tdome.messages.base import Codes, Floats, Ints, Longs
from tdome.messages.sensing import Cooperative

GATE = 22.5  # chi-square with 6 degrees of freedom, 99.9 %
SPEED_SIGMA = 15.0  # m/s: of what is said, with the turn since
_REACH = 5.0  # standard errors, plus
_MARGIN = 200.0  # m, beyond which no fit is worked out


class Named(Protocol):
    """Tracks in columns that a report can name; a row may be tentative."""

    @property
    def confirmed(self) -> NDArray[np.bool_]:
        """Which rows are confirmed tracks, (n,)."""

    @property
    def address(self) -> Ints:
        """Addresses, (n,), -1: none; written to."""

    @property
    def friend(self) -> Codes:
        """1: own force, (n,); written to."""

    def in_force(self, rows: Longs) -> tuple[Floats, Floats]:
        """Return states (k, 6) and covariances (k, 6, 6) of rows."""


def vouch(table: Named, said: Cooperative, tau: float) -> int:
    """Name tracks, in place, that stand tau s after the reports; return how many fit no track."""
    rows = np.flatnonzero(table.confirmed)
    if not len(rows) or not len(said):
        return len(said)
    x, p = table.in_force(rows)
    reports, tracks = _pairs(x, p, said, tau)
    fits_track, fits_report = np.bincount(reports, minlength=len(said)), np.bincount(tracks)
    for report, track in zip(reports.tolist(), tracks.tolist(), strict=True):
        if fits_track[report] > 1 or fits_report[track] > 1:
            continue
        row, address = rows[track], said.address[report]
        if table.address[row] in {-1, address}:
            table.address[row] = address
            table.friend[row] |= said.friend[report]
    return int((fits_track == 0).sum())


def _pairs(x: Floats, p: Floats, said: Cooperative, tau: float) -> tuple[Longs, Longs]:
    """Return the pairs (report, track) that fit each other."""
    off = np.empty((len(said), len(x), 3))
    for axis in range(3):
        expected = x[:, axis] - tau * x[:, 3 + axis]
        off[:, :, axis] = said.ecef[:, None, axis] - expected[None]
    error = np.sqrt(
        np.trace(p[:, :3, :3], axis1=1, axis2=2)[None] + 3.0 * said.sigma_m[:, None] ** 2
    )
    near = np.sqrt(np.square(off).sum(axis=2)) <= _REACH * error + _MARGIN
    reports, tracks = np.nonzero(near)
    away = np.hstack([off[reports, tracks], said.velocity[reports] - x[tracks, 3:]])
    spread = p[tracks].copy()
    for axis in range(3):
        spread[:, axis, axis] += said.sigma_m[reports] ** 2
        spread[:, 3 + axis, 3 + axis] += SPEED_SIGMA**2
    solved = np.linalg.solve(spread, away[:, :, None])[:, :, 0]
    fits = (away * solved).sum(axis=1) <= GATE
    return reports[fits], tracks[fits]
