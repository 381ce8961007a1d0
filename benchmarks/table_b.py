"""Validation table B: interception by class and its dispersion, simulated against published.

    python benchmarks/table_b.py [--seed N] [--json] [--chain] [--seeds N] [--launched N]

Two levels of evidence. Referee level (always): 2,000 keyed records a row, of the sizes of the data,
each body met by the rows' rounds, judged by the real referee with the shipped parameters and
``raid_failure = "by-class"``. Whole chain (``--chain``): small raids of one class at one city,
``tdome.run.api.simulate`` from plot to outcome, with the shipped catalogue on both sides and the
row's rounds as the most that are fired at a body.

Ranges. Mean: least and greatest (D + N) / L of the years with 20 or more launched. phi: the 95 %
range of the estimate over as many records as published, if the published value were true (beta-
binomial records of the same sizes, 400 draws). Zero and all, ballistic rows together: Clopper-
Pearson 95 % of 171 and 19 of 239. Zero share of the rows without phi: at least the share of records
that must be zero, since no year can have more non-zero records than intercepts. A row is inside if
all its ranges hold. Data, mapping and sources: benchmarks/table_b.toml, docs/concepts/models.
"""

import argparse
import json
import sys
import tempfile
import tomllib
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import tomli_w
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table
from scipy.stats import beta, nbinom

from tdome.kernel.random import Streams, object_key
from tdome.plan.books.threats import threat_book
from tdome.plan.books.units import unit_book
from tdome.plan.catalogue import bundled_catalogue
from tdome.plan.schema import FireUnitSite
from tdome.run.api import simulate
from tdome.run.library import Inputs
from tdome.world.effectors.referee import Referee
from tdome.world.schema.conditions import Referee as Rules

RECORDS = 2000
SEVERAL = 2  # launched, for a record to tell of dispersion
FEWEST = 20  # launched, for a class-year to count
TUNED_ON = ("2022", "2023", "2024")
DATA = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))


class Records(NamedTuple):
    """Launched and intercepted, (n,) each."""

    launched: NDArray[np.int64]
    intercepted: NDArray[np.int64]


class Statistics(NamedTuple):
    """Share intercepted of all; of records with two or more: phi, shares of none and of all."""

    mean: float
    phi: float
    zero: float
    all: float
    zero_of_all_records: float


@dataclass(frozen=True)
class Verdict:
    """One row of the table: what was published, what was simulated, and whether it is inside."""

    name: str
    threat_class: str
    records: int
    tuned: float
    held_out: float
    simulated: Statistics
    ranges: dict[str, tuple[float, float]]
    misses: list[str]


def totals(row: dict[str, Any], years: tuple[str, ...] = ()) -> NDArray[np.int64]:
    """Return records, launched, destroyed, not reached over years (all, if none is named)."""
    kept = [counts for year, counts in row["years"].items() if not years or year in years]
    return np.sum(kept, axis=0)


def rate(row: dict[str, Any], years: tuple[str, ...] = ()) -> float:
    """Return (D + N) / L over years."""
    _, launched, destroyed, lost = totals(row, years)
    return float((destroyed + lost) / launched)


def sizes(row: dict[str, Any], n: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Draw sizes of records: 1 + negative binomial, of the published mean."""
    records, launched, *_ = totals(row)
    excess, r = launched / records - 1.0, row["size"]
    return 1 + nbinom.ppf(rng.random(n), r, r / (r + excess)).astype(int)


def statistics(records: Records) -> Statistics:
    """Return the statistics of records."""
    several = records.launched >= SEVERAL
    n, x = records.launched[several], records.intercepted[several]
    p = x.sum() / n.sum()
    chi = ((x - n * p) ** 2 / (n * p * (1.0 - p))).sum() if 0.0 < p < 1.0 else np.nan
    return Statistics(
        mean=float(records.intercepted.sum() / records.launched.sum()),
        phi=float(chi / (len(n) - 1)),
        zero=float((x == 0).mean()),
        all=float((x == n).mean()),
        zero_of_all_records=float((records.intercepted == 0).mean()),
    )


def at_referee(row: dict[str, Any], seed: int = 1, records: int = RECORDS) -> Records:
    """Judge keyed records of a row with the real referee."""
    catalogue, streams = bundled_catalogue(), Streams(seed)
    book = threat_book([row["class"]], catalogue, "table B")
    unit = FireUnitSite(name="battery", type=row["effector"], lat_deg=0.0, lon_deg=0.0)
    sspk = unit_book([unit], catalogue, "table B").sspk_against(book.names, book.family)[0, 0]
    launched = sizes(row, records, streams("sizes", row["name"]).generator())
    raids = [f"{row['name']} {i}" for i in range(records)]
    units = [f"battery {i}" for i in range(row["batteries"])]
    referee = Referee(Rules(raid_failure="by-class"), raids, book, units, streams)
    intercepted = np.zeros(records, int)
    for raid, count in enumerate(launched):
        for body in range(count):
            key, unit_row = object_key(raids[raid], body), body % len(units)
            p = referee.kill_probability(float(sspk), raid, 0, unit_row, key)
            intercepted[raid] += any(referee.hits(key, p) for _ in range(row["rounds"]))
    return Records(launched, intercepted)


def mean_range(row: dict[str, Any]) -> tuple[float, float]:
    """Return the least and greatest rate of the years with enough launched."""
    rates = [
        (d + n) / launched for _, launched, d, n in row["years"].values() if launched >= FEWEST
    ]
    return min(rates), max(rates)


def phi_range(row: dict[str, Any], draws: int = 400) -> tuple[float, float]:
    """Return the 95 % range of phi over as many records as published; see the module's text."""
    rng = Streams(1)("table B", row["name"]).generator()
    many = sizes(row, 20_000, rng)
    rho = (row["phi"] - 1.0) / (many[many >= SEVERAL].mean() - 1.0)
    p, shape = rate(row), 1.0 / rho - 1.0
    found = []
    for _ in range(draws):
        n = sizes(row, int(totals(row)[0]), rng)
        x = rng.binomial(n, rng.beta(p * shape, (1.0 - p) * shape, len(n)))
        found.append(statistics(Records(n, x)).phi)
    low, high = np.percentile(found, [2.5, 97.5])
    return float(low), float(high)


def clopper_pearson(count: int, trials: int) -> tuple[float, float]:
    """Return the 95 % interval of a share."""
    low = beta.ppf(0.025, count, trials - count + 1)
    high = beta.ppf(0.975, count + 1, trials - count)
    return float(low), float(high)


def least_zero(row: dict[str, Any]) -> float:
    """Return the share of a row's records that must be without an intercept."""
    kept = sum(max(records - d - n, 0) for records, _, d, n in row["years"].values())
    return float(kept / totals(row)[0])


def pooled(found: dict[str, Records]) -> Statistics:
    """Return the statistics of the ballistic rows together, weighted by their records."""
    pool = DATA["pool"]["rows"]
    rows = {row["name"]: row for row in DATA["rows"]}
    parts = [statistics(found[name]) for name in pool]
    several = [float((found[name].launched >= SEVERAL).mean()) for name in pool]
    weight = np.array(
        [totals(rows[name])[0] * share for name, share in zip(pool, several, strict=True)]
    )
    columns = np.average(np.array(parts), axis=0, weights=weight)
    return Statistics(*(float(value) for value in columns))


def judge(row: dict[str, Any], found: dict[str, Records]) -> Verdict:
    """Compare one row with its ranges."""
    simulated = statistics(found[row["name"]])
    ranges = {"mean": mean_range(row)}
    values = {"mean": simulated.mean}
    if "phi" in row:
        ranges["phi"], values["phi"] = phi_range(row), simulated.phi
    else:
        ranges["zero (all records)"] = least_zero(row), 1.0
        values["zero (all records)"] = simulated.zero_of_all_records
    if row["name"] in DATA["pool"]["rows"]:
        together = pooled(found)
        for key in ("zero", "all"):
            ranges[f"{key} (pooled)"] = clopper_pearson(DATA["pool"][key], DATA["pool"]["records"])
            values[f"{key} (pooled)"] = getattr(together, key)
    misses = [
        f"{key} {values[key]:.3f} outside {low:.3f}-{high:.3f}"
        for key, (low, high) in ranges.items()
        if not low <= values[key] <= high
    ]
    later = tuple(year for year in row["years"] if year not in TUNED_ON)
    return Verdict(
        name=row["name"],
        threat_class=row["class"],
        records=int(totals(row)[0]),
        tuned=rate(row, TUNED_ON),
        held_out=rate(row, later),
        simulated=simulated,
        ranges=ranges,
        misses=misses,
    )


def referee_table(seed: int = 1) -> tuple[list[Verdict], Statistics]:
    """Return the verdicts at referee level, and the statistics of the ballistic pool."""
    found = {row["name"]: at_referee(row, seed) for row in DATA["rows"]}
    return [judge(row, found) for row in DATA["rows"]], pooled(found)


# ---------------------------------------------------------------- the whole chain

CITY = {"lat_deg": 24.0, "lon_deg": 120.6}
MOST = 12  # bodies of one raid of the chain: larger records are cut, for time


class Approach(NamedTuple):
    """How a class comes in the chain: km from the city at the start, s between raids."""

    distance_km: float
    gap_s: float


APPROACH = {
    "drone": Approach(30.0, 240.0),
    "cruise": Approach(80.0, 150.0),
    "tactical-missile": Approach(80.0, 150.0),
    "supersonic-cruise": Approach(150.0, 150.0),
}
BALLISTIC = Approach(300.0, 90.0)


def chain_sizes(row: dict[str, Any], raids: int, seed: int) -> NDArray[np.int64]:
    """Draw the sizes of the raids of the chain; the first ones are the same for any number."""
    rng = Streams(seed)("chain", row["name"]).generator()
    return sizes(row, raids, rng).clip(max=MOST)


def raids_for(row: dict[str, Any], launched: int, seed: int) -> int:
    """Return how many raids of a row bring so many bodies: rows with equally wide intervals."""
    bodies = np.cumsum(chain_sizes(row, launched, seed))  # no raid is empty
    return int(np.searchsorted(bodies, launched)) + 1


def chain_inputs(row: dict[str, Any], raids: int, seed: int) -> Inputs:
    """Compose a run of one row: raids of the sizes of the data at one city, one after the other."""
    name = row["class"]
    approach = APPROACH.get(row["class"], BALLISTIC)
    count = chain_sizes(row, raids, seed)
    west = approach.distance_km / (111.32 * float(np.cos(np.radians(CITY["lat_deg"]))))
    start = {"launch_lat_deg": CITY["lat_deg"], "launch_lon_deg": CITY["lon_deg"] - west}
    salvo = {"type": name, **start, "interval_s": 6.0, "targets": ["city"]}
    waves = [
        {"name": f"raid {i}", "start_s": approach.gap_s * i, "salvos": [{**salvo, "count": int(n)}]}
        for i, n in enumerate(count)
    ]
    scenario = {
        "name": f"table B {row['class']}",
        "start": datetime(2030, 1, 1, tzinfo=UTC),
        "duration_s": approach.gap_s * raids + 1500.0,
        # Table B counts what came: a launch that fails at once is in no record.
        "truth": {"threats": {name: {"launch_failure": 0.0}}},
        "referee": {"raid_failure": "by-class"},
        "places": [{"name": "city", **CITY}],
        "raids": waves,
    }
    units = [
        {"name": f"battery {i}", "type": row["effector"], **CITY, "rounds": 5000}
        for i in range(row["batteries"])
    ]
    plan = {
        "name": "table B",
        "threats": [name],
        "doctrine": {"weapon_control": "free", "max_shots_per_threat": row["rounds"]},
        "sensors": [{"name": "radar", "type": "multifunction", **CITY, "height_m": 50.0}],
        "fire_units": units,
        "assets": [{"name": "city", **CITY, "radius_km": 10.0, "value": 100.0}],
    }
    texts = tomli_w.dumps(scenario), tomli_w.dumps(plan)
    return Inputs(
        name=scenario["name"],
        scenario_text=texts[0],
        scenario_source="scenario.toml",
        plan_text=texts[1],
        plan_source="plan.toml",
    )


def in_chain(row: dict[str, Any], seeds: int, raids: int, bodies: int = 0) -> Records:
    """Run the whole chain on raids of one row; return launched and intercepted by raid.

    ``bodies``: as many raids for a seed as bring so many, instead of ``raids``.
    """
    launched, intercepted = [], []
    for seed in range(1, seeds + 1):
        raids = raids_for(row, bodies, seed) if bodies else raids
        with tempfile.TemporaryDirectory(prefix="tdome-table-b-") as folder:
            run = simulate(chain_inputs(row, raids, seed), Path(folder) / "run", seed=seed)
            threats = run.outcome.threats
            raid = np.unique(threats["raid"].to_pylist(), return_inverse=True)[1]
            killed = np.array(threats["fate"].to_pylist()) == "killed"
            launched.append(np.bincount(raid, minlength=raids))
            intercepted.append(np.bincount(raid, weights=killed, minlength=raids).astype(int))
    return Records(np.concatenate(launched), np.concatenate(intercepted))


def chain_mean_interval(records: Records) -> tuple[float, float]:
    """Return the 95 % interval of the mean over raids: 2,000 bootstrap draws of whole raids."""
    rng = Streams(1)("table B", "chain").generator()
    rows = rng.integers(0, len(records.launched), (2000, len(records.launched)))
    means = records.intercepted[rows].sum(axis=1) / records.launched[rows].sum(axis=1)
    low, high = np.percentile(means, [2.5, 97.5])
    return float(low), float(high)


# ---------------------------------------------------------------- output


def show_referee(verdicts: list[Verdict], together: Statistics) -> Table:
    """Return the table of the referee level."""
    heads = ("row", "class", "2022-24", "2025-26", "range", "mean", "phi", "range ", "zero", "all")
    table = Table(*heads, "inside", title=f"Referee level, {RECORDS:,} records a row")
    for v in verdicts:
        low, high = v.ranges["mean"]
        phi = v.ranges.get("phi")
        table.add_row(
            v.name,
            v.threat_class,
            f"{v.tuned:.3f}",
            f"{v.held_out:.3f}",
            f"{low:.3f}-{high:.3f}",
            f"{v.simulated.mean:.3f}",
            f"{v.simulated.phi:.2f}",
            f"{phi[0]:.2f}-{phi[1]:.2f}" if phi else "-",
            f"{v.simulated.zero:.3f}",
            f"{v.simulated.all:.3f}",
            "yes" if not v.misses else "; ".join(v.misses),
        )
    table.caption = f"ballistic rows together: zero {together.zero:.3f}, all {together.all:.3f}"
    return table


def show_chain(found: dict[str, Records]) -> Table:
    """Return the table of the whole chain; "interval": its 95 % interval meets the range."""
    heads = ("row", "raids", "launched", "mean", "95 %", "range", "phi", "zero", "all", "inside")
    table = Table(*heads, title="Whole chain")
    for row in DATA["rows"]:
        if row["name"] not in found:
            continue
        records = found[row["name"]]
        s, (a, b), (low, high) = (
            statistics(records),
            chain_mean_interval(records),
            mean_range(row),
        )
        table.add_row(
            row["name"],
            f"{len(records.launched)}",
            f"{records.launched.sum()}",
            f"{s.mean:.3f}",
            f"{a:.3f}-{b:.3f}",
            f"{low:.3f}-{high:.3f}",
            f"{s.phi:.2f}",
            f"{s.zero:.3f}",
            f"{s.all:.3f}",
            "yes" if low <= s.mean <= high else "interval" if a <= high and low <= b else "no",
        )
    return table


def main() -> int:
    """Print the table, or JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--chain", action="store_true", help="run the whole chain too")
    parser.add_argument("--only", action="append", help="row of the chain, by name")
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--raids", type=int, default=30)
    parser.add_argument("--launched", type=int, default=0, help="bodies of a row, for --raids")
    parser.add_argument("--seed", type=int, default=1, help="of the referee level")
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    verdicts, together = referee_table(chosen.seed)
    console = Console(width=160)
    if chosen.json:
        print(json.dumps([asdict(verdict) for verdict in verdicts], indent=2))
    else:
        console.print(show_referee(verdicts, together))
        inside = sum(not verdict.misses for verdict in verdicts)
        console.print(f"{inside} of {len(verdicts)} rows inside")
    if chosen.chain:
        rows = [row for row in DATA["rows"] if not chosen.only or row["name"] in chosen.only]
        found = {
            row["name"]: in_chain(row, chosen.seeds, chosen.raids, chosen.launched) for row in rows
        }
        console.print(show_chain(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
