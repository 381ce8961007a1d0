"""The believed range law and its inverse, and measurements in ECEF."""

import numpy as np
import pytest
from msgspec import structs

from tdome.command.tracking.detection import Detection
from tdome.command.tracking.scan import convert


@pytest.fixture
def plan(side):
    return side.plan()


def look(side, plan, enu, rcs=1.0, sigma=0.0):
    ecef = side.place(plan, enu)
    return Detection(plan.sensors).probability(0, ecef, np.array([sigma]), np.array([rcs]))[0]


def test_one_half_at_the_reference_range_on_one_square_metre(side, plan):
    assert look(side, plan, [0, 299_000, 25_000]) == pytest.approx(0.5, abs=0.01)
    assert look(side, plan, [0, 150_000, 20_000]) > 0.9
    assert look(side, plan, [0, 299_000, 25_000], rcs=0.01) < 0.01


@pytest.mark.parametrize("rcs", [1.0, 0.4, 20.0])
def test_cross_section_is_right_on_average_though_only_detections_are_seen(plan, rcs):
    rng = np.random.default_rng(1)
    pfa, distance = 1e-6, 0.9 * 300e3
    mean = 1.0 + (np.log(pfa) / np.log(0.5) - 1.0) * rcs / 0.9**4
    power = rng.exponential(mean, 400_000)
    power = power[power > -np.log(pfa)]
    detection = Detection(plan.sensors)
    got = detection.cross_section(0, np.full(len(power), distance), 10 * np.log10(power - 1.0))
    assert got.mean() == pytest.approx(rcs, rel=0.35 if rcs < 1 else 0.15)
    assert got.mean() >= 0.99 * rcs


def test_a_plot_that_was_seen_could_be_seen(side, plan):
    detection = Detection(plan.sensors)
    faint = detection.cross_section(0, np.array([200e3]), np.array([-30.0]))
    assert look(side, plan, [0, 199_000, 20_000], rcs=faint[0]) == pytest.approx(0.15, abs=0.01)


def test_silence_from_outside_the_coverage_is_expected(side, plan):
    assert look(side, plan, [0, 410_000, 30_000], rcs=1e4) == 0.0  # too far
    assert look(side, plan, [0, 100, 40_000], rcs=1e4) == 0.0  # too high up
    assert look(side, plan, [0, 100_000, -700], rcs=1e4) == 0.0  # behind the horizon
    seen = [0, 50_000, 300]
    assert look(side, plan, seen) > 0.9
    assert look(side, plan, seen, sigma=500.0) == 0.0  # may be behind it


@pytest.mark.parametrize("enu", [[60e3, 90e3, 12e3], [-20e3, 30e3, 80e3]])
def test_converted_measurements_have_the_errors_of_the_radar(side, plan, enu):
    rng = np.random.default_rng(2)
    truth = np.repeat(side.place(plan, enu), 4000, axis=0)
    got = convert(side.scan(plan, truth, 0.0, rng), plan.sensors, Detection(plan.sensors))
    error = got.z - truth
    d2 = np.einsum("ni,nij,nj->n", error, np.linalg.inv(got.r), error)
    assert d2.mean() == pytest.approx(3.0, abs=4 * np.sqrt(6 / 4000))
    np.testing.assert_allclose(np.cov(error.T), got.r[0], rtol=0.15, atol=0.05 * got.r[0].max())


def test_plots_of_an_unknown_sensor_are_an_error(side, plan):
    plots = side.scan(plan, [], 0.0)
    stranger = type(plots)(
        **{n: getattr(plots, n) for n in plots.__struct_fields__} | {"sensor": "radar-9"}
    )
    with pytest.raises(ValueError, match="'radar-9', which is not in the plan: radar-0"):
        convert(stranger, plan.sensors, Detection(plan.sensors))


def test_silence_from_outside_the_sector_is_expected(side, plan):
    book = structs.replace(plan.sensors, bearing=np.zeros(1), half_sector=np.full(1, np.pi / 3))
    for enu, seen in (([0, 100e3, 10e3], True), ([100e3, 0, 10e3], False)):
        where = side.place(plan, enu), np.zeros(1), np.ones(1)
        assert (Detection(book).probability(0, *where)[0] > 0.5) == seen
        assert Detection(plan.sensors).probability(0, *where)[0] > 0.5
