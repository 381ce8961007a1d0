"""The whole chain against closed forms: Wilkening's layer formula and shoot-look-shoot.

Perfect sensing (sharp, always seen, invisible wrecks), one fire unit with rounds and channels to
spare, identical missiles at one city. Formulas and reference values: reference/domain.md 5.1.
K_w = 1 - (1 - k)^n; P(0) = K_w^W, with a common mode P(0) = P_c K_w^W; expected shots of
shoot-look-shoot (1 - (1 - k)^n) / k. Each simulated value must lie in its 99 % interval.
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import binom

from tdome.run.api import simulate
from tdome.world.ledger import read_ledger

K = 0.7
MISSILES = 5  # in a raid
RAIDS = 40  # in a run
SEEDS = 3  # 600 missiles: five seeds take a minute of CI more, for intervals 1.3 times as narrow
INTERVAL = 0.99
SHARP = {
    "sigma_range_m": 20.0,
    "sigma_azimuth_deg": 0.02,
    "sigma_elevation_deg": 0.02,
    "false_plots_per_scan": 0.0,
    "reference_range_km": 5000.0,
    "max_range_km": 1000.0,
    "period_s": 1.0,
    # Perfect sensing: no merged plots, no filter, no bias, all errors as said.
    "cell_range_m": 0.0,
    "cell_azimuth_deg": 0.0,
    "cell_elevation_deg": 0.0,
    "min_radial_speed_m_s": 0.0,
    "bias_range_m": 0.0,
    "bias_azimuth_deg": 0.0,
    "error_floor": 1.0,
    "min_elevation_deg": 15.0,  # the radar sees them after burnout: boost is not this test
}
LAYER = {
    "min_range_km": 0.0,
    "max_range_km": 400.0,
    "min_altitude_km": 0.0,
    "max_altitude_km": 400.0,
    "speed_m_s": 4000.0,
    "boost_s": 1.0,
    "reaction_s": 0.0,
    "salvo_spacing_s": 0.05,
    "channels": 400.0,
    "basket_m": 3000.0,
    "sspk_ballistic": K,
    # The formulas know one kill probability for all shots.
    "crossing_factor": 1.0,
    "edge_factor": 1.0,
}


def tables(doctrine: dict[str, Any], raid_failure: float) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return (scenario, plan): raids a minute apart, so that one run holds many."""
    performance = {
        "threats": {"srbm": {"launch_failure": 0.0, "guidance_failure": 0.0}},
        "sensors": {"multifunction": SHARP},
        "effectors": {"terminal-ballistic": LAYER},
    }
    city = {"lat_deg": 24.0, "lon_deg": 120.6}
    salvo = {
        "type": "srbm",
        "count": MISSILES,
        "launch_lat_deg": 24.6,
        "launch_lon_deg": 118.0,
        "launch_spread_km": 10.0,
        "interval_s": 4.0,
        "targets": ["city"],
    }
    scenario = {
        "name": "layer",
        "start": datetime(2030, 1, 1, tzinfo=UTC),
        "duration_s": 60.0 * RAIDS + 500.0,
        "truth": performance,
        "referee": {
            "correlation": 0.0,
            "battery_correlation": 0.0,
            "raid_failure": raid_failure,
            "debris_rcs_share": 0.0,
        },
        "links": {"delay_s": 0.01},
        "places": [{"name": "city", **city}],
        "raids": [
            {"name": f"raid {n}", "start_s": 60.0 * n, "salvos": [salvo]} for n in range(RAIDS)
        ],
    }
    plan = {
        "name": "layer",
        "threats": ["srbm"],
        "beliefs": performance,
        "doctrine": {"weapon_control": "free", "round_price": 0.0, **doctrine},
        "authority": {"answer_time_s": 0.0},
        "sensors": [{"name": "radar", "type": "multifunction", **city}],
        "fire_units": [{"name": "unit", "type": "terminal-ballistic", **city, "rounds": 10_000}],
        "assets": [{"name": "city", **city, "radius_km": 30.0, "value": 100.0}],
    }
    return scenario, plan


class Tally:
    """Leakers per raid and rounds per missile over several seeds."""

    def __init__(
        self, compose: Any, folder: Path, doctrine: dict[str, Any], failure: float
    ) -> None:
        leakers, self.rounds = [], 0
        for seed in range(SEEDS):
            inputs = compose(*tables(doctrine, failure))
            run = simulate(inputs, folder / str(seed), seed=seed)
            threats = run.outcome.threats
            leaked = np.array(threats["fate"].to_pylist()) == "leaked"
            raid = np.unique(threats["raid"].to_pylist(), return_inverse=True)[1]
            leakers.append(np.bincount(raid, weights=leaked, minlength=RAIDS))
            self.rounds += len(read_ledger(run.folder).shots)
        self.leakers = np.concatenate(leakers)
        self.missiles = len(self.leakers) * MISSILES


def in_interval(count: float, trials: int, probability: float) -> bool:
    """Tell whether a count lies in the central 99 % of its binomial law."""
    low, high = binom.interval(INTERVAL, trials, probability)
    return bool(low <= count <= high)


@pytest.mark.slow
def test_barrage_agrees_with_the_layer_formula(compose: Any, tmp_path: Path) -> None:
    doctrine = {"firing": "salvo", "salvo_rounds": 2, "max_shots_per_threat": 2}
    tally = Tally(compose, tmp_path, doctrine, failure=0.0)
    kill = 1.0 - (1.0 - K) ** 2
    assert kill == pytest.approx(0.91)
    assert tally.rounds == 2 * tally.missiles
    assert in_interval(tally.leakers.sum(), tally.missiles, 1.0 - kill)
    assert kill**MISSILES == pytest.approx(0.624032, abs=1e-6)  # domain.md 5.1: .7, 2, 5
    assert in_interval((tally.leakers == 0).sum(), len(tally.leakers), kill**MISSILES)


@pytest.mark.slow
def test_barrage_with_a_common_mode(compose: Any, tmp_path: Path) -> None:
    doctrine = {"firing": "salvo", "salvo_rounds": 2, "max_shots_per_threat": 2}
    tally = Tally(compose, tmp_path, doctrine, failure=0.05)
    clean = 0.95 * 0.91**MISSILES
    assert clean == pytest.approx(0.592831, abs=1e-6)  # domain.md 5.1: P_track .95 common
    assert in_interval((tally.leakers == 0).sum(), len(tally.leakers), clean)
    everything = 0.05 + 0.95 * 0.09**MISSILES
    assert in_interval((tally.leakers == MISSILES).sum(), len(tally.leakers), everything)


@pytest.mark.slow
def test_shoot_look_shoot_spends_the_expected_rounds(compose: Any, tmp_path: Path) -> None:
    looks = 3
    doctrine = {
        "firing": "shoot-look-shoot",
        "last_chance_rounds": 1,
        "max_shots_per_threat": looks,
        "assessment_delay_s": 3.0,
    }
    tally = Tally(compose, tmp_path, doctrine, failure=0.0)
    assert in_interval(tally.leakers.sum(), tally.missiles, (1.0 - K) ** looks)
    expected = (1.0 - (1.0 - K) ** looks) / K
    assert expected == pytest.approx(1.39)
    shots = np.array([1.0, 2.0, 3.0])
    law = np.array([K, (1.0 - K) * K, (1.0 - K) ** 2])
    deviation = np.sqrt(law @ shots**2 - expected**2)
    half_width = 2.576 * deviation / np.sqrt(tally.missiles)
    assert abs(tally.rounds / tally.missiles - expected) <= half_width


def test_the_interval_can_be_missed() -> None:
    assert not in_interval(200, 1000, 0.09)
    assert in_interval(90, 1000, 0.09)
