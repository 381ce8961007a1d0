"""What holds for every place on and over the Earth; judges: pymap3d and pyproj."""

import functools
import math

import numpy as np
import pymap3d
import pyproj
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tdome.earth import ballistics, geodesy, wgs84
from tdome.earth.horizon import above_horizon1, radio_horizon

compiles = settings(deadline=None)  # the first example waits for Numba

latitudes = st.floats(-math.pi / 2, math.pi / 2)
longitudes = st.floats(-math.pi, math.pi)
heights = st.floats(-10e3, 1000e3)
places = st.tuples(latitudes, longitudes, heights)
offsets = st.tuples(*[st.floats(-1e6, 1e6)] * 3).filter(lambda o: math.hypot(*o) > 1e-3)


@functools.cache
def to_geocentric() -> pyproj.Transformer:
    return pyproj.Transformer.from_crs("EPSG:4979", "EPSG:4978", always_xy=True)


@compiles
@given(places)
def test_geodetic_and_back(place: tuple[float, float, float]) -> None:
    lat, lon, height = wgs84.ecef_to_geodetic1(*wgs84.geodetic_to_ecef1(*place))
    assert lat == pytest.approx(place[0], abs=1e-14)
    assert height == pytest.approx(place[2], abs=1e-8)
    off = math.remainder(lon - place[1], 2.0 * math.pi) * math.cos(place[0])
    assert off == pytest.approx(0.0, abs=1e-14)


@compiles
@given(places)
def test_ecef_agrees_with_pyproj_and_pymap3d(place: tuple[float, float, float]) -> None:
    lat, lon, height = place
    ours = wgs84.geodetic_to_ecef1(*place)
    theirs = to_geocentric().transform(math.degrees(lon), math.degrees(lat), height)
    assert ours == pytest.approx(theirs, abs=1e-7)
    assert ours == pytest.approx(pymap3d.geodetic2ecef(*place, deg=False), abs=1e-7)


@compiles
@given(places)
def test_axes_are_orthonormal_right_handed_and_the_derivatives(
    place: tuple[float, float, float],
) -> None:
    lat, lon, height = place
    axes = wgs84.enu_axes(lat, lon)
    assert axes @ axes.T == pytest.approx(np.eye(3), abs=1e-15)
    assert np.linalg.det(axes) == pytest.approx(1.0)
    climb = np.subtract(
        wgs84.geodetic_to_ecef1(lat, lon, height + 1e3), wgs84.geodetic_to_ecef1(*place)
    )
    assert climb == pytest.approx(1e3 * axes[2], abs=1e-6)


@compiles
@given(places, offsets)
def test_local_and_polar_there_and_back(
    place: tuple[float, float, float], offset: tuple[float, float, float]
) -> None:
    origin, axes = wgs84.geodetic_to_ecef(*place), wgs84.enu_axes(*place[:2])
    ecef = origin + np.array(offset)
    enu = wgs84.ecef_to_enu(ecef, origin, axes)
    assert np.linalg.norm(enu) == pytest.approx(math.hypot(*offset), rel=1e-6)
    assert wgs84.enu_to_ecef(enu, origin, axes) == pytest.approx(ecef, abs=1e-8)
    polar = wgs84.enu_to_polar(enu)
    assert 0.0 <= polar[1] < 2.0 * math.pi
    assert abs(polar[2]) <= math.pi / 2
    assert wgs84.polar_to_enu(polar) == pytest.approx(enu, abs=1e-8)


@compiles
@given(places, offsets)
def test_local_agrees_with_pymap3d(
    place: tuple[float, float, float], offset: tuple[float, float, float]
) -> None:
    origin = wgs84.geodetic_to_ecef(*place)
    ecef = origin + np.array(offset)
    ours = wgs84.ecef_to_enu(ecef, origin, wgs84.enu_axes(*place[:2]))
    assert ours == pytest.approx(pymap3d.ecef2enu(*ecef, *place, deg=False), abs=1e-6)


@compiles
@given(latitudes, longitudes, st.floats(0.0, 2.0 * math.pi), st.floats(1.0, 15_000e3))
def test_destination_lies_at_its_distance_and_bearing(
    lat: float, lon: float, bearing: float, distance: float
) -> None:
    lat2, lon2 = geodesy.destination(lat, lon, bearing, distance)
    assert abs(lat2) <= math.pi / 2
    assert -math.pi <= lon2 < math.pi
    there = geodesy.great_circle_distance(lat, lon, lat2, lon2)
    assert there == pytest.approx(distance, abs=1e-7)
    if abs(lat) < 1.57:  # at a pole every bearing is south or north
        turn = geodesy.initial_bearing(lat, lon, lat2, lon2) - bearing
        assert math.remainder(turn, 2.0 * math.pi) * distance == pytest.approx(0.0, abs=1e-3)


@compiles
@given(latitudes, longitudes, latitudes, longitudes)
def test_distance_is_a_metric_under_half_the_circumference(
    lat1: float, lon1: float, lat2: float, lon2: float
) -> None:
    there = geodesy.great_circle_distance(lat1, lon1, lat2, lon2)
    assert 0.0 <= there <= math.pi * geodesy.MEAN_RADIUS
    back = geodesy.great_circle_distance(lat2, lon2, lat1, lon1)
    assert there == pytest.approx(back, abs=1e-7)
    assert geodesy.great_circle_distance(lat1, lon1, lat1, lon1) == 0.0


@compiles
@given(st.floats(-100.0, 20e3), st.floats(-100.0, 20e3), st.floats(0.0, 2e6))
def test_horizon_kernel_and_array_agree(h1: float, h2: float, distance: float) -> None:
    assert above_horizon1(distance, h1, h2) == bool(distance <= radio_horizon(h1, h2))


@settings(max_examples=40, deadline=None)
@given(
    st.floats(-1.5, 1.5),
    st.floats(0.0, 2.0 * math.pi),
    st.floats(0.3, 1.4),
    st.floats(200.0, 4000.0),
    st.floats(0.0, 0.05),
)
def test_every_shot_comes_down_and_both_kernels_agree_where(
    lat: float, azimuth: float, elevation: float, speed: float, inv_beta: float
) -> None:
    origin, axes = wgs84.geodetic_to_ecef(lat, 2.1, 10.0), wgs84.enu_axes(lat, 2.1)
    enu = wgs84.polar_to_enu(np.array([speed, azimuth, elevation]))
    state = np.concatenate([origin, wgs84.enu_to_ecef(enu, np.zeros(3), axes)])
    t, *place = ballistics.impact1(state, inv_beta, 0.25, 4000.0)
    table = np.empty((900, 7))
    rows = ballistics.fly(state, inv_beta, 5.0, table)
    assert rows < 900
    assert wgs84.ecef_to_geodetic1(*place)[2] == pytest.approx(0.0, abs=1e-2)
    assert table[rows - 1, 0] == pytest.approx(t, abs=1e-2)
    assert table[rows - 1, 1:4] == pytest.approx(place, abs=2.0)
