"""The class recursion itself: a mean of looks, tempered, with an explicit unknown."""

import math

import msgspec
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tdome.command.threat.belief import recursion, weights
from tdome.command.threat.belief.hypotheses import CIVIL_CEILING, civil_speed, hypotheses
from tdome.command.threat.belief.likelihood import (
    KINEMATIC,
    LEAST,
    box1,
    cross_section,
    doppler_spread,
)
from tdome.command.threat.belief.recursion import (
    SOURCES,
    SPREAD,
    believe,
    learn,
    message_pmf,
    rivals,
)
from tdome.kernel.errors import ConfigError
from tdome.plan.plan import read_plan

PLAN = """
name = "threat room"
threats = ["mrbm"]
[traffic]
civil_addresses = [[1000, 1999]]
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
value = 100.0
"""
QUICK = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
CRUISE = [80.0, 240.0, 240.0, 0.0, 243.0, 30.0, 5.0]  # rows of motion.describe
DIVE = [400.0, 200.0, 240.0, -130.0, 260.0, 30.0, 5.0]
NO_PULL = [math.nan] * 4
STEADY = [0.0, 0.0, 0.5, 0.5]


@pytest.fixture(scope="module")
def model(plan):
    return hypotheses(plan.threats, plan.prior)


def taught(model, looks, pull=NO_PULL, step=2.0):
    mean = np.zeros((1, KINEMATIC, len(model.kind)))
    span = np.zeros((1, KINEMATIC))
    for look in looks:
        features = np.array([look], dtype=np.float64)
        mean, span = learn(
            mean,
            span,
            np.array([step]),
            features,
            np.array([pull]),
            np.zeros(1, np.int8),
            model,
        )
    return mean, span


def belief_of(model, mean, span, rcs=math.nan, hits=9, spread=math.nan, **answers):
    said = {"answered": False, "filed": False, "friend": False} | answers
    flags = [np.full(len(mean), said[name]) for name in ("answered", "filed", "friend")]
    rcs_dbsm = np.full(len(mean), rcs, np.float32)
    spreads, plots = np.full(len(mean), spread, np.float32), np.full(len(mean), hits, np.int32)
    return believe(mean, span, rcs_dbsm, spreads, plots, *flags, model)


def test_without_evidence_the_prior_stands(model):
    belief = belief_of(model, *taught(model, []), hits=1)
    assert belief.pmf[0] == pytest.approx(np.exp(model.prior))
    pmf = message_pmf(belief, model)[0]
    assert pmf[-1] == pytest.approx(0.2)
    assert np.allclose(pmf[:-1], 0.8 / model.classes)


def test_the_plan_says_how_often_a_class_is_expected(plan):
    expected = {"drone": 6.0, "none": 7.0}
    file = msgspec.structs.replace(plan.file, expected=expected)
    informed = msgspec.structs.replace(plan, file=file)
    names = plan.threats.names
    share = dict(zip((*names, "none"), informed.prior, strict=True))
    assert sum(share.values()) == pytest.approx(1.0)
    assert share["drone"] == pytest.approx(6.0 * share["cruise"])
    assert share["none"] == pytest.approx(7.0 / (len(names) + 5.0 + 7.0))
    model = hypotheses(informed.threats, informed.prior)
    assert np.exp(model.prior[names.index("drone")]) == pytest.approx(share["drone"])


def test_an_expected_class_that_the_plan_does_not_name_is_refused():
    text = PLAN.replace("[traffic]", "[expected]\nmrbn = 2.0\n[traffic]")
    with pytest.raises(ConfigError, match="mrbn"):
        read_plan(text, "threat-room.toml")


def test_many_equal_looks_are_no_more_than_a_few(model):
    """What a naive recursion gets wrong: here a hundred looks weigh less than two."""
    one, hundred = (belief_of(model, *taught(model, [CRUISE] * n)) for n in (1, 100))
    cruise, fighter = 3, 8
    gain_one, gain_hundred = (
        (b.parts[0, :KINEMATIC, cruise] - b.parts[0, :KINEMATIC, fighter]).sum()
        for b in (one, hundred)
    )
    assert gain_one > 0.0
    assert gain_hundred < 2.0 * gain_one
    assert (weights.FIRST + weights.LATER).max() < 2.0


def test_the_order_of_looks_within_the_memory_does_not_matter(model):
    looks = [CRUISE, DIVE, CRUISE, [900.0, 230.0, 231.0, 20.0, 260.0, 60.0, 9.0]]
    mean, span = taught(model, looks)
    other, same = taught(model, looks[::-1])
    assert np.allclose(mean, other, rtol=0.0, atol=1e-12)
    assert np.array_equal(span, same)


def test_beyond_the_memory_old_looks_fade(model):
    flown = taught(model, [CRUISE] * 50)[0]
    after = taught(model, [DIVE] * 50 + [CRUISE] * 600)[0]
    assert np.allclose(flown, after, atol=0.05)


def test_the_unknown_wins_for_what_is_outside_of_all(model):
    for look, least in (
        ([30_000.0, 900.0, 900.0, 0.0, 1_180.0, 100.0, 10.0], 0.5),  # level, high and fast
        ([9_000.0, 20.0, 20.0, 0.0, 420.0, 100.0, 3.0], 0.8),  # a balloon
        ([200.0, 12.0, 12.0, 0.0, 64.0, 30.0, 2.0], 0.8),  # a bird
    ):
        belief = belief_of(model, *taught(model, [look] * 5, STEADY))
        pmf = message_pmf(belief, model)[0]
        assert pmf.argmax() == model.classes
        assert pmf[-1] > least


def test_gravity_tells_a_rocket_from_a_level_aircraft(model):
    """At its apex a rocket has the speed and height of an airliner; only it falls."""
    apex = [9_000.0, 220.0, 220.0, 0.0, 474.0, 50.0, 4.0]
    falls = [0.0, -9.8, 96.0, 1.0]
    rocket, airliner = 0, model.names.index("airliner")
    for pull, sign in ((STEADY, -1.0), (falls, 1.0)):
        parts = belief_of(model, *taught(model, [apex] * 5, pull)).parts[0]
        odds = parts[4, rocket] - parts[4, airliner]
        assert sign * odds > 3.0


def test_no_number_of_a_look_shuts_a_door(model):
    belief = belief_of(model, *taught(model, [CRUISE] * 100, STEADY), rcs=-10.0)
    assert (belief.pmf > 1e-15).all()


def test_the_box_integrates_to_one():
    values = np.linspace(-50.0, 150.0, 20_001)
    density = [box1(v, 10.0, 60.0, 7.0) for v in values]
    assert np.trapezoid(density, values) == pytest.approx(1.0, abs=1e-6)


def test_the_mean_of_more_looks_of_the_cross_section_tells_more(model):
    out = np.empty((2, len(model.kind)))
    cross_section(np.array([-15.0, -15.0]), np.array([1.0, 15.0]), model.table, out)
    drone, light = model.names.index("drone"), model.names.index("light")
    few, many = out[:, drone] - out[:, light]
    assert many > few > 0.0


def test_blades_tell_a_drone_from_what_glides_or_flaps(plan):
    model = hypotheses(plan.threats, plan.prior, (1.0, 5.0))
    drone, bird = model.names.index("drone"), model.names.index("bird")
    rocket, light = 0, model.names.index("light")
    seen = np.array([60.0, 3.0, 1.0, 150.0])
    out = np.empty((len(seen), len(model.kind)))
    doppler_spread(seen, model.table, out)
    propeller, wings, rigid, fast = out
    assert propeller[drone] > propeller[bird] + 2.0
    assert propeller[drone] > propeller[rocket] + 2.0
    assert wings[bird] > wings[drone] + 1.0
    assert rigid[rocket] > rigid[drone] + 2.0
    assert abs(fast[drone] - fast[light]) < 0.5  # a propeller is a propeller
    assert out.min() >= LEAST


def test_a_spread_that_was_not_told_or_is_not_known_says_nothing(plan):
    model = hypotheses(plan.threats, plan.prior, (2.0, 2.0))
    out = np.empty((3, len(model.kind)))
    doppler_spread(np.array([np.nan, 0.0, np.inf]), model.table, out)
    assert (out == 0.0).all()
    dull = msgspec.structs.replace(
        plan.threats, doppler_spread_range=np.zeros_like(plan.threats.doppler_spread_range)
    )
    table = hypotheses(dull, plan.prior, (2.0, 2.0)).table
    out = np.empty((2, len(table)))
    doppler_spread(np.array([2.0, 100.0]), table, out)
    classes = out[:, : len(plan.threats.names)]
    assert (classes == classes[:, :1]).all()


def test_the_spread_counts_once_in_the_belief(model):
    mean, span = taught(model, [CRUISE])
    plain = belief_of(model, mean, span)
    with_spread = belief_of(model, mean, span, spread=60.0)
    assert (plain.parts[:, SPREAD] == 0.0).all()
    moved = with_spread.parts - plain.parts
    assert np.abs(moved[:, SPREAD]).max() > 0.5
    moved[:, SPREAD] = 0.0
    assert (moved == 0.0).all()


def test_a_reply_speaks_for_civil_flights_and_silence_against(model):
    mean, span = taught(model, [[9_000.0, 240.0, 240.0, 0.0, 480.0, 50.0, 4.0]] * 3)
    civil = [
        float(belief.pmf[0] @ model.civil)
        for belief in (
            belief_of(model, mean, span),
            belief_of(model, mean, span, hits=1),
            belief_of(model, mean, span, answered=True),
            belief_of(model, mean, span, answered=True, filed=True),
        )
    ]
    assert civil == sorted(civil)
    assert civil[0] < civil[1] < civil[2]


def test_reasons_add_up_to_the_odds(model):
    belief = belief_of(model, *taught(model, [CRUISE] * 4, STEADY), rcs=-9.0)
    leading = message_pmf(belief, model).argmax(axis=1).astype(np.int32)
    rival, evidence = rivals(belief, message_pmf(belief, model), leading, model)
    assert rival[0] != leading[0]
    pmf = belief.pmf[0]
    odds = math.log(pmf[leading[0]] / pmf[rival[0]])
    priors = model.prior[leading[0]] - model.prior[rival[0]]
    assert evidence.shape == (1, SOURCES)
    assert evidence.sum() + priors == pytest.approx(odds)


def test_civil_speed_grows_with_height_and_ends():
    height = np.linspace(0.0, CIVIL_CEILING, 50)
    assert (np.diff(civil_speed(height)) >= 0.0).all()
    assert civil_speed(np.array([CIVIL_CEILING + 1.0]))[0] == 0.0


NUMBER = st.floats(allow_nan=True, allow_infinity=True)


@QUICK
@given(
    look=st.lists(NUMBER, min_size=7, max_size=7),
    pull=st.lists(NUMBER, min_size=4, max_size=4),
    rcs=NUMBER,
    hits=st.integers(0, 10**9),
    step=st.floats(0.0, recursion.LONGEST_LOOK_S),
    again=st.integers(0, 3),
    flags=st.tuples(*[st.booleans()] * 4),
)
def test_any_number_or_none_keeps_probabilities(  # noqa: PLR0913, PLR0917
    model, look, pull, rcs, hits, step, again, flags
):
    with np.errstate(all="ignore"):
        mean, span = taught(model, [look] * again + [CRUISE], pull, step)
        answers = dict(zip(("answered", "filed", "friend"), flags, strict=False))
        belief = belief_of(model, mean, span, rcs=rcs, hits=hits, **answers)
    assert np.isfinite(mean).all()
    assert (mean >= LEAST - 1e-9).all()
    assert np.isfinite(belief.parts).all()
    assert (belief.pmf >= 0.0).all()
    assert belief.pmf.sum() == pytest.approx(1.0)
    assert message_pmf(belief, model).sum() == pytest.approx(1.0)
