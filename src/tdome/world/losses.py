"""Sites that are hit: radars, fire units and command posts out of action, for a time or for good.

Each hostile object, decoys excepted, that comes down within its damage radius plus
``site_radius_m`` of a site puts it out of action with probability

    p = loss_probability (1 - hardening)

A share ``destroyed_share`` of these losses is for good; the others are repaired after the time for
their kind. A further hit on a site that is down begins its repair anew, or ends it. Draws are keyed
by object and site. Wrecks do no harm.

Source: functions F23 of reference/domain.md (loss of launchers, radars and command posts, hardening
and repair as parameters); Rules for Umpires (5.6): one missile at an open aircraft .85, under a
hardened shelter .75 for two: the order of magnitude of p and of hardening; all values notional.
Limits: a site is a point and wholly up or down; who repairs is not modelled. Angles rad, lengths m.
"""

from enum import IntEnum
from typing import NamedTuple

import msgspec
import numpy as np

from tdome.earth.geodesy import great_circle_distance
from tdome.earth.wgs84 import Floats, ecef_to_geodetic
from tdome.kernel.clock import nanoseconds
from tdome.kernel.members import bound
from tdome.kernel.random import Streams
from tdome.plan import schema
from tdome.plan.plan import Plan
from tdome.world.bodies.table import Kind, State
from tdome.world.chronicle import LossRecord
from tdome.world.scene import Scene
from tdome.world.succession import NEVER


@bound
class SiteKind(IntEnum):
    """What a site is."""

    SENSOR = 0
    FIRE_UNIT = 1
    COMMAND_POST = 2


class Site(NamedTuple):
    """A site: its kind, its row among its kind, what the plan says of it."""

    kind: SiteKind
    row: int
    file: schema.Site


class Restore(msgspec.Struct, frozen=True):
    """Action: a site works again, unless it was hit again since. ``site``: row of the losses."""

    site: int
    due: int


class Blow(NamedTuple):
    """A site (``place``: its row) put out of action until a time (int ns UTC; NEVER: for good)."""

    place: int
    site: Site
    until: int


class Losses:
    """All sites of a plan and whether they work."""

    def __init__(self, scene: Scene, plan: Plan, streams: Streams) -> None:
        self._scene, self._rules = scene, scene.scenario.file.survivability
        file = plan.file
        rows: list[tuple[SiteKind, list[schema.Site]]] = [
            (SiteKind.SENSOR, [*file.sensors]),
            (SiteKind.FIRE_UNIT, [*file.fire_units]),
            (SiteKind.COMMAND_POST, [*file.command_posts]),
        ]
        self.sites = [Site(kind, n, site) for kind, of in rows for n, site in enumerate(of)]
        places = np.radians([(s.file.lat_deg, s.file.lon_deg) for s in self.sites])
        self._lat, self._lon = places[:, 0], places[:, 1]
        self.renew(streams)
        self._due: dict[int, int] = {}
        rules = self._rules
        times = (rules.sensor_repair_s, rules.fire_unit_repair_s, rules.command_post_repair_s)
        self._repair = [nanoseconds(time) for time in times]

    def renew(self, streams: Streams) -> None:
        """Let the blows to come have the luck of these streams."""
        self._luck = [streams("losses", s.kind.name, s.file.name) for s in self.sites]

    @property
    def any_mute(self) -> bool:
        """Whether any site is lost for good."""
        return NEVER in self._due.values()

    def mute(self, name: str) -> bool:
        """Tell whether all sites of that name are lost for good."""
        theirs = [i for i, site in enumerate(self.sites) if site.file.name == name]
        return bool(theirs) and all(self._due.get(i) == NEVER for i in theirs)

    def works(self, name: str) -> bool:
        """Tell whether nothing of that name is down."""
        return all(self.sites[index].file.name != name for index in self._due)

    def strike(self, row: int, now: int, places: Floats) -> list[Blow]:
        """Let a body come down; return the sites that it puts out of action.

        ``places``: where the fire units stand now, (u, 3) ECEF, m.
        """
        if self._rules.loss_probability <= 0.0:
            return []
        bodies, book = self._scene.bodies, self._scene.scenario.threats
        if bodies.kind[row] != Kind.THREAT or bodies.state[row] == State.LANDED:
            return []
        lat, lon = bodies.ground_point(row)
        reach = float(book.damage_radius[bodies.threat_class[row]]) + self._rules.site_radius_m
        mine = [site.kind == SiteKind.FIRE_UNIT for site in self.sites]
        self._lat[mine], self._lon[mine], _ = ecef_to_geodetic(places)
        near = great_circle_distance(lat, lon, self._lat, self._lon) <= reach
        blows = []
        for index in np.flatnonzero(near).tolist():
            until = self._until(index, int(bodies.key[row]), now)
            if until is not None:
                site = self.sites[index]
                self._due[index] = until
                blows.append(Blow(index, site, until))
                name = site.kind.name.lower().replace("_", " ")
                record = LossRecord(site.file.name, name, now, row, until)
                self._scene.chronicle.losses.append(record)
        return blows

    def _until(self, index: int, key: int, now: int) -> int | None:
        """Until when an object puts a site out of action; None if it does not."""
        if self._due.get(index) == NEVER:
            return None
        site = self.sites[index]
        hit, destroyed, _, _ = self._luck[index].draw(key)
        if hit >= self._rules.loss_probability * (1.0 - site.file.hardening):
            return None
        repair = self._repair[site.kind]
        return NEVER if destroyed < self._rules.destroyed_share else now + max(repair, 1)

    def restore(self, restore: Restore) -> Site | None:
        """Return the site that works again; None if it was hit again since."""
        if self._due.get(restore.site) != restore.due:
            return None
        del self._due[restore.site]
        return self.sites[restore.site]
