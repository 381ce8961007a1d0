"""Detection by keyed draws against closed forms, and the digits of reference/domain.md 5.8."""

import math
from typing import Any

import pytest
from scipy.stats import binom, ncx2
from tests.radar_site import bodies_of, book_of
from tests.radar_site import place as place_at

from tdome.earth.geodesy import destination
from tdome.earth.horizon import radio_horizon
from tdome.earth.wgs84 import geodetic_to_ecef
from tdome.kernel.random import Streams
from tdome.plan.books.sensors import SensorBook
from tdome.world.bodies.table import Bodies
from tdome.world.schema.conditions import Weather
from tdome.world.schema.jammers import Jammer
from tdome.world.sensors.radars import Radars

LOOKS = 4000
PFA = 1e-6
THRESHOLD = -math.log(PFA)
SNR0 = THRESHOLD / math.log(2.0) - 1.0
INTERVAL = 0.99
RADAR = {
    "reference_range_km": 100.0,
    "max_range_km": 300.0,
    "max_elevation_deg": 90.0,
    "false_alarm_probability": PFA,
    "false_plots_per_scan": 0.0,
    "cell_range_m": 0.0,
    "clutter_height_m": 0.0,
    "beam_deg": 1.0,
}


def radar_book(**changes: float) -> SensorBook:
    """One radar of a plain kind."""
    return book_of(changes=RADAR | changes)


def one_body(ecef: Any, rcs: float, swerling: int = 1) -> Bodies:
    """One body at rest."""
    return bodies_of(ecef, rcs, swerling)


def place(book: SensorBook, distance: float, elevation: float = 0.2) -> Any:
    """Somewhere north of the radar."""
    return place_at(book, distance, math.degrees(elevation))


def looks(radars: Radars, bodies: Bodies) -> int:
    """Return in how many looks the body is seen."""
    return sum(len(radars.look(0, bodies, 1.0, number).rows) for number in range(LOOKS))


def in_interval(seen: int, probability: float) -> bool:
    """Tell whether a count lies in its central 99 %."""
    low, high = binom.interval(INTERVAL, LOOKS, probability)
    return bool(low <= seen <= high)


def closed_form(swerling: int, snr: float) -> float:
    """Single-pulse Pd: Marcum's Q1(sqrt(2 S), sqrt(2 T)), and Swerling's forms."""
    if swerling == 0:
        return float(ncx2.sf(2.0 * THRESHOLD, 2, 2.0 * snr))
    if swerling == 1:
        return float(PFA ** (1.0 / (1.0 + snr)))
    a = 1.0 + 0.5 * snr
    return math.exp(-THRESHOLD / a) * (1.0 + (1.0 - 1.0 / a) * THRESHOLD / a)


@pytest.mark.parametrize("snr_db", [8.0, 12.0, 16.0])
@pytest.mark.parametrize("swerling", [0, 1, 3])
def test_detection_agrees_with_the_closed_form(swerling: int, snr_db: float) -> None:
    book, snr = radar_book(), 10.0 ** (snr_db / 10.0)
    bodies = one_body(place(book, 100e3), snr / SNR0, swerling)
    assert in_interval(
        looks(Radars(book, Weather(), Streams(5)), bodies), closed_form(swerling, snr)
    )


def test_the_closed_forms_meet_the_textbook() -> None:
    # Pd = 0.9 at Pfa = 1e-6 needs 13.2 dB of a steady target and 21.1 dB of Swerling 1 (Skolnik).
    assert closed_form(0, 10**1.32) == pytest.approx(0.9, abs=0.01)
    assert closed_form(1, 10**2.11) == pytest.approx(0.9, abs=0.01)
    assert closed_form(1, 10**2.11) < closed_form(3, 10**2.11) < closed_form(0, 10**2.11)


@pytest.mark.parametrize(
    ("rcs", "factor"), [(0.1, 0.562341), (0.01, 0.316228), (0.001, 0.177828), (10.0, 1.77828)]
)
def test_range_goes_with_the_fourth_root(rcs: float, factor: float) -> None:
    book = radar_book()
    bodies = one_body(place(book, 100e3 * factor), rcs)
    assert in_interval(looks(Radars(book, Weather(), Streams(6)), bodies), 0.5)


@pytest.mark.parametrize(
    ("mast", "height", "km"),
    [(10, 30, 35.595), (10, 100, 54.229), (15, 5, 25.169), (15, 50, 45.089), (2600, 30, 232.646)],
)
def test_horizon_of_domain_5_8(mast: float, height: float, km: float) -> None:
    # 4.12 km for each root of a metre is rounded: 4.122 with our mean radius.
    assert float(radio_horizon(mast, height)) / 1e3 == pytest.approx(km, rel=1e-3)
    book = radar_book(antenna_height_m=mast, min_elevation_deg=-5.0)
    for share, seen in ((0.995, True), (1.005, False)):
        lat, lon = destination(book.lat[0], book.lon[0], 0.0, share * km * 1e3)
        bodies = one_body(geodetic_to_ecef(lat, lon, float(height)), 1e5)
        radars = Radars(book, Weather(), Streams(7))
        assert bool(len(radars.look(0, bodies, 1.0, 0).rows)) == seen


@pytest.mark.parametrize("j_n_db", [10.0, 20.0])
def test_stand_off_jamming_shortens_range_by_the_fourth_root(j_n_db: float) -> None:
    book = radar_book()
    factor = (1.0 + 10.0 ** (j_n_db / 10.0)) ** -0.25
    bodies = one_body(place(book, 100e3 * factor, 0.05), 1.0)
    # The jammer flies 100 km away, behind the target: there J/N is what its key says.
    lat, lon = destination(book.lat[0], book.lon[0], 0.0, 100e3)
    place_deg = {"lat_deg": math.degrees(float(lat)), "lon_deg": math.degrees(float(lon))}
    height = 100e3 * math.tan(0.05) + 100e3**2 / 12.76e6
    jammer = Jammer(name="j", altitude_m=height, j_n_db=j_n_db, **place_deg)
    radars = Radars(book, Weather(), Streams(8), jammers=[jammer])
    assert in_interval(looks(radars, bodies), 0.5)


def test_burn_through_of_a_self_screening_target() -> None:
    book, j_n = radar_book(), 30.0
    # S / (1 + J) = SNR0 with S = SNR0 (100 km / R)^4 and J = j (100 km / R)^2: u^2 = 1 + j u.
    u = 0.5 * (j_n + math.sqrt(j_n * j_n + 4.0))
    distance = 100e3 / math.sqrt(u)
    bodies = one_body(place(book, distance), 1.0)
    bodies.jammer[0] = j_n
    radars = Radars(book, Weather(), Streams(9))
    assert in_interval(looks(radars, bodies), 0.5)
    beyond, within = (one_body(place(book, distance * share), 1.0) for share in (3.0, 0.4))
    beyond.jammer[0] = within.jammer[0] = j_n
    assert looks(radars, beyond) < 0.05 * LOOKS
    assert looks(radars, within) > 0.8 * LOOKS
