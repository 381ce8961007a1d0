"""What command plans with beams, guidance limits, own radars, moved units and SSPK by class."""

import msgspec
import numpy as np
import pytest

from tdome.command.assignment.greedy import GreedyAssigner
from tdome.command.assignment.guidance import crowded1
from tdome.command.assignment.kills import Kills
from tdome.command.assignment.sample import (
    EPOCH,
    engagements_of,
    full_magazines,
    no_engagements,
    sample_plan,
    sample_raid,
)
from tdome.kernel.errors import ConfigError
from tdome.messages.base import Header
from tdome.messages.codes import Reason
from tdome.plan.plan import build_plan
from tdome.plan.schema import Move


def with_site(plan, beliefs=None, **changes):
    """Return the plan with other keys of all its fire units."""
    sites = [msgspec.structs.replace(site, **changes) for site in plan.file.fire_units]
    file = msgspec.structs.replace(plan.file, fire_units=sites, beliefs=beliefs or {})
    return build_plan(file, "plan.toml")


def assigned(plan, raid=24, engagements=None, magazines=None):
    tracks, threats = sample_raid(raid)
    return GreedyAssigner(plan).assign(
        tracks, threats, engagements or no_engagements(), magazines or full_magazines(plan), EPOCH
    )


@pytest.mark.parametrize("kind", ["soft-kill", "long-range"])
def test_a_beam_is_planned_with_its_dwell(kind):
    plan = sample_plan(1, types=(kind,), doctrine='weapon_control = "free"')
    found = assigned(with_site(plan, {"effectors": {kind: {"max_range_km": 60.0}}}), raid=60)
    chosen = found.reason == Reason.CHOSEN
    assert chosen.any()
    flights = (found.intercept_at - found.launch_at)[chosen] / 1e9
    if kind == "soft-kill":
        assert flights == pytest.approx(15.0 * 1.05 + 1.0, abs=0.05)
    else:
        assert np.ptp(flights) > 0.5


@pytest.mark.parametrize(
    ("limits", "engaged"),
    [
        ({}, 2),
        ({"uplinks": 1}, 1),
        ({"uplinks": 2}, 2),
        ({"illuminators": 1, "terminal_s": 300}, 1),
        ({"illuminators": 2, "terminal_s": 300}, 2),
    ],
)
def test_illuminators_and_uplinks_limit_what_is_planned(limits, engaged):
    plan = sample_plan(1, types=("long-range",), doctrine='weapon_control = "free"')
    plan = with_site(plan, {"effectors": {"long-range": limits}})
    first = assigned(plan)
    assert np.count_nonzero(first.reason == Reason.CHOSEN) == engaged
    if limits:  # all guidance is in use
        again = assigned(plan, engagements=engagements_of(first))
        assert not (again.reason == Reason.CHOSEN).any()
        assert (again.reason == Reason.NO_CHANNEL).any()


@pytest.mark.parametrize(
    ("launch", "first", "crowded"),
    [(0.0, 30.0, True), (0.0, 36.0, False), (0.0, 25.0, False), (29.0, 60.0, True)],
)
def test_spans_that_overlap_are_counted(launch, first, crowded):
    spans = np.array([[[5.0, 31.0, 31.0]]])
    used = np.ones(1, np.int32)
    limits = np.array([[1.0, 0.0, 4.0]]) if launch == 0.0 else np.array([[0.0, 1.0, 4.0]])
    assert crowded1(0, launch, first, first, spans, used, limits) == crowded


def test_a_unit_bound_to_its_radar_is_not_planned_at_what_that_can_not_see():
    plan = sample_plan(1, types=("long-range",), doctrine='weapon_control = "free"')
    needs = {"effectors": {"long-range": {"needs_own_sensor": 1}}}
    with pytest.raises(ConfigError, match="needs its own sensor"):
        with_site(plan, needs)
    bound = with_site(plan, needs, sensor="radar")
    remote = with_site(plan, needs, sensor="radar", engage_on_remote=True)
    blind = {**needs, "sensors": {"multifunction": {"reference_range_km": 1.0}}}
    blinded = with_site(plan, blind, sensor="radar")
    assert (assigned(bound).reason == Reason.CHOSEN).any()
    assert (assigned(remote).reason == Reason.CHOSEN).any()
    nothing = assigned(blinded)
    assert not (nothing.reason == Reason.CHOSEN).any()
    assert (nothing.reason == Reason.NO_SENSOR).any()
    assert (assigned(with_site(plan, blind, engage_on_remote=True)).reason == Reason.CHOSEN).any()


def test_a_unit_is_planned_from_where_it_stands_now():
    plan = sample_plan(1, types=("gun",), doctrine='weapon_control = "free"')
    move = {"at_s": 60.0, "lat_deg": 24.0, "lon_deg": 125.0}
    plan = with_site(plan, moves=[Move(**move)])
    tracks, threats = sample_raid(24)
    near = msgspec.structs.replace(tracks, header=Header("sample", 0, EPOCH, EPOCH))
    state = tracks.state.copy()
    state[:, :3] += plan.units.ecef[0] - state[2, :3] + plan.units.ecef[0] / 6.378e6 * 1000.0
    state[:, 3:] *= 0.1
    near = msgspec.structs.replace(near, state=state)
    assigner = GreedyAssigner(plan)
    magazines = full_magazines(plan)
    here = assigner.assign(near, threats, no_engagements(), magazines, EPOCH)
    gone = msgspec.structs.replace(magazines, site=np.ones(1, np.int32))
    away = assigner.assign(near, threats, no_engagements(), gone, EPOCH)
    assert (here.reason == Reason.CHOSEN).any()
    assert not (away.reason == Reason.CHOSEN).any()


def test_sspk_by_class_replaces_that_of_the_family():
    plan = sample_plan(1, types=("short-range",))
    _, threats = sample_raid(4)
    sure = np.zeros_like(threats.class_probability)
    sure[np.arange(4), np.arange(4)] = 1.0
    threats = msgspec.structs.replace(threats, class_probability=sure)
    believed = Kills(plan).believed(threats)[:, 0]
    assert believed[0] == pytest.approx(0.1)  # srbm: by class
    assert plan.units.sspk[0, 0] == pytest.approx(0.85)  # any other ballistic body
    assert believed[2] == pytest.approx(plan.units.sspk[0, 2])


def test_a_round_that_only_stops_decoys_averts_nothing():
    plan = sample_plan(1, types=("short-range",))
    catalogue = plan.threats
    _, threats = sample_raid(4)
    decoy = np.array([0, 1, 0, 0], np.int8)  # the second kind harms nobody
    harm = np.array([0.5, 0.5, 1.0, 1.0])
    book = msgspec.structs.replace(catalogue, decoy=decoy, damage_fraction=harm)
    plan = msgspec.structs.replace(plan, threats=book)
    share = np.tile(np.array([0.2, 0.5, 0.2, 0.0, 0.1], np.float32), (4, 1))
    mixed = msgspec.structs.replace(threats, class_probability=share)
    each = plan.units.sspk_against(book.names, book.family)[0]
    family = plan.units.sspk[0, mixed.family]
    saved = Kills(plan).saving(mixed)[:, 0]
    flies = np.flatnonzero(mixed.falls == 0)
    expected = (0.2 * 0.5 * each[0] + 0.2 * 1.0 * each[2]) / (0.1 + 0.2)
    assert saved[flies] == pytest.approx(expected, rel=1e-6)
    falls = np.flatnonzero(mixed.falls)
    none = 0.1 * 0.3 / 0.4  # at the mean harm of the real ones
    total = 0.1 * each[0] + 0.2 * each[2] + none * family[falls]
    assert saved[falls] == pytest.approx(total / (0.3 + none), rel=1e-6)


def test_without_decoys_and_with_one_class_it_is_the_plain_mean():
    plan = sample_plan(3)
    _, threats = sample_raid(8)
    sure = np.zeros_like(threats.class_probability)
    sure[np.arange(8), threats.family] = 1.0
    threats = msgspec.structs.replace(threats, class_probability=sure)
    assert Kills(plan).saving(threats) == pytest.approx(Kills(plan).believed(threats))
