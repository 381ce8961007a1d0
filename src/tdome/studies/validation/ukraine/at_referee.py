"""Table B at referee level: keyed records, judged by the world's referee with shipped parameters.

Each body of a record meets the rounds of its row, fired in turn by the row's batteries; the referee
decides with ``raid_failure = "by-class"``. Ranges. Mean: least and greatest (D + N) / L of the
years with 20 or more launched. phi: the 95 % range of the estimate over as many records as
published, if the published value were true. Zero and all, ballistic rows together: Clopper-Pearson
95 %. Zero share of the rows without phi: at least the share of records that must be zero, since no
year can have more non-zero records than intercepts. A row is inside if all its ranges hold.
"""

from dataclasses import dataclass

import numpy as np

from tdome.kernel.random import Streams, object_key
from tdome.plan.books.threats import threat_book
from tdome.plan.books.units import unit_book
from tdome.plan.catalogue import bundled_catalogue
from tdome.plan.schema import FireUnitSite
from tdome.studies.validation.ukraine.records import (
    SEVERAL,
    TUNED_ON,
    Ints,
    Records,
    Row,
    Statistics,
    clopper_pearson,
    later,
    least_zero,
    mean_range,
    phi_range,
    rate,
    row_of,
    sizes,
    statistics,
    table_b,
    totals,
)
from tdome.world.effectors.referee import Referee
from tdome.world.schema.conditions import Referee as Rules

RECORDS = 2000


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


def at_referee(
    row: Row, seed: int = 1, records: int = RECORDS, years: tuple[str, ...] = ()
) -> Records:
    """Judge keyed records, of the sizes of some years, with the real referee."""
    launched = sizes(row, records, Streams(seed)("sizes", row["name"]).generator(), years)
    return judged(row, launched, seed)


def judged(row: Row, launched: Ints, seed: int = 1, rules: Rules | None = None) -> Records:
    """Judge records of given sizes with the real referee."""
    catalogue, streams = bundled_catalogue(), Streams(seed)
    book = threat_book([row["class"]], catalogue, "table B")
    unit = FireUnitSite(name="battery", type=row["effector"], lat_deg=0.0, lon_deg=0.0)
    sspk = unit_book([unit], catalogue, "table B").sspk_against(book.names, book.family)[0, 0]
    raids = [f"{row['name']} {i}" for i in range(len(launched))]
    units = [f"battery {i}" for i in range(row["batteries"])]
    referee = Referee(rules or Rules(raid_failure="by-class"), raids, book, units, streams)
    intercepted = np.zeros(len(launched), np.int64)
    for raid, count in enumerate(launched):
        for body in range(count):
            key, unit_row = object_key(raids[raid], body), body % len(units)
            p = referee.kill_probability(float(sspk), raid, 0, unit_row, key)
            intercepted[raid] += any(referee.hits(key, p) for _ in range(row["rounds"]))
    return Records(launched, intercepted)


def pooled(found: dict[str, Records]) -> Statistics:
    """Return the statistics of the ballistic rows together, weighted by their records."""
    pool = table_b()["pool"]["rows"]
    parts = [statistics(found[name]) for name in pool]
    several = [float((found[name].launched >= SEVERAL).mean()) for name in pool]
    weight = np.array(
        [totals(row_of(name))[0] * share for name, share in zip(pool, several, strict=True)]
    )
    columns = np.average(np.array(parts), axis=0, weights=weight)
    return Statistics(*(float(value) for value in columns))


def judge(row: Row, found: dict[str, Records]) -> Verdict:
    """Compare one row with its ranges."""
    simulated, pool = statistics(found[row["name"]]), table_b()["pool"]
    ranges = {"mean": mean_range(row)}
    values = {"mean": simulated.mean}
    if "phi" in row:
        ranges["phi"], values["phi"] = phi_range(row), simulated.phi
    else:
        ranges["zero (all records)"] = least_zero(row), 1.0
        values["zero (all records)"] = simulated.zero_of_all_records
    if row["name"] in pool["rows"]:
        together = pooled(found)
        for key in ("zero", "all"):
            ranges[f"{key} (pooled)"] = clopper_pearson(pool[key], pool["records"])
            values[f"{key} (pooled)"] = getattr(together, key)
    misses = [
        f"{key} {values[key]:.3f} outside {low:.3f}-{high:.3f}"
        for key, (low, high) in ranges.items()
        if not low <= values[key] <= high
    ]
    return Verdict(
        name=row["name"],
        threat_class=row["class"],
        records=int(totals(row)[0]),
        tuned=rate(row, TUNED_ON),
        held_out=rate(row, later(row)),
        simulated=simulated,
        ranges=ranges,
        misses=misses,
    )


def referee_table(seed: int = 1) -> tuple[list[Verdict], Statistics]:
    """Return the verdicts at referee level, and the statistics of the ballistic pool."""
    rows = table_b()["rows"]
    found = {row["name"]: at_referee(row, seed) for row in rows}
    return [judge(row, found) for row in rows], pooled(found)
