"""Each estimator has the right mean, and its interval covers the truth about as often as it says.

Seeded simulations of many small studies; bounds are three standard errors of the simulation wide.
"""

import math

import numpy as np
import pytest
from SALib.analyze import sobol as judge
from SALib.sample import sobol as saltelli
from SALib.test_functions import Ishigami
from scipy.stats import sobol_indices

from tdome.kernel.random import Streams
from tdome.studies.estimators.control import controlled, left_out_slopes
from tdome.studies.estimators.equivalence import tost, tost_each
from tdome.studies.estimators.fidelity import allocation, corrected
from tdome.studies.estimators.means import mean, share
from tdome.studies.estimators.pairs import difference
from tdome.studies.estimators.quantiles import P5_P50_P95, quantile, ranks
from tdome.studies.estimators.sensitivity import (
    levels_of,
    rank_regression,
    sobol,
    variance_shares,
)
from tdome.studies.estimators.strata import proportional, stratified
from tdome.studies.estimators.tails import cvar

STUDIES = 600
LEAST, MOST = 0.92, 0.98


def held(intervals, truth):
    """Check mean and coverage of many studies' intervals; return their coverage."""
    found = np.array([interval.estimate for interval in intervals])
    error = found.std(ddof=1) / math.sqrt(len(found))
    assert abs(found.mean() - truth) < 3.5 * error
    coverage = np.mean([interval.holds(truth) for interval in intervals])
    assert coverage >= LEAST
    return coverage


def draws(seed=1):
    return np.random.default_rng(seed)


def test_mean():
    samples = draws().gamma(4.0, 2.5, size=(STUDIES, 40))
    assert held([mean(sample) for sample in samples], 10.0) <= MOST
    assert mean(np.array([3.0])).high == math.inf
    with pytest.raises(ValueError, match="no replicates"):
        mean(np.zeros(0))


@pytest.mark.parametrize("method", ["wilson", "exact"])
def test_share(method):
    hits = draws(2).binomial(60, 0.1, size=STUDIES)
    holds = [share(k, 60, method=method).holds(0.1) for k in range(61)]
    assert np.mean(np.array(holds)[hits]) >= LEAST
    assert share(0, 60, method=method).high > 0.0  # none seen is not "never"


@pytest.mark.parametrize("p", P5_P50_P95)
def test_quantile_of_any_distribution(p):
    samples = draws(3).exponential(size=(STUDIES, 200))
    truth = -math.log(1.0 - p)
    assert np.mean([quantile(sample, p).holds(truth) for sample in samples]) >= LEAST
    leakers = draws(4).poisson(2.0, size=(STUDIES, 200))
    exact = {0.05: 0.0, 0.5: 2.0, 0.95: 5.0}[p]
    assert np.mean([quantile(sample, p).holds(exact) for sample in leakers]) >= 0.95


def test_few_replicates_bound_no_tail():
    assert quantile(np.arange(20.0), 0.95).high == math.inf
    assert ranks(71, 0.95)[1] == 72  # beyond the last one
    assert ranks(72, 0.95)[1] == 72


def test_cvar():
    # Exponential: CVaR = VaR + 1. The estimate is low by O(1/n); the interval must cover still.
    samples = draws(5).exponential(size=(STUDIES, 400))
    truth = -math.log(0.1) + 1.0
    found = [cvar(sample, 0.9) for sample in samples]
    assert abs(np.mean([one.estimate for one in found]) - truth) < 0.02 * truth
    assert LEAST <= np.mean([one.holds(truth) for one in found]) <= MOST
    assert cvar(np.array([0.0] * 9 + [10.0]), 0.8).estimate == pytest.approx(5.0)  # ties: (10+0)/2
    assert cvar(-samples[0], 0.9, "lower").estimate == pytest.approx(-found[0].estimate)


def test_paired_difference_saves_replicates():
    rng = draws(6)
    luck = rng.normal(size=(STUDIES, 50))
    a = luck + 0.3 * rng.normal(size=luck.shape) + 0.2
    b = luck + 0.3 * rng.normal(size=luck.shape)
    found = [difference(*pair) for pair in zip(a, b, strict=True)]
    assert held([one.interval for one in found], 0.2) <= MOST
    expected = 2 * 1.09 / (2 * 0.09)
    assert np.median([one.saved for one in found]) == pytest.approx(expected, rel=0.1)
    alike = difference(a[0], a[0])
    assert alike.saved == math.inf
    with pytest.raises(ValueError, match="pairs"):
        difference(a[0], b[0, :3])


def test_control_variate_is_unbiased_also_with_few_replicates_and_a_crooked_relation():
    rng = draws(7)
    z = rng.gamma(1.0, size=(STUDIES * 5, 12)) - 1.0
    y = np.square(z) - 2.0 * z + 0.5 * rng.normal(size=z.shape)  # E y = 1
    found = np.array([controlled(*one).interval.estimate for one in zip(y, z, strict=True)])
    assert abs(found.mean() - 1.0) < 3.5 * found.std() / math.sqrt(len(found))


def test_control_variates_cover_and_save():
    rng = draws(8)
    z = rng.normal(size=(STUDIES, 60, 2))
    y = 5.0 - z @ [1.0, 2.0] + rng.normal(size=(STUDIES, 60))
    found = [controlled(*one) for one in zip(y, z, strict=True)]
    assert held([one.interval for one in found], 5.0) <= MOST
    assert np.median([one.saved for one in found]) == pytest.approx(6.0, rel=0.15)
    useless = controlled(y[0], np.zeros(60))
    assert (useless.saved, useless.interval) == (1.0, mean(y[0]))


def test_left_out_slopes_are_regressions_without_the_replicate():
    rng = draws(9)
    z, y = rng.normal(size=(12, 2)), rng.normal(size=12)
    fast = left_out_slopes(y, z)
    for i in range(12):
        rest = np.arange(12) != i
        x = np.column_stack([np.ones(11), z[rest]])
        slow = np.linalg.lstsq(x, y[rest], rcond=None)[0][1:]
        assert fast[i] == pytest.approx(slow)


def test_stratification_both_ways():
    rng, weights, means = draws(10), np.array([0.5, 0.3, 0.2]), np.array([0.0, 5.0, 10.0])
    truth = float(weights @ means)
    counts = proportional(60, weights)
    assert counts.tolist() == [30, 18, 12]
    designed = np.repeat(np.arange(3), counts)
    chance = rng.choice(3, size=(STUDIES, 60), p=weights)
    for strata in (np.tile(designed, (STUDIES, 1)), chance):
        y = means[strata] + rng.normal(size=strata.shape)
        found = [stratified(*one, weights) for one in zip(y, strata, strict=True)]
        assert held([one.interval for one in found], truth) <= MOST
        assert np.median([one.saved for one in found]) > 8.0
    with pytest.raises(ValueError, match="2 replicates"):
        stratified(np.ones(3), np.array([0, 0, 1]), np.array([0.5, 0.5]))
    with pytest.raises(ValueError, match="add up"):
        stratified(np.ones(4), np.array([0, 0, 1, 1]), np.array([0.5, 0.6]))


@pytest.mark.parametrize("b", [None, 1.0])
def test_a_wrong_screening_is_corrected(b):
    rng, n, many = draws(11), 40, 800
    luck = rng.normal(size=(STUDIES, n))
    full = 10.0 + luck + 0.3 * rng.normal(size=luck.shape)
    paired = 7.0 + 1.5 * luck  # off by three, and too wide
    screen = 7.0 + 1.5 * rng.normal(size=(STUDIES, many))
    found = [corrected(*one, b) for one in zip(screen, full, paired, strict=True)]
    assert held([one.interval for one in found], 10.0) <= MOST
    assert np.median([one.saved for one in found]) > (5.0 if b is None else 2.0)
    with pytest.raises(ValueError, match="pairs"):
        corrected(screen[0], full[0, :3], paired[0, :3])
    assert allocation(0.8, 80.0) == pytest.approx(math.sqrt(80.0 * 0.64 / 0.36))


def test_tost_says_equivalent_only_where_it_is_shown():
    rng = draws(12)
    at_margin = rng.normal(0.5, 1.0, size=(2000, 100))
    wrong = np.mean([tost(d, 0.5).equivalent for d in at_margin])
    assert wrong < 0.05 + 3.0 * math.sqrt(0.05 * 0.95 / 2000)
    assert np.mean([tost(d - 0.5, 0.5).equivalent for d in at_margin[:200]]) > 0.9
    assert not tost(rng.normal(size=5), 0.5).equivalent  # nothing found, nothing shown
    outcomes = {"total": (np.ones(9), np.ones(9)), "cruise": (np.ones(9), np.zeros(9))}
    each = tost_each(outcomes, {"total": 0.1, "cruise": 0.1})
    assert each["total"].equivalent
    assert not each["cruise"].equivalent
    for one in (tost(d, 0.5) for d in at_margin[:50]):
        assert one.equivalent == (one.difference.low > -0.5 and one.difference.high < 0.5)


ISHIGAMI = {"num_vars": 3, "names": ["x1", "x2", "x3"], "bounds": [[-math.pi, math.pi]] * 3}


def test_sobol_indices_agree_with_salib_and_the_closed_form():
    n = 1024
    x = saltelli.sample(ISHIGAMI, n, calc_second_order=False, seed=1)
    y = Ishigami.evaluate(x).reshape(n, 5)
    found = sobol(y[:, 0], y[:, 4], y[:, 1:4].T, streams=Streams(1), resamples=100)
    theirs = judge.analyze(ISHIGAMI, y.ravel(), calc_second_order=False, seed=1, num_resamples=10)
    for ours, key in ((found.first, "S1"), (found.total, "ST")):
        assert [one.estimate for one in ours] == pytest.approx(theirs[key].tolist(), abs=0.02)
    for one, truth in zip(found.first, (0.3139, 0.4424, 0.0), strict=True):
        assert one.estimate == pytest.approx(truth, abs=0.03)
        assert one.low - 0.01 <= truth <= one.high + 0.01
    for one, truth in zip(found.total, (0.5576, 0.4424, 0.2437), strict=True):
        assert one.estimate == pytest.approx(truth, abs=0.03)


def test_without_luck_sobol_indices_are_scipys():
    y = draws(12).normal(size=(6, 64))
    ours = sobol(y[0], y[1], y[2:], streams=Streams(1), resamples=10)
    outputs = {"f_A": y[:1], "f_B": y[1:2], "f_AB": y[2:, None]}
    theirs = sobol_indices(func=outputs, n=64)
    assert [one.estimate for one in ours.first] == pytest.approx(theirs.first_order.ravel())
    assert [one.estimate for one in ours.total] == pytest.approx(theirs.total_order.ravel())
    same = np.stack([y, y], axis=-1)  # two replicates that agree: no luck
    again = sobol(same[0], same[1], same[2:], streams=Streams(1), resamples=10)
    assert [one.estimate for one in again.total] == pytest.approx(theirs.total_order.ravel())
    flat = sobol(np.ones(8), np.ones(8), np.ones((2, 8)), streams=Streams(1), resamples=10)
    assert all(math.isnan(one.estimate) for one in [*flat.first, *flat.total])


def test_shares_of_variance_of_a_factorial():
    a, b, rep = (axis.ravel() for axis in np.meshgrid([0, 1, 2], [0, 1], range(400)))
    y = 2.0 * a + 1.0 * b + draws(13).normal(size=len(a))
    total = 4 * 2 / 3 + 0.25 + 1.0
    shares = variance_shares([levels_of(a), levels_of(b), levels_of(rep)], y)
    assert shares == pytest.approx([8 / 3 / total, 0.25 / total, 0.0], abs=0.03)
    few = variance_shares([levels_of(a[::400]), levels_of(b[::400])], (2.0 * a + b)[::400])
    assert few == pytest.approx([16 / 17.5, 1.5 / 17.5])  # six points without noise
    words = levels_of(["on", "off", "on"])
    assert words.tolist() == [1, 0, 1]
    assert math.isnan(variance_shares([np.zeros(5, int)], np.arange(5.0))[0])


def test_ranks_tell_the_direction():
    x = draws(14).random(size=(300, 3))
    x[:, 2] = 1.0
    found = rank_regression(x, np.exp(3.0 * x[:, 0]) - x[:, 1])
    assert found.coefficients[0] > 0.9
    assert found.coefficients[1] < 0.0
    assert math.isnan(found.coefficients[2])
    assert 0.9 < found.r_squared <= 1.0
