"""The public check of an assigner: what ``base.py`` promises, tried on the sample setting."""

from collections.abc import Callable
from typing import TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from tdome.command.assignment.base import Assigner
from tdome.command.assignment.sample import (
    EPOCH,
    LAT,
    LON,
    engagements_of,
    full_magazines,
    no_engagements,
    sample_plan,
    sample_raid,
)
from tdome.kernel.ids import rows_of
from tdome.messages.base import Ints, Message
from tdome.messages.codes import Identity, Reason
from tdome.messages.fire import FirePlan, Magazines
from tdome.messages.threats import Threats
from tdome.messages.tracks import SystemTracks
from tdome.messages.wire import decode, encode
from tdome.plan.books.fire_zones import closed
from tdome.plan.plan import Plan, build_plan
from tdome.plan.schema import FireZone

M = TypeVar("M", bound=Message)

_PROTECTED = (Identity.NEUTRAL, Identity.ASSUMED_FRIEND, Identity.FRIEND)
_SIZES = (0, 1, 13, 60)
_ZONES = [
    FireZone(name="town", lat_deg=LAT, lon_deg=LON, radius_km=25.0, ceiling_m=5_000.0),
    FireZone(
        name="box", rule="only", units=["long-range"], lat_deg=LAT, lon_deg=LON, radius_km=40.0
    ),
]


def check_assigner(make: Callable[[Plan], Assigner]) -> None:
    """Try ``make(plan)`` on the sample setting; raise AssertionError at a broken promise."""
    for control in ("hold", "tight", "free"):
        plan = sample_plan(12, doctrine=f'weapon_control = "{control}"')
        assigner = make(plan)
        for size in _SIZES:
            for identity in Identity:
                tracks, threats = sample_raid(size, identity=identity, shift=0.1 * size)
                _check_case(assigner, plan, tracks, threats)
    file = sample_plan(12).file
    fenced = build_plan(msgspec.structs.replace(file, fire_zones=_ZONES), "sample")
    assigner = make(fenced)
    for size in _SIZES:
        _check_case(assigner, fenced, *sample_raid(size, shift=0.1 * size))


def _check_case(assigner: Assigner, plan: Plan, tracks: SystemTracks, threats: Threats) -> None:
    engagements, magazines = no_engagements(), full_magazines(plan)
    given = (tracks, threats, engagements, magazines)
    before = [encode(message) for message in given]
    fire_plan = assigner.assign(*given, EPOCH)
    _require([encode(message) for message in given] == before, "inputs were written to")
    again = assigner.assign(*given, EPOCH)
    _require(encode(fire_plan) == encode(again), "the same input gave two answers")
    _require(encode(decode("FirePlan", encode(fire_plan))) == encode(fire_plan), "wire form")
    check_fire_plan(fire_plan, plan, threats, magazines)

    turned = np.argsort(np.modf(0.618 * np.arange(len(tracks)))[0])
    mixed = assigner.assign(
        reordered(tracks, turned), reordered(threats, turned), engagements, magazines, EPOCH
    )
    _require(encode(mixed) == encode(fire_plan), "the order of the tracks matters")
    _check_labels(assigner, plan, tracks, threats, fire_plan)

    engaged = engagements_of(fire_plan)
    after = assigner.assign(tracks, threats, engaged, magazines, EPOCH)
    twice = np.isin(after.track_number[after.reason == Reason.CHOSEN], engaged.track_number)
    _require(not twice.any(), "a threat that is engaged was chosen")


def check_fire_plan(
    fire_plan: FirePlan, plan: Plan, threats: Threats, magazines: Magazines
) -> None:
    """Raise AssertionError where a plan breaks rounds, channels, identity, HOLD, zones or form."""
    taken = fire_plan.reason == Reason.CHOSEN
    unit, number = fire_plan.unit[taken], fire_plan.track_number[taken]
    units = len(plan.units.names)
    rounds = np.bincount(unit, fire_plan.rounds[taken], minlength=units)
    _require(bool((rounds <= magazines.rounds_left).all()), "more rounds than a unit has")
    busy = np.bincount(unit, minlength=units) + magazines.channels_busy
    _require(bool((busy <= magazines.channels).all()), "more channels than a unit has")
    _require(bool((fire_plan.rounds[taken] > 0).all()), "an engagement without rounds")
    _require(len(np.unique(number)) == len(number), "a threat was chosen twice")
    control = np.array(plan.weapon_control, np.int8)[unit]
    identity = threats.identity[rows_of(threats.track_number, number)]
    _require(not np.isin(identity, _PROTECTED).any(), "a protected identity was chosen")
    _require(bool((control > 0).all()), "a unit on HOLD was chosen")
    _require(bool(((identity == Identity.HOSTILE) | (control == 2)).all()), "not hostile, TIGHT")  # noqa: PLR2004
    soonest = fire_plan.header.valid_at
    launch, intercept = fire_plan.launch_at[taken], fire_plan.intercept_at[taken]
    _require(bool(((launch > soonest) & (intercept > launch)).all()), "launched in the past")
    _require(bool((launch >= magazines.next_launch_at[unit]).all()), "launched too soon")
    _require(bool(np.isfinite(fire_plan.intercept_ecef[taken]).all()), "an intercept nowhere")
    shut = closed(plan.fire_zones, unit, fire_plan.intercept_ecef[taken])
    _require(not shut.any(), "an intercept where a fire zone forbids it")
    whole = fire_plan.track_number[fire_plan.unit < 0]
    spoken = np.sort(np.concatenate([number, whole]))
    _require(np.array_equal(spoken, np.sort(threats.track_number)), "a threat without its reason")
    order = np.lexsort((fire_plan.unit, fire_plan.track_number))
    _require(np.array_equal(order, np.arange(len(order))), "rows are not in order")


def _check_labels(
    assigner: Assigner, plan: Plan, tracks: SystemTracks, threats: Threats, first: FirePlan
) -> None:
    """Give the tracks other numbers, in the opposite order: only the labels may change."""

    def other(numbers: Ints) -> Ints:
        return (1000 - numbers).astype(np.int32)

    back = np.arange(len(tracks))[::-1]
    numbers = other(tracks.track_number[back])
    second = assigner.assign(
        msgspec.structs.replace(reordered(tracks, back), track_number=numbers),
        msgspec.structs.replace(reordered(threats, back), track_number=numbers),
        no_engagements(),
        full_magazines(plan),
        EPOCH,
    )
    renamed = msgspec.structs.replace(first, track_number=other(first.track_number))
    order = np.lexsort((renamed.unit, renamed.track_number))
    _require(encode(reordered(renamed, order)) == encode(second), "the labels matter")


def reordered(message: M, rows: NDArray[np.intp]) -> M:
    """Return a message with its rows in another order."""
    names = [n for n in message.__struct_fields__ if isinstance(getattr(message, n), np.ndarray)]
    columns = {name: getattr(message, name)[rows] for name in names}
    return msgspec.structs.replace(message, **columns)


def _require(kept: bool, broken: str) -> None:
    if not kept:
        raise AssertionError(broken)
