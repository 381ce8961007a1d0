"""Invariants of whole runs over 120 random scenarios: conservation, HOLD, protected ones, reasons.

TDOME_RANDOM_RAIDS=1000 makes more of them.

Each case is a small world of its own: one to three assets, random sensors, fire units, command
posts, doctrine, weather, jammers, losses, links and raid, with birds, civil and friendly flights
across the middle of it. In every tenth sites share less than everything.
"""

import importlib.util
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from tdome.kernel.random import Streams
from tdome.messages.codes import (
    Answer,
    EngagementState,
    Identity,
    OrderKind,
    Reason,
    WarningStatus,
)
from tdome.messages.fire import (
    EngagementOrders,
    EngagementReports,
    FirePlan,
    Magazines,
    OperatorDecisions,
    Recommendations,
)
from tdome.messages.threats import Threats
from tdome.messages.tracks import SystemTracks, unpack_covariance
from tdome.messages.warnings import CivilWarnings
from tdome.plan.books.fire_zones import closed
from tdome.plan.catalogue import bundled_catalogue
from tdome.run.api import simulate
from tdome.run.record import Run, read_inputs
from tdome.score.decision import Decision, decisions
from tdome.score.evidence import Evidence
from tdome.world.ledger import read_ledger

CASES = int(os.environ.get("TDOME_RANDOM_RAIDS", "120"))
BATCH = 20
LOOSE = 10  # of so many cases one shares less than everything
EXPLAINED = 3  # engagements of each case whose numbers are computed again
PROTECTED = (Identity.NEUTRAL, Identity.ASSUMED_FRIEND, Identity.FRIEND)
# class: distance from which it is launched (km), so that it arrives within the run
THREATS = {
    "srbm": (180.0, 320.0),
    "rocket": (15.0, 50.0),
    "heavy-rocket": (90.0, 200.0),
    "sam-land-attack": (70.0, 150.0),
    "aeroballistic": (340.0, 450.0),
    "glide-vehicle": (650.0, 700.0),
    "cruise": (30.0, 60.0),
    "tactical-missile": (45.0, 60.0),
    "supersonic-cruise": (60.0, 120.0),
    "decoy-missile": (35.0, 55.0),
    "glide-bomb": (25.0, 45.0),
    "jet-drone": (10.0, 30.0),
    "drone": (4.0, 11.0),
}
RADARS = ("multifunction", "long-range-3d", "gap-filler")
OTHERS = (
    *("airborne", "x-band", "surveillance-2d", "passive-rf", "acoustic-node", "optical", "space"),
    "cooperative",
)
CENTRE = (24.0, 120.6)
KM_PER_DEGREE = 111.3


def place(rng: np.random.Generator, low: float, high: float) -> tuple[float, float]:
    """Return a point (lat, lon, degrees) between low and high km from the centre."""
    distance, turn = rng.uniform(low, high) / KM_PER_DEGREE, rng.uniform(0.0, 2.0 * np.pi)
    lat, lon = CENTRE
    return (
        round(lat + distance * np.cos(turn), 4),
        round(lon + distance * np.sin(turn) / np.cos(np.radians(lat)), 4),
    )


def at(where: tuple[float, float]) -> dict[str, float]:
    return {"lat_deg": where[0], "lon_deg": where[1]}


def random_plan(rng: np.random.Generator, units: list[str]) -> dict[str, Any]:
    control = str(rng.choice(["hold", "tight", "free"], p=[0.2, 0.5, 0.3]))
    return {
        "name": "random",
        "threats": [str(name) for name in rng.choice(list(THREATS), 6, replace=False)]
        + ["decoy-drone", "fighter"],
        "doctrine": {
            "weapon_control": control,
            "firing": str(rng.choice(["shoot-look-shoot", "salvo"])),
            "max_shots_per_threat": int(rng.integers(1, 7)),
        },
        "authority": {"persons": int(rng.integers(1, 3))},
        "traffic": {"civil_addresses": [[0x100000, 0x1FFFFF]]},
        "zones": {"circles": [{"code": "z", "name": "zone", **at(CENTRE), "radius_km": 15.0}]},
        "assets": [
            {"name": f"asset {n}", **at(place(rng, 0, 12)), "radius_km": 3.0, "value": 10.0}
            for n in range(rng.integers(1, 4))
        ],
        "sensors": [
            {
                "name": f"sensor {n}",
                "type": str(rng.choice(RADARS if n == 0 else (*RADARS, *OTHERS))),
                **at(place(rng, 0, 10)),
                "decoy_sites": int(rng.integers(0, 3)),
            }
            for n in range(rng.integers(1, 5))
        ],
        "command_posts": [
            {"name": f"post {n}", **at(place(rng, 0, 10)), "rank": n + 1}
            for n in range(rng.integers(0, 3))
        ],
        "fire_units": [
            {
                "name": f"unit {n}",
                "type": str(rng.choice(units)),
                **at(place(rng, 0, 10)),
                "rounds": int(rng.integers(0, 9)),
                "reloads": int(rng.integers(0, 2)),
            }
            for n in range(rng.integers(0, 4))
        ],
    }


def random_fire_zones(rng: np.random.Generator, plan: dict[str, Any]) -> list[dict[str, Any]]:
    """None in half of the cases, else up to three: discs and corridors near the middle."""
    names = [unit[key] for unit in plan["fire_units"] for key in ("name", "type")]
    zones = []
    for n in range(int(rng.integers(1, 4)) if rng.random() < 0.5 else 0):
        floor = float(rng.choice([-500.0, 300.0, 2_000.0]))
        zone = {
            "name": f"zone {n}",
            "rule": str(rng.choice(["keep-out", "only"], p=[0.7, 0.3])),
            "units": [str(rng.choice(names))] if names and rng.random() < 0.5 else [],
            "floor_m": floor,
            "ceiling_m": floor + float(rng.choice([1_500.0, 10_000.0, 60_000.0])),
        }
        if rng.random() < 0.5:
            zone |= {**at(place(rng, 0, 15)), "radius_km": float(rng.uniform(1.0, 20.0))}
        else:
            ends = [list(place(rng, 5, 40)) for _ in range(3)]
            zone |= {"route": ends, "half_width_km": float(rng.uniform(1.0, 10.0))}
        zones.append(zone)
    return zones


def random_scenario(rng: np.random.Generator) -> dict[str, Any]:
    salvos = []
    for _ in range(rng.integers(1, 4)):
        kind = str(rng.choice(list(THREATS)))
        launch = place(rng, *THREATS[kind])
        salvos.append(
            {
                "type": kind,
                "count": int(rng.integers(1, 5)),
                "launch_lat_deg": launch[0],
                "launch_lon_deg": launch[1],
                "launch_spread_km": 0.5,
                "targets": ["centre"],
                "scatter_km": float(rng.uniform(0.0, 8.0)),
                "interval_s": float(rng.uniform(0.0, 5.0)),
            }
        )
    flights = [
        {
            "name": f"flight {n}",
            "count": int(rng.integers(1, 3)),
            "route": [list(place(rng, 40, 60)), list(CENTRE), list(place(rng, 40, 60))],
            "altitude_m": float(rng.uniform(2_000.0, 11_000.0)),
            "first_s": -120.0,
            "interval_s": 30.0,
            "first_address": 0x100000 + 100 * n if civil else 0x200000 + 100 * n,
            "friendly": not civil,
        }
        for n, civil in enumerate((True, True, False))
    ]
    return {
        "name": "random",
        "start": datetime(2030, 1, 1, tzinfo=UTC),
        "duration_s": 330.0,
        "places": [{"name": "centre", **at(CENTRE)}],
        "weather": {
            "rain_mm_h": float(rng.uniform(0.0, 10.0)),
            "visibility_km": float(rng.uniform(0.5, 40.0)),
            "wind_east_m_s": float(rng.uniform(-15.0, 15.0)),
        },
        "jammers": [
            {"name": f"jammer {n}", **at(place(rng, 60, 120)), "j_n_db": float(rng.uniform(0, 40))}
            for n in range(rng.integers(0, 3))
        ],
        "birds": [{"name": "gulls", "count": 5, **at(CENTRE), "radius_km": 10.0}],
        "survivability": {"loss_probability": float(rng.uniform(0.0, 1.0)), "site_radius_m": 2e3},
        "links": {
            "jitter_s": 0.05,
            "loss": float(rng.uniform(0.0, 0.05)),
            "outages": [{"from_s": 50.0, "to_s": float(rng.uniform(50.0, 90.0)), "factor": 0.3}],
        },
        "referee": {"correlation": float(rng.uniform(0.0, 0.3))},
        "raids": [{"name": "raid", "start_s": 5.0, "salvos": salvos}],
        "flights": flights,
    }


def loosen(rng: np.random.Generator, plan: dict[str, Any]) -> None:
    """Let sites share less: who has which post or sensor is drawn, and how far both levels go."""
    levels = ["own", "zone", "integrated"] if plan["command_posts"] else ["own", "integrated"]
    picture = int(rng.integers(0, len(levels)))
    fire = int(rng.integers(0, picture + 1))
    plan["coordination"] = {"picture": levels[picture], "fire": levels[fire]}
    sensors = [sensor["name"] for sensor in plan["sensors"]]
    posts = [post["name"] for post in plan["command_posts"]]
    for site in (*plan["sensors"], *plan["fire_units"]):
        if posts:
            site["command_post"] = str(rng.choice(posts))
    for unit in plan["fire_units"]:
        unit["sensor"] = str(rng.choice(sensors))


@pytest.mark.slow
@pytest.mark.parametrize("batch", range(CASES // BATCH))
def test_invariants_of_random_raids(batch: int, compose: Any, tmp_path: Path) -> None:
    units = sorted(bundled_catalogue().effectors)
    orders = held = 0
    for case in range(batch * BATCH, (batch + 1) * BATCH):
        rng = Streams(case)("tests", "random raids").generator()
        plan, scenario = random_plan(rng, units), random_scenario(rng)
        zoning = Streams(case)("tests", "random raids", "fire zones").generator()
        plan["fire_zones"] = random_fire_zones(zoning, plan)
        if case % LOOSE == LOOSE - 1:
            loosen(Streams(case)("tests", "random raids", "levels").generator(), plan)
        run = simulate(compose(scenario, plan), tmp_path / str(case), seed=case)
        check(run, plan, scenario)
        orders += int(run.outcome.totals["orders"])
        held += plan["doctrine"]["weapon_control"] == "hold"
    assert orders > 0, "nothing was engaged in the whole batch: it proves nothing"
    assert held > 0, "no case of the batch was on HOLD"


def check(run: Run, plan: dict[str, Any], scenario: dict[str, Any]) -> None:
    evidence, ledger = Evidence(run.folder), read_ledger(run.folder)
    conserved(run, scenario)
    rounds_are_real(evidence, plan)
    authority_is_kept(evidence, plan)
    nobody_protected_is_engaged(evidence, ledger)
    fire_zones_are_kept(run, evidence)
    every_number_told_computes_again(run, evidence)
    assert set(evidence.column(CivilWarnings, "status").tolist()) <= {WarningStatus.EXERCISE}
    for tracks in evidence.all(SystemTracks):
        if len(tracks):
            lowest = np.linalg.eigvalsh(unpack_covariance(tracks.covariance)).min(axis=1)
            largest = np.abs(tracks.covariance).max(axis=1)
            assert (lowest >= -1e-5 * largest).all(), "a covariance is not PSD"  # single precision


def conserved(run: Run, scenario: dict[str, Any]) -> None:
    totals = run.outcome.totals
    launched = sum(salvo["count"] for raid in scenario["raids"] for salvo in raid["salvos"])
    assert totals["launched"] == launched
    ends = ("killed", "leaked", "harmless", "failed", "flying")
    assert sum(totals[key] for key in ends) == launched
    assert totals["ignored"] <= totals["harmless"]


def rounds_are_real(evidence: Evidence, plan: dict[str, Any]) -> None:
    start = np.array([u["rounds"] * (1 + u["reloads"]) for u in plan["fire_units"]], int)
    assert all((m.rounds_left >= 0).all() for m in evidence.all(Magazines))
    assert all((m.channels_busy >= 0).all() for m in evidence.all(Magazines))
    fired = np.zeros(len(start), int)
    for report in evidence.all(EngagementReports):
        assert (report.rounds_left >= 0).all()
        launched = report.state == EngagementState.LAUNCHED
        np.add.at(fired, report.unit[launched], report.rounds[launched])
    beams = [u["type"] in {"directed-energy", "soft-kill"} for u in plan["fire_units"]]
    assert (fired[~np.array(beams, bool)] <= start[~np.array(beams, bool)]).all()


def authority_is_kept(evidence: Evidence, plan: dict[str, Any]) -> None:
    ordered = set(evidence.column(EngagementOrders, "engagement").tolist())
    if plan["doctrine"]["weapon_control"] == "hold":
        assert not ordered
        assert not len(evidence.column(Recommendations, "engagement"))
    approved: dict[int, set[str]] = {}
    for said in evidence.all(OperatorDecisions):
        for number, answer in zip(said.engagement, said.answer, strict=True):
            if answer == Answer.APPROVE:
                approved.setdefault(int(number), set()).add(said.operator)
    persons = plan["authority"]["persons"]
    assert all(len(approved.get(number, ())) >= persons for number in ordered)


def fire_zones_are_kept(run: Run, evidence: Evidence) -> None:
    zones = read_inputs(run.folder).plan().fire_zones
    for plan in evidence.all(FirePlan):
        taken = plan.reason == Reason.CHOSEN
        assert not closed(zones, plan.unit[taken], plan.intercept_ecef[taken]).any()
    for order in evidence.all(EngagementOrders):
        new = order.kind == OrderKind.ENGAGE
        assert not closed(zones, order.unit[new], order.intercept_ecef[new]).any()


def nobody_protected_is_engaged(evidence: Evidence, ledger: Any) -> None:
    for order in evidence.all(EngagementOrders):
        for track in order.track_number[order.kind == 0]:
            known = _identity_at(evidence, int(track), order.header.valid_at)
            assert known not in PROTECTED, f"track {track} was protected when it was engaged"
    objects = ledger.objects.to_pylist()
    safe = {row["object_id"] for row in objects if row["kind"] in {"civil", "friendly"}}
    assert safe, "the case has no traffic to protect"
    hit = {row["object_id"] for row in ledger.shots.to_pylist() if row["hit"]}
    assert not hit & safe
    assert all(row["state"] != "killed" for row in objects if row["object_id"] in safe)


def every_number_told_computes_again(run: Run, evidence: Evidence) -> None:
    """Compare what explain tells of some engagements with benchmarks/explained.py's own figures."""
    believed = read_inputs(run.folder).plan()
    told = evidence.column(Recommendations, "engagement").astype(int).tolist()
    step = max(len(told) // EXPLAINED, 1)

    def explain(_: Path, number: int) -> Any:
        story = Story(decisions=decisions(evidence, believed, {number}))
        return msgspec.to_builtins(story)

    checks = list(EXPLAINER.computed_again(run.folder, told[::step], explain))
    assert not [check for check in checks if not check.agrees]
    assert checks or not told


class Story(msgspec.Struct):
    decisions: list[Decision]


def _script(name: str) -> Any:
    """Load a benchmark, which is no part of the package."""
    path = Path(__file__).parents[2] / "benchmarks" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


EXPLAINER = _script("explained")


def _identity_at(evidence: Evidence, track: int, now: int) -> int | None:
    for threats in reversed(evidence.all(Threats)):
        if threats.header.valid_at <= now:
            row = np.flatnonzero(threats.track_number == track)
            return int(threats.identity[row[0]]) if len(row) else None
    return None
