"""Losses and links through a whole run: what they do to picture, fire and outcome."""

import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
import tomli_w

from tdome.kernel.errors import JournalError
from tdome.kernel.journal import JournalWriter, read_journal
from tdome.messages.fire import EngagementOrders, EngagementReports, Magazines
from tdome.messages.sensing import Plots
from tdome.messages.tracks import SystemTracks
from tdome.messages.wire import decode, encode
from tdome.run.api import simulate
from tdome.run.library import find_inputs
from tdome.run.record import Run
from tdome.run.replay import replay
from tdome.score.evidence import Evidence
from tdome.score.outcome import FATES
from tdome.score.story import tell
from tdome.world.ledger import read_ledger

START = datetime(2030, 1, 1, tzinfo=UTC)
T0 = int(START.timestamp()) * 10**9
PLAN: dict[str, Any] = {
    "name": "one radar",
    "threats": ["srbm"],
    "assets": [{"name": "A", "lat_deg": 24.0, "lon_deg": 120.6, "radius_km": 3.0, "value": 1.0}],
    "sensors": [{"name": "radar", "type": "multifunction", "lat_deg": 24.0, "lon_deg": 120.6}],
}
FLIGHT = {
    "name": "flight",
    "count": 1,
    "route": [[24.3, 119.9], [24.3, 121.3]],
    "route_spread_km": 0.0,
    "speed_m_s": 230.0,
    "first_s": -60.0,
    "first_address": 100,
}


def scenario(duration: float = 100.0, **keys: Any) -> dict[str, Any]:
    return {"name": "x", "start": START, "duration_s": duration, "flights": [FLIGHT], **keys}


def truth_at(run: Run, at: int) -> np.ndarray:
    """Return position and velocity of the only object."""
    paths = read_ledger(run.folder).paths
    t, columns = paths["t"].to_numpy(), ("x", "y", "z", "vx", "vy", "vz")
    return np.array([np.interp((at - T0) / 1e9, t, paths[c].to_numpy()) for c in columns])


def along(run: Run) -> float:
    """Return how far the track is ahead of the truth along its path in the last pictures, m."""
    shifts = []
    for tracks in Evidence(run.folder).all(SystemTracks)[-6:]:
        state = truth_at(run, tracks.header.valid_at)
        course = state[3:] / np.linalg.norm(state[3:])
        shifts += [float((own[:3] - state[:3]) @ course) for own in tracks.state]
    return float(np.mean(shifts))


@pytest.mark.parametrize("offset", [-2.0, 0.0])
def test_a_slow_clock_puts_tracks_ahead_along_their_path(compose, tmp_path, offset):
    links = {"sites": [{"name": "radar", "clock_offset_s": offset}]}
    run = simulate(compose(scenario(links=links), PLAN), tmp_path / "r", seed=1)
    assert along(run) == pytest.approx(-offset * FLIGHT["speed_m_s"], abs=60.0)


def test_a_clock_that_runs_ahead_is_refused_at_the_door_and_counted(compose, tmp_path):
    links = {"sites": [{"name": "radar", "clock_offset_s": 30.0}]}
    run = simulate(compose(scenario(links=links), PLAN), tmp_path / "r", seed=1)
    assert {row["reason"] for row in run.manifest.quarantine} == {"received before it was valid"}
    assert not run.manifest.messages.get("Plots")


def unused(run: Run) -> dict[str, int]:
    return {str(row["reason"]): int(row["count"]) for row in run.manifest.unused}


def received(run: Run) -> np.ndarray:
    plots = Evidence(run.folder).all(Plots)
    return (np.array([p.header.valid_at for p in plots]) - T0) / 1e9


def test_a_cut_silences_and_a_relay_rescues(compose, tmp_path):
    cut = [{"link": "radar", "from_s": 30.0, "to_s": 70.0}]
    base = simulate(compose(scenario(links={"outages": cut}), PLAN), tmp_path / "cut", seed=1)
    times = received(base)
    assert not ((times > 30.0) & (times < 69.5)).any()
    assert (times < 30.0).any()
    assert (times > 70.0).any()
    assert unused(base)["Plots undelivered"] > 0
    drops = [t for t in Evidence(base.folder).all(SystemTracks) if not len(t)]
    assert any(62.0 < (t.header.valid_at - T0) / 1e9 < 75.0 for t in drops), "it coasts, then ends"
    mast = {"name": "mast", "type": "gap-filler", "lat_deg": 24.05, "lon_deg": 120.6}
    plan = PLAN | {"sensors": [*PLAN["sensors"], mast]}
    links = {"outages": cut, "sites": [{"name": "radar", "relay": "mast"}]}
    rescued = simulate(compose(scenario(links=links), plan), tmp_path / "relay", seed=1)
    of_radar = [p for p in Evidence(rescued.folder).all(Plots) if p.sensor == "radar"]
    inside = [p for p in of_radar if 30.0 < (p.header.valid_at - T0) / 1e9 < 69.0]
    assert len(inside) > 10
    late = {p.header.received_at - p.header.valid_at for p in of_radar}
    assert max(late) - min(late) == pytest.approx(1e8, rel=1e-6), "the delay of the relay adds"


def test_a_late_scan_is_refused_and_shown(compose, tmp_path):
    links = {"sites": [{"name": "mast", "delay_s": 15.0}]}
    mast = {"name": "mast", "type": "gap-filler", "lat_deg": 24.05, "lon_deg": 120.6}
    plan = PLAN | {"sensors": [*PLAN["sensors"], mast]}
    run = simulate(compose(scenario(60.0, links=links), plan), tmp_path / "r", seed=1)
    assert unused(run)["came too late to be used"] > 0


# -- ends of runs


def test_a_run_goes_on_while_anything_flies(compose, tmp_path):
    run = simulate(compose(scenario(150.0), PLAN), tmp_path / "r", seed=1)
    assert run.manifest.simulated_s == 150.0
    short = {**FLIGHT, "route": [[24.3, 120.6], [24.3, 120.7]], "first_s": 0.0}
    tables = scenario(600.0) | {"flights": [short]}
    landed = simulate(compose(tables, PLAN), tmp_path / "s", seed=1)
    assert 40.0 < landed.manifest.simulated_s < 120.0


def test_what_is_due_after_the_end_was_not_launched(compose, tmp_path):
    salvo = {
        "type": "srbm", "count": 4, "launch_lat_deg": 25.5, "launch_lon_deg": 118.5,
        "interval_s": 30.0, "targets": ["A"],
    }  # fmt: skip
    tables = scenario(
        50.0,
        places=[{"name": "A", "lat_deg": 24.0, "lon_deg": 120.6}],
        raids=[{"name": "raid", "salvos": [salvo]}],
    )
    run = simulate(compose(tables, PLAN), tmp_path / "r", seed=3)
    totals = run.outcome.totals
    assert totals["not_launched"] >= 1
    assert totals["launched"] + totals["not_launched"] == 4
    assert sum(totals[k] for k in FATES) == totals["launched"]


# -- forged journals


def test_a_story_of_a_unit_that_does_not_exist(tmp_path):
    run = simulate(find_inputs("first-steps"), tmp_path / "r", seed=1)
    forged = tmp_path / "forged"
    forged.mkdir()
    with JournalWriter(forged / "journal.mcap", encoding="msgpack") as writer:
        for record in read_journal(run.folder / "journal.mcap"):
            message = decode(record.topic, record.payload)
            if isinstance(message, EngagementOrders):
                message = msgspec.structs.replace(message, unit=message.unit + 99)
            header = message.header
            writer.append(record.topic, header.received_at, header.valid_at, encode(message))
    with pytest.raises(JournalError, match="damaged"):
        tell(forged, find_inputs("first-steps").plan(), "E1")


# -- radar-loss

BASE = find_inputs("radar-loss")


def variant(place: Path, seed: int, **change: Any) -> Run:
    plan, tables = tomllib.loads(BASE.plan_text), tomllib.loads(BASE.scenario_text)
    if "succession_s" in change:
        plan["authority"]["succession_s"] = change["succession_s"]
    if "hardening" in change:
        plan["command_posts"][0]["hardening"] = change["hardening"]
    tables["survivability"] |= change.get("rules", {})
    inputs = msgspec.structs.replace(
        BASE, plan_text=tomli_w.dumps(plan), scenario_text=tomli_w.dumps(tables)
    )
    return simulate(inputs, place, seed=seed)


def leakers(run: Run) -> dict[str, int]:
    return {row["asset"]: row["leakers"] for row in run.outcome.by_asset.to_pylist()}


@pytest.mark.slow
def test_a_hit_command_post_degrades_its_zone_and_succession_restores_it(tmp_path):
    north = {"spared": 0, "heir": 0, "orphan": 0}
    south = dict(north)
    for seed in (1, 2, 3):
        runs = {
            "spared": variant(tmp_path / f"a{seed}", seed, hardening=1.0),
            "heir": variant(tmp_path / f"b{seed}", seed),
            "orphan": variant(tmp_path / f"c{seed}", seed, succession_s=86_400.0),
        }
        for name, run in runs.items():
            lost = {row["site"] for row in run.outcome.sites.to_pylist()}
            assert ("Post north" in lost) == (name != "spared")
            north[name] += leakers(run)["Port north"]
            south[name] += leakers(run)["Port south"]
    assert north["orphan"] >= north["spared"] + 6
    assert north["heir"] <= north["orphan"] - 6
    assert max(south.values()) - min(south.values()) <= 2, "the other zone is as it was"


@pytest.mark.slow
def test_lost_radars_cost_leakers_and_the_run_replays(tmp_path):
    hit = variant(tmp_path / "hit", 1)
    spared = variant(tmp_path / "spared", 1, rules={"loss_probability": 0.0})
    assert {row["site"] for row in hit.outcome.sites.to_pylist()} >= {"Radar north", "Post north"}
    assert not len(spared.outcome.sites)
    assert sum(leakers(hit).values()) > sum(leakers(spared).values())
    assert replay(hit.folder).equal


# -- conservation under random losses


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5))  # the random raids draw losses too
def test_nothing_is_lost_but_sites(tmp_path, seed):
    rng = np.random.default_rng(seed)
    rules = {
        "loss_probability": float(rng.uniform(0.5, 1.0)),
        "destroyed_share": float(rng.uniform(0.0, 1.0)),
        "site_radius_m": float(rng.uniform(500.0, 6_000.0)),  # everything near a port is hit
        "sensor_repair_s": float(rng.uniform(1.0, 300.0)),
        "fire_unit_repair_s": float(rng.uniform(1.0, 300.0)),
        "command_post_repair_s": float(rng.uniform(1.0, 300.0)),
    }
    run = variant(tmp_path / "r", seed, rules=rules, succession_s=float(rng.uniform(0.0, 200.0)))
    totals, evidence = run.outcome.totals, Evidence(run.folder)
    assert len(run.outcome.sites) > 0
    assert totals["launched"] == 82
    assert sum(totals[k] for k in FATES) == 82
    assert all((m.rounds_left >= 0).all() for m in evidence.all(Magazines))
    assert all((m.rounds_left >= 0).all() for m in evidence.all(EngagementReports))
    shots = read_ledger(run.folder).shots.to_pylist()
    assert len({(s["engagement"], s["round"]) for s in shots}) == len(shots)
    for row in run.outcome.sites.to_pylist():
        assert 0.0 <= row["down_s"] <= run.manifest.simulated_s
