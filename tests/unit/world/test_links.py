import numpy as np
import pytest
from scipy.stats import binom

from tdome.kernel.clock import NS
from tdome.kernel.random import Streams
from tdome.world.links import Links
from tdome.world.schema.conditions import Links as File


def test_delay_is_fixed_and_exponential():
    links = Links(File(delay_s=0.2, jitter_s=0.5), Streams(1))
    delay = np.array([links.delay("r", "Plots", seq) for seq in range(4000)]) / NS
    assert delay.min() >= 0.2
    assert delay.mean() == pytest.approx(0.7, abs=0.04)
    assert delay.std() == pytest.approx(0.5, abs=0.05)


def test_loss_is_keyed_by_message():
    links = Links(File(loss=0.1), Streams(1))
    lost = [links.loses("r", "Plots", seq) for seq in range(4000)]
    low, high = binom.interval(0.9999, 4000, 0.1)
    assert low <= sum(lost) <= high
    again = Links(File(loss=0.1), Streams(1))
    assert [again.loses("r", "Plots", seq) for seq in reversed(range(4000))] == lost[::-1]


def test_effects_follow_causes():
    assert Links(File(delay_s=0.0), Streams(1)).delay("r", "Plots", 1) == 1
