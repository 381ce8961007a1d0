import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from tdome.kernel.errors import ConfigError
from tdome.kernel.random import Streams, object_key
from tdome.plan.books.threats import threat_book
from tdome.plan.catalogue import bundled_catalogue
from tdome.world.effectors.referee import Referee, shared_luck
from tdome.world.scenario import read_scenario
from tdome.world.schema.conditions import Referee as Rules

RAIDS = [f"raid {i}" for i in range(3000)]
CLASSES = threat_book(["srbm", "cruise"], bundled_catalogue(), "test")
UNITS = ["north", "south"]
SRBM, CRUISE, NORTH, SOUTH = 0, 1, 0, 1
INDEPENDENT = Rules(correlation=0.0, battery_correlation=0.0)


def judge(rules, raids=("one",), classes=CLASSES, units=UNITS, seed=5):
    return Referee(rules, raids, classes, units, Streams(seed))


def counts_of(referee, sspk, units, n=8, threat_class=SRBM):
    """Hits of n rounds at n objects of each raid, of each unit: shape (raids, units)."""
    found = np.zeros((len(RAIDS), len(units)))
    for r in range(len(RAIDS)):
        for u, unit in enumerate(units):
            for k in range(n):
                key = object_key(r, u, k)
                p = referee.kill_probability(sspk, r, threat_class, unit, key)
                found[r, u] += referee.hits(key, p)
    return found


def within(counts, n):
    """Intra-class correlation of hits, from the variance of counts of n."""
    p = counts.mean() / n
    return (counts.var() / (n * p * (1.0 - p)) - 1.0) / (n - 1)


def test_hits_have_the_probability_asked():
    referee = judge(INDEPENDENT)
    hits = sum(referee.hits(object_key("o", i), 0.7) for i in range(5000))
    low, high = binom.interval(0.9999, 5000, 0.7)
    assert low <= hits <= high
    assert referee.kill_probability(0.7, 0, SRBM, NORTH, 1) == 0.7


def test_the_nth_shot_at_an_object_has_its_own_luck():
    one, other = (judge(Rules()) for _ in range(2))
    alone = [one.hits(42, 0.5) for _ in range(64)]
    among = []
    for _ in range(64):
        other.hits(7, 0.5)
        among.append(other.hits(42, 0.5))
    assert alone == among
    assert 0 < sum(alone) < 64


@pytest.mark.parametrize(("sspk", "rho"), [(0.22, 0.19), (0.7, 0.1), (0.27, 0.51)])
def test_a_raid_is_beta_binomial(sspk, rho):
    """Raid means and intra-raid correlation, from the variance of the raids' hit counts."""
    referee = judge(Rules(correlation=rho, battery_correlation=0.0), RAIDS)
    counts = counts_of(referee, sspk, [NORTH])
    assert counts.mean() / 8 == pytest.approx(sspk, abs=0.025)
    assert within(counts, 8) == pytest.approx(rho, abs=0.035)


def test_two_levels_keep_the_mean_and_add_up_as_the_closed_form_says():
    k, raid, battery, n = 0.6, 0.2, 0.3, 8
    referee = judge(Rules(correlation=raid, battery_correlation=battery), RAIDS)
    counts = counts_of(referee, k, [NORTH, SOUTH], n)
    assert counts.mean() / n == pytest.approx(k, abs=0.02)
    assert within(counts[:, 0], n) == pytest.approx(1 - (1 - raid) * (1 - battery), abs=0.035)
    across = np.cov(counts.T)[0, 1] / n**2 / (k * (1 - k))
    assert across == pytest.approx(raid, abs=0.035)


@given(st.floats(0.02, 0.98), st.floats(0.0, 0.9))
def test_shared_luck_has_the_mean_and_the_variance_that_it_says(mean, rho):
    u = (np.arange(4000) + 0.5) / 4000
    p = np.array([shared_luck(mean, rho, float(q)) for q in u])
    assert np.all((p >= 0.0) & (p <= 1.0))
    assert np.all(np.diff(p) >= -1e-12)
    assert p.mean() == pytest.approx(mean, abs=2e-3)
    assert p.var() == pytest.approx(rho * mean * (1.0 - mean), abs=2e-3)


def test_correlation_raises_the_shares_of_none_and_all_and_keeps_the_mean():
    loose, tight = (
        counts_of(judge(Rules(correlation=rho, battery_correlation=0.0), RAIDS), 0.5, [NORTH], 4)
        for rho in (0.0, 0.4)
    )
    assert tight.mean() == pytest.approx(loose.mean(), abs=0.1)
    assert (tight == 0).mean() > 2.0 * (loose == 0).mean()
    assert (tight == 4).mean() > 2.0 * (loose == 4).mean()


def test_each_class_has_its_own_correlation_unless_the_scenario_says_one():
    srbm, cruise = CLASSES.raid_correlation
    assert srbm > cruise > 0.0
    for rules, expected in (
        (Rules(battery_correlation=0.0), (srbm, cruise)),
        (Rules(correlation=0.3, battery_correlation=0.0), (0.3, 0.3)),
    ):
        for kind, rho in zip((SRBM, CRUISE), expected, strict=True):
            counts = counts_of(judge(rules, RAIDS), 0.7, [NORTH], threat_class=kind)
            assert within(counts, 8) == pytest.approx(rho, abs=0.035)


def test_classes_of_a_raid_share_no_luck_but_a_failure():
    referee = judge(Rules(correlation=0.4, battery_correlation=0.0), RAIDS)
    p = np.array(
        [
            [referee.kill_probability(0.5, r, kind, NORTH, 1) for kind in (SRBM, CRUISE)]
            for r in range(len(RAIDS))
        ]
    )
    assert abs(np.corrcoef(p.T)[0, 1]) < 0.06
    failing = judge(Rules(raid_failure=0.4), RAIDS)
    both = [
        [failing.kill_probability(0.5, r, kind, NORTH, 1) == 0.0 for kind in (SRBM, CRUISE)]
        for r in range(len(RAIDS))
    ]
    assert all(one == other for one, other in both)


def test_a_failed_raid_is_never_hit():
    rules = Rules(raid_failure=0.3, correlation=0.1)
    referee = judge(rules, RAIDS)
    failed = sum(referee.kill_probability(0.9, r, SRBM, NORTH, 1) == 0.0 for r in range(len(RAIDS)))
    low, high = binom.interval(0.9999, len(RAIDS), 0.3)
    assert low <= failed <= high
    assert referee.kill_probability(0.9, -1, -1, NORTH, 1) == 0.9


def test_by_class_a_raid_is_uncovered_or_some_of_its_bodies_are_not_engaged():
    rules = Rules(raid_failure="by-class", correlation=0.0, battery_correlation=0.0)
    referee = judge(rules, RAIDS)
    n = 10
    missed = np.array(
        [
            [
                referee.kill_probability(0.9, r, SRBM, NORTH, object_key(r, k)) == 0.0
                for k in range(n)
            ]
            for r in range(len(RAIDS))
        ]
    )
    whole = missed.all(axis=1)
    low, high = binom.interval(0.9999, len(RAIDS), float(CLASSES.uncovered_share[SRBM]))
    assert low <= whole.sum() <= high
    rest = missed[~whole]
    low, high = binom.interval(0.9999, rest.size, float(CLASSES.unengaged_share[SRBM]))
    assert low <= rest.sum() <= high


def test_nobody_is_uncovered_where_the_scenario_does_not_ask():
    referee = judge(Rules(), RAIDS)
    p = [referee.kill_probability(0.999, r, SRBM, NORTH, r) for r in range(len(RAIDS))]
    assert min(p) > 0.0


def test_adding_a_unit_or_a_raid_changes_no_other_draw():
    rules = Rules(correlation=0.3, battery_correlation=0.2)
    few = judge(rules, RAIDS[:2], units=["south"])
    many = judge(rules, ["other", *RAIDS[:2]], units=["north", "south"])
    for raid in range(2):
        ours = few.kill_probability(0.6, raid, SRBM, 0, 9)
        assert ours == many.kill_probability(0.6, raid + 1, SRBM, 1, 9)
        assert ours != many.kill_probability(0.6, raid + 1, SRBM, 0, 9)


def test_certainty_has_no_common_mode():
    referee = judge(Rules(correlation=0.4))
    assert [referee.kill_probability(p, 0, SRBM, NORTH, 1) for p in (0.0, 1.0)] == [0.0, 1.0]


@pytest.mark.parametrize("key", ["correlation", "raid_failure"])
def test_a_slip_in_the_word_is_named_with_the_right_one(key):
    text = 'name = "x"\nstart = 2030-01-01T00:00:00Z\nduration_s = 9\n[referee]\n'
    with pytest.raises(ConfigError, match=f"referee.{key}.*'by-clas'.*nearest.*'by-class'"):
        read_scenario(f'{text}{key} = "by-clas"\n', "s.toml")
    with pytest.raises(ConfigError, match=f"referee.{key}"):
        read_scenario(f"{text}{key} = 1.1\n", "s.toml")
