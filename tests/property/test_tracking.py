"""Whatever radars say, the picture stays sound, and the order of plots changes nothing."""

import msgspec
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tdome.command.tracking.check import plots_of
from tdome.command.tracking.imm import ImmTracker
from tdome.messages.sensing import Plots
from tdome.messages.tracks import unpack_covariance
from tdome.plan.books.assets import asset_book
from tdome.plan.books.sensors import sensor_book
from tdome.plan.books.threats import threat_book
from tdome.plan.books.units import unit_book
from tdome.plan.catalogue import Catalogue
from tdome.plan.classes.quantity import Quantity
from tdome.plan.classes.sensors import SensorClass
from tdome.plan.plan import Plan
from tdome.plan.schema import Asset, PlanFile, SensorSite

NS = 1_000_000_000
T0 = 1_700_000_000 * NS
NUMBERS = {
    "reference_range_km": 200.0, "max_range_km": 300.0, "min_elevation_deg": -1.0,
    "max_elevation_deg": 80.0, "period_s": 4.0, "sigma_range_m": 40.0, "sigma_azimuth_deg": 0.2,
    "sigma_elevation_deg": 0.3, "false_alarm_probability": 1e-6, "false_plots_per_scan": 5.0,
    "latency_s": 0.2, "antenna_height_m": 20.0, "tasks_per_s": 0.0,
}  # fmt: skip


def make_plan() -> Plan:
    values = {key: Quantity(v, v, v, "test", "notional") for key, v in NUMBERS.items()}
    book = Catalogue(threats={}, sensors={"r": SensorClass(title="r", **values)}, effectors={})
    sites = [
        SensorSite(name=f"r{i}", type="r", lat_deg=24.0, lon_deg=121.0 + 0.2 * i) for i in range(2)
    ]
    asset = Asset(name="a", lat_deg=24.0, lon_deg=121.0, radius_km=1.0, value=1.0)
    return Plan(
        name="p",
        file=PlanFile(name="p", threats=["none"], sensors=sites, assets=[asset]),
        sensors=sensor_book(sites, book, "test"),
        units=unit_book([], book, "test"),
        assets=asset_book([asset]),
        threats=threat_book([], book, "test"),
        weapon_control=(),
        source="test",
    )


PLAN = make_plan()
TRACKER = ImmTracker(PLAN)


def stories(polar):
    """Scans (sensor, step, volume, plots) with targets in narrow or wide boxes, at odd times."""
    plot = st.tuples(*polar, st.sampled_from([-1, -1, -1, 7, 8]), st.sampled_from([0, 0, 1]))
    one = st.tuples(
        st.integers(0, 1), st.integers(0, 9 * NS), st.booleans(), st.lists(plot, max_size=6)
    )
    return st.lists(one, min_size=4, max_size=10)


NEAR = (st.floats(5e4, 5.1e4), st.floats(0.5, 0.52), st.floats(0.05, 0.07))
ANY = (st.floats(100.0, 3e5), st.floats(0.0, 6.28), st.floats(-0.3, 1.5))


def scans(story) -> list[tuple[int, Plots]]:
    now, messages = T0, []
    for seq, (sensor, step, volume, rows) in enumerate(story):
        now += step
        columns = np.array(rows, float).reshape(-1, 5)
        plots = plots_of(PLAN.sensors, sensor, seq, now, columns[:, :3])
        plots = msgspec.structs.replace(
            plots,
            volume=volume,
            address=columns[:, 3].astype(np.int32),
            friend=columns[:, 4].astype(np.int8),
        )
        messages.append((now, plots))
    return messages


@settings(max_examples=60, deadline=None)
@given(stories(NEAR) | stories(ANY))
def test_covariances_are_positive_semidefinite_and_all_is_finite(story):
    state = TRACKER.start()
    for now, plots in scans(story):
        state, tracks, _ = TRACKER.update(state, [plots], now + NS // 2)
        p = state.tracks.p.reshape(-1, 6, 6)
        assert np.all(np.isfinite(state.tracks.x))
        np.testing.assert_allclose(p, p.transpose(0, 2, 1), rtol=1e-12)
        sigma = np.sqrt(np.einsum("nii->ni", p))
        assert np.linalg.eigvalsh(p / (sigma[:, :, None] * sigma[:, None])).min(initial=1) > -1e-9
        assert np.all(np.isfinite(unpack_covariance(tracks.covariance)))
        assert np.all((tracks.quality >= 0) & (tracks.quality <= 15))
        assert np.all(np.diff(tracks.track_number) > 0)


@settings(max_examples=40, deadline=None)
@given(stories(NEAR), st.randoms(use_true_random=False))
def test_the_order_of_plots_in_a_scan_changes_nothing_but_their_rows(story, random):
    states = [TRACKER.start(), TRACKER.start()]
    for now, plots in scans(story):
        order = list(range(len(plots)))
        random.shuffle(order)
        names = ("range_m", "azimuth_rad", "elevation_rad", "snr_db", "address", "friend")
        shuffled = {name: getattr(plots, name)[order] for name in names}
        answers = []
        for side, message in enumerate((plots, msgspec.structs.replace(plots, **shuffled))):
            states[side], tracks, used = TRACKER.update(states[side], [message], now)
            answers.append((tracks, used))
        (tracks, used), (tracks_too, used_too) = answers
        for name in tracks.__struct_fields__[1:]:
            np.testing.assert_array_equal(getattr(tracks, name), getattr(tracks_too, name))
        np.testing.assert_array_equal(used.track_number, used_too.track_number)
        here = used.scan == plots.header.seq
        measured = [
            message.range_m[u.row[here]]
            for message, u in (
                (plots, used),
                (msgspec.structs.replace(plots, **shuffled), used_too),
            )
        ]
        np.testing.assert_array_equal(*measured)


@settings(max_examples=25, deadline=None)
@given(stories(NEAR), st.booleans())
def test_an_address_once_told_is_never_lost_or_changed(story, volume):
    state, known = TRACKER.start(), {}
    for now, plots in scans(story):
        state, tracks, _ = TRACKER.update(
            state, [msgspec.structs.replace(plots, volume=volume)], now
        )
        for number, address in zip(
            tracks.track_number.tolist(), tracks.address.tolist(), strict=True
        ):
            assert known.get(number, -1) in (-1, address)
            known[number] = address
