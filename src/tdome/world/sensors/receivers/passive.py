"""Passive radio: directions of bodies that emit.

One-way law (Friis, 1946): SNR = SNR0 * strength * (R_ref / R)^2 with Pd = 0.5 at R_ref for a
transponder (strength 1). A radio link (``emits`` of the threat class: the share of its bodies that
carry one) is LINK as strong, a jammer, on board or standing off, JAMMER. Azimuth only. Assumptions
and limits: who has a transponder that answers, or a link, emits all the time; the strongest
emission of a body is what is heard; no identification of the emitter, no reflections, no time
differences of arrival; a stand-off jammer, which is no body, counts as nobody in the ledger.
"""

import numpy as np

from tdome.messages.base import Codes, Floats, Longs
from tdome.messages.codes import Emission
from tdome.world.bodies.table import Bodies
from tdome.world.sensors.receivers.bearings import anchor_snr, report
from tdome.world.sensors.receivers.reach import (
    Moment,
    Post,
    Reach,
    Report,
    covered,
    in_reach,
    uniforms,
)

LINK = 1e-4  # of a transponder's power: 40 dB less gives a hundredth of the range, 3 km for 300

JAMMER = 100.0  # of a transponder's power, notional: noise without pause


def look(post: Post, bodies: Bodies, moment: Moment) -> Report:
    """Listen all round once."""
    reach = in_reach(post, bodies, moment.t)
    strength, emission = _emissions(post, bodies, reach)
    audible = strength > 0.0
    reach, strength, emission = reach.only(audible), strength[audible], emission[audible]
    keys = bodies.key[reach.rows]
    jammers, theirs = _standing_off(post, moment.t)
    if len(theirs):
        reach = Reach(*(np.concatenate(columns) for columns in zip(reach, jammers, strict=True)))
        keys = np.concatenate([keys, theirs])
        strength = np.append(strength, np.full(len(theirs), JAMMER))
        emission = np.append(emission, np.full(len(theirs), Emission.JAMMER, np.int8))
    share = post.book.reference_range[post.row] / reach.polar[:, 0]
    snr = anchor_snr(post) * strength * share**2
    return report(post, keys, moment, reach, snr, emission)


def _standing_off(post: Post, t: float) -> tuple[Reach, Longs]:
    """Return the stand-off jammers in reach at t (s), rows -1, and their keys."""
    on = post.jamming.standing_off(t)
    states = np.hstack([on.place[:, :3], np.zeros((len(on.place), 3))])
    found = covered(post, np.arange(len(states)), states)
    return found._replace(rows=np.full(len(found.rows), -1, np.int64)), on.key[found.rows]


def _emissions(post: Post, bodies: Bodies, reach: Reach) -> tuple[Floats, Codes]:
    """Return how strongly bodies emit, in transponders (0 for silent), and what."""
    rows = reach.rows
    share = np.append(post.scenario.threats.emits, 0.0)[bodies.threat_class[rows]]
    drawn = uniforms(post.streams("world", "emits").key, bodies.key[rows], 0, 0)[:, 0]
    strength = np.where(drawn < share, LINK, 0.0)
    answers = (bodies.address[rows] >= 0) & (bodies.reply[rows] > 0.0)
    strength = np.where(answers, 1.0, strength)
    jams = bodies.jammer[rows] > 0.0
    emission = np.where(jams, Emission.JAMMER, Emission.RADIO).astype(np.int8)
    return np.where(jams, JAMMER, strength), emission
