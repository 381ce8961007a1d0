"""One number of the catalogue, with its range and where it comes from."""

from collections.abc import Mapping
from typing import Annotated, Literal, TypeAlias

import msgspec

Status = Literal["notional", "published"]
Bounds: TypeAlias = Mapping[str, tuple[float, float]]
"""Key -> (least, greatest), both allowed, in the unit of the key."""

COST = 0.0, 1e12
SHARE = 0.0, 1.0


class Quantity(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One catalogue number: its unit is in the key's name.

    Low and high are the range a study may vary.
    """

    nominal: float
    low: float
    high: float
    source: Annotated[str, msgspec.Meta(min_length=3)]
    status: Status

    def __post_init__(self) -> None:
        """Refuse a nominal value outside its own range."""
        if not self.low <= self.nominal <= self.high:
            raise ValueError(
                f"low <= nominal <= high expected, got {self.low}, {self.nominal}, {self.high}"
            )


OFF = Quantity(0.0, 0.0, 0.0, "own choice: switched off", "notional")
"""What a class without the key has: the effect is not there."""
