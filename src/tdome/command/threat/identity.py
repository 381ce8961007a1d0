"""Identity of a track: an answer is believed, what falls is hostile, silent comers are suspect.

Rules, first that holds: a valid own-force reply makes a FRIEND and a filed civil address NEUTRAL,
for the rest of the track's life. A ballistic track that comes down nearer to what we defend than it
is now, and can not be civil, is HOSTILE. A level track that heads for a defended asset without any
reply is SUSPECT when it has been silent for SILENT_HITS plots or moves like a cruise missile, a
drone or faster than any airliner; it is HOSTILE when it moves like one of these AND shows what no
civil flight shows: NOT_CIVIL_LOOKS times a speed beyond any civil flight at its height, or a cross-
section smaller than any crewed aircraft's. So the silence of a transponder, a lost way or a steep
descent alone make nobody hostile. HOSTILE is kept until a reply comes (a drone that turns at a
waypoint is no less a drone). Within a filed corridor, along it and no faster than civil flights,
nobody is suspected for silence (UNKNOWN); in one of our own he is an ASSUMED_FRIEND there. All
others are UNKNOWN. A reply that is not filed proves nothing, but keeps a level track from being
suspected for its silence.
"""

import math

import msgspec
import numpy as np

from tdome.command.threat.belief.hypotheses import (
    CIVIL_CEILING,
    SMALLEST_CIVIL_RCS,
    Flags,
    civil_speed,
)
from tdome.earth.volumes import AHEAD, POLE, n_vectors, near, volumes_along
from tdome.earth.wgs84 import Floats, ecef_to_geodetic
from tdome.messages.base import Codes, Ints, Singles
from tdome.messages.codes import Identity, IdentityRule
from tdome.plan.schema import Corridor

SILENT_HITS = 5  # at 0.9 a reply, a cooperative aircraft is silent so long once in 10^5
FALLING_HITS = 4
LIKELY = 0.7  # class probability from which a family is believed
NOT_CIVIL_LOOKS = 3  # successive looks that must show it
SIZED_HITS = 8  # plots before a cross-section is believed to be small
SURE_SIGMAS = 3.0  # of speed and height, beyond the civil envelope
SMALL_SIGMAS, SIZE_SIGMA = 3.0, 2.0  # dB, of calibration and weather, beyond the fluctuation
CIVIL_LIMIT = 1e-3  # largest probability of a civil flight that may be called hostile for falling
_ALONG = math.cos(math.radians(45.0))  # of course and corridor
_DB = 10.0 / math.log(10.0)


class Shown(msgspec.Struct, frozen=True, eq=False):
    """What holds of each track now, (n,) bool each: see the rules above."""

    civil: Flags
    friend: Flags
    falls: Flags  # HOSTILE for falling
    comes_down: Flags  # SUSPECT for it
    weapon_like: Flags
    inbound: Flags  # heads for an asset, silent for long
    silent_hits: Flags
    beyond: Flags  # beyond the civil envelope, for some looks
    small: Flags
    corridor: Flags
    own_corridor: Flags


def filed(address: Ints, blocks: list[tuple[int, int]]) -> Flags:
    """Tell which transponder addresses, shape (n,), lie in a filed block [first, last]."""
    known = np.zeros(len(address), dtype=np.bool_)
    for first, last in blocks:
        known |= (address >= first) & (address <= last)
    return known


def beyond_civil(height: Floats, ground: Floats, height_sigma: Floats, sigma: Floats) -> Flags:
    """Tell what moves as no civil flight can, errors (m, m/s) of height and speed included."""
    high, low = height + SURE_SIGMAS * height_sigma, height - SURE_SIGMAS * height_sigma
    fastest = np.maximum(civil_speed(np.clip(high, 0.0, CIVIL_CEILING)), 1.0)
    return np.asarray((low > CIVIL_CEILING) | (ground - SURE_SIGMAS * sigma > fastest))


def too_small(rcs_dbsm: Singles, hits: Ints) -> Flags:
    """Tell whose smoothed cross-section is below any crewed aircraft's, errors included."""
    looks = np.clip(hits, 1, 15).astype(np.float64)
    sigma = np.hypot(SIZE_SIGMA, _DB / np.sqrt(looks))
    small = rcs_dbsm < SMALLEST_CIVIL_RCS - SMALL_SIGMAS * sigma
    return np.asarray(small & (hits >= SIZED_HITS))


def along(corridors: list[Corridor], state: Floats, height: Floats, *, own: bool) -> Flags:
    """Tell which tracks, states (n, 6) ECEF, fly inside and along (either way) a corridor.

    Great circles on a sphere: within 0.6 % of distances; the ends of a leg are round.
    """
    inside = np.zeros(len(state), dtype=np.bool_)
    if not corridors or not len(state):
        return inside
    lat, lon, _ = ecef_to_geodetic(state[:, :3])
    up = n_vectors(lat, lon)
    for corridor in corridors:
        if corridor.own != own:
            continue
        fits = (height >= corridor.lowest_m) & (height <= corridor.highest_m)
        route = np.radians(np.array(corridor.route)).T
        for leg in volumes_along(route[0], route[1], corridor.half_width_km * 1e3):
            if leg[POLE:AHEAD].any():
                inside |= fits & near(up, leg) & _keeps_to(up, state[:, 3:], leg[POLE:AHEAD])
    return inside


def _keeps_to(up: Floats, velocity: Floats, pole: Floats) -> Flags:
    """Tell who flies along a leg, either way; ``pole``: normal of its great circle."""
    ahead = np.cross(pole, up)
    level = velocity - (velocity * up).sum(axis=1, keepdims=True) * up
    speed = np.linalg.norm(level, axis=1) * np.linalg.norm(ahead, axis=1)
    return np.asarray(np.abs((level * ahead).sum(axis=1)) >= _ALONG * speed)


def identify(before: Codes, rule: Codes, shown: Shown) -> tuple[Codes, Codes]:
    """Return the identities and their rules, (n,) each, from those before and what holds now."""
    identity = np.full(len(before), Identity.UNKNOWN, np.int8)
    because = np.full(len(before), IdentityRule.NOTHING_KNOWN, np.int8)

    def say(rows: Flags, what: Identity, why: IdentityRule) -> None:
        identity[rows], because[rows] = what, why

    def keep(what: Identity) -> None:
        rows = before == what
        identity[rows], because[rows] = what, rule[rows]

    suspect = Identity.SUSPECT
    say(shown.inbound, suspect, IdentityRule.SILENT_AND_INBOUND)
    say(shown.weapon_like, suspect, IdentityRule.SILENT_AND_WEAPON_LIKE)
    say(shown.corridor & ~shown.beyond, Identity.UNKNOWN, IdentityRule.IN_A_CORRIDOR)
    ours = shown.own_corridor & ~shown.beyond & ~shown.small
    say(ours, Identity.ASSUMED_FRIEND, IdentityRule.IN_OUR_CORRIDOR)
    say(shown.comes_down, suspect, IdentityRule.MAY_FALL_ON_US)
    fights = shown.weapon_like & shown.silent_hits
    say(fights & shown.small, Identity.HOSTILE, IdentityRule.TOO_SMALL_FOR_CIVIL)
    say(fights & shown.beyond, Identity.HOSTILE, IdentityRule.NO_CIVIL_FLIES_SO)
    say(shown.falls, Identity.HOSTILE, IdentityRule.FALLS_ON_US)
    keep(Identity.HOSTILE)
    say(shown.civil, Identity.NEUTRAL, IdentityRule.FILED_ADDRESS)
    keep(Identity.NEUTRAL)
    say(shown.friend, Identity.FRIEND, IdentityRule.OWN_REPLY)
    keep(Identity.FRIEND)
    return identity, because
