"""Table B through the whole chain: raids of one kind at one city, from plot to outcome.

Shipped catalogue on both sides, the row's batteries and rounds, ``raid_failure = "by-class"``.
Sizes of raids are those of the data, cut at 12; no raid is empty. The parameters were solved at
referee level, never on these runs.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from tdome.kernel.random import Streams
from tdome.run.library import Inputs
from tdome.studies.validation.simulated import Job, Result
from tdome.studies.validation.ukraine.records import Ints, Records, Row, sizes, table_b

LAT, LON = 24.0, 120.6  # of the city
MOST = 12  # bodies of one raid: larger records are cut, for time
LAUNCHED = 120  # bodies of one run, at least: few kinds bring so many in fewer raids than 12


class Approach(NamedTuple):
    """How a class comes: km from the city at the start, s between raids."""

    distance_km: float
    gap_s: float


APPROACH = {
    "drone": Approach(30.0, 240.0),
    "cruise": Approach(80.0, 150.0),
    "tactical-missile": Approach(80.0, 150.0),
    "supersonic-cruise": Approach(150.0, 150.0),
}
BALLISTIC = Approach(300.0, 90.0)

_SCENARIO = """name = "table B {kind}"
start = 2030-01-01T00:00:00Z
duration_s = {duration:.1f}

# Table B counts what came: a launch that fails at once is in no record.
[truth.threats.{kind}]
launch_failure = 0.0

[referee]
raid_failure = "by-class"

[[places]]
name = "city"
lat_deg = {lat}
lon_deg = {lon}
"""

_RAID = """
[[raids]]
name = "raid {number}"
start_s = {start:.1f}

[[raids.salvos]]
type = "{kind}"
count = {count}
launch_lat_deg = {lat}
launch_lon_deg = {west}
interval_s = 6.0
targets = ["city"]
"""

_PLAN = """name = "table B"
threats = ["{kind}"]

[doctrine]
weapon_control = "free"
max_shots_per_threat = {rounds}

[[sensors]]
name = "radar"
type = "multifunction"
lat_deg = {lat}
lon_deg = {lon}
height_m = 50.0

[[assets]]
name = "city"
lat_deg = {lat}
lon_deg = {lon}
radius_km = 10.0
value = 100.0
"""

_UNIT = """
[[fire_units]]
name = "battery {number}"
type = "{effector}"
lat_deg = {lat}
lon_deg = {lon}
rounds = 5000
"""


def raid_sizes(row: Row, seed: int, launched: int) -> Ints:
    """Draw sizes of raids until they bring so many bodies; the first ones are the same for any."""
    drawn = sizes(row, launched, Streams(seed)("chain", row["name"]).generator()).clip(max=MOST)
    return drawn[: int(np.searchsorted(np.cumsum(drawn), launched)) + 1]


def chain_inputs(row: Row, seed: int, launched: int = LAUNCHED) -> Inputs:
    """Compose a run of one row: raids at one city, one after the other."""
    kind, approach = row["class"], APPROACH.get(row["class"], BALLISTIC)
    counts = raid_sizes(row, seed, launched)
    west = LON - approach.distance_km / (111.32 * math.cos(math.radians(LAT)))
    duration = approach.gap_s * len(counts) + 1500.0
    place = {"kind": kind, "lat": LAT, "lon": LON}
    scenario = _SCENARIO.format(duration=duration, **place) + "".join(
        _RAID.format(number=i, start=approach.gap_s * i, count=n, west=west, **place)
        for i, n in enumerate(counts)
    )
    plan = _PLAN.format(rounds=row["rounds"], **place) + "".join(
        _UNIT.format(number=i, effector=row["effector"], **place) for i in range(row["batteries"])
    )
    return Inputs(
        name=f"table B {kind}",
        scenario_text=scenario,
        scenario_source="scenario.toml",
        plan_text=plan,
        plan_source="plan.toml",
    )


def case_of(name: str) -> str:
    """Return the name of the case of a row, good for files: ``table-b kh-101-555``."""
    return "table-b " + "".join(c if c.isalnum() else "-" for c in name.lower())


def chain_jobs(seeds: Sequence[int], launched: int = LAUNCHED) -> list[Job]:
    """Return the runs of all rows."""
    return [
        Job(case_of(row["name"]), seed, chain_inputs(row, seed, launched))
        for seed in seeds
        for row in table_b()["rows"]
    ]


def records_of(name: str, results: Sequence[Result]) -> Records:
    """Return launched and intercepted by raid of the runs of a row."""
    groups = [g for one in results if one.case == case_of(name) for g in one.groups]
    return Records(
        np.array([g.launched for g in groups], np.int64),
        np.array([g.killed for g in groups], np.int64),
    )


def mean_interval(records: Records) -> tuple[float, float]:
    """Return the 95 % interval of the mean over raids: 2,000 bootstrap draws of whole raids."""
    rng = Streams(1)("table B", "chain").generator()
    rows = rng.integers(0, len(records.launched), (2000, len(records.launched)))
    means = records.intercepted[rows].sum(axis=1) / records.launched[rows].sum(axis=1)
    low, high = np.percentile(means, [2.5, 97.5])
    return float(low), float(high)
