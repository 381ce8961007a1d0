"""Staged warnings over random stories: promises, no flapping, relabelling, the declared cost."""

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import structs
from tests.unit.command.warning.conftest import NOW, PLAN, sky

from tdome.command.warning.check import check_warning_policy
from tdome.command.warning.staged import StagedWarner
from tdome.messages.codes import Identity, WarningKind
from tdome.plan.plan import build_plan, read_plan

S = 10**9
BOOK = read_plan(PLAN, "warning-room.toml")
QUICK = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])

OBJECT = st.fixed_dictionaries(
    {
        "lat": st.floats(22.4, 25.2),
        "lon": st.floats(120.2, 121.7),
        "at": st.floats(-20.0, 700.0),
        "sigma": st.floats(50.0, 40_000.0),
        "speed": st.floats(0.0, 3_000.0),
        "ballistic": st.sampled_from([0, 1]),
        "hit": st.floats(0.0, 1.0),
        "status": st.sampled_from([0, 1, 2]),
        "identity": st.sampled_from(list(Identity)),
    }
)
STORY = st.lists(st.lists(OBJECT, max_size=5), min_size=1, max_size=8)
_SILENCE = range(0, 900, 30)  # s: longer than any arrival and its all-clear


def _pictures(story, label=lambda number: number):
    told = [
        (k, [{**item, "number": label(n + 1)} for n, item in enumerate(objects)])
        for k, objects in enumerate(story)
    ]
    told += [(len(story) + k, []) for k in _SILENCE]
    return [sky(NOW + k * S, objects) for k, objects in told]


def _said(pictures, plan=BOOK):
    warner = StagedWarner(plan)
    state, said = warner.start(), []
    for tracks, threats in pictures:
        state, message = warner.warn(state, tracks, threats, tracks.header.valid_at)
        said.append(message)
    return said


@QUICK
@given(story=STORY)
def test_promises_hold_in_any_story(story):
    check_warning_policy(StagedWarner(BOOK), _pictures(story))


@QUICK
@given(story=STORY)
def test_numbers_of_tracks_change_nothing(story):
    plain = _said(_pictures(story))
    other = _said(_pictures(story, lambda number: 900 - 7 * number))
    for one, two in zip(plain, other, strict=True):
        assert one.zone.tolist() == two.zone.tolist()
        assert one.stage.tolist() == two.stage.tolist()
        assert np.allclose(one.certainty, two.certainty, rtol=1e-5)


@QUICK
@given(story=STORY)
def test_a_zone_is_alerted_no_later_where_misses_cost_more(story):
    def first(cost):
        rules = structs.replace(BOOK.file.warning, miss_cost=cost, prepare_probability=1.0)
        plan = build_plan(structs.replace(BOOK.file, warning=rules), "cost")
        seen = {}
        for k, message in enumerate(_said(_pictures(story), plan)):
            for zone in message.zone[message.kind == WarningKind.ALERT].tolist():
                seen.setdefault(zone, k)
        return seen

    mild, strict = first(2.0), first(20.0)
    assert all(zone in strict and strict[zone] <= k for zone, k in mild.items())


@QUICK
@given(seed=st.integers(0, 10_000), level=st.floats(0.05, 0.9))
def test_noise_never_makes_a_siren_stutter(seed, level):
    """Whatever the certainty does within 5 minutes, a zone is told 5 times at most, not 150."""
    chance = np.clip(np.random.default_rng(seed).normal(level, 0.3, 150), 0.0, 1.0)
    north = {"number": 7, "lat": 25.0, "lon": 121.5, "sigma": 500.0, "speed": 0.0, "ballistic": 0}
    pictures = [
        sky(NOW + 2 * k * S, [{**north, "hit": float(p), "at": 60.0}]) for k, p in enumerate(chance)
    ]
    alerts = sum(int((m.kind == WarningKind.ALERT).sum()) for m in _said(pictures))
    hold = min(BOOK.warning.min_hold_s, BOOK.warning.all_clear_after_s)
    assert alerts <= 1 + 300.0 / (2.0 * hold)
