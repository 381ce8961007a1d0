"""The whole story of one track or engagement.

What was seen, believed, considered, refused, ordered, and what came of it.

Told from the journal alone, so that it can be told of a run that was killed; the truth is added at
the end where the run was finished and a ledger is there.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np

from tdome.kernel.errors import JournalError, TdomeError
from tdome.messages.codes import (
    Answer,
    EngagementState,
    Identity,
    IdentityRule,
    OrderKind,
    Reason,
    TrackStatus,
    Verdict,
    WarningKind,
    WarningStage,
)
from tdome.messages.codes import Evidence as Source
from tdome.messages.fire import (
    EngagementOrders,
    EngagementReports,
    FirePlan,
    InterceptUpdates,
    KillAssessments,
    OperatorDecisions,
    Recommendations,
    Refusals,
)
from tdome.messages.threats import Threats
from tdome.messages.tracks import Associations, SystemTracks
from tdome.messages.warnings import CivilWarnings
from tdome.plan.plan import Plan
from tdome.score.decision import Decision, decisions
from tdome.score.evidence import Evidence, objects_of_tracks
from tdome.world.ledger import read_ledger

LEAST_RIVAL = 0.01  # probability from which a second class is told
MOST_REASONS, LEAST_GAIN = 3, 0.1  # sources that are told, and from how many nats
_SUBJECT = re.compile(r"(?P<kind>[TE]?)(?P<number>[0-9]{1,9})")


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that happened: time (int ns UTC), what it is about.

    The words with their numbers.
    """

    at: int
    topic: str
    text: str


class Story(msgspec.Struct, frozen=True, kw_only=True):
    """The story of one track. ``truth`` is empty where there is no ledger.

    ``decisions``: why its engagements were recommended.
    ``complete`` tells a cut-off journal.
    """

    track_number: int
    engagements: list[int]
    plots: dict[str, int]
    first_at: int
    last_at: int
    decisions: list[Decision]
    lines: list[Line]
    truth: dict[str, object]
    complete: bool


class StoryError(TdomeError):
    """There is no such track or engagement in the run."""

    exit_code = 2


def tell(folder: Path, plan: Plan, subject: str) -> Story:
    """Tell the story of ``subject``: a track (``12`` or ``T12``) or an engagement (``E3``).

    Raises StoryError for a subject that the journal does not know, naming some that it does, and
    JournalError for a journal that names units, sensors, classes or codes that do not exist.
    """
    evidence = Evidence(folder)
    track, engagements = _resolve(evidence, subject)
    try:
        lines = sorted(_lines(evidence, plan, track, set(engagements)), key=lambda line: line.at)
        decided = decisions(evidence, plan, set(engagements))
        plots, first, last = _plots_of(evidence, plan, track)
    except (IndexError, ValueError) as fault:  # a row or code that plan and code lists do not have
        raise JournalError(f"journal {folder / 'journal.mcap'} is damaged: {fault}") from fault
    return Story(
        track_number=track,
        engagements=engagements,
        plots=plots,
        first_at=first,
        last_at=last,
        decisions=decided,
        lines=lines,
        truth=_truth(folder, evidence, plan, track, engagements),
        complete=evidence.complete,
    )


def _resolve(evidence: Evidence, subject: str) -> tuple[int, list[int]]:
    asked = _SUBJECT.fullmatch(subject.strip().upper())
    if asked is None:
        raise StoryError(
            f"{subject!r}: expected a track such as 12 or T12, or an engagement such as E3"
        )
    number = int(asked["number"])
    of_engagement = {
        int(e): int(t)
        for asked_for in evidence.all(Recommendations)
        for e, t in zip(asked_for.engagement, asked_for.track_number, strict=True)
    }
    if asked["kind"] == "E":
        if number not in of_engagement:
            known = ", ".join(f"E{e}" for e in sorted(of_engagement)[:8]) or "none"
            raise StoryError(f"there is no engagement {number} in this run; there are: {known}")
        return of_engagement[number], [number]
    known_tracks = np.unique(evidence.column(Associations, "track_number"))
    if number not in known_tracks:
        some = ", ".join(f"T{int(t)}" for t in known_tracks[:8]) or "none"
        raise StoryError(f"there is no track {number} in this run; there are: {some}")
    return number, sorted(e for e, t in of_engagement.items() if t == number)


def _plots_of(evidence: Evidence, plan: Plan, track: int) -> tuple[dict[str, int], int, int]:
    counts: dict[str, int] = {}
    times: list[int] = []
    for used in evidence.all(Associations):
        mine = used.track_number == track
        if mine.any():
            times.append(used.header.valid_at)
            for sensor in used.sensor[mine]:
                name = plan.sensors.names[sensor]
                counts[name] = counts.get(name, 0) + 1
    return dict(sorted(counts.items())), min(times, default=0), max(times, default=0)


def _lines(evidence: Evidence, plan: Plan, track: int, engagements: set[int]) -> Iterator[Line]:
    yield from _track_lines(evidence, track)
    yield from _threat_lines(evidence, plan, track)
    yield from _plan_lines(evidence, plan, track)
    yield from _fire_lines(evidence, plan, engagements)
    yield from _refusal_lines(evidence, plan, track)
    yield from _warning_lines(evidence, plan, track)


def _rows(column: object, wanted: set[int]) -> list[int]:
    return [int(row) for row in np.flatnonzero(np.isin(np.asarray(column), sorted(wanted)))]


def _track_lines(evidence: Evidence, track: int) -> Iterator[Line]:
    for tracks in evidence.all(SystemTracks):
        for row in _rows(tracks.track_number, {track}):
            speed = float(np.linalg.norm(tracks.state[row, 3:]))
            text = (
                f"{TrackStatus(tracks.status[row]).name.lower()}, quality {tracks.quality[row]}, "
                f"{tracks.hits[row]} plots, speed {speed:.0f} m/s, "
                f"{'ballistic' if tracks.ballistic[row] else 'level'} filter, "
                f"missed {tracks.missed[row]}"
            )
            yield Line(at=tracks.header.valid_at, topic="track", text=text)


def _threat_lines(evidence: Evidence, plan: Plan, track: int) -> Iterator[Line]:
    for threats in evidence.all(Threats):
        for row in _rows(threats.track_number, {track}):
            kind = int(threats.threat_class[row])
            name = plan.threats.names[kind] if kind >= 0 else "unknown class"
            share = float(threats.class_probability[row, kind])
            text = f"{_identity_text(threats, row)}, {name} ({share:.0%}"
            text += f"{_rival_text(threats, row, plan)})"
            if threats.impact_at[row] > 0:
                text += _impact_text(threats, row)
            asset = int(threats.asset[row])
            if asset >= 0:
                text += (
                    f"; threatens {plan.assets.names[asset]} "
                    f"(hit probability {threats.hit_probability[row]:.2f})"
                )
            text += f"; value at risk {threats.value_at_risk[row]:.3g}"
            text += ", harmless" if threats.harmless[row] else ""
            yield Line(at=threats.header.valid_at, topic="threat", text=text)


def _identity_text(threats: Threats, row: int) -> str:
    """Say the identity, and the rule that gave it."""
    name = Identity(threats.identity[row]).name.lower()
    rule = IdentityRule(threats.because[row])
    if rule == IdentityRule.NOTHING_KNOWN:
        return name
    return f"{name} ({rule.name.lower().replace('_', ' ')})"


def _rival_text(threats: Threats, row: int, plan: Plan) -> str:
    """Say which class comes second, and the weightiest evidence for and against the first, nats."""
    rival = int(threats.rival[row])
    name = plan.threats.names[rival] if rival >= 0 else "none of these"
    share = float(threats.class_probability[row, rival])
    if share < LEAST_RIVAL:
        return ""
    gains = threats.evidence[row]
    order = np.argsort(-np.abs(gains), kind="stable")[:MOST_REASONS]
    words = [
        f"{Source(k).name.lower().replace('_', ' ')} {gains[k]:+.1f}"
        for k in order.tolist()
        if abs(gains[k]) >= LEAST_GAIN
    ]
    because = f" by {', '.join(words)}" if words else ", nothing tells them apart"
    return f", over {name} {share:.0%}{because}"


def _impact_text(threats: Threats, row: int) -> str:
    lat, lon = np.degrees(threats.impact_lat[row]), np.degrees(threats.impact_lon[row])
    east, cross, north = (float(c) for c in threats.impact_covariance[row])
    axes = np.sqrt(np.clip(np.linalg.eigvalsh([[east, cross], [cross, north]]), 0.0, None)) / 1e3
    left = (threats.impact_at[row] - threats.header.valid_at) / 1e9
    return (
        f"; impact in {left:.0f} s at {lat:.3f} N {lon:.3f} E "
        f"(one-sigma ellipse {axes[1]:.2f} x {axes[0]:.2f} km)"
    )


def _plan_lines(evidence: Evidence, plan: Plan, track: int) -> Iterator[Line]:
    for option in evidence.all(FirePlan):
        for row in _rows(option.track_number, {track}):
            reason = Reason(option.reason[row]).name
            unit = int(option.unit[row])
            if unit < 0:
                text = f"no engagement: {reason}"
            elif option.intercept_at[row] > 0:
                wait = (option.launch_at[row] - option.header.valid_at) / 1e9
                flight = (option.intercept_at[row] - option.launch_at[row]) / 1e9
                text = (
                    f"{plan.units.names[unit]}: {option.rounds[row]} round(s), "
                    f"launch in {wait:.1f} s, flight {flight:.1f} s, pk {option.pk[row]:.2f}, "
                    f"return {option.marginal_return[row]:.3g}: {reason}"
                )
            else:
                text = f"{plan.units.names[unit]}: {reason}"
            yield Line(at=option.header.valid_at, topic="option", text=text)


def _fire_lines(evidence: Evidence, plan: Plan, engagements: set[int]) -> Iterator[Line]:
    for asked in evidence.all(Recommendations):
        for row in _rows(asked.engagement, engagements):
            unit = plan.units.names[asked.unit[row]]
            text = (
                f"E{asked.engagement[row]}: {unit} with {asked.rounds[row]} round(s), "
                f"pk {asked.pk[row]:.2f}"
            )
            yield Line(at=asked.header.valid_at, topic="recommended", text=text)
    for said in evidence.all(OperatorDecisions):
        for row in _rows(said.engagement, engagements):
            text = f"E{said.engagement[row]}: {Answer(said.answer[row]).name} by {said.operator}"
            yield Line(at=said.header.received_at, topic="operator", text=text)
    for order in evidence.all(EngagementOrders):
        for row in _rows(order.engagement, engagements):
            kind = OrderKind(order.kind[row]).name
            text = f"E{order.engagement[row]}: {kind} to {plan.units.names[order.unit[row]]}"
            yield Line(at=order.header.valid_at, topic="order", text=text)
    for report in evidence.all(EngagementReports):
        for row in _rows(report.engagement, engagements):
            text = (
                f"E{report.engagement[row]}: {EngagementState(report.state[row]).name}, "
                f"{report.rounds[row]} round(s), {report.rounds_left[row]} left"
            )
            yield Line(at=report.header.received_at, topic="report", text=text)
    yield from _after_launch(evidence, engagements)


def _after_launch(evidence: Evidence, engagements: set[int]) -> Iterator[Line]:
    for update in evidence.all(InterceptUpdates):
        for row in _rows(update.engagement, engagements):
            text = f"E{update.engagement[row]}: predicted intercept point updated"
            yield Line(at=update.header.valid_at, topic="update", text=text)
    for judged in evidence.all(KillAssessments):
        for row in _rows(judged.engagement, engagements):
            verdict = Verdict(judged.verdict[row]).name
            text = (
                f"E{judged.engagement[row]}: {verdict} (P(kill) {judged.kill_probability[row]:.2f})"
            )
            yield Line(at=judged.header.valid_at, topic="assessment", text=text)


def _refusal_lines(evidence: Evidence, plan: Plan, track: int) -> Iterator[Line]:
    for refusal in evidence.all(Refusals):
        for row in _rows(refusal.track_number, {track}):
            unit = int(refusal.unit[row])
            who = plan.units.names[unit] if unit >= 0 else "all units"
            number = int(refusal.engagement[row])
            engagement = f"E{number}: " if number > 0 else ""
            text = f"{engagement}{who}: {Reason(refusal.reason[row]).name}"
            yield Line(at=refusal.header.valid_at, topic="refusal", text=text)


def _warning_lines(evidence: Evidence, plan: Plan, track: int) -> Iterator[Line]:
    for batch in evidence.all(CivilWarnings):
        for row in _rows(batch.track_number, {track}):
            onset = (batch.onset_at[row] - batch.header.valid_at) / 1e9
            text = (
                f"{WarningKind(batch.kind[row]).name} {WarningStage(batch.stage[row]).name} "
                f"{plan.zones.names[batch.zone[row]]}, "
                f"onset in {onset:.0f} s, "
                f"certainty {batch.certainty[row]:.2f}"
            )
            yield Line(at=batch.header.valid_at, topic="warning", text=text)


def _truth(
    folder: Path, evidence: Evidence, plan: Plan, track: int, engagements: list[int]
) -> dict[str, object]:
    if not (folder / "ledger").is_dir():
        return {}
    ledger = read_ledger(folder)
    item = objects_of_tracks(evidence, ledger, plan.sensors.names).get(track, -1)
    objects = {row["object_id"]: row for row in ledger.objects.to_pylist()}
    shots = [row for row in ledger.shots.to_pylist() if row["engagement"] in engagements]
    return {
        "object": objects.get(item, "false plots"),
        "shots": shots,
    }
