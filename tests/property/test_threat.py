"""Threat evaluation and warning over arbitrary pictures: promises that hold for all tracks."""

from functools import cache
from typing import Any

import numpy as np
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tdome.command.threat.check import check_threat_evaluator
from tdome.command.threat.kinematic import KinematicEvaluator
from tdome.command.warning.check import check_warning_policy
from tdome.command.warning.zones import ZoneWarner
from tdome.earth.wgs84 import enu_axes, geodetic_to_ecef
from tdome.messages.base import Header
from tdome.messages.codes import Identity, WarningStatus
from tdome.messages.tracks import SystemTracks, believed_drag, pack_covariance
from tdome.plan.plan import Plan, read_plan

NOW = 1_800_000_000 * 10**9
S = 10**9
QUICK = settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)

PLAN = """
name = "arbitrary"
threats = ["rocket", "srbm", "cruise", "drone", "decoy-drone", "fighter"]
[traffic]
civil_addresses = [[100, 199]]
[zones]
circles = [
  { code = "A", name = "a", lat_deg = 24.5, lon_deg = 120.8, radius_km = 60.0 },
  { code = "B", name = "b", lat_deg = 25.3, lon_deg = 121.6, radius_km = 30.0 },
]
[[sensors]]
name = "radar"
type = "multifunction"
lat_deg = 25.0
lon_deg = 121.5
[[assets]]
name = "city"
lat_deg = 25.0
lon_deg = 121.5
radius_km = 5.0
value = 10.0
[[assets]]
name = "port"
lat_deg = 24.2
lon_deg = 120.5
radius_km = 2.0
value = 1.0
"""


@cache
def _plan() -> Plan:
    return read_plan(PLAN, "arbitrary.toml")


def _between(low: float, high: float) -> st.SearchStrategy[float]:
    return st.floats(low, high, allow_nan=False)


TRACK = st.fixed_dictionaries(
    {
        "lat": _between(22.0, 27.0),
        "lon": _between(117.0, 124.0),
        "height": _between(-50.0, 300_000.0),
        "velocity": st.tuples(*[_between(-3500.0, 3500.0)] * 3),
        "sigma": st.tuples(_between(0.0, 5_000.0), _between(0.0, 300.0)),
        "ballistic": st.integers(0, 1),
        "status": st.integers(0, 2),
        "hits": st.integers(1, 60),
        "rcs": st.one_of(st.just(float("nan")), _between(-60.0, 40.0)),
        "spread": st.one_of(st.just(float("nan")), _between(0.0, 1_000.0)),
        "address": st.sampled_from([-1, -1, 100, 199, 200]),
        "friend": st.sampled_from([0, 0, 0, 1]),
        "plotted": st.booleans(),
    }
)
SKY = st.lists(TRACK, min_size=0, max_size=6)
# Tracks come, go and change without any sense: worse than any tracker.
STORY = st.lists(SKY, min_size=1, max_size=4)


def _picture(step: int, sky: list[dict[str, Any]]) -> SystemTracks:
    n, now = len(sky), NOW + step * 3 * S
    covariance = np.zeros((n, 6, 6))
    state = np.zeros((n, 6))
    for row, track in enumerate(sky):
        lat, lon = np.radians(track["lat"]), np.radians(track["lon"])
        state[row, :3] = geodetic_to_ecef(lat, lon, track["height"])
        state[row, 3:] = np.array(track["velocity"]) @ enu_axes(lat, lon)
        covariance[row, range(6), range(6)] = [s**2 for s in track["sigma"] for _ in range(3)]

    def column(name: str, dtype: Any) -> Any:
        return np.array([track[name] for track in sky], dtype=dtype).reshape(n)

    return SystemTracks(
        header=Header("test", step, now, now),
        track_number=np.arange(1, n + 1, dtype=np.int32),
        state=state,
        covariance=pack_covariance(covariance),
        ballistic=column("ballistic", np.int8),
        status=column("status", np.int8),
        first_at=np.full(n, NOW - 10 * S),
        updated_at=np.where(column("plotted", np.bool_), now, NOW - S),
        hits=column("hits", np.int32),
        missed=np.zeros(n, np.int32),
        missed_weight=np.zeros(n, np.float32),
        quality=np.full(n, 5, np.int8),
        nis=np.full(n, 3.0, np.float32),
        rcs_dbsm=column("rcs", np.float32),
        doppler_spread_m_s=column("spread", np.float32),
        **believed_drag(n, 1.0 / 5_000.0),
        address=column("address", np.int32),
        friend=column("friend", np.int8),
    )


_CLIMBER: dict[str, Any] = {
    "lat": 22.0,
    "lon": 117.0,
    "height": 16_532.0,
    "velocity": (1.0, 16.0, 328.0),
    "sigma": (1446.0, 300.0),
    "ballistic": 1,
    "status": 2,
    "hits": 60,
    "rcs": float("nan"),
    "spread": float("nan"),
    "address": 200,
    "friend": 1,
    "plotted": True,
}
_LEVEL = _CLIMBER | {
    "height": 0.0,
    "velocity": (0.0, -1.0, 0.0),
    "sigma": (0.0, 0.0),
    "ballistic": 0,
    "status": 0,
    "hits": 1,
    "address": -1,
    "friend": 0,
    "plotted": False,
}


@QUICK
@example(story=[[_CLIMBER], [_LEVEL]])  # ballistic by itself, hardly among the others
@given(story=STORY)
def test_any_picture_keeps_the_promises_of_threat_evaluation(story):
    pictures = [_picture(step, sky) for step, sky in enumerate(story)]
    # Pure, class sums, covariance, value at risk, protected identities, relabelling.
    check_threat_evaluator(KinematicEvaluator(_plan()), _plan(), pictures)


@QUICK
@given(story=STORY)
def test_no_door_is_shut_and_no_number_is_wild(story):
    evaluator = KinematicEvaluator(_plan())
    state = evaluator.start()
    for step, sky in enumerate(story):
        tracks = _picture(step, sky)
        state, threats = evaluator.evaluate(state, tracks, tracks.header.valid_at)
        assert ((threats.decoy_probability > 0.0) & (threats.decoy_probability < 1.0)).all()
        assert ((threats.hit_probability >= 0.0) & (threats.hit_probability <= 1.0)).all()
        assert (threats.value_at_risk <= _plan().assets.value.sum()).all()
        assert (threats.priority <= threats.value_at_risk).all()
        assert np.isfinite(threats.inv_beta).all()
        assert (np.isfinite(threats.impact_lat) == (threats.impact_at > 0)).all()
        level = (tracks.ballistic == 0) & (state.wreck == 0)  # wreckage is, whatever the flag
        assert not threats.harmless[level].any()


@QUICK
@given(story=STORY)
def test_warnings_of_any_story_begin_end_and_are_never_actual(story):
    evaluator = KinematicEvaluator(_plan())
    state, pictures = evaluator.start(), []
    for step, sky in enumerate([*story, *[[]] * 40]):  # longer than any fall and its all-clear
        tracks = _picture(step, sky)
        state, threats = evaluator.evaluate(state, tracks, tracks.header.valid_at)
        pictures.append((tracks, threats))
    check_warning_policy(ZoneWarner(_plan()), pictures)
    warner = ZoneWarner(_plan())
    memory = warner.start()
    for tracks, threats in pictures:
        memory, said = warner.warn(memory, tracks, threats, tracks.header.valid_at)
        assert (said.status == WarningStatus.EXERCISE).all()


@QUICK
@given(story=STORY, answer=st.sampled_from(["address", "friend"]), step=st.integers(0, 3))
def test_who_has_answered_validly_is_never_hostile_again(story, answer, step):
    """Whatever is seen before and after: from a valid reply on, nobody is hostile or engaged."""
    evaluator = KinematicEvaluator(_plan())
    state = evaluator.start()
    safe: set[int] = set()
    for k, sky in enumerate(story):
        said = [
            track | ({answer: 150 if answer == "address" else 1} if k >= step else {})
            for track in sky
        ]
        tracks = _picture(k, said)
        state, threats = evaluator.evaluate(state, tracks, tracks.header.valid_at)
        number = tracks.track_number.tolist()
        safe = (safe & set(number)) | (set(number) if k >= step else set())
        rows = np.isin(tracks.track_number, sorted(safe))
        ours = {int(Identity.NEUTRAL), int(Identity.FRIEND)}
        assert set(threats.identity[rows].tolist()) <= ours
        assert (threats.value_at_risk[rows] == 0.0).all()


@QUICK
@given(story=STORY)
def test_the_reasons_are_numbers_and_the_shares_are_shares(story):
    evaluator = KinematicEvaluator(_plan())
    state = evaluator.start()
    for step, sky in enumerate(story):
        tracks = _picture(step, sky)
        state, threats = evaluator.evaluate(state, tracks, tracks.header.valid_at)
        assert np.isfinite(threats.evidence).all()
        assert (threats.rival != threats.threat_class).all()
        none = threats.class_probability[:, -1]
        assert (threats.civil_probability <= none + 1e-6).all()
        assert (threats.civil_probability >= 0.0).all()
