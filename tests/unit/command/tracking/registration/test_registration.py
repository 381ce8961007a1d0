"""Biases are found, the claim of how well is right, and what can not be known stays unknown."""

import msgspec
import numpy as np
import pytest

from tdome.command.tracking.registration.estimator import Registration
from tdome.command.tracking.registration.measuring import locate, measure
from tdome.command.tracking.registration.state import Settings

MATCHED = Settings(noise=1.0, drift=0.0)


def folded(registration, flown, state=None, target=None, step=4):
    state = registration.start() if state is None else state
    recording = flown.recording
    target = flown.target if target is None else target
    for k in range(0, len(recording), step):
        last = min(k + step, len(recording))
        rows = slice(recording.start[k], recording.start[last])
        state = registration.fold(state, recording.part(k, last), target[rows])
    return state


def in_sigma(state, flown, sites):
    return (state.bias.reshape(-1, 4) - flown.bias)[:, :3] / sites.sigma[:, :3]


def test_gradients_are_those_of_differences():
    rng = np.random.default_rng(0)
    for flat in (True, False):
        for _ in range(10):
            origin = rng.normal(size=3) * (1e3 if flat else 3.7e6)
            axes = np.linalg.qr(rng.normal(size=(3, 3)))[0]
            place = origin + rng.normal(size=3) * 5e4
            z, slope = np.empty(4), np.empty((4, 3))
            measure(place, origin, axes, flat, z, slope)
            back, scratch = np.empty(3), np.empty((4, 3))
            locate(z[0], z[1], z[2], origin, axes, back)
            assert back == pytest.approx(place, abs=1e-6)
            for axis in range(3):
                ends = []
                for sign in (1.0, -1.0):
                    moved, out = place.copy(), np.empty(4)
                    moved[axis] += sign * 5.0
                    measure(moved, origin, axes, flat, out, scratch)
                    ends.append(out)
                assert slope[:, axis] == pytest.approx(
                    (ends[0] - ends[1]) / 10.0, rel=1e-4, abs=1e-9
                )


@pytest.mark.parametrize("earth", [False, True])
def test_bar_5_common_targets_alone(scenes, earth):
    """4 radars of 4 s, 50 targets, 60 s, biases of 1-3 sigma: the rest is below 0.2 sigma."""
    sites = scenes.on_earth(scenes.ring()) if earth else scenes.ring()
    off, square = [], []
    for seed in range(6):
        flown = scenes.scene(sites, seed)
        assert np.abs(flown.bias[:, :3] / sites.sigma[:, :3]).min() >= 1.0
        state = folded(Registration(sites, MATCHED), flown)
        off.append(in_sigma(state, flown, sites))
        rows = np.flatnonzero(np.diag(state.covariance) > 0.0)
        error = (state.bias - flown.bias.reshape(-1))[rows]
        square.append(error @ np.linalg.solve(state.covariance[np.ix_(rows, rows)], error))
        assert state.refused < 0.01 * state.used
    off = np.array(off)
    assert np.sqrt(np.square(off).mean(axis=1)).max() < 0.2  # each coordinate, in each scene
    assert np.mean(np.abs(off) < 0.2) > 0.95
    assert np.sqrt(np.square(off).mean()) < 0.09
    count = 6 * 12
    assert abs(np.sum(square) - count) < 3.3 * np.sqrt(2 * count)


def test_time_offsets_differ_but_their_mean_is_unknown(scenes):
    """Relative offsets are found; a shift of all stamps changes nothing that a radar tells."""
    sites = scenes.ring()
    settings = msgspec.structs.replace(MATCHED, prior_time=0.3)
    for seed in range(3):
        flown = scenes.scene(sites, seed, late=0.3)
        state = folded(Registration(sites, settings), flown)
        late, true = state.bias[3::4], flown.bias[:, 3]
        assert np.abs((late - late.mean()) - (true - true.mean())).max() < 0.04
        all_late = np.tile([0.0, 0, 0, 1.0], 4) / 4
        assert np.sqrt(all_late @ state.covariance @ all_late) > 0.9 * 0.3 / np.sqrt(4)
        assert np.abs(in_sigma(state, flown, sites)).max() < 0.25


def test_positions_that_are_told_make_time_absolute(scenes):
    sites = scenes.ring()
    settings = msgspec.structs.replace(MATCHED, prior_time=0.3)
    flown, sites = scenes.telling(scenes.scene(sites, 5, late=0.3), sites, 15)
    state = folded(Registration(sites, settings), flown)
    late = np.arange(4) * 4 + 3
    assert np.abs(state.bias[late] - flown.bias[:4, 3]).max() < 0.03
    assert np.sqrt(np.diag(state.covariance)[late]).max() < 0.02
    assert np.nanmax(np.abs(in_sigma(state, flown, sites))) < 0.15
    assert not state.bias[16:].any()  # who tells has no bias


@pytest.mark.parametrize("earth", [False, True])
def test_one_radar_alone_learns_from_those_who_tell(scenes, earth):
    sites = scenes.ring(1)
    sites = scenes.on_earth(sites) if earth else sites
    flown = scenes.scene(sites, 2)
    alone = folded(Registration(sites, MATCHED), flown)
    assert np.sqrt(np.diag(alone.covariance)[:3] / np.square(sites.sigma[0, :3])).min() > 1.0
    flown, sites = scenes.telling(flown, sites, 50)
    state = folded(Registration(sites, MATCHED), flown)
    assert np.nanmax(np.abs(in_sigma(state, flown, sites))) < 0.2


def test_one_who_lies_about_his_place_does_little(scenes):
    """Of fifteen that tell, one is 3 km away from where he says."""
    sites = scenes.ring()
    flown, sites = scenes.telling(scenes.scene(sites, 5), sites, 15)
    raw = flown.recording
    scan = np.repeat(np.arange(len(raw)), np.diff(raw.start))
    lies = (raw.sensor[scan] == 4) & (flown.target == 3)
    far = msgspec.structs.replace(raw, range_m=raw.range_m + 3e3 * lies)
    state = folded(Registration(sites, MATCHED), flown._replace(recording=far))
    assert np.nanmax(np.abs(in_sigma(state, flown, sites))) < 0.25


def test_wrong_associations_do_little(scenes):
    """One plot in twenty of somebody else."""
    sites = scenes.ring()
    flown = scenes.scene(sites, 1)
    rng = np.random.default_rng(1)
    target = flown.target.copy()
    wrong = rng.uniform(size=len(target)) < 0.05
    target[wrong] = rng.integers(0, 50, wrong.sum())
    state = folded(Registration(sites, MATCHED), flown, target=target)
    assert state.refused > 0.5 * wrong.sum()
    assert np.abs(in_sigma(state, flown, sites)).max() < 0.2


def test_radars_without_height_and_sensors_of_one_kind_only(scenes):
    """Two of four radars measure no elevation: their range and azimuth are found all the same."""
    sites = scenes.ring()
    sigma = sites.sigma.copy()
    sigma[2:, 2] = np.nan
    sites = msgspec.structs.replace(sites, sigma=sigma)
    flown = scenes.scene(msgspec.structs.replace(sites, sigma=np.nan_to_num(sigma)), 3)
    recording = flown.recording
    scan = np.repeat(np.arange(len(recording)), np.diff(recording.start))
    low = recording.sensor[scan] >= 2
    elevation = np.where(low, np.nan, recording.elevation_rad)
    flown = flown._replace(recording=msgspec.structs.replace(recording, elevation_rad=elevation))
    state = folded(Registration(sites, MATCHED), flown)
    assert np.nanmax(np.abs(in_sigma(state, flown, sites))) < 0.25
    assert state.bias[[10, 14]].tolist() == [0.0, 0.0]


def test_the_parts_do_not_matter_and_old_states_stay(scenes):
    sites = scenes.ring()
    flown = scenes.scene(sites, 4, targets=20)
    registration = Registration(sites, MATCHED)
    begun = folded(registration, flown)
    before = {name: np.copy(getattr(begun, name)) for name in begun.__struct_fields__}
    folded(registration, flown, state=begun)
    for name, column in before.items():
        assert np.array_equal(getattr(begun, name), column), name
    finer = folded(registration, flown, step=1)
    spread = np.sqrt(np.diag(begun.covariance) + 1e-30)
    assert np.abs((finer.bias - begun.bias) / spread).max() < 0.5


def test_naming_targets_otherwise_changes_nothing(scenes):
    sites = scenes.ring()
    flown = scenes.scene(sites, 4, targets=20)
    registration = Registration(sites, MATCHED)
    name = np.random.default_rng(0).permutation(1000)[:20]
    one = folded(registration, flown)
    other = folded(registration, flown, target=name[flown.target])
    assert one.bias == pytest.approx(other.bias, rel=1e-9, abs=1e-12)


def test_bad_input(scenes):
    sites = scenes.ring()
    flown = scenes.scene(sites, 0, targets=3, duration=16.0)
    registration = Registration(sites)
    with pytest.raises(ValueError, match="targets for"):
        registration.fold(registration.start(), flown.recording, flown.target[:-1])
    broken = flown.recording.range_m.copy()
    broken[::3], broken[1::7] = np.nan, -5.0
    recording = msgspec.structs.replace(flown.recording, range_m=broken)
    state = registration.fold(registration.start(), recording, flown.target)
    assert np.isfinite(state.bias).all()
    assert np.isfinite(state.covariance).all()
    none = registration.fold(state, recording.part(0, 0), flown.target[:0])
    assert none is state
