"""What wears a nominal SSPK down: each factor alone, its direction and its ends."""

import msgspec
import numpy as np
import pytest

from tdome.plan.books.units import unit_book
from tdome.plan.catalogue import bundled_catalogue
from tdome.plan.schema import FireUnitSite
from tdome.world.effectors.single_shot import (
    CALM,
    HARD,
    Encounter,
    jamming_share,
    load,
    single_shot,
)

PLACE = np.array([6.378e6, 0.0, 0.0])
FELL = np.array([-9.80665, 0.0, 0.0])  # what gravity does here to a body in one second
SITE = FireUnitSite(name="a", type="medium-range", lat_deg=0.0, lon_deg=0.0)
BOOK = msgspec.structs.replace(
    unit_book([SITE], bundled_catalogue(), "test"),
    crossing=np.array([0.8]),
    edge=np.array([0.5]),
    manoeuvre=np.array([0.6]),
    jamming=np.array([0.3]),
    basket=np.array([600.0]),
)


def met(aspect=0.0, across=1.0, miss=0.0, jamming=0.0):
    """Meet a target 10 km along y, at an aspect, with an own acceleration across of so many g."""
    velocity = 300.0 * np.array([0.0, -np.cos(aspect), np.sin(aspect)])
    now = np.concatenate([PLACE + np.array([0.0, 10e3, 0.0]), velocity])
    felt = FELL + np.array([9.80665 * across, 0.0, 0.0])  # its effort is upwards
    before = np.concatenate([now[:3] - velocity, velocity - felt])
    return Encounter(PLACE, now, before, miss, jamming)


def test_the_nominal_value_stands_in_the_easy_case():
    assert single_shot(BOOK, 0, 0.7, met()) == pytest.approx(0.7)


@pytest.mark.parametrize(
    ("aspect", "factor"),
    [(0.0, 1.0), (30.0, 0.95), (90.0, 0.8), (135.0, 0.8), (180.0, 0.8)],
)
def test_crossing(aspect, factor):
    assert single_shot(BOOK, 0, 0.7, met(np.radians(aspect))) == pytest.approx(0.7 * factor)


@pytest.mark.parametrize(("miss", "factor"), [(300.0, 1.0), (450.0, 0.75), (600.0, 0.5)])
def test_a_bad_prediction(miss, factor):
    assert single_shot(BOOK, 0, 0.7, met(miss=miss)) == pytest.approx(0.7 * factor)


@pytest.mark.parametrize(("across", "factor"), [(0.0, 1.0), (CALM, 1.0), (6.0, 0.8), (HARD, 0.6)])
def test_a_target_that_turns(across, factor):
    encounter = met(across=across)
    assert load(encounter) == pytest.approx(across, abs=1e-3)
    assert single_shot(BOOK, 0, 0.7, encounter) == pytest.approx(0.7 * factor, rel=1e-3)


@pytest.mark.parametrize(("jamming", "factor"), [(0.0, 1.0), (0.5, 0.65), (1.0, 0.3), (9.0, 0.3)])
def test_jamming(jamming, factor):
    assert single_shot(BOOK, 0, 0.7, met(jamming=jamming)) == pytest.approx(0.7 * factor)


def test_slowing_down_is_no_manoeuvre():
    calm = met()
    braking = calm._replace(before=calm.before * np.array([1, 1, 1, 1.2, 1.2, 1.2]))
    assert load(braking) == pytest.approx(load(calm), abs=0.01)


def test_a_jammer_in_the_lobe_is_heard_and_burnt_through():
    here = met()
    target = here.now[:3]
    assert jamming_share(here, np.empty((0, 4)), 1.0, 35e3) == 0.0
    carried = np.append(target, 1000.0)[None]
    aside = np.append(PLACE + np.array([0.0, 10e3, 5e3]), 1000.0)[None]
    # J = 1000 (100 / 10)^2, S = 20 (35 / 10)^4 at 10 km.
    noise, echo = 1000.0 * 100.0, 20.0 * 3.5**4
    expected = noise / (noise + echo)
    assert jamming_share(here, carried, 1.0, 35e3) == pytest.approx(expected)
    assert jamming_share(here, aside, 1.0, 35e3) == 0.0
    nearer = here._replace(now=np.append(PLACE + np.array([0.0, 200.0, 0.0]), here.now[3:]))
    close = np.append(nearer.now[:3], 1000.0)[None]
    assert jamming_share(nearer, close, 1.0, 35e3) < expected
