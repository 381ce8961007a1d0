"""What hides a site from those who aim at it: decoy sites, and having moved on.

A place of the scenario that lies within the site radius of a site of the plan is that site as the
other side knows it. Of what is aimed there, 1 / (n + 1) goes for the true site where it has n
``decoy_sites``, and the rest for one of these, evenly around it at ``decoy_distance_m``. What is
aimed at a ``mobile`` site comes, with probability ``stale_targeting``, to where it stood before:
``moved_km`` away from it in a random direction.

Source: functions F23 and 5.6 of reference/domain.md: "up to 75 % of fixed air defences hit early,
mobile survived" (CSIS, Putin's Missile War); the numbers are notional. Limits: nobody tells decoys
from sites; which object goes where is settled before it starts. Angles rad, lengths m.
"""

import math

import msgspec

from tdome.earth.geodesy import destination, great_circle_distance
from tdome.messages.base import Floats
from tdome.plan.plan import Plan
from tdome.plan.schema import Site
from tdome.world.schema.conditions import Survivability
from tdome.world.schema.raids import Place

Point = tuple[float, float]


class Hiding(msgspec.Struct, frozen=True):
    """How one site hides; see the module."""

    decoys: int
    decoy_distance: float
    stale: float
    moved: float

    def aim(self, point: Point, u: Floats) -> Point:
        """Return where an object goes that is aimed at the site; ``u``: its four uniforms."""
        choice = int(u[0] * (self.decoys + 1))
        if choice > 0:
            bearing = math.tau * choice / self.decoys
            return _moved(point, bearing, self.decoy_distance)
        if u[1] < self.stale:
            return _moved(point, math.tau * float(u[2]), self.moved)
        return point


def hidings(places: list[Place], rules: Survivability, plan: Plan) -> dict[str, Hiding]:
    """Return how the sites hide that places stand for, by name of the place."""
    found: dict[str, Hiding] = {}
    sites: list[Site] = [*plan.file.sensors, *plan.file.fire_units, *plan.file.command_posts]
    for site in sites:
        if not site.decoy_sites and not site.mobile:
            continue
        for place in places:
            if distance(place, site) <= rules.site_radius_m:
                found[place.name] = Hiding(
                    decoys=site.decoy_sites,
                    decoy_distance=rules.decoy_distance_m,
                    stale=rules.stale_targeting if site.mobile else 0.0,
                    moved=rules.moved_km * 1e3,
                )
    return found


def distance(place: Place, site: Site) -> float:
    """Return the distance between a place and a site, m."""
    ends = (place.lat_deg, place.lon_deg, site.lat_deg, site.lon_deg)
    return float(great_circle_distance(*(math.radians(end) for end in ends)))


def _moved(point: Point, bearing: float, by: float) -> Point:
    lat, lon = destination(point[0], point[1], bearing, by)
    return float(lat), float(lon)
