"""Threat evaluation: what each track is, where it will come down, what that would cost."""

import numpy as np

from tdome.messages.base import Codes, Floats, Ints, Longs, Message, Singles


class Threats(Message, frozen=True, kw_only=True):
    """One row per system track (same order as SystemTracks), at ``header.valid_at``.

    track_number: (n,). identity: (n,) Identity. threat_class: (n,) row in plan.threats, -1 unknown.
    class_probability: (n, C + 1) over plan.threats; the last column is "none of these". family:
    (n,) Family of the most probable class. inv_beta: (n,) believed drag term, m^2/kg, 0 for what
    does not fall. impact_lat, impact_lon: (n,) rad, nan where nothing is predicted. impact_at: (n,)
    int ns, 0 where none. impact_covariance: (n, 3) east-east, east-north, north-north, m^2. asset:
    (n,) row in plan.assets most at risk, -1 none. hit_probability: (n,) of hitting any asset.
    value_at_risk: (n,) expected loss if not engaged, in the plan's value units. likely_asset: (n,
    3) rows in plan.assets of the greatest shares of it, -1 none; likely_hit, likely_loss: (n, 3)
    the probability that each is hit by this body, if it is no decoy, and its share of
    value_at_risk: the shares of all assets add up to it. decoy_probability: (n,). group: (n,) track
    number of the leader of the raid group it flies with, its own where it flies alone, -1 where it
    is nobody's threat. priority: (n,) value at risk weighted by urgency; orders the queue.
    harmless: (n,) 1 where the expected loss, error included, is below the plan's threshold.
    because: (n,) IdentityRule that gave the identity. civil_probability: (n,) part of "none of
    these" that is a crewed civil aircraft. rival: (n,) second most probable class, -1 none of
    these. evidence: (n, 8) by Evidence: how much better threat_class explains what was seen than
    rival, nats.
    """

    track_number: Ints
    identity: Codes
    threat_class: Ints
    class_probability: Singles
    family: Codes
    inv_beta: Floats
    impact_lat: Floats
    impact_lon: Floats
    impact_at: Longs
    impact_covariance: Singles
    asset: Ints
    hit_probability: Singles
    value_at_risk: Floats
    likely_asset: Ints
    likely_hit: Singles
    likely_loss: Floats
    decoy_probability: Singles
    group: Ints
    priority: Floats
    harmless: Codes
    because: Codes
    civil_probability: Singles
    rival: Ints
    evidence: Singles

    @property
    def falls(self) -> Codes:
        """(n,) 1 where it is believed to fall ballistically from here on.

        What a tracker flags as ballistic and no glide vehicle, and what climbs under power and is
        taken for a ballistic class: only these have an inv_beta.
        """
        return (self.inv_beta > 0.0).astype(np.int8)
