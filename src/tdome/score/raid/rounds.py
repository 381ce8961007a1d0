"""Rounds one by one: at what, with what chance, with what result; and when a layer ran dry.

``chance`` is the referee's probability of a hit, given all that had happened before the round
arrived. For rounds, bursts and beams that is the ledger's SSPK, since each is a draw of its own.
Whether soft kill works is one draw for an object (:mod:`tdome.world.effectors.firing`): after tries
of at most m that all failed, a try of p works with (p - m) / (1 - m) where p > m, else never. So
hit - chance has mean zero whatever was done before: sums of it are a martingale, the control
variate of :mod:`tdome.studies.estimators.control`.
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tdome.messages.base import Floats, Longs
from tdome.messages.fire import EngagementReports, UnitStatus
from tdome.plan.plan import Plan
from tdome.score.evidence import Evidence, hostile_objects
from tdome.world.ledger import Ledger, Table


def rounds_of(ledger: Ledger, plan: Plan) -> Table:
    """Return one row per round that met something that a raid launched, in the order of arrival.

    unit, layer, object_id, class, at (int ns UTC), chance, hit.
    """
    launched = hostile_objects(ledger)
    class_of = dict(
        zip(launched["object_id"].to_pylist(), launched["threat_class"].to_pylist(), strict=True)
    )
    met = pc.is_in(ledger.shots["object_id"], value_set=pa.array(list(class_of), pa.int32()))
    shots = ledger.shots.filter(met)
    row_of = {name: row for row, name in enumerate(plan.units.names)}
    units = [row_of[name] for name in shots["unit"].to_pylist()]
    item = shots["object_id"].to_numpy()
    soft = np.array([plan.units.effects[row] == "soft-kill" for row in units], dtype=bool)
    return pa.table(
        {
            "unit": shots["unit"],
            "layer": pa.array([plan.units.layers[row] for row in units], pa.string()),
            "object_id": item,
            "class": pa.array([class_of[one] for one in item.tolist()], pa.string()),
            "at": shots["intercept_at"],
            "chance": chances(shots["sspk"].to_numpy(), item, soft),
            "hit": shots["hit"],
        }
    )


def chances(sspk: Floats, item: Longs, soft: np.ndarray) -> Floats:
    """Return the chance (n,) of each round given those before it; ``soft``: by soft kill."""
    chance = np.array(sspk, np.float64)
    tried: dict[int, float] = {}
    for k in np.flatnonzero(soft).tolist():
        before, now = tried.get(int(item[k]), 0.0), float(sspk[k])
        chance[k] = max(now - before, 0.0) / (1.0 - before) if before < 1.0 else 0.0
        tried[int(item[k])] = max(before, now)
    return chance


def dry_after(evidence: Evidence, ledger: Ledger, plan: Plan) -> dict[str, float | None]:
    """Return after how many s each layer first had no round in any launcher; None for never.

    Counted from the start of the scenario, as units told; a unit that is lost for good holds none
    from then on. A layer that began with none is never said to run dry.
    """
    units = plan.units
    told = (UnitStatus, EngagementReports)
    at = np.concatenate([evidence.times(kind) for kind in told]).astype(np.int64)
    unit, left = (
        np.concatenate([evidence.column(kind, name) for kind in told]).astype(np.int64)
        for name in ("unit", "rounds_left")
    )
    rows = [*zip(at.tolist(), unit.tolist(), left.tolist(), strict=True)]
    row_of = {name: row for row, name in enumerate(units.names)}
    for loss in ledger.losses.to_pylist():
        if loss["kind"] == "fire unit" and loss["until"] < 0:
            rows = [row for row in rows if row[1] != row_of[loss["site"]] or row[0] <= loss["at"]]
            rows.append((loss["at"], row_of[loss["site"]], 0))
    rows.sort(key=lambda row: row[0])
    dry: dict[str, float | None] = {}
    for layer in dict.fromkeys(units.layers):
        of = [row for row, name in enumerate(units.layers) if name == layer]
        holds = {row: int(units.rounds[row]) for row in of}
        dry[layer] = _first_empty(holds, rows, ledger.start)
    return dry


def _first_empty(
    holds: dict[int, int], rows: list[tuple[int, int, int]], start: int
) -> float | None:
    if not any(holds.values()):
        return None
    for at, unit, left in rows:
        if unit in holds:
            holds[unit] = left
            if not any(holds.values()):
                return (at - start) / 1e9
    return None
