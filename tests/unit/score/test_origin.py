"""Origins are shares of wide sectors, never a place."""

import math
from typing import get_type_hints

import numpy as np
import pytest

from tdome.earth.wgs84 import enu_axes, geodetic_to_ecef
from tdome.messages import wire
from tdome.messages.base import Header
from tdome.messages.codes import Identity
from tdome.messages.threats import Threats
from tdome.messages.tracks import SystemTracks
from tdome.score.origin import (
    AWAY,
    BANDS,
    FROM,
    LEAST,
    SECTORS,
    Origin,
    OriginCell,
    origin_of,
    origin_shares,
)


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


def columns(kind, n, **given):
    """A message of zeros but for what is given."""
    values = {f: np.zeros(n, np.int64) for f in kind.__struct_fields__}
    return kind(**values | {"header": Header("test", 0, 5, 5)} | given)


def pictures(state, **threat):
    n = len(state)
    number = np.arange(n, dtype=np.int32)
    ones = np.ones(n, np.int64)
    tracks = columns(
        SystemTracks, n, track_number=number, state=state, ballistic=ones, hits=20 * ones
    )
    given = {"identity": ones * Identity.HOSTILE, "threat_class": ones} | threat
    return [tracks], [columns(Threats, n, track_number=number, **given)]


def test_a_run_is_told_by_cells_and_each_track_once():
    tracks, threats = pictures(moving(700.0, 0.0, 6))
    told = origin_of(tracks * 3, threats * 3)
    assert told.tracks == 6
    assert told.cells == [OriginCell(sector="west", band="100 to 300 km", share=1.0)]
    assert told.not_told == 0.0


@pytest.mark.parametrize("identity", [Identity.SUSPECT, Identity.NEUTRAL, Identity.FRIEND])
def test_only_hostile_tracks_count(identity):
    told = origin_of(*pictures(moving(700.0, 0.0, 6), identity=np.full(6, identity)))
    assert told == Origin(tracks=0, cells=[], not_told=0.0)


def test_no_point_of_origin_leaves_the_system():
    """What is told holds no number but shares, and 100 km of launch place change none of them."""
    kinds = {name: str(kind) for name, kind in get_type_hints(OriginCell).items()}
    assert kinds == {"sector": str(str), "band": str(str), "share": str(float)}
    assert set(get_type_hints(Origin)) == {"tracks", "cells", "not_told"}
    assert len(FROM) == SECTORS == 8
    assert math.tau / SECTORS >= math.radians(45.0)
    assert len(AWAY) == len(BANDS) + 1
    assert LEAST >= 3
    here = moving(700.0, 0.0, 6)
    there = here.copy()
    for axis in enu_axes(0.4, 2.1)[:2]:
        there[:, :3] += 70e3 * axis
    assert origin_of(*pictures(here)) == origin_of(*pictures(there))


def test_no_message_has_a_field_for_an_origin():
    words = ("origin", "launch_lat", "launch_lon", "launch_point", "launcher")
    fields = [(k.__name__, f) for k in wire.MESSAGE_TYPES for f in k.__struct_fields__]
    assert not [pair for pair in fields if any(word in pair[1] for word in words)]
