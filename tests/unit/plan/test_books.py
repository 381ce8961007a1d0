"""Books: catalogue and sites as SI columns."""

import math

import msgspec
import numpy as np
import pytest

from tdome.earth.wgs84 import ecef_to_geodetic
from tdome.kernel.errors import ConfigError
from tdome.messages.codes import Family
from tdome.plan.books.assets import asset_book
from tdome.plan.books.sensors import sensor_book
from tdome.plan.books.threats import USUAL_CORRELATION, threat_book
from tdome.plan.books.units import MAX_ROUND, unit_book
from tdome.plan.catalogue import bundled_catalogue
from tdome.plan.schema import Asset, FireUnitSite, SensorSite

CATALOGUE = bundled_catalogue()


def test_sensor_book_is_in_si_and_stands_on_its_mast():
    site = SensorSite(name="s", type="long-range-3d", lat_deg=24.0, lon_deg=121.0, height_m=500.0)
    book, entry = sensor_book([site], CATALOGUE, "f"), CATALOGUE.sensors["long-range-3d"]
    assert book.height[0] == 500.0 + entry.antenna_height_m.nominal
    lat, lon, height = ecef_to_geodetic(book.ecef)
    assert (lat[0], lon[0]) == pytest.approx((math.radians(24.0), math.radians(121.0)))
    assert height[0] == pytest.approx(book.height[0], abs=1e-6)
    assert book.reference_range[0] == 1e3 * entry.reference_range_km.nominal
    assert book.sigma[0] == pytest.approx(
        [
            entry.sigma_range_m.nominal,
            math.radians(entry.sigma_azimuth_deg.nominal),
            math.radians(entry.sigma_elevation_deg.nominal),
        ]
    )
    assert book.axes.shape == (1, 3, 3)
    assert book.axes[0] @ book.axes[0].T == pytest.approx(np.eye(3), abs=1e-12)


def unit(**keys):
    return FireUnitSite(name="u", type="short-range", lat_deg=24.0, lon_deg=121.0, **keys)


def test_unit_book_orders_sspk_by_family_and_rounds_by_site():
    book = unit_book([unit(), unit(rounds=7), unit(rounds=10**9)], CATALOGUE, "f")
    entry = CATALOGUE.effectors["short-range"]
    assert book.rounds.tolist() == [entry.rounds.nominal, 7, MAX_ROUND]
    assert book.sspk.shape == (3, len(Family))
    assert book.sspk[0, Family.BALLISTIC] == entry.sspk_ballistic.nominal
    assert book.sspk[0, Family.CRUISE] == entry.sspk_cruise.nominal
    assert book.sspk[0, Family.DRONE] == entry.sspk_drone.nominal
    assert book.sspk[0, Family.AIRCRAFT] == entry.sspk_aircraft.nominal
    assert book.max_range[0] == 1e3 * entry.max_range_km.nominal
    assert book.layers == ("short",) * 3


def test_threat_book_has_nan_where_a_class_has_no_such_key():
    book = threat_book(["srbm", "decoy-drone"], CATALOGUE, "f")
    assert book.family.tolist() == [Family.BALLISTIC, Family.DRONE]
    assert book.decoy.tolist() == [0, 1]
    for column in (book.beta, book.flight_path_angle, book.burnout_altitude):
        assert np.isnan(column).tolist() == [False, True]
    assert np.isnan(book.altitude).tolist() == [True, False]
    assert np.isnan(book.beta_range).all(axis=1).tolist() == [False, True]
    assert book.speed_range[0, 0] < book.speed[0] < book.speed_range[0, 1]


def test_asset_book_lies_on_the_ground():
    asset = Asset(name="a", lat_deg=24.0, lon_deg=121.0, radius_km=2.5, value=3.0, population=10)
    book = asset_book([asset])
    assert book.radius[0] == 2500.0
    assert (book.value[0], book.population[0]) == (3.0, 10.0)
    assert ecef_to_geodetic(book.ecef)[2][0] == pytest.approx(0.0, abs=1e-6)


def test_books_of_nothing_are_empty():
    assert unit_book([], CATALOGUE, "f").ecef.shape == (0, 3)


@pytest.mark.parametrize(
    ("build", "key", "nearest"),
    [
        (lambda: threat_book(["srbn"], CATALOGUE, "f"), "threats[0]", "srbm"),
        (
            lambda: unit_book(
                [unit(), FireUnitSite(name="u", type="guns", lat_deg=0.0, lon_deg=0.0)],
                CATALOGUE,
                "f",
            ),
            "fire_units[1].type",
            "gun",
        ),
        (
            lambda: sensor_book(
                [SensorSite(name="s", type="gapfiller", lat_deg=0.0, lon_deg=0.0)], CATALOGUE, "f"
            ),
            "sensors[0].type",
            "gap-filler",
        ),
    ],
)
def test_unknown_class_is_refused_with_the_nearest_one(build, key, nearest):
    with pytest.raises(ConfigError) as caught:
        build()
    assert caught.value.key == key
    assert nearest in str(caught.value)


def test_a_class_without_common_mode_has_the_usual_one_and_is_covered():
    known = CATALOGUE
    silent = msgspec.structs.replace(
        known.threats["srbm"], raid_correlation=None, uncovered_share=None, unengaged_share=None
    )
    book = threat_book(
        ["srbm", "new"],
        msgspec.structs.replace(known, threats={**known.threats, "new": silent}),
        "test",
    )
    assert book.raid_correlation.tolist() == [0.19, USUAL_CORRELATION]
    assert (book.uncovered_share[0], book.unengaged_share[0]) == (0.71, 0.35)
    assert (book.uncovered_share[1], book.unengaged_share[1]) == (0.0, 0.0)
