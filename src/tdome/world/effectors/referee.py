"""The referee: what a round that arrives does. Kill probability is a parameter, not a physics.

Within ``basket`` of the PIP the nearest flying body is the target, whoever it belongs to; it is
hit with the TRUE single- shot kill probability of unit type and family. Rounds at one raid
share a common mode: for the raid's quantile u (one draw per raid) the probability is Beta(a,
b).ppf(u) with a = k (1 / rho - 1), b = (1 - k) (1 / rho - 1), so that over many raids hits are
beta-binomial with mean k and intra-raid correlation rho (reference/domain.md, 3.2-3.4). With
probability ``raid_failure`` nothing works against a raid at all (Wilkening's common-mode
detection, 5.1). Each draw is keyed by the object and the number of the shot at it: the n-th
shot at a threat has the same luck under any doctrine. Limit: no partial damage, no fratricide
of rounds, no dependence on geometry within the basket.
"""

from scipy.special import betaincinv

from tdome.kernel.random import Streams
from tdome.world.schema import conditions

_NO_CORRELATION = 1e-6  # below, the beta distribution is narrower than 0.001


class Referee:
    """Decides hits. ``raids`` are the names of the scenario's raids, in the order of their rows."""

    def __init__(self, rules: conditions.Referee, raids: list[str], streams: Streams) -> None:
        self._rules = rules
        self._shots = streams("referee", "shots")
        common = [streams("referee", "raid", name).draw() for name in raids]
        self._quantile = [float(u[0]) for u in common]
        self._fails = [bool(u[1] < rules.raid_failure) for u in common]
        self._taken: dict[int, int] = {}

    def kill_probability(self, sspk: float, raid: int) -> float:
        """Return the probability of a hit on a body of a raid (row, -1 none) for a nominal SSPK."""
        if raid < 0:
            return sspk
        if self._fails[raid]:
            return 0.0
        rho = self._rules.correlation
        if rho < _NO_CORRELATION or not 0.0 < sspk < 1.0:
            return sspk
        shape = 1.0 / rho - 1.0
        return float(betaincinv(sspk * shape, (1.0 - sspk) * shape, self._quantile[raid]))

    def hits(self, key: int, probability: float) -> bool:
        """Decide the next shot at the object of a key."""
        number = self._taken.get(key, 0)
        self._taken[key] = number + 1
        return bool(self._shots.draw(key, number)[0] < probability)
