import numpy as np
import pytest

from tdome.earth.flyout import sine1
from tdome.kernel.clock import NS
from tdome.messages.codes import OrderKind, Reason
from tdome.plan.books.units import unit_book
from tdome.plan.catalogue import bundled_catalogue
from tdome.world.effectors.deeds import Intercept, Obey, Redirect
from tdome.world.effectors.units import Units

START = 1_893_456_000 * NS


@pytest.fixture
def units(plan):
    return Units(unit_book(plan.file.fire_units, bundled_catalogue(), "test"))


def above(units, unit, kilometres):
    """A PIP straight above a unit."""
    up = units.book.ecef[unit] / np.linalg.norm(units.book.ecef[unit])
    return tuple(float(x) for x in units.book.ecef[unit] + up * kilometres * 1e3)


def order(units, number=1, **changes):
    told = {
        "engagement": number,
        "unit": 0,
        "rounds": 2,
        "kind": OrderKind.ENGAGE,
        "launch_at": START + 10 * NS,
        "intercept_at": START + 40 * NS,
        "pip": above(units, 0, 15.0),
    }
    return Obey(**(told | changes))


def test_a_round_keeps_to_the_true_table(units):
    """A mean speed of 1400 m/s to the edge of the envelope: nearer it is faster, 0 at launch."""
    book = units.book
    sine = sine1(45e3, 22.5e3)
    at_edge = 4.0 + 45e3 / 1400.0
    assert units.reach(0, at_edge, sine) == pytest.approx(45e3, rel=0.01)
    assert units.reach(0, at_edge / 2.0, sine) > 22.5e3
    assert units.reach(0, -5.0, sine) == units.reach(0, 0.0, sine) == 0.0
    assert units.reach(0, 1e6, sine) < 1.1 * book.max_range[0] + 1.0
    times = np.linspace(0.0, 60.0, 601)
    assert (np.diff([units.reach(0, t, sine) for t in times]) >= 0.0).all()


def test_a_salvo_leaves_and_arrives_spaced(units):
    assert units.obey(order(units), START) == Reason.CHOSEN
    assert (units.rounds_left[0], units.ready(0)) == (6, 4)
    gap = units.spacing(0)
    dues = units.fire(1)
    assert (units.rounds_left[0], units.ready(0)) == (4, 4)
    assert dues == [Intercept(1, k, START + 40 * NS + k * gap) for k in range(2)]
    assert [r.launched_at for r in units.open[1].fired] == [
        START + 10 * NS,
        START + 10 * NS + gap,
    ]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"intercept_at": START + 15 * NS}, Reason.LAUNCH_TIME_PASSED),
        ({"launch_at": START + 33 * NS}, Reason.LAUNCH_TIME_PASSED),
        ({"rounds": 0}, Reason.NO_ROUNDS),
    ],
)
def test_refusals(units, changes, reason):
    assert units.obey(order(units, **changes), START) == reason
    assert units.rounds_left[0] == 6
    assert not units.open


def test_reaction_counts_from_the_receipt_of_the_order(units):
    late = START + 8 * NS
    assert units.obey(order(units), late) == Reason.CHOSEN
    assert units.open[1].launch_at == late + int(units.book.reaction[0] * NS)


def test_envelope(units):
    assert units.obey(order(units, pip=above(units, 0, 60.0)), START) == Reason.OUT_OF_ENVELOPE
    assert units.obey(order(units, pip=above(units, 0, 1.0)), START) == Reason.OUT_OF_ENVELOPE


def test_magazine_and_channels(units):
    assert units.obey(order(units, 1, rounds=5), START) == Reason.CHOSEN
    assert units.obey(order(units, 1), START) == Reason.ALREADY_ENGAGED
    far = {"launch_at": START + 40 * NS, "intercept_at": START + 90 * NS}
    assert units.obey(order(units, 2, rounds=5, **far), START) == Reason.CHOSEN
    assert units.open[2].rounds == 1
    assert (units.rounds_left[0], units.ready(0)) == (6, 0)
    assert units.obey(order(units, 3, **far), START) == Reason.NO_ROUNDS
    units.rounds_left[0] = 99
    taken = 0
    while units.obey(order(units, 10 + taken, rounds=1, **far), START) == Reason.CHOSEN:
        taken += 1
    assert taken + 2 == units.book.channels[0]
    assert units.obey(order(units, 99, **far), START) == Reason.NO_CHANNEL


def test_cease_frees_the_channel_and_keeps_what_was_not_fired(units):
    units.obey(order(units), START)
    assert units.cease(1).number == 1
    assert units.ready(0) == 6
    assert units.fire(1) == []
    assert units.cease(1) is None
    assert units.obey(order(units, 2), START) == Reason.CHOSEN
    flying = units.fire(2)
    assert units.cease(2).fired
    assert units.rounds_left[0] == 4
    assert not units.open
    assert units.arriving(flying[0]) is None


def test_a_round_flies_on_from_where_it_is(units):
    units.obey(order(units, rounds=1), START)
    first = units.fire(1)[0]
    now = START + 30 * NS
    again = units.redirect(Redirect(1, START + 42 * NS, above(units, 0, 16.0)), now)
    assert units.arriving(first) is None
    engagement, shot = units.arriving(again[0])
    climbed = np.linalg.norm(shot.place - units.book.ecef[0])
    able = units.reach(0, 20.0, 1.0) / units.reach(0, 30.0, 1.0)
    assert climbed == pytest.approx(15_000.0 * able, rel=1e-3)
    assert units.gets_there(engagement, shot, engagement.pip)
    sideways = engagement.pip + np.cross(engagement.pip, [0, 0, 1.0]) / 6.4e6 * 40e3
    assert not units.gets_there(engagement, shot, sideways)


def test_a_late_jump_of_the_pip_can_not_be_reached(units):
    units.obey(order(units, rounds=1), START)
    units.fire(1)
    units.redirect(Redirect(1, START + 40 * NS, above(units, 0, 24.0)), START + 39 * NS)
    engagement = units.open[1]
    shot = engagement.fired[0]
    assert not units.gets_there(engagement, shot, engagement.pip)


def test_the_channel_is_free_after_the_last_round(units):
    units.obey(order(units), START)
    units.fire(1)
    engagement = units.open[1]
    assert not units.ended(engagement, engagement.fired[0])
    assert units.ended(engagement, engagement.fired[1])
    assert not units.open
