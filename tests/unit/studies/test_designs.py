"""Designs that answer a question of their own: mixes for the same money, Sobol indices."""

import math
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tdome.kernel.errors import ConfigError
from tdome.kernel.random import Streams
from tdome.plan.catalogue import bundled_catalogue
from tdome.studies.api import study
from tdome.studies.design.definition import Definition, read_study
from tdome.studies.design.mixes import lattice, mixes, paid, shared_out
from tdome.studies.design.rows import design_rows
from tdome.studies.design.schema import Design, Line, Price, StudyFile
from tdome.studies.estimators.sensitivity import sobol

SHORT = "catalogue.effectors.short-range.round_cost_usd"
DEAR = "catalogue.effectors.terminal-ballistic.round_cost_usd"


def budget(**more: Any) -> dict[str, Any]:
    """Return a study of rounds of both layers for 37 million dollars."""
    units = "plan.fire_units[type={}].rounds"
    lines = [
        {"name": "terminal", "path": units.format("terminal-ballistic"), "price": DEAR},
        {"name": "short", "path": units.format("short-range"), "price": SHORT},
    ]
    design = {"kind": "budget", "money": 37e6, "parts": 4, "replicates": 3}
    return {
        "name": "money",
        "scenario": "heavy-rocket-salvo",
        "engine": "tests.study_engines:Noise",
        "design": design | more.pop("design", {}),
        "lines": [line | more.pop(line["name"], {}) for line in lines],
        **more,
    }


def rounds(made: Definition, point: int) -> list[int]:
    return [unit.rounds for unit in made.points[point].inputs.plan().file.fire_units]


@given(st.integers(1, 5), st.integers(1, 8))
def test_the_lattice_has_every_way_to_cut_the_money_once(lines: int, parts: int) -> None:
    found = list(lattice(lines, parts))
    assert len(found) == len(set(found)) == math.comb(parts + lines - 1, lines - 1)
    assert all(len(row) == lines and sum(row) == parts and min(row) >= 0 for row in found)


@given(
    st.lists(st.integers(1, 90_000), min_size=2, max_size=4),
    st.integers(100_000, 10_000_000),
    st.integers(1, 6),
)
def test_no_mix_spends_more_than_there_is_or_leaves_what_it_could_buy(
    values: list[int], money: int, parts: int
) -> None:
    priced = [Price(value=v, low=v, high=2 * v, source="test") for v in values]
    lines = [Line(name=f"l{i}", path="plan.x", price=price) for i, price in enumerate(priced)]
    design = Design(kind="budget", money=money, parts=parts)
    for bought in mixes(StudyFile(name="x", scenario="x", design=design, lines=lines), "x"):
        told = paid(bought, lines, money)
        assert -1e-3 <= told.left <= sum(values)
        assert told.spent + told.left == pytest.approx(money)
        assert (told.low, told.high) == pytest.approx((told.spent, 2 * told.spent))


def test_what_is_bought_is_shared_out_evenly() -> None:
    assert shared_out(7, 3) == [3, 2, 2]
    assert shared_out(0, 2) == [0, 0]


def test_mixes_cost_the_same_at_published_prices() -> None:
    made = read_study(budget())
    table = made.points_table()
    assert [point.label for point in made.points] == [
        "terminal=0, short=740",
        "terminal=2, short=555",
        "terminal=5, short=370",
        "terminal=7, short=185",
        "terminal=10, short=0",
    ]
    assert rounds(made, 1) == [1, 93, 93, 1, 93, 92, 0, 92, 92]
    prices = [
        bundled_catalogue().effectors[name].round_cost_usd
        for name in ("terminal-ballistic", "short-range")
    ]
    for row in table.to_pylist():
        bought = row["terminal"], row["short"]
        spent = sum(n * price.nominal for n, price in zip(bought, prices, strict=True))
        low = sum(n * price.low for n, price in zip(bought, prices, strict=True))
        assert (row["spent"], row["spent.low"], row["left"]) == (spent, low, 37e6 - spent)
    assert table["left"].to_pylist() == [0.0, 1.85e6, 0.0, 1.85e6, 0.0]


def test_on_top_adds_to_what_an_arm_leaves_there() -> None:
    arm = {"name": "half", "scale": {"plan.fire_units[*].rounds": 0.5}}
    more = {"terminal": {"on_top": True}, "short": {"on_top": True}, "arms": [arm]}
    made = read_study(budget(**more, design={"parts": 1}))
    assert [point.label for point in made.points] == [
        "half, terminal=0, short=740",
        "half, terminal=10, short=0",
    ]
    assert rounds(made, 1) == [12 + 4, 30, 30, 12 + 3, 30, 30, 12 + 3, 30, 30]
    assert sum(rounds(made, 0)) == 3 * 12 + 6 * 30 + 740


@pytest.mark.parametrize(
    ("more", "key", "said"),
    [
        ({"design": {"money": None}}, "design.money", "needs money"),
        ({"design": {"parts": None}}, "design.parts", "needs parts"),
        ({"design": {"money": 1e6}}, "lines[0].price", "more than design.money"),
        ({"short": {"price": "catalogue.effectors.short.round_cost_usd"}}, "lines[1].price", "as "),
        ({"short": {"price": SHORT.replace("round_cost_usd", "reload_s")}}, "lines[1].price", "no"),
        ({"short": {"price": {"value": 2.0, "low": 3.0, "high": 4.0, "source": "own"}}}, "", "low"),
        ({"short": {"path": "plan.assets[*].value"}}, "lines[1].path", "whole number"),
        ({"short": {"path": "catalogue.effectors.short-range.rounds"}}, "lines[1].path", "whole"),
        ({"short": {"name": "left"}}, "lines[1].name", "column of a budget"),
        ({"short": {"name": "terminal"}}, "lines[1].name", "twice"),
        ({"design": {"kind": "full-factorial"}}, "design.money", "belongs to a budget"),
    ],
)
def test_mistakes_in_a_budget(more: dict[str, Any], key: str, said: str) -> None:
    asked = budget(**more)
    asked["design"] = {k: v for k, v in asked["design"].items() if v is not None}
    with pytest.raises(ConfigError, match=said) as told:
        read_study(asked)
    assert key in told.value.key


def test_the_report_says_prices_sources_and_what_is_left(tmp_path: Path) -> None:
    done = study(budget(design={"money": 35e6}), workers=0, out=tmp_path / "s")
    page = (tmp_path / "s" / "report.html").read_text()
    for said in ("3\u2009700\u2009000", "AP: about 50 k", "at high prices", "more than 5% of"):
        assert said in page, said
    assert "at their low ends 26 to 28, at their high ends 40.5 to 56 million USD" in page
    assert done.points["spent"].to_pylist() == [35e6, 33.65e6, 32.3e6, 34.65e6, 33.3e6]


# ---------------------------------------------------------------- Sobol indices

ISHIGAMI = (0.3139, 0.4424, 0.0), (0.5576, 0.4424, 0.2437)
"""First-order and total indices of the Ishigami function, a = 7, b = 0.1 (closed form)."""


def saltelli(**more: Any) -> dict[str, Any]:
    """Return a study of the Ishigami function: its three angles are numbers of the scenario."""
    return {
        "name": "ishigami",
        "scenario": "first-steps",
        "engine": "tests.study_engines:Ishigami",
        "design": {"kind": "saltelli", "points": 128, "replicates": 2} | more.pop("design", {}),
        "factors": [
            {"name": "x1", "path": "scenario.weather.rain_mm_h", "low": 0.0, "high": 10.0},
            {"name": "x2", "path": "scenario.links.delay_s", "low": 0.0, "high": 10.0},
            {"name": "x3", "path": "scenario.links.jitter_s", "low": 0.0, "high": 10.0},
        ],
        **more,
    }


def test_a_study_finds_the_indices_of_the_ishigami_function(tmp_path: Path) -> None:
    done = study(saltelli(), workers=0, out=tmp_path / "s")
    table = done.sobol("y")
    assert table["factor"].to_pylist() == ["x1", "x2", "x3"]
    for kind, truth, near in (("first", ISHIGAMI[0], 0.2), ("total", ISHIGAMI[1], 0.1)):
        found = table[kind].to_numpy()
        assert found == pytest.approx(truth, abs=near)
        low, high = table[f"{kind}_low"].to_numpy(), table[f"{kind}_high"].to_numpy()
        assert np.all((low <= truth) & (truth <= high))
    assert done.as_dict()["sobol"]["y"] == table.to_pylist()
    assert (
        f'data-value="{table["total"][0].as_py()!r}"' in (done.folder / "report.html").read_text()
    )
    with pytest.raises(ConfigError, match="saltelli"):
        study(budget(), workers=0, out=tmp_path / "m").sobol("loss")


def ishigami(x: Any) -> Any:
    first, second, third = np.moveaxis(x, -1, 0)
    return np.sin(first) + 7.0 * np.sin(second) ** 2 + 0.1 * third**4 * np.sin(first)


@pytest.mark.parametrize("common", [False, True])
def test_luck_does_not_pass_for_interaction(common: bool) -> None:
    """A variance of luck as large as the function's own, in means of four replicates."""
    rng, n, r = np.random.default_rng(3), 2048, 4
    a, b = (rng.uniform(-np.pi, np.pi, (n, 3)) for _ in range(2))
    ab = np.stack([np.where(np.arange(3) == k, b, a) for k in range(3)])
    seeds = rng.normal(0.0, 20.0, r) if common else np.zeros(r)
    noisy = [
        y[..., None] + seeds + rng.normal(0.0, 3.7 * np.sqrt(r), (*y.shape, r))
        for y in map(ishigami, (a, b, ab))
    ]
    found = sobol(*noisy, streams=Streams(1), resamples=100)
    plain = sobol(*(y.mean(axis=-1) for y in noisy), streams=Streams(1), resamples=100)
    for ours, without, first, total in zip(found.first, found.total, *ISHIGAMI, strict=True):
        assert ours.estimate == pytest.approx(first, abs=0.12)
        assert without.estimate == pytest.approx(total, abs=0.12)
    assert plain.total[2].estimate > 0.5  # 0.24: half of V is luck, and all of it "interacts"
    assert plain.first[1].estimate < 0.35


def test_stated_intervals_of_indices_cover_the_truth() -> None:
    """200 studies of 64 rows of our design, with luck: 92-98 % on average, each above 90 %."""
    rng, held = np.random.default_rng(4), []
    asked = msgspec.convert(saltelli(design={"points": 64}), StudyFile)
    for k in range(200):
        design = msgspec.structs.replace(asked.design, seed=k)
        file = msgspec.structs.replace(asked, design=design)
        y = ishigami(np.array(design_rows(file, "x")) * 0.2 * np.pi - np.pi)
        y = (y[:, None] + rng.normal(0.0, 5.0, (len(y), 8))).reshape(5, 64, 8)
        found = sobol(y[0], y[1], y[2:], streams=Streams(k), resamples=200)
        pairs = zip([*found.first, *found.total], [*ISHIGAMI[0], *ISHIGAMI[1]], strict=True)
        held.append([one.holds(truth) for one, truth in pairs])
    covered = np.mean(held, axis=0)
    assert 0.92 <= covered.mean() <= 0.98
    assert covered.min() >= 0.9


def test_a_catalogue_number_has_its_own_range() -> None:
    path = "catalogue.effectors.terminal-ballistic.{}"
    factors = [
        {"name": "pk", "path": path.format("sspk_ballistic")},
        {"name": "channels", "path": path.format("channels")},
    ]
    asked = saltelli(factors=factors, design={"points": 32})
    table = read_study(asked).points_table()
    assert len(table) == 32 * (2 + 2)
    pk, channels = table["pk"].to_numpy(), table["channels"].to_pylist()
    said = bundled_catalogue().effectors["terminal-ballistic"].sspk_ballistic
    assert said.low <= pk.min() < said.low + 0.05 < said.high - 0.05 < pk.max() <= said.high
    assert set(channels) == set(range(4, 13))  # whole numbers are rounded
    a, b = pk[:32], pk[32:64]
    assert np.array_equal(pk[64:96], b)  # AB of the first factor: its column of B
    assert np.array_equal(pk[96:], a)
    assert channels[96:] == channels[32:64]


@pytest.mark.parametrize(
    ("more", "key", "said"),
    [
        ({"design": {"points": 48}}, "design.points", "32 or 64"),
        ({"arms": [{"name": "a"}]}, "arms", "a study for each arm"),
        ({"factors": []}, "design.kind", "needs"),
        ({"factors": [{"name": "a", "path": "scenario.links.delay_s"}]}, "factors[0]", "low"),
    ],
)
def test_mistakes_in_a_design_for_indices(more: dict[str, Any], key: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said) as told:
        read_study(saltelli(**more))
    assert told.value.key == key
