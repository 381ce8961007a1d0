"""What any threat evaluator must hold to; run it on pictures of your own."""

from collections.abc import Sequence
from typing import TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from tdome.command.threat.base import ThreatEvaluator
from tdome.command.threat.motion import CLIMB, describe
from tdome.messages.base import Ints
from tdome.messages.codes import Identity
from tdome.messages.threats import Threats
from tdome.messages.tracks import SystemTracks, unpack_covariance
from tdome.messages.wire import encode
from tdome.plan.plan import Plan

S = TypeVar("S")

_ORDERED = ("value_at_risk", "priority")
_CLIMB = 1e-6  # m/s; what comes down without falling by itself has no drag term
_SHIFT = 1_000  # added to all track numbers, besides turning their order round


def check_threat_evaluator(
    evaluator: ThreatEvaluator[S], plan: Plan, pictures: Sequence[SystemTracks]
) -> None:
    """Raise AssertionError where an evaluator breaks a promise on successive pictures.

    Parameters
    ----------
    evaluator
        Built for ``plan``.
    plan
        The plan.
    pictures
        At least one, in the order of their ``valid_at``; each is judged at that time.
    """
    said = _run(evaluator, pictures)
    again = _run(evaluator, pictures)
    _require([encode(m) for m in said] == [encode(m) for m in again], "not pure")
    friends: set[int] = set()
    for tracks, threats in zip(pictures, said, strict=True):
        friends |= set(tracks.track_number[tracks.friend != 0].tolist())
        _check_rows(plan, tracks, threats)
        _check_protected(plan, tracks, threats, friends)
    for threats, other in zip(said, _run(evaluator, _relabelled(pictures)), strict=True):
        _check_relabelling(threats, other)


def _require(holds: object, broken: str) -> None:
    if not holds:
        raise AssertionError(f"threat evaluator: {broken}")


def _run(evaluator: ThreatEvaluator[S], pictures: Sequence[SystemTracks]) -> list[Threats]:
    state, said = evaluator.start(), []
    for tracks in pictures:
        state, threats = evaluator.evaluate(state, tracks, tracks.header.valid_at)
        said.append(threats)
    return said


def _relabelled(pictures: Sequence[SystemTracks]) -> list[SystemTracks]:
    """Return the same pictures with the tracks' numbers, and so their rows, in reverse order."""
    top = max((int(tracks.track_number.max(initial=0)) for tracks in pictures), default=0)
    turned = []
    for tracks in pictures:
        columns = {
            name: getattr(tracks, name)[::-1].copy()
            for name in tracks.__struct_fields__
            if name != "header"
        }
        columns["track_number"] = (_SHIFT + top - columns["track_number"]).astype(np.int32)
        turned.append(msgspec.structs.replace(tracks, **columns))
    return turned


def _check_rows(plan: Plan, tracks: SystemTracks, threats: Threats) -> None:
    _require(np.array_equal(threats.track_number, tracks.track_number), "rows are not the tracks")
    pmf = threats.class_probability
    _require(pmf.shape == (len(tracks), len(plan.threats.names) + 1), "shape of the classes")
    _require(np.all(pmf >= 0.0), "class probability below 0")
    _require(np.allclose(pmf.sum(axis=1), 1.0, atol=1e-5), "class probabilities do not sum to 1")
    for name in _ORDERED:
        column = getattr(threats, name)
        _require(np.all(np.isfinite(column) & (column >= 0.0)), f"{name} negative or not finite")
    drag = threats.inv_beta
    _require(np.all(np.isfinite(drag) & (drag >= 0.0)), "inv_beta negative or not finite")
    climb = describe(tracks.state, unpack_covariance(tracks.covariance))[:, CLIMB]
    level = (tracks.ballistic == 0) & (climb < -_CLIMB)
    _require(np.all(drag[level] == 0.0), "inv_beta of what neither falls nor climbs")
    _require(np.all((threats.asset >= -1) & (threats.asset < len(plan.assets.names))), "asset")
    _check_parts(plan, threats)
    known = np.isfinite(threats.impact_lat)
    ee, en, nn = threats.impact_covariance[known].astype(np.float64).T
    _require(np.all((ee >= 0.0) & (nn >= 0.0) & (en * en <= 1.0001 * ee * nn)), "covariance")
    _require(np.all(threats.impact_at[known] > 0), "impact without a time")


def _check_parts(plan: Plan, threats: Threats) -> None:
    """Check that shares of assets are parts of the value at risk, the greatest first."""
    asset, hit, loss = threats.likely_asset, threats.likely_hit, threats.likely_loss
    _require(asset.shape == hit.shape == loss.shape == (len(threats), 3), "shape of likely assets")
    _require(np.all((asset >= -1) & (asset < len(plan.assets.names))), "likely asset")
    _require(np.all((hit >= 0.0) & (hit <= 1.0)), "likely_hit is no probability")
    _require(np.all((loss >= 0.0) & ((asset >= 0) | (loss == 0.0))), "loss of no asset")
    _require(np.all(np.diff(loss, axis=1) <= 0.0), "likely assets are not in order")
    total = threats.value_at_risk
    _require(np.all(loss.sum(axis=1) <= total * (1.0 + 1e-9)), "parts exceed the value at risk")
    whole = (asset[:, -1] < 0) | (len(plan.assets.names) <= asset.shape[1])
    _require(np.allclose(loss.sum(axis=1)[whole], total[whole]), "parts do not add up")
    flown_with = threats.group[threats.group >= 0]
    _require(np.isin(flown_with, threats.track_number).all(), "a group led by no track")


def _check_protected(plan: Plan, tracks: SystemTracks, threats: Threats, friends: set[int]) -> None:
    friend = np.array([number in friends for number in tracks.track_number.tolist()], np.bool_)
    civil = np.zeros(len(tracks), dtype=np.bool_)
    for first, last in plan.traffic.civil_addresses:
        civil |= (tracks.address >= first) & (tracks.address <= last)
    own = threats.identity[tracks.friend != 0]
    _require(np.all(own == Identity.FRIEND), "own reply, not FRIEND")
    _require(np.all(threats.identity[civil & ~friend] == Identity.NEUTRAL), "filed, not NEUTRAL")


def _check_relabelling(threats: Threats, other: Threats) -> None:
    for name in threats.__struct_fields__:
        if name not in {"header", "track_number"}:
            told, again = getattr(threats, name), getattr(other, name)[::-1]
            if name == "group":  # it names a track
                told, again = _partition(told), _partition(again)
            same = np.array_equal(told, again, equal_nan=True)
            _require(same, f"{name} depends on the track number or on the order of rows")


def _partition(leader: Ints) -> NDArray[np.intp]:
    """Name each group by its first row, -1 none: of bodies quite alike any may be called leader."""
    _, first, of = np.unique(leader, return_index=True, return_inverse=True)
    return np.where(leader >= 0, first[of], -1)
