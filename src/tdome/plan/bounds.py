"""Physical bounds of catalogue quantities: what no override may leave.

Outside of these a number is a slip of the pen (a sign, a unit, a power of ten) or breaks a law
that is used with it: a radar without a period, a speed of zero, a false-alarm probability beyond
the range of its detection law. They say nothing about which values are likely; ``low`` and ``high``
of the catalogue do.
"""

from collections.abc import Mapping

from tdome.plan.classes import effectors, sensors, threats
from tdome.plan.classes.quantity import Bounds

BOUNDS: Mapping[str, Bounds] = {
    "threats": threats.BOUNDS,
    "sensors": sensors.BOUNDS,
    "effectors": effectors.BOUNDS,
}
"""Kind -> bounds of its keys."""

WHOLE = frozenset(
    {
        "channels",
        "rounds",
        "illuminators",
        "uplinks",
        "shots_before_cooling",
        "needs_own_sensor",
        "track_channels",
        "clutter_spots",
        "spent_stage",
        "fragments",
    }
)
"""Keys that count things."""

CHOICES: Mapping[str, tuple[float, ...]] = threats.CHOICES
"""Keys that take only these numbers."""

PAIRS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "threats": threats.PAIRS,
    "sensors": sensors.PAIRS,
    "effectors": effectors.PAIRS,
}
"""Kind -> pairs of keys of which the first must be smaller."""


def fault_of_value(kind: str, key: str, value: float) -> str:
    """Return what is wrong with one number; empty if nothing is."""
    least, greatest = BOUNDS[kind][key]
    if not least <= value <= greatest:
        return f"expected a number from {least:g} to {greatest:g}, got {value:g}"
    if key in WHOLE and value != int(value):
        return f"expected a whole number, got {value:g}"
    if value not in CHOICES.get(key, (value,)):
        return f"expected {' or '.join(f'{one:g}' for one in CHOICES[key])}, got {value:g}"
    return ""


def fault_of_pairs(kind: str, values: Mapping[str, float], changed: str) -> str:
    """Return what is wrong between a changed number of a class and its partner; or nothing."""
    for lower, upper in PAIRS[kind]:
        if changed in {lower, upper} & values.keys() and not values[lower] < values[upper]:
            return (
                f"{lower} ({values[lower]:g}) must be smaller than {upper} ({values[upper]:g}) "
                "of the same class"
            )
    return ""
