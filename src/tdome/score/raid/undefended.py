"""What would have come down where and when, had nothing been shot at: the raid without a defence.

Paths are fixed at the start of a run (nothing reacts), so the ledger knows where and when each body
that was shot down or led astray was due. Those rows join what did come down. Left out: what still
flew at the end of the run, aircraft (they go home), what missiles shed. Limits: a site of ours that
those bodies would have hit changes nothing here; failures at launch fall where they fell.
"""

import numpy as np
import pyarrow as pa

from tdome.plan.plan import Plan
from tdome.score.evidence import hostile_objects
from tdome.score.raid.struck import assets_hit
from tdome.world.ledger import Ledger, Table


def undefended(ledger: Ledger, plan: Plan) -> Table:
    """Return one row for each hostile body that would have come down: where and when.

    object_id, class, at (int ns UTC), asset (row, -1 none), damage_fraction.
    """
    objects = hostile_objects(ledger)
    state = np.array(objects["state"].to_pylist(), dtype=object)
    flies_home = np.array(objects["family"].to_pylist(), dtype=object) == "aircraft"
    saved = (state == "killed") & ~flies_home
    came = (state == "impacted") | (state == "failed")
    columns = {
        f"end_{key}": np.where(
            saved, objects[f"due_{key}"].to_numpy(), objects[f"end_{key}"].to_numpy()
        )
        for key in ("lat", "lon")
    }
    columns["damage_radius"] = objects["damage_radius"].to_numpy()
    down = saved | came
    at = np.where(saved, objects["due_at"].to_numpy(), objects["ended_at"].to_numpy())
    places = pa.table({name: column[down] for name, column in columns.items()})
    return pa.table(
        {
            "object_id": objects["object_id"].to_numpy()[down],
            "class": objects["threat_class"].filter(pa.array(down)),
            "at": at[down],
            "asset": assets_hit(places, plan),
            "damage_fraction": objects["damage_fraction"].to_numpy()[down],
        }
    )
