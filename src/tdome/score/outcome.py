"""Outcome of a run: journal and ledger joined into tables that people and programs read.

Every hostile object ends in exactly one of: killed, leaked (came down within a defended asset's
radius plus its own damage radius), harmless (came down elsewhere or, an aircraft, went home),
failed (fell back after a launch that did not work), flying (the run ended first). What a missile
sheds is none of these: debris is not launched, but rounds spent on it are counted
(rounds_on_debris). What was due to start after the end of the run was not launched and is only
counted.
"Ignored" counts the harmless ones that were never engaged: the point of selective engagement. Loss
of value is expected value (:mod:`tdome.score.damage`), people under what came down are in
``exposure`` (:mod:`tdome.score.exposure`). Decoys do no damage.
"""

from pathlib import Path

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from tdome.messages.base import Longs, Message
from tdome.messages.codes import EngagementState
from tdome.messages.fire import EngagementOrders, EngagementReports, UnitStatus
from tdome.messages.sensing import Plots
from tdome.messages.threats import Threats
from tdome.messages.tracks import Associations, SystemTracks
from tdome.messages.warnings import CivilWarnings
from tdome.plan.plan import Plan
from tdome.score.airspace import Airspace, airspace
from tdome.score.damage import share_left
from tdome.score.evidence import Evidence, hostile_objects, objects_of_tracks
from tdome.score.exposure import Exposure, exposures
from tdome.score.origin import Origin, origin_of
from tdome.score.picture.of_run import siap
from tdome.score.raid.decided import READ, decision_counts
from tdome.score.raid.rounds import dry_after, rounds_of
from tdome.score.raid.struck import assets_hit
from tdome.score.raid.undefended import undefended
from tdome.score.warned import WarningScore, alerts_of, score_warnings
from tdome.world.ledger import Ledger, Table, read_ledger

FATES = ("killed", "leaked", "harmless", "failed", "flying")
_READ: tuple[type[Message], ...] = (
    Plots,
    Associations,
    SystemTracks,
    Threats,
    UnitStatus,
    CivilWarnings,
    *READ,
)
TABLES = ("by_class", "by_layer", "by_asset", "sites", "threats", "rounds", "undefended")


class Outcome(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """Outcome tables (pyarrow; ``.to_pandas()`` works) and totals.

    by_class: class, launched, engaged, killed, leaked, harmless, ignored, failed, flying. by_layer:
    layer, units, rounds_fired, rounds_left (in launchers that are not lost for
    good), rounds_reloaded, rounds_lost (with their units), cost_usd, kills, dry_s (s after the
    start when no launcher of it held a round, null for never); fired + left + lost = at the start +
    reloaded, as far as units could tell. by_asset: asset, value, population,
    leakers, value_lost, value_protected. sites: site, kind, hits, first_at, down_s, for_good, of
    each site of ours that was put out of action. threats: one row per hostile object that was
    launched. rounds: one per round that met one. undefended: what would have come down without a
    defence. decisions: counts. start: int ns UTC. warnings: statistics of civil warnings. exposure:
    people under impacts and debris. airspace: what came near civil and friendly flights. origin:
    from which wide sectors falling tracks came, never a point. siap: attributes of the air picture.
    """

    by_class: Table
    by_layer: Table
    by_asset: Table
    sites: Table
    threats: Table
    rounds: Table
    undefended: Table
    start: int
    decisions: dict[str, int]
    warnings: WarningScore
    exposure: list[Exposure]
    airspace: Airspace
    origin: Origin
    siap: dict[str, float]
    totals: dict[str, float]

    def as_dict(self) -> dict[str, object]:
        """Return everything but the row-per-threat table as plain values, for JSON."""
        return {
            "totals": self.totals,
            "by_class": self.by_class.to_pylist(),
            "by_layer": self.by_layer.to_pylist(),
            "by_asset": self.by_asset.to_pylist(),
            "sites": self.sites.to_pylist(),
            "decisions": self.decisions,
            "warnings": msgspec.to_builtins(self.warnings),
            "exposure": msgspec.to_builtins(self.exposure),
            "airspace": msgspec.to_builtins(self.airspace),
            "origin": msgspec.to_builtins(self.origin),
            "siap": self.siap,
        }

    def write(self, folder: Path) -> None:
        """Write outcome.json and tables/*.parquet."""
        encoded = msgspec.json.encode(self.as_dict())
        (folder / "outcome.json").write_bytes(msgspec.json.format(encoded, indent=2))
        (folder / "tables").mkdir(exist_ok=True)
        for name in TABLES:
            pq.write_table(getattr(self, name), folder / "tables" / f"{name}.parquet")


def score_run(folder: Path, plan: Plan) -> Outcome:
    """Join the journal and ledger of a run folder into its outcome, and write it there."""
    evidence, ledger = Evidence(folder, _READ), read_ledger(folder)
    truth = objects_of_tracks(evidence, ledger, plan.sensors.names)
    threats = _threats(evidence, ledger, plan, truth)
    by_class = _by_class(threats)
    by_layer = _by_layer(evidence, ledger, plan)
    by_asset = _by_asset(threats, plan)
    outcome = Outcome(
        by_class=by_class,
        by_layer=by_layer,
        by_asset=by_asset,
        sites=_sites(ledger),
        threats=threats,
        rounds=rounds_of(ledger, plan),
        undefended=undefended(ledger, plan),
        start=ledger.start,
        decisions=decision_counts(evidence),
        warnings=score_warnings(evidence.all(CivilWarnings), ledger, plan),
        exposure=exposures(ledger, plan, alerts_of(evidence.all(CivilWarnings))),
        airspace=airspace(ledger, _ordered_at(evidence, truth)),
        origin=origin_of(evidence.all(SystemTracks), evidence.all(Threats)),
        siap=siap(evidence.all(SystemTracks), evidence.all(Plots), ledger),
        totals=_totals(by_class, by_layer, by_asset, evidence, ledger)
        | {"rounds_on_debris": _rounds_on_debris(evidence, ledger, truth)},
    )
    outcome.write(folder)
    return outcome


def _ordered_at(evidence: Evidence, truth: dict[int, int]) -> Longs:
    """Return the object behind the track of each order; -1 false plots."""
    tracks = evidence.column(EngagementOrders, "track_number").tolist()
    return np.array([truth.get(int(track), -1) for track in tracks], np.int64)


def _threats(evidence: Evidence, ledger: Ledger, plan: Plan, truth: dict[int, int]) -> Table:
    objects = hostile_objects(ledger)
    objects = objects.filter(pc.not_equal(objects["state"], "waiting"))
    ids = objects["object_id"].to_numpy()
    state = np.array(objects["state"].to_pylist(), dtype=object)
    asset = assets_hit(objects, plan)
    failed = state == "failed"
    down = (state == "impacted") | failed
    asset[~down] = -1
    fate = np.select(
        [state == "killed", asset >= 0, failed, down | (state == "landed")],
        ["killed", "leaked", "failed", "harmless"],
        "flying",
    )
    shot_at = {
        truth.get(int(track), -1) for track in evidence.column(EngagementOrders, "track_number")
    }
    engaged = np.array([int(item) in shot_at for item in ids], dtype=bool)
    return pa.table(
        {
            "object_id": ids,
            "raid": objects["raid"],
            "class": objects["threat_class"],
            "damage_fraction": objects["damage_fraction"],
            "engaged": engaged | (fate == "killed"),
            "fate": fate.tolist(),
            "asset": asset,
            "launched_at": objects["launched_at"],
            "ended_at": objects["ended_at"],
            "cost": objects["cost"],
        }
    )


def _by_class(threats: Table) -> Table:
    names = threats["class"].to_pylist()
    fate = np.array(threats["fate"].to_pylist(), dtype=object)
    engaged = threats["engaged"].to_numpy()
    label = np.array(names, dtype=object)
    rows = []
    for name in dict.fromkeys(names):
        of = label == name
        counts = {key: int(np.sum(of & (fate == key))) for key in FATES}
        ignored = int(np.sum(of & (fate == "harmless") & ~engaged))
        rows.append(
            {
                "class": name,
                "launched": int(of.sum()),
                "engaged": int(np.sum(of & engaged)),
                "killed": counts["killed"],
                "leaked": counts["leaked"],
                "harmless": counts["harmless"],
                "ignored": ignored,
                "failed": counts["failed"],
                "flying": counts["flying"],
            }
        )
    schema = pa.schema([("class", pa.string())] + [(key, pa.int64()) for key in _COUNTS])
    return pa.Table.from_pylist(rows, schema=schema)


_COUNTS = ("launched", "engaged", "killed", "leaked", "harmless", "ignored", "failed", "flying")


def _by_layer(evidence: Evidence, ledger: Ledger, plan: Plan) -> Table:
    units = plan.units
    unit = evidence.column(EngagementReports, "unit").astype(np.int64)
    launched = evidence.column(EngagementReports, "state") == EngagementState.LAUNCHED
    rounds = evidence.column(EngagementReports, "rounds")
    fired = np.zeros(len(units.names), np.int64)
    np.add.at(fired, unit[launched], rounds[launched].astype(np.int64))
    kills = np.zeros(len(units.names), np.int64)
    hit = ledger.shots["hit"].to_numpy(zero_copy_only=False) & _at_launches(ledger)
    row_of = {name: row for row, name in enumerate(units.names)}
    shooter = np.array([row_of[name] for name in ledger.shots["unit"].to_pylist()], np.int64)
    np.add.at(kills, shooter[hit], 1)
    left, gone = _rounds_left(evidence, plan), _gone(ledger, plan)
    dry = dry_after(evidence, ledger, plan)
    rows = []
    for layer in dict.fromkeys(units.layers):
        of = np.array([name == layer for name in units.layers])
        rows.append(
            {
                "layer": layer,
                "units": int(of.sum()),
                "rounds_fired": int(fired[of].sum()),
                "rounds_left": int(left[of & ~gone].sum()),
                "rounds_reloaded": int((left + fired - units.rounds)[of].sum()),
                "rounds_lost": int(left[of & gone].sum()),
                "cost_usd": float((fired[of] * units.cost[of]).sum()),
                "kills": int(kills[of].sum()),
                "dry_s": dry[layer],
            }
        )
    return pa.Table.from_pylist(rows, schema=_LAYER_SCHEMA)


def _rounds_left(evidence: Evidence, plan: Plan) -> Longs:
    """Return the rounds in the launchers of each unit (u,), as it told last."""
    left = plan.units.rounds.astype(np.int64)
    told = (UnitStatus, EngagementReports)
    at = np.concatenate([evidence.times(kind) for kind in told])
    unit, rounds = (
        np.concatenate([evidence.column(kind, name) for kind in told]).astype(np.int64)
        for name in ("unit", "rounds_left")
    )
    order = np.argsort(at, kind="stable")
    left[unit[order]] = rounds[order]  # the last one counts
    return left


def _gone(ledger: Ledger, plan: Plan) -> NDArray[np.bool_]:
    """Tell which units (u,) were lost for good, and their rounds with them."""
    for_good = ledger.losses.filter(pc.less(ledger.losses["until"], 0))
    lost = for_good.filter(pc.equal(for_good["kind"], "fire unit"))["site"].to_pylist()
    return np.isin(np.array(plan.units.names, dtype=object), lost)


def _at_launches(ledger: Ledger) -> NDArray[np.bool_]:
    """Which shots were judged against something that was launched, and not shed."""
    launched = hostile_objects(ledger)["object_id"].to_numpy()
    return np.isin(ledger.shots["object_id"].to_numpy(), launched)


_LAYER_SCHEMA = pa.schema(
    [
        ("layer", pa.string()),
        ("units", pa.int64()),
        ("rounds_fired", pa.int64()),
        ("rounds_left", pa.int64()),
        ("rounds_reloaded", pa.int64()),
        ("rounds_lost", pa.int64()),
        ("cost_usd", pa.float64()),
        ("kills", pa.int64()),
        ("dry_s", pa.float64()),
    ]
)


def _rounds_on_debris(evidence: Evidence, ledger: Ledger, truth: dict[int, int]) -> int:
    """Return the rounds fired by order at tracks that came from debris."""
    shed = pc.equal(ledger.objects["kind"], "debris")
    debris = set(ledger.objects["object_id"].filter(shed).to_pylist())
    track = evidence.column(EngagementOrders, "track_number").tolist()
    number = evidence.column(EngagementOrders, "engagement").tolist()
    wasted = {n for n, t in zip(number, track, strict=True) if truth.get(int(t), -1) in debris}
    launched = evidence.column(EngagementReports, "state") == EngagementState.LAUNCHED
    rounds = evidence.column(EngagementReports, "rounds")[launched].tolist()
    at = evidence.column(EngagementReports, "engagement")[launched].tolist()
    return sum(int(r) for r, n in zip(rounds, at, strict=True) if n in wasted)


def _by_asset(threats: Table, plan: Plan) -> Table:
    assets = plan.assets
    hit = threats["asset"].to_numpy()
    left = share_left(assets, hit, threats["damage_fraction"].to_numpy())
    leakers = np.bincount(hit[hit >= 0], minlength=len(assets.names))
    return pa.table(
        {
            "asset": list(assets.names),
            "value": assets.value,
            "population": assets.population.astype(np.int64),
            "leakers": leakers,
            "value_lost": assets.value * (1.0 - left),
            "value_protected": assets.value * left,
        }
    )


def _sites(ledger: Ledger) -> Table:
    """Return one row for each site that was ever out of action, in the order of first loss."""
    rows: dict[tuple[str, str], dict[str, object]] = {}
    losses = ledger.losses.to_pylist()
    for loss in losses:
        name = loss["site"], loss["kind"]
        theirs = [other for other in losses if (other["site"], other["kind"]) == name]
        rows.setdefault(
            name,
            {
                "site": loss["site"],
                "kind": loss["kind"],
                "hits": len(theirs),
                "first_at": loss["at"],
                "down_s": sum(other["down_s"] for other in theirs),
                "for_good": theirs[-1]["until"] < 0,
            },
        )
    return pa.Table.from_pylist(list(rows.values()), schema=_SITES_SCHEMA)


_SITES_SCHEMA = pa.schema(
    [
        ("site", pa.string()),
        ("kind", pa.string()),
        ("hits", pa.int64()),
        ("first_at", pa.int64()),
        ("down_s", pa.float64()),
        ("for_good", pa.bool_()),
    ]
)


def _totals(
    by_class: Table, by_layer: Table, by_asset: Table, evidence: Evidence, ledger: Ledger
) -> dict[str, float]:
    totals: dict[str, float] = {key: int(np.sum(by_class[key].to_numpy())) for key in _COUNTS}
    totals["rounds_fired"] = int(np.sum(by_layer["rounds_fired"].to_numpy()))
    totals["cost_usd"] = float(np.sum(by_layer["cost_usd"].to_numpy()))
    value = float(np.sum(by_asset["value"].to_numpy()))
    totals["value"] = value
    totals["value_protected"] = float(np.sum(by_asset["value_protected"].to_numpy()))
    waiting = pc.equal(hostile_objects(ledger)["state"], "waiting")
    totals["not_launched"] = pc.sum(waiting).as_py() or 0
    totals["orders"] = len(evidence.column(EngagementOrders, "engagement"))
    return totals
