"""The report needs nothing but itself, and its numbers are those of the table."""

import math
import os
import re
import shutil
import sqlite3
import subprocess
from html.parser import HTMLParser

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from scipy import stats

from tdome.kernel.errors import ConfigError
from tdome.studies.report.assumptions import assumptions
from tdome.studies.report.folder import read_folder
from tdome.studies.report.page import shown
from tdome.studies.report.write import MOST_POINTS, write_report

STUDY = """
name = "More <rounds>"
question = "How many more rounds halve the loss?"
scenario = "first-steps"
measures = ["value.lost", "leaked"]
[design]
kind = "full-factorial"
replicates = 40
[[factors]]
name = "rounds"
path = "plan.fire_units.battery.rounds"
levels = [4, 8, 12]
[[factors]]
name = "doctrine"
path = "plan.doctrine.firing"
levels = ["single", "salvo"]
"""
CHROME = os.environ.get("CHROME") or shutil.which("chromium")


def made(folder, *, points=None, replicates=40):
    """Write a study folder in which loss falls with rounds, and luck is shared."""
    grid = [(rounds, way) for rounds in (4, 8, 12) for way in ("single", "salvo")]
    grid = grid if points is None else [(4 + k % 9, "single") for k in range(points)]
    n = replicates
    rng = np.random.default_rng(1)
    luck = rng.normal(size=(len(grid), n)) * 0.3 + rng.normal(size=n)
    lost = np.array([[20.0 - r - 2.0 * (w == "salvo")] for r, w in grid]) - 2.0 * luck
    lead = np.where(rng.random(lost.shape) < 0.2, np.nan, 40.0 + luck)
    columns = {
        "value.lost": lost + rng.normal(size=lost.shape),
        "leaked": np.round(np.maximum(lost, 0.0)),
        "no_leaker": (lost < 1.0).astype(float),
        "value.saved": 50.0 - lost,
        "cost.defence": np.array([[1e6 * r] for r, _ in grid]) + 1e4 * luck,
        "warning.lead.median": lead,
        "control.hits": luck,
        "control.hits.layer.short": luck,
    }
    table = {
        "point": pa.array(np.repeat(np.arange(len(grid)), n), pa.int32()),
        "replicate": pa.array(np.tile(np.arange(n), len(grid)), pa.int32()),
        "seed": pa.array(np.tile(np.arange(n) + 100, len(grid)), pa.int64()),
    }
    table |= {name: pa.array(v.ravel(), from_pandas=True) for name, v in columns.items()}
    pq.write_table(pa.table(table), folder / "table.parquet")
    rounds, ways = zip(*grid, strict=True)
    labels = [f"rounds={r} & {w} #{k}" for k, (r, w) in enumerate(grid)]
    factors = {"rounds": list(rounds), "doctrine": list(ways)}
    first = {"point": pa.array(range(len(grid)), pa.int32()), "label": labels}
    pq.write_table(pa.table(first | factors), folder / "points.parquet")
    (folder / "study.toml").write_text(STUDY)
    with sqlite3.connect(folder / "manifest.sqlite") as db:
        db.execute("CREATE TABLE about (key TEXT PRIMARY KEY, value TEXT)")
        db.execute("INSERT INTO about VALUES ('numpy', '2.4 <&>')")
    return folder


class Reader(HTMLParser):
    """Collects all tags with their attributes, and checks that they close."""

    VOID = ("meta", "br")

    def __init__(self):
        super().__init__()
        self.tags, self.open = [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return made(tmp_path_factory.mktemp("study"))


@pytest.fixture(scope="module")
def report(folder):
    path = write_report(folder)
    assert path == folder / "report.html"
    return path.read_text("utf-8")


@pytest.fixture(scope="module")
def tags(report):
    reader = Reader()
    reader.feed(report)
    assert not reader.open
    return reader.tags


def test_nothing_is_fetched_and_nothing_runs(report, tags):
    assert not {tag for tag, _ in tags} & {"script", "link", "img", "iframe", "object", "image"}
    assert not [a for _, a in tags for key in ("src", "href", "xlink:href", "onload") if key in a]
    assert not re.search(r"@import|url\((?!#)|https?://", report)
    assert len(report) < 400_000


def test_names_in_the_page_are_unique(tags):
    ids = [attributes["id"] for _, attributes in tags if "id" in attributes]
    assert len(ids) == len(set(ids))


def test_every_section_is_there(report):
    for head in (
        "Question",
        "Read this first",
        "Results",
        "What drives",
        "Assumptions",
        "reproduce",
    ):
        assert head in report
    assert "More &lt;rounds&gt;" in report
    assert "2.4 &lt;&amp;&gt;" in report
    assert "How many more rounds halve the loss?" in report
    assert report.count("<svg") == 6  # distribution, exceedance, trade, shares, two factors
    assert report.count("<title>") > 20  # marks tell their values


LESS_IS_BAD = ("value.saved", "warning.lead.median")


def mean_again(y, measure):
    if measure == "no_leaker":
        return y.mean(), stats.binomtest(int(y.sum()), len(y)).proportion_ci(0.95, "wilson")
    return y.mean(), stats.t.interval(0.95, len(y) - 1, y.mean(), stats.sem(y))


def cvar_again(y, measure):
    bad = np.sort(-y if measure in LESS_IS_BAD else y)[::-1]
    k = 0.05 * len(y)
    whole = int(k + 1e-9)
    worst = (bad[:whole].sum() + (k - whole) * bad[min(whole, len(y) - 1)]) / k
    return (-worst if measure in LESS_IS_BAD else worst), None


def controlled_again(y, z):
    u = np.empty(len(y))
    for i in range(len(y)):
        rest = np.arange(len(y)) != i
        u[i] = y[i] - np.polyfit(z[rest], y[rest], 1)[0] * z[i]
    return u


def expected(data, cell):
    """Compute a cell again, by other means than the report's: value, interval or None."""
    measure, statistic = cell["data-measure"], cell["data-statistic"]
    of = data["point"] == int(cell["data-point"])
    values, first = data[measure][of], data[measure][data["point"] == 0]
    y, z = values[np.isfinite(values)], data["control.hits"][of]
    ways = {
        "n": lambda: (len(y), None),
        "nulls": lambda: (len(values) - len(y), None),
        "mean": lambda: mean_again(y, measure),
        "cvar": lambda: cvar_again(y, measure),
        "difference": lambda: mean_again(values - first, ""),
        "saved-pairs": lambda: (
            (values.var() + first.var()) / (values - first).var(),
            None,
        ),
        "controlled": lambda: (controlled_again(y, z).mean(), None),
        "saved-control": lambda: (y.var() / controlled_again(y, z).var(), None),
    }
    for p in (5, 50, 95):
        ways[f"p{p}"] = lambda p=p: (np.quantile(y, p / 100, method="inverted_cdf"), None)
    return ways[statistic]()


def test_numbers_are_those_of_the_table(folder, tags):
    table = pq.read_table(folder / "table.parquet")
    data = {name: table[name].to_numpy() for name in table.column_names}
    cells = [a for tag, a in tags if tag == "td" and "data-value" in a]
    told = {cell["data-statistic"] for cell in cells}
    assert told >= {"mean", "p5", "p50", "p95", "cvar", "n", "difference", "saved-pairs"}
    checked = 0
    for cell in cells:
        if cell["data-statistic"] in {"share", "rank", "level", "adjusted", "saved-both"}:
            continue
        if cell["data-measure"] == "no_leaker" and cell["data-statistic"] != "mean":
            continue  # it never varies here
        value, ends = expected(data, cell)
        assert float(cell["data-value"]) == pytest.approx(value, rel=1e-9, abs=1e-9), cell
        if ends is not None:
            low, high = float(cell["data-low"]), float(cell["data-high"])
            assert (low, high) == pytest.approx(tuple(ends), rel=1e-9), cell
        checked += 1
    assert checked > 200


def test_levels_and_drivers(folder, tags):
    table = pq.read_table(folder / "table.parquet")
    y = table["value.lost"].to_numpy().reshape(6, 40)
    level = next(a for _, a in tags if a.get("data-point") == "rounds=4")
    assert float(level["data-value"]) == pytest.approx(y[:2].mean())
    by_seed = y[:2].mean(axis=0)
    low, high = stats.t.interval(0.95, 39, by_seed.mean(), stats.sem(by_seed))
    assert float(level["data-low"]) == pytest.approx(low)
    assert float(level["data-high"]) == pytest.approx(high)
    share = {a["data-point"]: a for _, a in tags if a.get("data-statistic") == "share"}
    assert float(share["rounds"]["data-value"]) > float(share["doctrine"]["data-value"]) > 0.0
    rank = next(a for _, a in tags if a.get("data-statistic") == "rank")
    assert float(rank["data-value"]) < -0.5


def test_common_luck_and_control_save_replicates(tags):
    def told(statistic):
        mine = [a for _, a in tags if a.get("data-statistic") == statistic]
        return [float(a["data-value"]) for a in mine if a["data-measure"] == "value.lost"]

    assert min(told("saved-both")) > 2.0
    assert min(told("saved-pairs")) > 1.5
    assert min(told("saved-control")) > 2.0


def test_warnings_are_told(report):
    assert "parameters are notional" in report
    assert "Not in every replicate: warning.lead.median" in report
    assert "Outside the validation record" in report
    assert "CVaR rests on 2 replicates" in report
    assert "Few replicates" not in report


def test_all_catalogue_numbers_are_listed_with_source(folder, report):
    rows = assumptions(folder, read_folder(folder).file)
    assert {row.class_id for row in rows} == {"srbm", "multifunction", "terminal-ballistic"}
    assert len(rows) > 80
    assert all(row.source in report.replace("&#x27;", "'").replace("&amp;", "&") for row in rows)


def test_few_replicates_and_many_points(tmp_path):
    made(tmp_path, points=60, replicates=5)
    said = write_report(tmp_path).read_text("utf-8")
    assert "Few replicates: 60 of 60" in said
    told = re.search(r"(\d+) of 60 points are shown", said)
    assert MOST_POINTS - 2 <= int(told[1]) <= MOST_POINTS
    assert "∞" in said


def test_a_folder_that_is_not_whole_is_told(tmp_path):
    with pytest.raises(ConfigError, match=r"study\.toml"):
        write_report(tmp_path)
    made(tmp_path)
    (tmp_path / "table.parquet").unlink()
    with pytest.raises(ConfigError, match="resume"):
        write_report(tmp_path)


def test_two_reports_of_one_folder_are_equal(folder, report):
    assert write_report(folder).read_text("utf-8") == report


@pytest.mark.parametrize(
    ("number", "said"),
    [(0.0, "0"), (-1.5, "−1.5"), (1234567.0, "1\u2009234\u2009567"), (math.nan, "–")],
)
def test_numbers_for_people(number, said):
    assert shown(number) == said


@pytest.mark.skipif(CHROME is None, reason="no Chromium on this machine")
def test_a_browser_opens_it(folder, report):
    words = [CHROME, "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom"]
    done = subprocess.run(
        [*words, (folder / "report.html").as_uri()], capture_output=True, text=True, check=True
    )
    assert done.stdout.count("<svg") == report.count("<svg")
    assert "Refused" not in done.stderr
