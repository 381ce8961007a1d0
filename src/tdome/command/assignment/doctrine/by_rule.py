"""Doctrines by a fixed rule: single, salvo, shoot-look-shoot, shoot-shoot-look, thrift, reserve.

The names are those of the air-defence field; what each does is ours to say, in
docs/concepts/assignment/doctrines.md.
"""

import numpy as np

from tdome.command.assignment.doctrine.base import NOT_NOW, Chances, Wishes, again, plain
from tdome.plan.plan import Plan

PAIR = 2  # rounds of "shoot, shoot"


class Single:
    """One round at each threat, and never another one."""

    def __init__(self, plan: Plan) -> None:
        del plan

    def wishes(self, chances: Chances) -> Wishes:
        """Return 1, or 0 where a round was fired or promised."""
        said = plain(chances, 1, 1)
        said.early[chances.spent > 0] = 0
        said.late[chances.spent > 0] = 0
        return said


class Salvo:
    """``salvo_rounds`` at once, each time that a threat is engaged."""

    def __init__(self, plan: Plan) -> None:
        self.rounds = plan.doctrine.salvo_rounds

    def wishes(self, chances: Chances) -> Wishes:
        """Return the same number everywhere."""
        return plain(chances, self.rounds, self.rounds)


class ShootLookShoot:
    """One round while another chance is left after a miss is known; else ``last_chance_rounds``."""

    def __init__(self, plan: Plan) -> None:
        self.last = plan.doctrine.last_chance_rounds

    def wishes(self, chances: Chances) -> Wishes:
        """Return 1 early, the last rounds late."""
        return plain(chances, 1, self.last)


class ShootShootLook:
    """Two rounds, then a look; at the last chance ``last_chance_rounds``, but no fewer than two."""

    def __init__(self, plan: Plan) -> None:
        self.last = max(PAIR, plan.doctrine.last_chance_rounds)

    def wishes(self, chances: Chances) -> Wishes:
        """Return 2 early, the last rounds late."""
        return plain(chances, PAIR, self.last)


class LayeredThrift:
    """Shoot-look-shoot that leaves to a cheaper unit what that unit can still take.

    A pair is held back where a unit whose round costs less, with at least ``thrift_share`` of this
    SSPK, could still launch after this shot would be known to have missed, and has rounds: each
    threat that is left to a unit, the dearest first, takes ``last_chance_rounds`` of its magazine.
    Limit: channels and launch spacing of the cheaper unit are not looked at; under saturation the
    outer layer then waits too long. With all prices equal it is shoot-look-shoot.
    """

    def __init__(self, plan: Plan) -> None:
        self.last = plan.doctrine.last_chance_rounds
        self.share = plan.doctrine.thrift_share

    def wishes(self, chances: Chances) -> Wishes:
        """Return shoot-look-shoot, with NOT_NOW where another unit should."""
        said = plain(chances, 1, self.last)
        dearest = np.argsort(-chances.value, kind="stable")
        for u in np.argsort(-chances.price, kind="stable"):
            cheaper = chances.price < chances.price[u]
            able = chances.sspk >= self.share * chances.sspk[:, u, None]
            later = again(chances, int(u)) & able & cheaper[None, :]
            room = chances.left // self.last
            for i in dearest[later[dearest].any(axis=1)]:
                takes = np.flatnonzero(later[i] & (room > 0))
                if len(takes):
                    room[takes[np.argmin(chances.price[takes])]] -= 1
                    said.price[i, u] = NOT_NOW
        return said


class ReserveThreshold:
    """Shoot-look-shoot that keeps the last ``keep_rounds`` of each unit for the valuable.

    Threats of a value at risk below ``keep_for_value`` may not touch them.
    """

    def __init__(self, plan: Plan) -> None:
        self.last = plan.doctrine.last_chance_rounds
        self.rounds, self.value = plan.doctrine.keep_rounds, plan.doctrine.keep_for_value

    def wishes(self, chances: Chances) -> Wishes:
        """Return shoot-look-shoot, with rounds kept from what is worth less."""
        said = plain(chances, 1, self.last)
        said.keep[chances.value < self.value] = self.rounds
        return said
