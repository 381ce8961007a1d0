"""The referee: what a round that arrives does. Kill probability is a parameter, not a physics.

Within ``basket`` of the PIP the nearest flying body is the target, whoever it belongs to; it is
hit with the TRUE single-shot kill probability k of the round. Rounds share luck on two levels:

    raid and threat class:  P_r ~ Beta(mean k, rho_r)       one quantile per (raid, class)
    fire unit in the raid:  P_u | P_r ~ Beta(mean P_r, rho_u)   one quantile per (raid, unit)

with Beta(mean m, rho) = Beta(m s, (1 - m) s), s = 1 / rho - 1, of variance rho m (1 - m). So the
mean is exactly k on both levels; two hits of one unit correlate by 1 - (1 - rho_r)(1 - rho_u),
two hits of different units at one raid by rho_r, both exactly, and hits in a raid are
beta-binomial (reference/domain.md, 3.2-3.4). On top, a raid may meet nothing that works: with
probability ``raid_failure`` the whole raid (Wilkening's common-mode detection, 5.1), or by class
``uncovered_share`` of the raids and ``unengaged_share`` of the bodies of the other raids.

Each draw is keyed by what it is for: (raid, class), (raid, unit), object, and (object, n-th shot);
so the n-th shot at a threat has the same luck under any doctrine. Limits: no partial damage, no
fratricide of rounds, no dependence on geometry within the basket; raids are independent of one
another (nothing wears out from night to night).
"""

from collections.abc import Sequence

from scipy.special import betaincinv

from tdome.kernel.random import Streams
from tdome.plan.books.threats import ThreatBook
from tdome.world.schema import conditions

_NO_CORRELATION = 1e-6  # below, the beta distribution is narrower than 0.001


def shared_luck(mean: float, rho: float, quantile: float) -> float:
    """Return the quantile of the beta distribution of a mean and an intra-class correlation.

    All in 0..1; the mean itself without correlation and where it is certain.
    """
    if rho < _NO_CORRELATION or not 0.0 < mean < 1.0:
        return mean
    shape = 1.0 / rho - 1.0
    return float(betaincinv(mean * shape, (1.0 - mean) * shape, quantile))


class Referee:
    """Decides hits.

    ``raids``, ``classes`` and ``units`` give the names of what the rows mean that it is asked with.
    """

    def __init__(
        self,
        rules: conditions.Referee,
        raids: Sequence[str],
        classes: ThreatBook,
        units: Sequence[str],
        streams: Streams,
    ) -> None:
        self._rules, self._raids, self._classes = rules, raids, classes
        self._units, self._streams = units, streams
        self._shots = streams("referee", "shots")
        self._engaged = streams("referee", "engaged")
        self._nothing_works: dict[tuple[int, int], bool] = {}
        self._lucks: dict[tuple[int, str, str], list[float]] = {}
        self._shared: dict[tuple[int, int, int, float], float] = {}
        self._taken: dict[int, int] = {}

    def kill_probability(
        self, sspk: float, raid: int, threat_class: int, unit: int, key: int
    ) -> float:
        """Return the probability of a hit for a nominal SSPK.

        ``raid`` (-1 for none), ``threat_class`` and ``unit`` are rows, ``key`` is the object's.
        """
        if raid < 0:
            return sspk
        if self._fails(raid, threat_class) or self._missed_out(threat_class, key):
            return 0.0
        place = raid, threat_class, unit, sspk
        if place not in self._shared:
            self._shared[place] = self._common_mode(sspk, raid, threat_class, unit)
        return self._shared[place]

    def hits(self, key: int, probability: float) -> bool:
        """Decide the next shot at the object of a key."""
        number = self._taken.get(key, 0)
        self._taken[key] = number + 1
        return bool(self._shots.draw(key, number)[0] < probability)

    def renew(self, streams: Streams) -> None:
        """Let what has not been drawn yet be that of other streams; a body keeps what it is."""
        self._streams, self._shots = streams, streams("referee", "shots")

    def _common_mode(self, sspk: float, raid: int, threat_class: int, unit: int) -> float:
        rho = self._rules.correlation
        if isinstance(rho, str):
            rho = float(self._classes.raid_correlation[threat_class])
        ours = self._luck(raid, "class", self._classes.names[threat_class])[0]
        battery = self._luck(raid, "unit", self._units[unit])[0]
        return shared_luck(shared_luck(sspk, rho, ours), self._rules.battery_correlation, battery)

    def _fails(self, raid: int, threat_class: int) -> bool:
        """Tell whether nothing works against a raid, or against its bodies of a class."""
        place = raid, threat_class
        if place not in self._nothing_works:
            share = self._rules.raid_failure
            if isinstance(share, str):
                share = float(self._classes.uncovered_share[threat_class])
                luck = self._luck(raid, "class", self._classes.names[threat_class])[1]
            else:
                luck = self._luck(raid, "raid", "")[0]
            self._nothing_works[place] = luck < share
        return self._nothing_works[place]

    def _missed_out(self, threat_class: int, key: int) -> bool:
        """Tell whether a body meets no engagement that works though its raid is covered."""
        share = float(self._classes.unengaged_share[threat_class])
        if not isinstance(self._rules.raid_failure, str) or share == 0.0:
            return False
        return bool(self._engaged.draw(key)[0] < share)

    def _luck(self, raid: int, of: str, name: str) -> list[float]:
        """Return the uniforms that belong to a class or a unit in a raid, drawn once."""
        place = raid, of, name
        if place not in self._lucks:
            stream = self._streams("referee", "raid", self._raids[raid], of, name)
            self._lucks[place] = stream.draw().tolist()
        return self._lucks[place]
