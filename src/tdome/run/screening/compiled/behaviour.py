"""What stands for the filters and minds that a screening leaves out: one row of numbers a class.

A full run tracks, classifies, predicts and assesses; a screening has numbers for what comes of it.
They were read off recorded full runs (docs/concepts/studies/screening.md says of which) and are the
same for all scenarios: what a scenario does to them is bias, which `tdome calibrate` shows and a
corrected estimate takes out.
"""

from typing import NamedTuple

import numpy as np

from tdome.messages.base import Floats, Ints
from tdome.messages.codes import Family
from tdome.plan.books.threats import ThreatBook
from tdome.plan.plan import Plan
from tdome.run.screening.loop import layout as at
from tdome.world.schema.conditions import Referee


class Behaviour(NamedTuple):
    """How the decision side sees a family.

    plots: from which it may be engaged. delay: s from that plot to a decision. sigma: error of a
    predicted impact 60 s before, m; growth: its power of the time left. meets: probability that a
    round finds its target within the basket. looked: s from the last intercept to a verdict, beyond
    assessment_delay. false_miss, false_kill: probability of a wrong verdict. risen: s until a false
    kill is found out.
    """

    plots: int
    delay: float
    sigma: float
    growth: float
    meets: float
    looked: float
    false_miss: float
    false_kill: float
    risen: float


FALLING = Behaviour(4, 2.0, 400.0, 1.0, 1.0, 0.2, 0.0, 0.09, 4.0)
LEVEL = Behaviour(8, 4.0, 0.0, 1.0, 0.97, 1.0, 0.05, 0.1, 6.0)
_BY_FAMILY = {Family.BALLISTIC: FALLING}


def behaviour_of(family: int) -> Behaviour:
    """Return the numbers of a family."""
    return _BY_FAMILY.get(Family(family), LEVEL)


def plots_of(book: ThreatBook) -> Ints:
    """Return the plots (c,) from which each class may be engaged."""
    return np.array([behaviour_of(f).plots for f in book.family.tolist()], np.int32)


def kinds_of(book: ThreatBook, plan: Plan, referee: Referee, rho_row: dict[float, int]) -> Floats:
    """Return the rows of all classes of a scenario, (c, KIND)."""
    out = np.zeros((len(book.names), at.KIND))
    for c, (name, family) in enumerate(zip(book.names, book.family.tolist(), strict=True)):
        how = behaviour_of(family)
        falls = family == Family.BALLISTIC
        believed = plan.threats.names.index(name) if name in plan.threats.names else -1
        harm = plan.threats.damage_fraction[believed] if believed >= 0 else book.damage_fraction[c]
        if book.decoy[c]:  # taken for what it imitates as often as not
            alike = plan.threats.damage_fraction[plan.threats.family == family]
            harm = 0.5 * float(alike.max(initial=0.0))
        out[c, at.DELAY] = how.delay
        out[c, at.FALLS] = falls
        out[c, at.RETURNS] = family == Family.AIRCRAFT
        out[c, at.HARM] = harm
        out[c, at.SIGMA], out[c, at.GROWTH] = max(how.sigma, 1.0), how.growth
        out[c, at.MEETS] = how.meets
        out[c, at.LOOKED] = plan.doctrine.assessment_delay_s + how.looked
        out[c, at.FALSE_MISS], out[c, at.FALSE_KILL] = how.false_miss, how.false_kill
        out[c, at.RISEN] = how.risen
        out[c, at.RHO] = rho_row[correlation(book, c, referee)]
        out[c, at.UNCOVERED] = book.uncovered_share[c]
        out[c, at.UNENGAGED] = book.unengaged_share[c]
    return out


def correlation(book: ThreatBook, c: int, referee: Referee) -> float:
    """Correlation of hits in a raid of class row c."""
    if isinstance(referee.correlation, str):
        return float(book.raid_correlation[c])
    return float(referee.correlation)
