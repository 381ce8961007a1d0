"""Table B: rates and spread, ours at the referee and through the chain, against what was claimed.

Ours is a prediction with the luck of so many records as were published: 1,000 draws of that many
records out of a pool judged by the referee, 2.5 to 97.5 %. The years 2022-24 and the spread of the
whole period went into the parameters; 2025-26, RUSI's later seasons and single nights did not, nor
did the chain. The beta-binomial is fitted to mean and phi of table B and predicts how many records
have none and all intercepted; independent rounds of the same mean are the control that must fail.
"""

from collections.abc import Callable, Sequence

import msgspec
import numpy as np

from tdome.kernel.random import Streams
from tdome.studies.validation.cases import shelf
from tdome.studies.validation.rows import Estimate, Row
from tdome.studies.validation.simulated import Result
from tdome.studies.validation.ukraine.at_referee import Verdict, at_referee, judge, judged, pooled
from tdome.studies.validation.ukraine.in_chain import mean_interval, records_of
from tdome.studies.validation.ukraine.records import (
    SEVERAL,
    TUNED_ON,
    Records,
    beta_binomial,
    clopper_pearson,
    correlation_of,
    later,
    mean_range,
    rate,
    row_of,
    sizes,
    statistics,
    table_b,
    totals,
)

DRAWS = 1000
LATER_RECORDS = 1000  # of the pools of 2025-26: drones came in hundreds
_POOL = 20_000  # bodies that a reading is judged on
_SOURCE = "domain.md 3.2"

_FITS = {
    "referee": "records of two or more; shipped parameters, tuned on these counts too",
    "beta-binomial": "fitted to mean and phi of each kind, not to these counts",
    "independent": "one p = .233 for all rounds",
}

Statistic = Callable[[Records], float]


class Reading(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A published reading of a period or a night; ``kinds``: weights of the rows of the table."""

    event: str
    kinds: dict[str, int]
    records: int
    launched: int
    intercepted: int
    use: str
    how: str
    zero: int | None = None


def readings() -> list[Reading]:
    """Return the published readings."""
    return msgspec.convert(shelf("ukraine/readings.toml")["rows"], list[Reading])


def mean(records: Records) -> float:
    """Return the share intercepted."""
    return float(records.intercepted.sum() / records.launched.sum())


def predicted(pool: Records, records: int, of: Statistic, *name: str) -> Estimate:
    """Return a statistic of a pool, with the 95 % that so many of its records give."""
    rng = Streams(2)("validation", *name).generator()
    n = len(pool.launched)
    found = [of(pool.take(rng.integers(0, n, records))) for _ in range(DRAWS)]
    low, high = np.nanpercentile(found, [2.5, 97.5])
    return Estimate(of(pool), float(low), float(high), records)


def rows(results: Sequence[Result], seed: int = 1) -> list[Row]:
    """Return all rows of table B."""
    kinds = table_b()["rows"]
    found = {row["name"]: at_referee(row, seed) for row in kinds}
    verdicts = [judge(row, found) for row in kinds]
    made = [row for verdict in verdicts for row in _of_kind(verdict, found[verdict.name], seed)]
    made += _spread(found)
    made += [row for said in readings() for row in _read(said)]
    return made + [_through_chain(row["name"], results) for row in kinds]


def _of_kind(verdict: Verdict, pool: Records, seed: int) -> list[Row]:
    row, name = row_of(verdict.name), verdict.name
    made = []
    for years, use, records in (
        (TUNED_ON, "calibrated", pool),
        (later(row), "predicted", at_referee(row, seed, LATER_RECORDS, later(row))),
    ):
        number, launched, destroyed, lost = (int(x) for x in totals(row, years))
        said = rate(row, years)
        made.append(
            Row(
                table="B", event=name, measure=f"intercepted {_span(years)}", use=use,
                claimed=f"{destroyed + lost:,} of {launched:,}", low=said, high=said,
                ours=predicted(records, number, mean, name, *years), of="referee",
                source=_SOURCE, how=f"class {verdict.threat_class}",
            )
        )  # fmt: skip
    if "phi" in verdict.ranges:
        low, high = verdict.ranges["phi"]
        phi = verdict.simulated.phi
        made.append(
            Row(
                table="B", event=name, measure="phi", use="calibrated",
                claimed=f"{row['phi']}, one value of all years", low=low, high=high,
                ours=Estimate(phi, phi, phi, len(pool.launched)), of="referee", source=_SOURCE,
                how="the range is what so many records tell of a true value",
            )
        )  # fmt: skip
    return made


def _span(years: tuple[str, ...]) -> str:
    return f"{years[0]}-{years[-1][2:]}" if years == TUNED_ON else "2025-26"


def none(records: Records) -> float:
    """Return the share of records of two or more without an intercept."""
    several = records.launched >= SEVERAL
    return float((records.intercepted[several] == 0).mean())


def every(records: Records) -> float:
    """Return the share of records of two or more that were intercepted whole."""
    several = records.launched >= SEVERAL
    return float((records.intercepted == records.launched)[several].mean())


def _spread(found: dict[str, Records]) -> list[Row]:
    """Return the dispersion test (domain.md 3.4): shipped, beta-binomial, independent."""
    pool, shipped = table_b()["pool"], pooled(found)
    n = pool["records"]
    fitted = [_drawn(name, correlation_of(row_of(name))) for name in pool["rows"]]
    alone = [_drawn(name, 0.0) for name in pool["rows"]]
    made = []
    for key, word, of in (("zero", "none", none), ("all", "all", every)):
        low, high = clopper_pearson(pool[key], n)
        value = float(getattr(shipped, key))
        ours = {
            ("referee", "calibrated"): Estimate(value, value, value, 2 * len(found["SRBM"][0])),
            ("beta-binomial", "predicted"): _both(fitted, n, of),
            ("independent", "control"): _both(alone, n, of),
        }
        made += [
            Row(
                table="B", event=f"{n} ballistic", measure=f"{word} intercepted, {name}", use=use,
                claimed=f"{pool[key]} of {n}", low=low, high=high, ours=estimate, of=name,
                source="domain.md 3.4", how=_FITS[name],
            )
            for (name, use), estimate in ours.items()
        ]  # fmt: skip
    return made


def _drawn(name: str, rho: float) -> Records:
    """Draw as many records as published, 40 times over: with one p for all where rho is 0."""
    row, rng = row_of(name), Streams(3)("validation", name, str(rho)).generator()
    n = sizes(row, 40 * int(totals(row)[0]), rng)
    if rho == 0.0:
        return Records(n, rng.binomial(n, table_b()["pool"]["mean"]))
    return beta_binomial(n, rate(row), rho, rng)


def _both(parts: list[Records], n: int, of: Statistic) -> Estimate:
    """Return a statistic of the ballistic kinds together, with the 95 % of n records."""
    together = Records(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))
    several = together.take(np.flatnonzero(together.launched >= SEVERAL))
    return predicted(several, n, of, "both")


def _read(said: Reading) -> list[Row]:
    """Return the rows of a published reading: the share intercepted, and of records with none."""
    pool, share = _pool(said), said.intercepted / said.launched
    counts = f"{said.intercepted:,} of {said.launched:,}"
    ours = predicted(pool, said.records, mean, said.event)
    made = [_reading_row(said, "intercepted", counts, share, ours)]
    if said.zero is not None:
        ours = predicted(pool, said.records, _none_of_all, said.event)
        counts, share = f"{said.zero} of {said.records}", said.zero / said.records
        made.append(_reading_row(said, "none intercepted", counts, share, ours))
    return made


def _none_of_all(records: Records) -> float:
    return statistics(records).zero_of_all_records


def _reading_row(said: Reading, measure: str, claimed: str, share: float, ours: Estimate) -> Row:
    return Row(
        table="B", event=said.event, measure=measure, use=said.use, claimed=claimed, low=share,
        high=share, ours=ours, of="referee", source="domain.md 3.5", how=said.how,
    )  # fmt: skip


def _pool(said: Reading) -> Records:
    """Judge records of a reading's mean size; a single record has its own."""
    parts, whole = [], sum(said.kinds.values())
    many = max(_POOL * said.records // said.launched, 200)
    period = {"": [said.records, said.launched, 0, 0]}
    for name, weight in said.kinds.items():
        row, count = row_of(name), round(many * weight / whole)
        if said.records == 1:
            drawn = np.full(count, said.launched, np.int64)
        else:
            rng = Streams(4)("validation", said.event, name).generator()
            drawn = sizes({"years": period, "size": row["size"]}, count, rng)
        parts.append(judged(row, drawn, seed=4))
    return Records(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def _through_chain(name: str, results: Sequence[Result]) -> Row:
    low, high = mean_range(row_of(name))
    records = records_of(name, results)
    ours = None
    if len(records.launched):
        ours = Estimate(mean(records), *mean_interval(records), n=len(records.launched))
    return Row(
        table="B", event=name, measure="whole chain", use="predicted",
        claimed="least to greatest year", low=low, high=high, ours=ours, of="chain",
        source=_SOURCE, how="parameters were solved at the referee; sizes cut at 12",
    )  # fmt: skip
