"""Origins are shares of wide sectors, never a place."""

import numpy as np

from tdome.command.threat.landing.origin import BANDS, LEAST, SECTORS, origin_shares
from tdome.earth.wgs84 import enu_axes, geodetic_to_ecef


def moving(east, north, count, height=20e3):
    place = geodetic_to_ecef(0.4, 2.1, height).reshape(3)
    velocity = np.array([east, north, -500.0]) @ enu_axes(0.4, 2.1)
    return np.tile(np.concatenate([place, velocity]), (count, 1))


def test_what_flies_east_comes_from_the_west_and_the_fast_from_farther():
    slow, fast = moving(700.0, 0.0, 6), moving(0.0, -2_500.0, 4)
    shares, rest = origin_shares(np.concatenate([slow, fast]))
    assert shares.shape == (SECTORS, len(BANDS) + 1)
    assert shares[6, 1] == 0.6  # west, 100 to 300 km
    assert shares[0, 2] == 0.4  # north, 300 to 1,000 km
    assert rest == 0.0


def test_few_tracks_are_not_told_apart():
    shares, rest = origin_shares(moving(700.0, 0.0, LEAST - 1))
    assert not shares.any()
    assert rest == 1.0


def test_order_and_broken_rows_do_not_matter_and_nothing_is_nothing():
    state = np.concatenate([moving(700.0, 0.0, 5), moving(-900.0, 300.0, 5)])
    shares, rest = origin_shares(state)
    again, same = origin_shares(state[::-1])
    assert np.array_equal(shares, again)
    assert rest == same
    broken = np.concatenate([state, np.full((2, 6), np.nan)])
    assert np.array_equal(origin_shares(broken)[0], shares)
    assert origin_shares(np.empty((0, 6)))[1] == 0.0
