"""The whole chain against the closed form of coordination: ten equal shooters, ten targets.

Each shooter has one round of kill probability p, its own radar and its own picture. The ten targets
of a raid come from an arc, alike in range, time and aim; the asset is small against the error of
the predicted impact, so that the value at risk of a target is what a radar's noise makes of it: to
shooters that do not share their pictures the best target is a random one, and another for each.

    coordinated      n p                       7.00 kills   (reference/domain.md 5.5)
    each at random   m (1 - (1 - p/m)^n)       5.16
    all at one       1 - (1 - p)^n             1.00         (one picture, one best target)

Four raids at a time, 111 km apart, every 90 s; in between every unit reloads its one round.
"""

import math
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import binom, t

from tdome.run.api import simulate
from tdome.studies.validation.forms.formulas import coordinated, uncoordinated
from tdome.world.ledger import read_ledger

P, SIDE = 0.7, 10
CITIES, PERIOD_S = 4, 90.0
INTERVAL = 0.99
NOISY = {
    "sigma_range_m": 100.0,
    "sigma_azimuth_deg": 0.1,
    "sigma_elevation_deg": 0.1,
    "false_plots_per_scan": 0.0,
    "reference_range_km": 5000.0,
    "max_range_km": 1000.0,
    "period_s": 4.0,
    "cell_range_m": 0.0,
    "cell_azimuth_deg": 0.0,
    "cell_elevation_deg": 0.0,
    "min_radial_speed_m_s": 0.0,
    "bias_range_m": 0.0,
    "bias_azimuth_deg": 0.0,
    "error_floor": 1.0,
    "min_elevation_deg": 0.0,
}
SHOOTER = {
    "min_range_km": 0.0,
    "max_range_km": 60.0,  # of one city's targets alone
    "min_altitude_km": 0.0,
    "max_altitude_km": 60.0,
    "speed_m_s": 4000.0,
    "boost_s": 1.0,
    "reaction_s": 0.0,
    "salvo_spacing_s": 0.05,
    "channels": 1.0,
    "rounds": 1.0,
    "reload_s": 50.0,
    "basket_m": 800.0,  # half the way to the next target: no round meets another than its own
    "sspk_ballistic": P,
    "crossing_factor": 1.0,
    "edge_factor": 1.0,
}
CLASS = {"launch_failure": 0.0, "guidance_failure": 0.0, "cep_m": 0.0}
ARC_DEG, AWAY_DEG = 20.0, 2.4


def salvos(city: dict[str, Any]) -> list[dict[str, Any]]:
    """Return ten missiles from an arc in the west, each on its own."""
    lat, lon, out = city["lat_deg"], city["lon_deg"], []
    for turn in np.radians(np.linspace(-0.5, 0.5, SIDE) * ARC_DEG):
        west = AWAY_DEG * math.cos(turn) / math.cos(math.radians(lat))
        out.append(
            {
                "type": "srbm",
                "count": 1,
                "launch_lat_deg": lat + AWAY_DEG * math.sin(turn),
                "launch_lon_deg": lon - west,
                "launch_spread_km": 0.0,
                "targets": [city["name"]],
            }
        )
    return out


def tables(picture: str, fire: str, times: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return (scenario, plan) of ``times`` raids at each city."""
    performance = {
        "threats": {"srbm": CLASS},
        "sensors": {"multifunction": NOISY},
        "effectors": {"terminal-ballistic": SHOOTER},
    }
    cities = [{"name": f"city {c}", "lat_deg": 23.0 + c, "lon_deg": 120.6} for c in range(CITIES)]
    radars = SIDE if picture == "own" else 1
    middle = {"lat_deg": 23.0 + 0.5 * (CITIES - 1), "lon_deg": 120.6}
    scenario = {
        "name": "sides",
        "start": datetime(2030, 1, 1, tzinfo=UTC),
        "duration_s": PERIOD_S * times + 500.0,
        "truth": performance,
        "referee": {
            "correlation": 0.0,
            "battery_correlation": 0.0,
            "raid_failure": 0.0,
            "debris_rcs_share": 0.0,
        },
        "links": {"delay_s": 0.01},
        "places": cities,
        "raids": [
            {"name": f"raid {n} {city['name']}", "start_s": PERIOD_S * n, "salvos": salvos(city)}
            for n in range(times)
            for city in cities
        ],
    }
    plan = {
        "name": "sides",
        "threats": ["srbm"],
        "beliefs": performance,
        "clock": {"decide_s": 10.0, "picture_s": 3600.0},  # all ten come within one decision
        "doctrine": {
            "weapon_control": "free",
            "round_price": 0.0,
            "firing": "salvo",
            "salvo_rounds": 1,
            "sure_of_hit": 0.0,
        },
        "authority": {"answer_time_s": 0.0},
        "coordination": {"picture": picture, "fire": fire},
        "sensors": [
            {"name": f"radar {k}", "type": "multifunction", **middle} for k in range(radars)
        ],
        "fire_units": [
            {
                **city,
                "name": f"unit {k} {city['name']}",
                "type": "terminal-ballistic",
                "reloads": 1000,
                "sensor": f"radar {k % radars}",
            }
            for k in range(SIDE)
            for city in cities
        ],
        "assets": [{**city, "radius_km": 0.1, "value": 100.0} for city in cities],
    }
    return scenario, plan


def kills(compose: Any, folder: Path, picture: str, fire: str, times: int) -> np.ndarray:
    """Return the kills of each raid; every shooter must have fired its one round at each."""
    run = simulate(compose(*tables(picture, fire, times)), folder, seed=1)
    threats = run.outcome.threats
    raid, at = np.unique(threats["raid"].to_pylist(), return_inverse=True)
    assert len(raid) == times * CITIES
    assert len(read_ledger(run.folder).shots) == SIDE * len(raid)
    killed = np.array(threats["fate"].to_pylist()) == "killed"
    return np.bincount(at, weights=killed)


@pytest.mark.slow
def test_coordinated_shooters_kill_n_p(compose: Any, tmp_path: Path) -> None:
    found = kills(compose, tmp_path / "run", "integrated", "integrated", times=4)
    low, high = binom.interval(INTERVAL, SIDE * len(found), P)
    assert coordinated(SIDE, SIDE, P) == pytest.approx(7.00)
    assert low <= found.sum() <= high


@pytest.mark.slow
def test_shooters_with_pictures_of_their_own_kill_as_if_at_random(
    compose: Any, tmp_path: Path
) -> None:
    found = kills(compose, tmp_path / "run", "own", "own", times=4)
    law = uncoordinated(SIDE, SIDE, P)
    assert law == pytest.approx(5.16, abs=0.005)
    error = float(found.std(ddof=1)) / math.sqrt(len(found))
    width = error * float(t.ppf(0.5 + 0.5 * INTERVAL, len(found) - 1))
    assert abs(found.mean() - law) <= width
    assert found.mean() + width < coordinated(SIDE, SIDE, P)


@pytest.mark.slow
def test_shooters_that_share_a_picture_but_no_plan_all_take_the_best_target(
    compose: Any, tmp_path: Path
) -> None:
    found = kills(compose, tmp_path / "run", "integrated", "own", times=1)
    assert (found == 1.0).all()  # each misses ten times with 6e-6
