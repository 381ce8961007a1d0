"""The clutter map: what it learns, where it is used, and that it does no harm."""

import msgspec
import numpy as np
import pytest

from tdome.command.tracking.engine import Engine, Settings, track
from tdome.command.tracking.engine.engine import site_rows
from tdome.command.tracking.engine.layout import EXTRA, MAP, MAP_SUM, SITE, Z
from tdome.command.tracking.engine.radar.clutter import (
    BEARINGS,
    CELLS,
    COLUMNS,
    FADING,
    PRIOR,
    RINGS,
    cell,
    learn_map,
    shade,
)
from tdome.messages.recording import Recording

from .conftest import sites_of

REACH = 160e3


def site(columns=COLUMNS):
    return site_rows(sites_of(np.zeros((1, 3)), np.eye(3)[None], reach=REACH), columns)


def plots(away, bearing):
    z = np.zeros((len(away), Z))
    z[:, 0], z[:, 1] = away, bearing
    return z


def test_cells_are_all_there_is_and_each_place_is_in_one():
    rows = site()
    bearing = np.repeat((np.arange(BEARINGS) + 0.5) / BEARINGS * 2 * np.pi - np.pi, RINGS)
    away = 1e3 + np.tile((np.arange(RINGS) + 0.5) / RINGS, BEARINGS) * (REACH - 1e3)
    found = [cell(rows, 0, r, a) for r, a in zip(away, bearing, strict=True)]
    assert found == list(range(CELLS))
    assert cell(rows, 0, 10 * REACH, -np.pi) == RINGS - 1
    assert cell(rows, 0, 0.0, np.pi) == (BEARINGS - 1) * RINGS


def test_the_factor_is_that_of_the_posterior_and_its_mean_is_one():
    rows, rng = site(), np.random.default_rng(1)
    for _ in range(10):
        z = plots(rng.uniform(2e3, REACH, 50), rng.uniform(-np.pi, np.pi, 50))
        learn_map(rows, 0, z, np.zeros(50, np.int8))
    counts = rows[0, MAP : MAP + CELLS]
    assert rows[0, MAP_SUM] == pytest.approx(counts.sum())
    away = 1e3 + np.tile((np.arange(RINGS) + 0.5) / RINGS, BEARINGS) * (REACH - 1e3)
    bearing = np.repeat((np.arange(BEARINGS) + 0.5) / BEARINGS * 2 * np.pi - np.pi, RINGS)
    z = plots(away, bearing)
    shade(rows, 0, z)
    factor = np.exp(0.5 * z[:, EXTRA])
    assert factor == pytest.approx((PRIOR + counts) / (PRIOR + counts.mean()))
    assert factor.mean() == pytest.approx(1.0)


def test_a_steady_patch_is_learned_and_forgotten_and_a_salvo_is_not_clutter():
    rows = site()
    patch, seen = plots(np.full(6, 80e3), np.full(6, 1.0)), np.zeros(6, np.int8)
    once = plots(np.full(40, 80e3), np.full(40, -1.0))
    none = plots(np.empty(0), np.empty(0))
    for _ in range(60):
        learn_map(rows, 0, patch, seen)
    here = MAP + cell(rows, 0, 80e3, 1.0)
    assert rows[0, here] == pytest.approx(6.0 / FADING, rel=0.1)
    learn_map(rows, 0, once, np.zeros(40, np.int8))
    assert rows[0, MAP + cell(rows, 0, 80e3, -1.0)] == pytest.approx(2.0)  # 40 at once count as 2
    learn_map(rows, 0, once, np.ones(40, np.int8))  # a confirmed track has each
    assert rows[0, MAP + cell(rows, 0, 80e3, -1.0)] < 2.0
    for _ in range(100):
        learn_map(rows, 0, none, np.zeros(0, np.int8))
    assert rows[0, here] < 3.0


def patchy(flyers=40, scans=40, seed=1, clutter=100):
    """Return a recording of flyers and of clutter of which 80 % are in one patch, and the truth."""
    rng = np.random.default_rng(seed)
    place = np.column_stack([rng.uniform(-1e5, 1e5, (flyers, 2)), rng.uniform(2e3, 1e4, flyers)])
    speed = np.column_stack([rng.normal(0, 150, (flyers, 2)), np.zeros(flyers)])
    parts, truth = [], []
    for k in range(scans):
        here = place + 4.0 * k * speed
        truth.append(here)
        away = np.linalg.norm(here, axis=1)
        z = np.c_[away, np.arctan2(here[:, 0], here[:, 1]), np.arcsin(here[:, 2] / away)]
        z = z[rng.uniform(size=flyers) < 0.9]
        z += rng.normal(size=z.shape) * [25.0, 0.0026, 0.0035]
        m = rng.poisson(clutter)
        false = np.c_[
            rng.uniform(2e3, REACH, m), rng.uniform(-np.pi, np.pi, m), rng.uniform(0.0, 0.4, m)
        ]
        moved = rng.uniform(size=m) < 0.8
        false[moved, 0] = rng.uniform(60e3, 100e3, moved.sum())
        false[moved, 1] = rng.uniform(0.5, 1.1, moved.sum())
        z = np.r_[z, false]
        parts.append(z[(z[:, 0] < REACH) & (z[:, 2] > 0.0)])
    z, nothing = np.concatenate(parts), np.full(sum(map(len, parts)), np.nan)
    recording = Recording(
        at=(np.arange(scans) * 4 * 10**9).astype(np.int64),
        sensor=np.zeros(scans, np.int32),
        start=np.r_[0, np.cumsum([len(part) for part in parts])].astype(np.int64),
        volume=np.ones(scans, np.bool_),
        range_m=z[:, 0].copy(),
        azimuth_rad=np.mod(z[:, 1], 2 * np.pi),
        elevation_rad=z[:, 2].copy(),
        range_rate_m_s=nothing,
        snr_db=nothing.astype(np.float32),
        address=np.full(len(z), -1, np.int32),
        height_m=nothing,
    )
    return recording, np.array(truth)


def far_from_all(history, truth):
    """Return how many rows of a history are farther than 1 km from any flyer."""
    return sum(
        np.linalg.norm(truth[k] - x, axis=1).min() > 1e3
        for k, x in zip(history.scan, history.state[:, :3], strict=True)
    )


def test_clutter_in_patches_makes_fewer_false_tracks_with_the_map_than_without():
    sites = sites_of(np.zeros((1, 3)), np.eye(3)[None], false_plots=100.0, reach=REACH)
    false = {True: 0, False: 0}
    for seed in range(4):
        recording, truth = patchy(seed=seed)
        for with_map in false:
            chosen = msgspec.structs.replace(Settings.imm(), clutter_map=with_map)
            false[with_map] += far_from_all(track(recording, sites, chosen), truth)
    assert false[True] < 0.5 * false[False]


def test_tasked_looks_leave_the_map_alone_and_it_is_off_where_nobody_asked():
    recording, _ = patchy(scans=6)
    sites = sites_of(np.zeros((1, 3)), np.eye(3)[None], reach=REACH)
    tasked = msgspec.structs.replace(recording, volume=np.zeros(6, np.bool_))
    for given, learned in ((recording, True), (tasked, False)):
        engine = Engine(sites, Settings.imm())
        engine.fold(given)
        assert (engine._sites[0, MAP_SUM] > 0.0) == learned
    assert Engine(sites, Settings.gnn_ekf())._sites.shape[1] == SITE
    assert not Settings.gnn_ekf().clutter_map


def test_parts_give_the_bits_of_the_whole_with_a_map():
    recording, _ = patchy(scans=12)
    sites = sites_of(np.zeros((1, 3)), np.eye(3)[None], reach=REACH)
    whole = Engine(sites, Settings.imm()).fold(recording)
    engine = Engine(sites, Settings.imm())
    parts = [engine.fold(recording.part(k, k + 4)) for k in (0, 4, 8)]
    assert (np.concatenate([part.state for part in parts]) == whole.state).all()


@pytest.mark.parametrize("noise", [0, 200])
def test_a_radar_that_is_jammed_for_a_while_loses_no_established_track(noise):
    """Twenty seconds without a true plot, silent or full of false ones; the coast limit is 30 s."""
    rng = np.random.default_rng(2)
    recording, _ = patchy(scans=24, clutter=20)
    z = np.column_stack([recording.range_m, recording.azimuth_rad, recording.elevation_rad])
    parts = [z[a:b] for a, b in zip(recording.start[:-1], recording.start[1:], strict=True)]
    for k in range(12, 17):
        low, high = [2e3, 0.0, 0.0], [REACH, 2 * np.pi, 0.4]
        parts[k] = rng.uniform(low, high, (noise, 3))
    z, nothing = np.concatenate(parts), np.full(sum(map(len, parts)), np.nan)
    jammed = msgspec.structs.replace(
        recording,
        start=np.r_[0, np.cumsum([len(part) for part in parts])].astype(np.int64),
        **dict(zip(("range_m", "azimuth_rad", "elevation_rad"), z.T.copy(), strict=True)),
        range_rate_m_s=nothing,
        snr_db=nothing.astype(np.float32),
        address=np.full(len(z), -1, np.int32),
        height_m=nothing,
    )
    sites = sites_of(np.zeros((1, 3)), np.eye(3)[None], reach=REACH)
    kept = {}
    for outages in (True, False):
        chosen = msgspec.structs.replace(Settings.imm(), outages=outages)
        history = track(jammed, sites, chosen)
        before, after = (set(history.number[history.scan == k].tolist()) for k in (11, 20))
        kept[outages] = len(before & after) / len(before)
    assert kept[True] > 0.85
    assert kept[True] > kept[False]
