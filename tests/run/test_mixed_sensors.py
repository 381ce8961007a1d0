"""Sensors of all kinds in whole runs: what they are good for, and that the promises hold."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tdome.messages.sensing import Bearings, Cooperative, Cues, Plots, SensorTasks
from tdome.run.api import Run, simulate
from tdome.run.library import Inputs
from tdome.run.replay import replay
from tdome.score.evidence import Evidence
from tdome.world.ledger import read_ledger

PORT = {"lat_deg": 25.0, "lon_deg": 121.5}


def site(name: str, kind: str, lat: float = 25.0, lon: float = 121.5) -> dict[str, Any]:
    return {"name": name, "type": kind, "lat_deg": lat, "lon_deg": lon}


def plan(*sensors: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "name": "sensors of all kinds",
        "threats": ["mrbm", "drone"],
        "sensors": list(sensors),
        "assets": [{"name": "Port", **PORT, "radius_km": 3.0, "value": 10.0}],
        **more,
    }


def scenario(duration: float, **more: Any) -> dict[str, Any]:
    start = datetime(2030, 1, 1, 4, tzinfo=UTC)
    places = [{"name": "Port", **PORT}]
    return {"name": "mixed", "start": start, "duration_s": duration, "places": places, **more}


def raid(kind: str, count: int, lat: float, lon: float, **more: Any) -> dict[str, Any]:
    salvo = {"type": kind, "count": count, "launch_lat_deg": lat, "launch_lon_deg": lon}
    return {"name": kind, "salvos": [{**salvo, "targets": ["Port"], **more}]}


FLIGHTS = {
    "name": "airway",
    "count": 3,
    "route": [[24.0, 121.2], [26.0, 121.8]],
    "interval_s": 60.0,
    "first_s": -200.0,
    "first_address": 100,
    "reply_probability": 0.9,
}
ALL_KINDS = (
    site("Gap", "gap-filler"),
    site("Battery", "multifunction"),
    site("Flat", "surveillance-2d", 24.8),
    site("Finder", "passive-rf", 25.05),
    site("Finder 2", "passive-rf", 24.9, 121.3),
    site("Ears", "acoustic-node", 25.05, 121.49),
    site("Ears 2", "acoustic-node", 25.05, 121.52),
    site("Sight", "optical", 25.02),
    site("Space", "space"),
    site("Station", "cooperative"),
)


def everything(compose: Any) -> Inputs:
    raids = [raid("mrbm", 1, 34.0, 117.0), raid("drone", 4, 25.09, 121.5, interval_s=4.0)]
    return compose(scenario(130.0, raids=raids, flights=[FLIGHTS]), plan(*ALL_KINDS))


@pytest.fixture(scope="module")
def run(compose: Any, tmp_path_factory: pytest.TempPathFactory) -> Run:
    return simulate(everything(compose), tmp_path_factory.mktemp("all") / "run", seed=2)


def test_every_kind_reports_and_every_report_is_in_the_ledger(run: Run) -> None:
    evidence, ledger = Evidence(run.folder), read_ledger(run.folder).plots.to_pandas()
    sent = {}
    for kind in (Plots, Bearings, Cues, Cooperative):
        for message in evidence.all(kind):
            sent[message.sensor] = kind.__name__
            rows = ledger[(ledger.sensor == message.sensor) & (ledger.scan == message.header.seq)]
            assert len(rows) == len(message)
            assert set(rows.message) <= {kind.__name__}
    assert set(sent) == {sensor["name"] for sensor in ALL_KINDS}
    heights = {m.sensor: np.isnan(m.elevation_rad) for m in evidence.all(Plots) if len(m)}
    assert heights["Flat"].all()
    assert not heights["Battery"].any()
    assert not run.manifest.quarantine


def test_wire_relabelled_and_replayed_runs_are_the_same(
    run: Run, compose: Any, tmp_path: Path
) -> None:
    inputs = everything(compose)
    assert simulate(inputs, tmp_path / "w", seed=2, wire=True).journal_hash == run.journal_hash
    relabelled = simulate(inputs, tmp_path / "r", seed=2, relabel=9)
    assert relabelled.journal_hash == run.journal_hash
    assert replay(run.folder).equal


def test_what_is_of_no_use_is_counted_with_a_reason(run: Run) -> None:
    reasons = {(str(row["source"]), str(row["reason"])) for row in run.manifest.unused}
    assert ("Finder", "directions are not used by this tracker") in reasons
    assert all(int(row["count"]) > 0 for row in run.manifest.unused)


def test_another_sensor_changes_no_draw_of_the_others(compose: Any, tmp_path: Path) -> None:
    first = []
    for number, sensors in enumerate((ALL_KINDS[3:6], ALL_KINDS[3:])):
        raids = [raid("drone", 4, 25.09, 121.5, interval_s=4.0)]
        inputs = compose(scenario(60.0, raids=raids, flights=[FLIGHTS]), plan(*sensors))
        done = simulate(inputs, tmp_path / str(number), seed=4)
        first.append(
            [
                (m.sensor, m.header.seq, m.azimuth_rad.tolist(), m.snr_db.tolist())
                for m in Evidence(done.folder).all(Bearings)
                if m.sensor in {"Finder", "Finder 2", "Ears"}
            ]
        )
    assert first[0] == first[1]
    assert len(first[0]) > 60


def first_plot(run: Run, kind: type[Plots] | type[Cues]) -> float:
    """When a report of a missile (not of what it sheds) was first valid, s since the start."""
    ledger = read_ledger(run.folder)
    rows, objects = ledger.plots.to_pandas(), ledger.objects.to_pandas()
    missiles = objects[objects.kind == "threat"].object_id
    real = rows[(rows.message == kind.__name__) & rows.object_id.isin(missiles)]
    names = set(zip(real.sensor, real.scan, strict=True))
    times = [
        (m.header.valid_at - ledger.start) / 1e9
        for m in Evidence(run.folder).all(kind)
        if (m.sensor, m.header.seq) in names
    ]
    return min(times, default=600.0)


def test_a_space_cue_comes_first_and_a_cued_radar_sees_the_launch_sooner(
    compose: Any, tmp_path: Path
) -> None:
    slow = {"sensors": {"x-band": {"period_s": 240.0, "min_elevation_deg": 0.5}}}
    sooner = []
    for seed in range(4):
        seen = {}
        for cued in (True, False):
            sites = (site("Watch", "x-band"), *([site("Space", "space")] if cued else []))
            told = scenario(600.0, raids=[raid("mrbm", 1, 33.0, 119.0)], truth=slow)
            inputs = compose(told, plan(*sites, beliefs=slow))
            done = simulate(inputs, tmp_path / f"{seed}-{cued}", seed=seed)
            seen[cued] = first_plot(done, Plots)
            if cued and first_plot(done, Cues) < 600.0:
                assert first_plot(done, Cues) < seen[True] - 60.0
                assert (Evidence(done.folder).column(SensorTasks, "track_number") == -1).any()
        sooner.append(seen[False] - seen[True])
    assert min(sooner) >= 0.0
    assert np.mean(sooner) > 10.0
