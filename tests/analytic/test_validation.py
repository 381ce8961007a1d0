"""Our own code against the closed forms of domain.md 5, and the validation record's honesty."""

from pathlib import Path

import pytest

from tdome.studies.validation import israel, record
from tdome.studies.validation.cases import cases, shelf
from tdome.studies.validation.forms import compare, drills, formulas
from tdome.studies.validation.rows import INSIDE, OUTSIDE, PARTLY, Estimate, Row, over_runs
from tdome.studies.validation.simulated import Group, Job, Result, results
from tdome.studies.validation.ukraine.compare import none, predicted, readings
from tdome.studies.validation.ukraine.in_chain import chain_jobs
from tdome.studies.validation.ukraine.records import Records, beta_binomial, row_of, sizes

PAGE = Path(__file__).parents[2] / "docs" / "validation.md"
RENEW = "tdome validate-model --out docs/validation.md"


# ---------------------------------------------------------------- formulas: the printed digits


def test_formulas_give_the_digits_of_domain_5_1():
    assert formulas.barrage(0.85, 3) == pytest.approx(0.996625)
    assert formulas.no_leaker(0.7, 2, 20) == pytest.approx(0.151645, abs=5e-7)
    assert formulas.no_leaker(0.7, 2, 20, 0.95) == pytest.approx(0.144063, abs=5e-7)
    alone = formulas.no_leaker(0.7, 2, 20, 0.95, common=False)
    assert alone == pytest.approx(0.054363, abs=5e-7)
    law = formulas.leakers(0.7, 2, 10)[:5]
    assert law == pytest.approx([0.38942, 0.38514, 0.17141, 0.04521, 0.00782], abs=5e-6)
    assert formulas.layers([0.7, 0.8, 0.9]) == pytest.approx(0.994)
    assert formulas.shots(0.7, [1, 1, 1])[0] == pytest.approx(1.39)
    assert formulas.shots(0.7, [2, 1])[0] == pytest.approx(2.09)
    assert formulas.shots(0.9, [2, 2])[0] == pytest.approx(2.02)


def test_formulas_give_the_digits_of_domain_5_3_to_5_5():
    assert [formulas.spare_left(n) for n in (96, 100, 150, 200, 250)] == [150, 146, 96, 46, -4]
    digits = {(2, 8): 0.78049, (4, 4): 0.31068, (8, 2): 0.00086, (16, 16): 0.17531}
    for (n, load), lost in digits.items():
        assert formulas.erlang_b(n, load) == pytest.approx(lost, abs=5e-6)
    kills = {
        (10, 10, 0.7): (5.1602, 7.0),
        (10, 20, 0.7): (7.6576, 9.1),
        (50, 50, 0.7): (25.2932, 35),
    }
    for side, (alone, together) in kills.items():
        assert formulas.uncoordinated(*side) == pytest.approx(alone, abs=5e-5)
        assert formulas.coordinated(*side) == pytest.approx(together)


# ---------------------------------------------------------------- our code against them


@pytest.fixture(scope="module")
def forms() -> list[compare.Form]:
    return compare.forms(draws=1200)


def test_our_code_meets_every_closed_form(forms):
    assert {form.section for form in forms} == {"3.4", "5.1", "5.3", "5.4", "5.5", "5.8"}
    assert sum(len(form.cells) for form in forms) > 190
    assert {form.name: form.missed for form in forms if form.missed} == {}


def test_a_wrong_kill_probability_would_be_seen():
    """The cells can be missed: .05 more kill is far outside."""
    leaked = drills.leakers_at_referee(0.75, 1, 1, 4000).sum()
    cell = compare._share("", 0.3, float(leaked), 4000)
    assert not cell.inside


def test_channels_of_fire_are_what_loses_orders():
    """One more channel loses as Erlang says; without a limit nothing is refused."""
    four, five = (drills.lost_calls(n, 4.0, 4000, constant=True).mean() for n in (4, 5))
    assert five < four - 0.05
    assert drills.lost_calls(64, 4.0, 1000, constant=False).sum() == 0


def test_a_common_mode_is_seen_in_the_spread_and_not_in_the_mean():
    """Dispersion, not only the mean (domain.md 3.4): shared luck makes more records without any."""
    n = sizes(row_of("SRBM"), 20_000, drills.Streams(2)("dispersion").generator())
    shared = beta_binomial(n, 0.22, 0.19, drills.Streams(2)("shared").generator())
    alone = Records(n, drills.Streams(2)("alone").generator().binomial(n, 0.22))
    means = [of.intercepted.sum() / of.launched.sum() for of in (shared, alone)]
    assert means[0] == pytest.approx(means[1], abs=0.02)
    assert none(shared) > none(alone) + 0.05
    ours = predicted(shared, 239, none, "test")
    assert ours.low < none(shared) < ours.high


# ---------------------------------------------------------------- rows


def row(low: float, high: float, ours: Estimate) -> Row:
    return Row(
        table="A",
        event="e",
        measure="m",
        use="predicted",
        claimed="c",
        low=low,
        high=high,
        ours=ours,
    )


def test_verdicts():
    assert row(0.2, 0.3, Estimate(0.25, 0.1, 0.4, 3)).verdict == INSIDE
    assert row(0.2, 0.3, Estimate(0.35, 0.25, 0.45, 3)).verdict == PARTLY
    assert row(0.2, 0.3, Estimate(0.5, 0.4, 0.6, 3)).verdict == OUTSIDE
    assert row(0.3, 0.3, Estimate(0.35, 0.25, 0.45, 3)).verdict == INSIDE  # a point: held by ours
    assert row(0.3, 0.3, Estimate(0.35, 0.35, 0.35, 1)).verdict == OUTSIDE


def test_the_interval_over_runs_is_students():
    one = over_runs([1.0, 2.0, 3.0])
    assert (one.low, one.high) == pytest.approx((2.0 - 2.484, 2.0 + 2.484), abs=1e-3)


def test_each_row_is_calibrated_or_predicted_and_never_both():
    rows = shelf("israel.toml")["rows"]
    assert {said["use"] for said in rows} == {"calibrated", "predicted", "none"}
    assert all(("case" in said) == (said["use"] != "none") for said in rows)
    assert {said["case"] for said in rows if "case" in said} == set(cases())
    assert all(said["source"] and said["how"] for said in rows)
    names = [(said["event"], said["measure"], *said.get("classes", ())) for said in rows]
    assert len(set(names)) == len(names)
    assert {one.use for one in readings()} == {"calibrated", "predicted"}


def test_measures_of_a_run():
    counts = {"launched": 10, "engaged": 8, "killed": 6, "leaked": 3, "harmless": 1, "failed": 0}
    groups = [Group(raid="r", threat_class=kind, **counts) for kind in ("drone", "mrbm")]
    one = Result(case="c", seed=1, inputs="", journal="", rounds=18, cost_usd=0.0, groups=groups)
    assert israel.share(one, "killed / engaged") == 12 / 16
    assert israel.share(one, "rounds / killed") == 1.5
    assert israel.share(one, "leaked / launched", ["mrbm"]) == 0.3


# ---------------------------------------------------------------- runs on record


def test_a_run_is_kept_and_not_made_again(tmp_path, monkeypatch):
    job = next(iter(chain_jobs([7], launched=2)))
    made = Result(
        case=job.case, seed=7, inputs=job.digest, journal="", rounds=0, cost_usd=0.0, groups=[]
    )
    asked = []

    def pretend(wanted: Job, folder: Path) -> Result:
        asked.append(wanted.case)
        (folder / "one.json").write_bytes(record.msgspec.json.encode(made))
        return made

    monkeypatch.setattr("tdome.studies.validation.simulated.simulate_job", pretend)
    for _ in range(2):
        assert results([job], [], tmp_path, 1, print) == [made]
    assert asked == [job.case]
    other = record.msgspec.structs.replace(made, inputs="of another scenario")
    assert results([job], [other], None, 1, print) == []


def test_the_page_says_so_where_recorded_runs_are_of_other_inputs():
    """Not that results are the newest (the page names sources and hashes): that it does not lie."""
    shipped, text = record.recorded(), PAGE.read_text("utf-8")
    stale = record.stale(shipped)
    assert ("**Stale:**" in text) == bool(stale), f"{stale}: renew the page with `{RENEW}`"
    for one in shipped.results:
        if one.case not in stale and one.seed == record.FIRST_SEED:
            assert f"| {one.case} | `{one.inputs}` |" in text, f"renew the page with `{RENEW}`"


def test_notes_belong_to_rows():
    """A note of a row that there is not would never be read."""
    known = {r.key for r in israel.rows([])}
    keys = [key for key in shelf("notes.toml") if key.startswith("A: ")]
    assert set(keys) <= known
