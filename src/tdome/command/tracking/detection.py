"""What a radar should see: the range law that the plan believes, and its inverse.

SNR = SNR0 rcs (R_ref / R)^4, and Pd = Pfa^(1 / (1 + SNR)) for a slowly fluctuating target
(Swerling 1; Skolnik, "Introduction to Radar Systems", 3rd ed., section 2.7). SNR0 gives Pd = 0.5
at the reference range on 1 m^2. Outside the coverage, or behind the 4/3 horizon of a smooth
Earth, Pd = 0: silence from there says nothing.
"""

import math

import numpy as np
from numpy.typing import NDArray

from tdome.earth.horizon import above_horizon1, within_sector1
from tdome.earth.wgs84 import ecef_to_geodetic1
from tdome.kernel.jit import kernel
from tdome.messages.base import Floats, Longs
from tdome.plan.books.sensors import SensorBook

FAINTEST_PD = 0.15


class Detection:
    """The range law of each radar of a book."""

    def __init__(self, book: SensorBook) -> None:
        self.book = book
        limits = (book.max_range, book.min_elevation, book.max_elevation, book.height)
        sector = (book.bearing, book.half_sector)
        self.limits: Floats = np.column_stack(limits + sector)
        self.reference_snr = np.log(book.false_alarm) / np.log(0.5) - 1.0

    def cross_section(self, sensor: int | Longs, distance: Floats, snr_db: Floats) -> Floats:
        """Return the radar cross-section in m^2, (n,), that explains snr_db at a range in m.

        sensor: the row of all, or of each, (n,).

        Plots are only what came over the threshold T = -ln Pfa: power over the noise is T plus an
        exponential variable of mean 1 + SNR. So power - T - 1 has the right mean, where the plain
        inverse flatters weak targets. It is held up to the SNR of Pd = FAINTEST_PD, for a plot
        was seen after all.
        """
        log_pfa = np.log(self.book.false_alarm[sensor])
        faintest = log_pfa / np.log(FAINTEST_PD) - 1.0
        snr = np.maximum(10.0 ** (0.1 * np.clip(snr_db, -100.0, 100.0)) + log_pfa, faintest)
        share = np.maximum(distance, 1.0) / self.book.reference_range[sensor]
        return np.asarray(snr / self.reference_snr[sensor] * share**4)

    def probability(
        self, sensor: int, ecef: Floats, sigma_up: Floats, rcs: Floats, at: int = 0
    ) -> Floats:
        """Probability of detection in one look, shape (n,).

        Parameters
        ----------
        sensor
            Row in the book.
        ecef
            Where the targets are believed to be, shape (n, 3) or states (n, 6), m.
        sigma_up
            Error of their height, m: they are put lower by it, so that a miss near the horizon is
            not taken for evidence.
        rcs
            Shape (n,), m^2.
        at
            Time of the look, int ns UTC, for a sensor that flies.
        """
        book, count = self.book.at(at), len(ecef)
        distance, covered = np.empty(count), np.empty(count, np.bool_)
        _cover(
            ecef,
            sigma_up,
            book.ecef[sensor],
            book.axes[sensor],
            self.limits[sensor],
            distance,
            covered,
        )
        snr = self.reference_snr[sensor] * rcs * (book.reference_range[sensor] / distance) ** 4
        return np.where(covered, book.false_alarm[sensor] ** (1.0 / (1.0 + snr)), 0.0)


@kernel
def _cover(  # noqa: PLR0913, PLR0917 - flat columns
    ecef: Floats,
    sigma_up: Floats,
    origin: Floats,
    axes: Floats,
    limits: Floats,
    distance: Floats,
    covered: NDArray[np.bool_],
) -> None:
    """Write the distance of targets, and whether they are in the coverage."""
    for i in range(len(ecef)):
        dx, dy, dz = ecef[i, 0] - origin[0], ecef[i, 1] - origin[1], ecef[i, 2] - origin[2]
        distance[i] = max(math.sqrt(dx * dx + dy * dy + dz * dz), 1.0)
        east = dx * axes[0, 0] + dy * axes[0, 1] + dz * axes[0, 2]
        north = dx * axes[1, 0] + dy * axes[1, 1] + dz * axes[1, 2]
        rise = dx * axes[2, 0] + dy * axes[2, 1] + dz * axes[2, 2] - sigma_up[i]
        elevation = math.asin(min(max(rise / distance[i], -1.0), 1.0))
        height = ecef_to_geodetic1(ecef[i, 0], ecef[i, 1], ecef[i, 2])[2] - sigma_up[i]
        covered[i] = (
            distance[i] <= limits[0]
            and limits[1] <= elevation <= limits[2]
            and above_horizon1(distance[i], limits[3], height)
            and within_sector1(east, north, limits[4], limits[5])
        )
