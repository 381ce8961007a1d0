"""Which asset what came down has struck."""

import numpy as np

from tdome.earth.geodesy import great_circle_distance
from tdome.messages.base import Floats, Ints
from tdome.plan.books.assets import AssetBook
from tdome.plan.plan import Plan
from tdome.world.ledger import Table


def assets_hit(objects: Table, plan: Plan) -> Ints:
    """Return the row of the asset within whose reach each object came down, the nearest one.

    -1 for none.
    """
    lat, lon = objects["end_lat"].to_numpy(), objects["end_lon"].to_numpy()
    return assets_under(lat, lon, objects["damage_radius"].to_numpy(), plan.assets)


def assets_under(lat: Floats, lon: Floats, radius: Floats, assets: AssetBook) -> Ints:
    """Return the same for places (n,), rad, and damage radii (n,), m."""
    distance = great_circle_distance(
        lat[:, None], lon[:, None], assets.lat[None, :], assets.lon[None, :]
    )
    excess = distance - assets.radius[None, :] - radius[:, None]
    nearest = np.argmin(np.nan_to_num(excess, nan=np.inf), axis=1).astype(np.int32)
    within = excess[np.arange(len(lat)), nearest] <= 0.0
    return np.where(within, nearest, -1).astype(np.int32)
