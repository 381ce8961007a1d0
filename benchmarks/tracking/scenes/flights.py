"""Recorded flights under three made-up radars, from the samples in the `traffic` wheel.

The wheel (traffic 2.13, MIT; X. Olive, "traffic, a toolbox for processing and analysing air
traffic data", JOSS 4 (39), 2019) carries ADS-B positions that came from the OpenSky Network
(M. Schaefer et al., "Bringing up OpenSky", IPSN 2014), for research use under its terms. It is
fetched with pip, checked by its hash, read in place; none of its data is kept in this repository.

`switzerland`: overflights, a position every 10 s. `quickstart`: Paris and its airports, every
second: climbs, descents, turns to final. Positions are joined by monotone cubics (PCHIP), which
smooths; noise, biases, losses and false plots are synthetic. So this tests motion and association
as aircraft fly, not the errors of real radars.
"""

import gzip
import hashlib
import json
import subprocess
import sys
import tempfile
import zipfile
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from benchmarks.tracking.scenes.radars import Radars, plotted
from benchmarks.tracking.scenes.scene import Floats, Scene
from numpy.random import default_rng
from scipy.interpolate import PchipInterpolator

from tdome.earth.wgs84 import ecef_to_enu, enu_axes, geodetic_to_ecef

WHEEL = "traffic-2.13-py3-none-any.whl"
SHA256 = "5e0cd61d931d03103294361542188f08f959a55e862d5cba80ab61291021e66c"
MIDDLES = {"switzerland": (46.8, 8.2), "quickstart": (48.8, 2.4)}
FOOT_M, GAP_S, KNOT_S, LONG_S, FASTEST_M_S = 0.3048, 45.0, 4.0, 60.0, 350.0
TAXI_KNOTS, SPIKE_M, HARDEST_M_S2 = 80.0, 60.0, 8.0
RADARS = Radars(
    place=np.array([[0.0, 0.0, 400.0], [-85e3, 60e3, 600.0], [70e3, -75e3, 900.0]]),
    period=np.array([4.0, 5.0, 8.0]),
    phase=np.array([0.3, 1.7, 2.9]),
    sigma=np.c_[[40.0, 50.0, 60.0], np.deg2rad([[0.10, 0.20], [0.12, 0.20], [0.15, 0.25]])],
    reach=(2e3, 200e3),
    lowest=np.deg2rad(-0.5),
    top=np.deg2rad(45.0),
    rise=np.deg2rad(4.0),
    detection=0.9,
    false_plots=50.0,
)
BIAS = np.c_[[60.0, -40.0, 30.0], np.deg2rad([[0.10, 0.05], [-0.08, 0.0], [0.05, -0.05]])]


@cache
def wheel() -> Path:
    """Return the wheel, fetched once. Raises ValueError where it is not the expected file."""
    place = Path(tempfile.gettempdir()) / "tdome-traffic"
    found = place / WHEEL
    if not found.is_file():
        pip = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", str(place)]
        subprocess.run([*pip, "traffic==2.13"], check=True)  # noqa: S603 - our own words
    if hashlib.sha256(found.read_bytes()).hexdigest() != SHA256:
        message = f"{found}: not the wheel that was measured"
        raise ValueError(message)
    return found


@cache
def _rows(collection: str) -> list[dict[str, Any]]:
    with zipfile.ZipFile(wheel()) as box:
        packed = box.read(f"traffic/data/samples/collections/{collection}.json.gz")
    rows: list[dict[str, Any]] = json.loads(gzip.decompress(packed))
    return rows


@cache
def _pieces(collection: str) -> list[tuple[Floats, Floats]]:
    """Return (times s, places (n, 3) m) of each unbroken piece of flight."""
    flights: dict[tuple[str, str], list[tuple[float, float, float, float]]] = {}
    for row in _rows(collection):
        told = [row.get(name) for name in ("timestamp", "latitude", "longitude", "altitude")]
        if None not in told and (row.get("groundspeed") or 0.0) > TAXI_KNOTS:
            flights.setdefault((row["icao24"], str(row["callsign"])), []).append(tuple(told))
    lat, lon = np.deg2rad(MIDDLES[collection])
    origin, axes = geodetic_to_ecef(lat, lon, 0.0), enu_axes(lat, lon)
    pieces = []
    for told in flights.values():
        table = np.array(sorted(set(told)), float)
        ecef = geodetic_to_ecef(
            np.deg2rad(table[:, 1]), np.deg2rad(table[:, 2]), table[:, 3] * FOOT_M
        )
        pieces += _unbroken(table[:, 0] / 1e3, ecef_to_enu(ecef, origin, axes))
    return pieces


def _unbroken(at: Floats, place: Floats) -> list[tuple[Floats, Floats]]:
    """Split at gaps; thin to a knot every 4 s; leave out jumps that no aircraft makes."""
    pieces, knots = [], [0]
    for i in range(1, len(at) + 1):
        span = at[i] - at[knots[-1]] if i < len(at) else np.inf
        if span > GAP_S:
            if at[knots[-1]] - at[knots[0]] >= LONG_S:
                pieces.append(_steady(at[knots], place[knots]))
            knots = [i]
        elif span >= KNOT_S:
            pace = np.linalg.norm(place[i] - place[knots[-1]]) / span
            if pace < FASTEST_M_S:
                knots.append(i)
    return pieces


def _steady(at: Floats, place: Floats) -> tuple[Floats, Floats]:
    """Leave out knots that lie off the line between their neighbours by more than flight allows."""
    share = ((at[1:-1] - at[:-2]) / (at[2:] - at[:-2]))[:, None]
    off = np.linalg.norm(place[1:-1] - (1 - share) * place[:-2] - share * place[2:], axis=1)
    good = np.r_[True, off < SPIKE_M + HARDEST_M_S2 / 2 * ((at[2:] - at[:-2]) / 2) ** 2, True]
    return at[good], place[good]


def _truth(collection: str, at: Floats) -> Floats:
    """Return (K, N, 6) at the times, nan where a flight is not."""
    columns = []
    for times, place in _pieces(collection):
        inside = (at >= times[0]) & (at <= times[-1])
        if not inside.any():
            continue
        curve = PchipInterpolator(times, place)
        state = np.full((len(at), 6), np.nan)
        state[inside, 0::2] = curve(at[inside])
        state[inside, 1::2] = curve.derivative()(at[inside])
        columns.append(state)
    return np.stack(columns, axis=1)


def make(collection: str, begin_s: float, seconds: float, seed: int) -> Scene:
    """Return a window of a collection; begin_s counts from its first position."""
    first = min(times[0] for times, _ in _pieces(collection))
    at, radar = RADARS.visits(seconds)
    truth = _truth(collection, first + begin_s + at)

    def measured(exact: Floats, noise: Floats, r: int) -> Floats:
        return exact + BIAS[r] + noise

    name = f"{collection}_{begin_s:.0f}_{seed}"
    return plotted(name, RADARS, (at, radar), truth, default_rng(seed), measured)
