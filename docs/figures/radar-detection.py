"""Probability of detection by SNR for the Swerling cases: draws of the code and closed forms."""

import math

import numpy as np
from house import save
from matplotlib.figure import Figure
from radar_site import bodies_at, book_of, place, radars_of, share_seen
from scipy.stats import ncx2

PFA = 1e-6
THRESHOLD = -math.log(PFA)


def closed_form(swerling: int, snr: np.ndarray) -> np.ndarray:
    """Return Pd of a single pulse."""
    if swerling == 0:
        return ncx2.sf(2.0 * THRESHOLD, 2, 2.0 * snr)
    if swerling == 1:
        return PFA ** (1.0 / (1.0 + snr))
    a = 1.0 + 0.5 * snr
    return np.exp(-THRESHOLD / a) * (1.0 + (1.0 - 1.0 / a) * THRESHOLD / a)


book = book_of(false_alarm_probability=PFA, clutter_height_m=0.0, false_plots_per_scan=0.0)
radars, distance = radars_of(book), float(book.reference_range[0])
at_reference = THRESHOLD / math.log(2.0) - 1.0
figure = Figure()
left, right = figure.subplots(1, 2)
fine, coarse = np.linspace(2.0, 26.0, 200), np.arange(4.0, 26.0, 3.0)
for swerling in (0, 1, 3):
    left.plot(fine, closed_form(swerling, 10.0 ** (fine / 10.0)), label=f"Swerling {swerling}")
    drawn = [
        share_seen(radars, bodies_at(place(book, distance), rcs, swerling))
        for rcs in 10.0 ** (coarse / 10.0) / at_reference
    ]
    left.plot(coarse, drawn, "k.", markersize=4)
left.set(xlabel="mean SNR, dB", ylabel="probability of detection")
left.legend(title="lines: closed form; dots: draws")
aspect = np.linspace(0.0, 180.0, 181)
for gain in (0.0, 5.0, 12.0):
    right.plot(aspect, gain * np.sin(np.radians(aspect)) ** 2, label=f"G = {gain:g} dB")
right.set(xlabel="aspect, degrees from the nose", ylabel="cross-section over the nose's, dB")
right.legend()
save(figure, "radar-detection")
