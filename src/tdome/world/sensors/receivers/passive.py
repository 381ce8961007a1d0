"""Passive radio: directions of bodies that emit.

One-way law (Friis, 1946): SNR = SNR0 * strength * (R_ref / R)^2 with Pd = 0.5 at R_ref for a
transponder (strength 1). A radio link (``emits`` of the threat class: the share of its bodies that
carry one) is LINK as strong, a jammer on board JAMMER. Azimuth only. Assumptions and limits: who
has a transponder that answers, or a link, emits all the time; the strongest emission of a body is
what is heard; no identification of the emitter, no reflections, no time differences of arrival;
stand-off jammers, which are no bodies, are not heard.
"""

import numpy as np

from tdome.messages.base import Codes, Floats
from tdome.messages.codes import Emission
from tdome.world.bodies.table import Bodies
from tdome.world.sensors.receivers.bearings import anchor_snr, report
from tdome.world.sensors.receivers.reach import Moment, Post, Reach, Report, in_reach, uniforms

LINK = 1e-4  # of a transponder's power: 40 dB less gives a hundredth of the range, 3 km for 300

JAMMER = 100.0  # of a transponder's power, notional: noise without pause


def look(post: Post, bodies: Bodies, moment: Moment) -> Report:
    """Listen all round once."""
    reach = in_reach(post, bodies, moment.t)
    strength, emission = _emissions(post, bodies, reach)
    audible = strength > 0.0
    reach, strength = reach.only(audible), strength[audible]
    share = post.book.reference_range[post.row] / reach.polar[:, 0]
    snr = anchor_snr(post) * strength * share**2
    return report(post, bodies, moment, reach, snr, emission[audible])


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
