"""A radar without effects, and flyers before it: each test switches one effect on."""

import numpy as np
from tests import radar_site
from tests.radar_site import bodies_of

SCANS = 300


PLAIN = {
    "reference_range_km": 100.0,
    "max_range_km": 300.0,
    "min_elevation_deg": -5.0,
    "max_elevation_deg": 90.0,
    "sigma_range_m": 20.0,
    "sigma_azimuth_deg": 0.08,
    "sigma_elevation_deg": 0.08,
    "false_plots_per_scan": 0.0,
    "cell_range_m": 0.0,
    "error_floor": 1.0,
    "bias_range_m": 0.0,
    "bias_azimuth_deg": 0.0,
    "clutter_height_m": 0.0,
    "rain_plots_per_mm_h": 0.0,
    "beam_deg": 1.0,
}


def book_of(site=None, **changes):
    return radar_site.book_of(changes=PLAIN | changes, site=site)


def flyers(states, rcs=1e4, relabel=None):
    """Bodies in straight flight: states (k, 6) ECEF at t = 0; all others wait on the ground."""
    return bodies_of(np.reshape(states, (-1, 6)), rcs, count=6, relabel=relabel)


def state(book, distance, elevation_deg=3.0, azimuth_deg=0.0, velocity=(0.0, 0.0, 0.0)):
    """ECEF state of a place as the radar sees it; velocity east, north, up, m/s."""
    at = radar_site.place(book, distance, elevation_deg, azimuth_deg)
    return np.concatenate([at, np.array(velocity) @ book.axes[0]])


def seen(radars, bodies, scans=SCANS):
    return sum(bool(len(radars.look(0, bodies, 0.0, k).rows)) for k in range(scans))
