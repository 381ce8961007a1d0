import pytest

from tdome.kernel.clock import NS, SimClock, nanoseconds, seconds
from tdome.kernel.errors import CausalityError


def test_sim_clock_stands_still_until_told():
    clock = SimClock(5 * NS)
    assert clock.now() == clock.now() == 5 * NS


def test_sim_clock_advances_and_refuses_to_go_back():
    clock = SimClock()
    clock.advance_to(7)
    clock.advance_to(7)
    with pytest.raises(CausalityError, match="at 7 ns was asked to go back to 6 ns"):
        clock.advance_to(6)
    assert clock.now() == 7


@pytest.mark.parametrize(
    ("s", "ns"), [(1.5, 1_500_000_000), (1e-9, 1), (0.1, 100_000_000), (-0.25, -250_000_000)]
)
def test_conversions(s, ns):
    assert nanoseconds(s) == ns
    assert seconds(ns) == s


def test_whole_seconds_are_exact_where_a_product_of_floats_is_not():
    s = 123_456_789_012.0
    assert nanoseconds(s) == 123_456_789_012 * NS
    assert nanoseconds(2.0**53 + 2) == (2**53 + 2) * NS


@pytest.mark.parametrize("s", [float("nan"), float("inf")])
def test_not_finite_seconds_are_refused(s):
    with pytest.raises((ValueError, OverflowError)):
        nanoseconds(s)
