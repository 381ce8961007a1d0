"""Which keys of a salvo its class can mean: a key that would not act is refused, with the reason.

So are bounds of a flock that stand the wrong way round. All raise ConfigError.
"""

from collections.abc import Iterator, Sequence

from tdome.kernel.errors import ConfigError
from tdome.plan.classes.threats import ThreatClass
from tdome.world.schema.raids import Salvo
from tdome.world.schema.traffic import Birds

_UNPOWERED = ("ballistic", "glide")


def check_salvo(salvo: Salvo, entry: ThreatClass, place: str, source: str) -> None:
    """Refuse keys of a salvo that its class can not fly; ``place`` is the salvo's own key."""
    for key, problem, hint in _faults(salvo, entry):
        path = f"{place}.{key}"
        raise ConfigError(source, None, path, f"key {path!r}: {problem}", hint)


def _faults(salvo: Salvo, entry: ThreatClass) -> Iterator[tuple[str, str, str]]:
    """Yield key, problem and hint of whatever does not fit."""
    powered = entry.family not in _UNPOWERED and entry.glide_ratio is None
    if salvo.loiter_s > 0.0 and not powered:
        yield "loiter_s", f"class {salvo.type} has no engine to loiter with", "leave it out"
    if salvo.loiter_s > 0.0 and not salvo.waypoints:
        hint = "add waypoints, the last of them where to circle"
        yield "loiter_s", "loitering takes place at the last waypoint, and there is none", hint
    if salvo.formation is not None and not powered:
        yield "formation", f"class {salvo.type} does not fly in formation", "leave it out"
    if salvo.egress and entry.family != "aircraft":
        yield "egress", f"class {salvo.type} does not come back", "only aircraft leave again"
    if salvo.profile is not None and entry.low_altitude_m is None:
        yield "profile", f"class {salvo.type} has one profile only", "leave it out"
    if salvo.altitude_m is not None:
        yield from _altitude_fault(salvo, salvo.altitude_m, entry)


def _altitude_fault(
    salvo: Salvo, altitude: float, entry: ThreatClass
) -> Iterator[tuple[str, str, str]]:
    band = entry.low_altitude_m if salvo.profile == "low" else entry.altitude_m
    if entry.family in _UNPOWERED or band is None:
        yield "altitude_m", f"class {salvo.type} has no height to choose", "leave it out"
    elif not band.low <= altitude <= band.high:
        expected = f"expected {band.low:g} to {band.high:g} m (class {salvo.type})"
        yield "altitude_m", f"{expected}, got {altitude:g}", ""


def check_birds(flocks: Sequence[Birds], source: str) -> None:
    """Refuse bounds of which the first is above the second."""
    for b, birds in enumerate(flocks):
        for key in ("speed_m_s", "altitude_m", "rcs_m2"):
            low, high = getattr(birds, key)
            if low > high:
                path = f"birds[{b}].{key}"
                problem = f"key {path!r}: the first number ({low:g}) is above the second ({high:g})"
                raise ConfigError(source, None, path, problem, f"write [{high:g}, {low:g}]")
