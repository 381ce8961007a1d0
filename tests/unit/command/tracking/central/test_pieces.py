"""Histories are joined without a copy where their memory allows, and are the same in any case."""

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tdome.command.tracking.central.pieces import end_to_end, told
from tdome.command.tracking.engine import Engine, Settings

IMM = Settings.imm()


@given(st.sets(st.integers(0, 29), min_size=2, max_size=6), st.booleans())
def test_ends_that_meet_are_joined_in_place(cuts, swapped):
    whole = np.arange(120.0).reshape(30, 4).copy()  # its own owner
    edges = sorted(cuts)
    parts = [whole[a:b] for a, b in zip(edges, [*edges[1:], 30], strict=True)]
    if swapped:
        parts = parts[::-1]
    found = end_to_end(parts)
    assert np.array_equal(found, np.concatenate(parts))
    if not swapped:
        assert np.shares_memory(found, whole)


def test_gaps_other_owners_and_stripes_are_copied():
    whole = np.arange(40).reshape(20, 2).copy()
    other = whole.copy()
    for parts in (
        [whole[:5], whole[6:9]],
        [whole[:5], other[5:9]],
        [whole[:10:2], whole[10:12]],
        [whole[:5, :1], whole[5:6, :1]],
        [whole[:5].copy(), whole[5:9].copy()],
    ):
        found = end_to_end(parts)
        assert np.array_equal(found, np.concatenate(parts))
        assert not np.shares_memory(found, whole)


def test_an_engine_that_writes_on_tells_the_same_end_to_end(sky):
    for sites in (sky.ring(3), sky.on_earth(sky.ring(3))):
        recording = sky.scene(sites, 2, 20, 60.0).recording
        plain, long = Engine(sites, IMM), Engine(sites, IMM)
        long.write_on()
        edges = [0, 3, 4, 20, len(recording)]
        pairs = list(pairwise(edges))
        parts = [long.fold(recording.part(a, b)) for a, b in pairs]
        joined = told(parts)
        assert sky.equal(joined, told([plain.fold(recording.part(a, b)) for a, b in pairs]))
        assert np.shares_memory(joined.covariance, parts[-1].covariance)
        aside = long.copy()
        assert not np.shares_memory(aside.fold(recording.part(0, 0)).covariance, joined.covariance)
