"""Records of table B: launched and intercepted by kind of weapon, and what their spread tells.

A record is one kind in one attack window. Only sums and mean sizes are shipped (table_b.toml), no
row of the data set. Sizes of records are drawn as 1 + negative binomial of the published mean;
its dispersion is solved from what is published (docs/concepts/models/table-b.md).
"""

from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import beta, nbinom

from tdome.kernel.random import Streams
from tdome.studies.validation.cases import shelf

Ints = NDArray[np.int64]
Row = dict[str, Any]

SEVERAL = 2  # launched, for a record to tell of dispersion
FEWEST = 20  # launched, for a class-year to count
TUNED_ON = ("2022", "2023", "2024")


@cache
def table_b() -> dict[str, Any]:
    """Return the table: ``rows``, one a kind, and ``pool``, the ballistic kinds together."""
    return shelf("ukraine/table_b.toml")


def row_of(name: str) -> Row:
    """Return the row of a kind."""
    found: Row = next(row for row in table_b()["rows"] if row["name"] == name)
    return found


class Records(NamedTuple):
    """Launched and intercepted, (n,) each."""

    launched: Ints
    intercepted: Ints

    def take(self, rows: Ints) -> "Records":
        """Return some of the records."""
        return Records(self.launched[rows], self.intercepted[rows])


class Statistics(NamedTuple):
    """Share intercepted of all; of records with two or more: phi, shares of none and of all."""

    mean: float
    phi: float
    zero: float
    all: float
    zero_of_all_records: float


def later(row: Row) -> tuple[str, ...]:
    """Return the years of a row that nothing was tuned on."""
    return tuple(year for year in row["years"] if year not in TUNED_ON)


def totals(row: Row, years: tuple[str, ...] = ()) -> Ints:
    """Return records, launched, destroyed, not reached over years (all, if none is named)."""
    kept = [counts for year, counts in row["years"].items() if not years or year in years]
    sums: Ints = np.array(kept, np.int64).sum(axis=0)
    return sums


def rate(row: Row, years: tuple[str, ...] = ()) -> float:
    """Return (D + N) / L over years."""
    _, launched, destroyed, lost = totals(row, years)
    return float((destroyed + lost) / launched)


def sizes(row: Row, n: int, rng: np.random.Generator, years: tuple[str, ...] = ()) -> Ints:
    """Draw sizes of records: 1 + negative binomial, of the mean published for the years."""
    records, launched, *_ = totals(row, years)
    excess, r = launched / records - 1.0, row["size"]
    drawn: Ints = 1 + nbinom.ppf(rng.random(n), r, r / (r + excess)).astype(np.int64)
    return drawn


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


def correlation_of(row: Row, draws: int = 20_000) -> float:
    """Return the intra-record correlation that a row's phi implies: (phi - 1) / (mean size - 1)."""
    many = sizes(row, draws, Streams(1)("table B", row["name"]).generator())
    return float((row["phi"] - 1.0) / (many[many >= SEVERAL].mean() - 1.0))


def beta_binomial(n: Ints, mean: float, rho: float, rng: np.random.Generator) -> Records:
    """Draw records of sizes: alpha = p s, beta = (1 - p) s with s = 1 / rho - 1."""
    shape = 1.0 / rho - 1.0
    return Records(n, rng.binomial(n, rng.beta(mean * shape, (1.0 - mean) * shape, len(n))))


# ---------------------------------------------------------------- published ranges


def mean_range(row: Row) -> tuple[float, float]:
    """Return the least and greatest rate of the years with enough launched."""
    rates = [
        (d + n) / launched for _, launched, d, n in row["years"].values() if launched >= FEWEST
    ]
    return min(rates), max(rates)


def phi_range(row: Row, draws: int = 400) -> tuple[float, float]:
    """Return the 95 % range of phi over as many records as published, were the value true."""
    rng = Streams(1)("table B", row["name"]).generator()
    many = sizes(row, 20_000, rng)
    rho = (row["phi"] - 1.0) / (many[many >= SEVERAL].mean() - 1.0)
    found = []
    for _ in range(draws):
        n = sizes(row, int(totals(row)[0]), rng)
        found.append(statistics(beta_binomial(n, rate(row), rho, rng)).phi)
    low, high = np.percentile(found, [2.5, 97.5])
    return float(low), float(high)


def clopper_pearson(count: int, trials: int) -> tuple[float, float]:
    """Return the 95 % interval of a share."""
    low = beta.ppf(0.025, count, trials - count + 1) if count else 0.0
    high = beta.ppf(0.975, count + 1, trials - count) if count < trials else 1.0
    return float(low), float(high)


def least_zero(row: Row) -> float:
    """Return the share of a row's records that must be without an intercept."""
    kept = sum(max(records - d - n, 0) for records, _, d, n in row["years"].values())
    return float(kept / totals(row)[0])
