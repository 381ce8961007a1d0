"""Which asset what came down has struck."""

import numpy as np

from tdome.earth.geodesy import great_circle_distance
from tdome.messages.base import Ints
from tdome.plan.plan import Plan
from tdome.world.ledger import Table


def assets_hit(objects: Table, plan: Plan) -> Ints:
    """Return the row of the asset within whose reach each object came down, the nearest one.

    -1 for none.
    """
    lat, lon = objects["end_lat"].to_numpy(), objects["end_lon"].to_numpy()
    assets = plan.assets
    distance = great_circle_distance(
        lat[:, None], lon[:, None], assets.lat[None, :], assets.lon[None, :]
    )
    excess = distance - assets.radius[None, :] - objects["damage_radius"].to_numpy()[:, None]
    nearest = np.argmin(np.nan_to_num(excess, nan=np.inf), axis=1).astype(np.int32)
    within = excess[np.arange(len(lat)), nearest] <= 0.0
    return np.where(within, nearest, -1).astype(np.int32)
