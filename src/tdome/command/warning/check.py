"""What any warning policy must hold to; run it on pictures of your own."""

from collections.abc import Sequence
from typing import TypeVar

import numpy as np

from tdome.command.warning.base import WarningPolicy
from tdome.messages.codes import Identity, WarningKind, WarningStage, WarningStatus
from tdome.messages.threats import Threats
from tdome.messages.tracks import SystemTracks
from tdome.messages.warnings import CivilWarnings
from tdome.messages.wire import encode

S = TypeVar("S")

_PROTECTED = (Identity.NEUTRAL, Identity.ASSUMED_FRIEND, Identity.FRIEND)
_ALLOWED = (WarningStatus.EXERCISE, WarningStatus.TEST)


def check_warning_policy(
    policy: WarningPolicy[S], pictures: Sequence[tuple[SystemTracks, Threats]]
) -> None:
    """Raise AssertionError where a policy breaks a promise on successive pictures.

    Parameters
    ----------
    policy
        Built for a plan with zones.
    pictures
        Tracks and their threats, in the order of their ``valid_at``, each told at that time. They
        must end long enough after the last threat for every all-clear to be due.
    """
    said = _run(policy, pictures)
    again = _run(policy, pictures)
    _require([encode(m) for m in said] == [encode(m) for m in again], "not pure")
    standing: dict[int, int] = {}
    stages: dict[int, int] = {}
    used: dict[int, int] = {}
    for (_, threats), message in zip(pictures, said, strict=True):
        _check_rows(message, threats)
        columns = (message.warning, message.zone, message.kind, message.stage)
        for number, zone, kind, stage in zip(*(c.tolist() for c in columns), strict=True):
            _require(stage >= stages.get(number, stage), "a stage fell")
            stages[number] = stage
            if kind == WarningKind.ALERT:
                _require(number not in used, "a warning number was used twice")
                _require(zone not in standing, "an alert for a zone that is under warning")
                standing[zone] = used[number] = number
                continue
            _require(standing.get(zone) == number, "an update or all-clear without its alert")
            if kind == WarningKind.ALL_CLEAR:
                del standing[zone]
    _require(not standing, "an alert without an all-clear")


def _require(holds: object, broken: str) -> None:
    if not holds:
        raise AssertionError(f"warning policy: {broken}")


def _run(
    policy: WarningPolicy[S], pictures: Sequence[tuple[SystemTracks, Threats]]
) -> list[CivilWarnings]:
    state, said = policy.start(), []
    for tracks, threats in pictures:
        state, message = policy.warn(state, tracks, threats, tracks.header.valid_at)
        said.append(message)
    return said


def _check_rows(message: CivilWarnings, threats: Threats) -> None:
    _require(np.isin(message.status, _ALLOWED).all(), "status is neither EXERCISE nor TEST")
    _require(np.all(message.expires_at >= message.onset_at), "a warning expires before it begins")
    live = message.kind != WarningKind.ALL_CLEAR
    ends = message.stage == WarningStage.ALL_CLEAR
    _require(np.array_equal(live, ~ends), "a stage of all clear without its kind")
    chance = message.certainty[live]
    _require(np.all((chance > 0.0) & (chance <= 1.0)), "certainty is no probability")
    about = np.isin(threats.track_number, message.track_number[live])
    _require(np.isin(message.track_number[live], threats.track_number).all(), "of no known track")
    _require(not np.isin(threats.identity[about], _PROTECTED).any(), "of a protected track")
    _require(len(np.unique(message.zone)) == len(message), "two messages for one zone at once")
