"""From the name in ``doctrine.firing`` to a doctrine: ours, or anybody's ``tdome.doctrine``."""

from collections.abc import Callable
from importlib.metadata import entry_points

from tdome.command.assignment.doctrine.base import Doctrine
from tdome.command.assignment.doctrine.by_price import Lookahead, ReservePrices
from tdome.command.assignment.doctrine.by_rule import (
    LayeredThrift,
    ReserveThreshold,
    Salvo,
    ShootLookShoot,
    ShootShootLook,
    Single,
)
from tdome.command.assignment.doctrine.rollout import Rollout
from tdome.kernel.errors import ConfigError
from tdome.plan.plan import Plan

GROUP = "tdome.doctrine"
OURS: dict[str, Callable[[Plan], Doctrine]] = {
    "single": Single,
    "salvo": Salvo,
    "shoot-look-shoot": ShootLookShoot,
    "shoot-shoot-look": ShootShootLook,
    "layered-thrift": LayeredThrift,
    "reserve-threshold": ReserveThreshold,
    "reserve-prices": ReservePrices,
    "lookahead": Lookahead,
    "rollout": Rollout,
}


def doctrine_of(plan: Plan) -> Doctrine:
    """Build the doctrine that the plan names; ours can not be displaced by a plug-in.

    Raises ConfigError with the nearest valid name.
    """
    wanted = plan.doctrine.firing
    if wanted in OURS:
        return OURS[wanted](plan)
    found = entry_points(group=GROUP)
    for entry in found:
        if entry.name == wanted:
            made: Doctrine = entry.load()(plan)
            return made
    valid = [*OURS, *(entry.name for entry in found)]
    raise ConfigError.unknown(file=plan.source, key="doctrine.firing", name=wanted, valid=valid)
