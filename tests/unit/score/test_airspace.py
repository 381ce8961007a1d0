"""Flights that were endangered: planted cases on a sky of our own."""

import pytest

from tdome.score.airspace import BURST_NEAR, WRECK_NEAR, airspace
from tdome.world.ledger import SCHEMAS, Ledger, table

S = 10**9
START = 1_800_000_000 * S
AIRLINER, MISSILE, BIRD = 1, 2, 3
MET, DOWN = 100.0, 160.0  # s


def _row(name, columns):
    plain = {"string": "", "bool": False}
    n = len(next(iter(columns.values())))
    full = {f.name: [plain.get(str(f.type), 0)] * n for f in SCHEMAS[name]}
    return table(name, full | columns)


def sky(aside, *, kind="civil", state="flying", hit=True, below=0.0, fall=(0.0, 0.0)):
    """A flight along x at 200 m/s, ``aside`` m from what is met at 100 s and falls 60 s long.

    The fall starts ``below`` m under the flight's height and goes on at (x, z) m/s.
    """
    lines = [
        (AIRLINER, t, 200.0 * (t - MET), aside, 0.0, 200.0, 0.0, 0.0) for t in (0.0, 60.0, 300.0)
    ]
    lines += [(MISSILE, t, 0.0, 0.0, -below, 0.0, 0.0, 0.0) for t in (50.0, MET)]
    fallen = DOWN - MET
    lines += [
        (MISSILE, MET + s, s * fall[0], 0.0, s * fall[1] - below, fall[0], 0.0, fall[1])
        for s in (0.0, fallen)
    ]
    lines += [(BIRD, t, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0) for t in (0.0, 300.0)]
    names = ("object_id", "t", "x", "y", "z", "vx", "vy", "vz")
    ends = [START + 300 * S, START + int(MET) * S, START + 300 * S]
    return Ledger(
        start=START,
        objects=_row(
            "objects",
            {
                "object_id": [AIRLINER, MISSILE, BIRD],
                "kind": [kind, "threat", "bird"],
                "state": [state, "killed" if hit else "impacted", "flying"],
                "ended_at": ends,
            },
        ),
        plots=_row("plots", {"row": []}),
        shots=_row(
            "shots",
            {
                "object_id": [MISSILE, -1],
                "intercept_at": [START + int(MET) * S, START + int(MET) * S],
                "hit": [hit, False],
            },
        ),
        debris=_row("debris", {"object_id": [MISSILE] * hit, "at": [START + int(DOWN) * S] * hit}),
        losses=_row("losses", {"at": []}),
        paths=_row("paths", dict(zip(names, zip(*lines, strict=True), strict=True))),
    )


@pytest.mark.parametrize("hit", [True, False])
@pytest.mark.parametrize("kind", ["civil", "friendly"])
def test_a_burst_endangers_who_is_near_whether_it_hits_or_not(hit, kind):
    near = airspace(sky(0.9 * BURST_NEAR, hit=hit, kind=kind), [])
    far = airspace(sky(1.1 * BURST_NEAR, hit=hit, kind=kind), [])
    assert near.flights == far.flights == 1
    assert near.bursts == far.bursts == 1  # the round that met nothing is nowhere
    assert (near.bursts_near, far.bursts_near) == (1, 0)
    assert near.nearest_burst_m == pytest.approx(0.9 * BURST_NEAR)
    assert near.endangered
    assert not far.endangered


def test_a_wreck_that_falls_past_a_flight_endangers_it():
    """The flight is 4 km ahead in 20 s, so a wreck as fast as it keeps by its side."""
    beside = airspace(sky(0.9 * WRECK_NEAR, fall=(200.0, -1.0)), [])
    assert beside.wrecks_near == 1
    clear = airspace(sky(3.0 * WRECK_NEAR, fall=(200.0, -1.0)), [])
    assert clear.wrecks_near == 0
    assert clear.nearest_wreck_m == pytest.approx(3.0 * WRECK_NEAR, rel=1e-3)


def test_the_closest_approach_between_two_samples_counts():
    """Head on at 400 m/s, the miss of 100 m lies half a second after a sample."""
    ledger = sky(100.0, below=0.0, fall=(-200.0, 0.0))
    assert airspace(ledger, []).nearest_wreck_m == pytest.approx(100.0, abs=0.5)


def test_orders_at_a_protected_flight_count_and_others_do_not():
    found = airspace(sky(1e6), [AIRLINER, MISSILE, AIRLINER, -1])
    assert found.engaged == 2
    assert found.endangered
    assert airspace(sky(1e6), [MISSILE, BIRD]).engaged == 0


def test_birds_and_flights_that_never_flew_are_not_protected():
    assert airspace(sky(10.0, kind="bird"), [AIRLINER]).flights == 0
    assert airspace(sky(10.0, state="waiting"), []).flights == 0
