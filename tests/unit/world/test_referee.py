import numpy as np
import pytest
from scipy.stats import binom

from tdome.kernel.random import Streams, object_key
from tdome.world.effectors.referee import Referee
from tdome.world.schema.conditions import Referee as Rules

RAIDS = [f"raid {i}" for i in range(3000)]


def test_hits_have_the_probability_asked():
    referee = Referee(Rules(), ["one"], Streams(5))
    hits = sum(referee.hits(object_key("o", i), 0.7) for i in range(5000))
    low, high = binom.interval(0.9999, 5000, 0.7)
    assert low <= hits <= high
    assert referee.kill_probability(0.7, 0) == 0.7


def test_the_nth_shot_at_an_object_has_its_own_luck():
    one, other = (Referee(Rules(), [], Streams(5)) for _ in range(2))
    alone = [one.hits(42, 0.5) for _ in range(64)]
    among = []
    for _ in range(64):
        other.hits(7, 0.5)
        among.append(other.hits(42, 0.5))
    assert alone == among
    assert 0 < sum(alone) < 64


@pytest.mark.parametrize(("sspk", "rho"), [(0.22, 0.19), (0.7, 0.1), (0.27, 0.51)])
def test_common_mode_is_beta_binomial(sspk, rho):
    """Raid means and intra-raid correlation, from the variance of the raids' hit counts."""
    referee = Referee(Rules(correlation=rho), RAIDS, Streams(5))
    n = 8
    counts = np.array(
        [
            sum(referee.hits(object_key(r, k), referee.kill_probability(sspk, r)) for k in range(n))
            for r in range(len(RAIDS))
        ]
    )
    assert counts.mean() / n == pytest.approx(sspk, abs=0.025)
    spread = counts.var() / (n * sspk * (1.0 - sspk))
    assert (spread - 1.0) / (n - 1) == pytest.approx(rho, abs=0.035)


def test_a_failed_raid_is_never_hit():
    referee = Referee(Rules(raid_failure=0.3, correlation=0.1), RAIDS, Streams(5))
    failed = sum(referee.kill_probability(0.9, r) == 0.0 for r in range(len(RAIDS)))
    low, high = binom.interval(0.9999, len(RAIDS), 0.3)
    assert low <= failed <= high
    assert referee.kill_probability(0.9, -1) == 0.9


def test_certainty_has_no_common_mode():
    referee = Referee(Rules(correlation=0.4), ["one"], Streams(5))
    assert [referee.kill_probability(p, 0) for p in (0.0, 1.0)] == [0.0, 1.0]
