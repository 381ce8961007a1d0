"""What we believe of the air and of falling bodies beyond the law: sizes of the errors."""

import msgspec
import numpy as np

from tdome.messages.base import Floats


class Unrest(msgspec.Struct, frozen=True, kw_only=True):
    """Sizes of what :func:`tdome.earth.falling.unrest1` takes for noise.

    free: m^2/s^3. air_sigma: share of the density, over air_length m of height. shape_sigma: of
    ln drag for each e-fold of speed. wind_sigma: m/s, over wind_length m. trim_share of drag, over
    trim_time s. Orders of magnitude: density varies by some 3 % near the ground, 10 % at 50 km and
    more above (US76, section 3.2); wind by 10 m/s, more in the jet stream (Holton, "An
    Introduction to Dynamic Meteorology"); the rest is own choice, set on tuning seeds
    (docs/concepts/tracking/impact.md).
    """

    free: float = 1e-5
    air_sigma: float = 0.05
    air_length: float = 10_000.0
    shape_sigma: float = 0.35
    wind_sigma: float = 12.0
    wind_length: float = 4_000.0
    trim_share: float = 0.003
    trim_time: float = 1.0

    def columns(self) -> Floats:
        """Return them in the order that the kernels read, shape (8,)."""
        return np.array([getattr(self, name) for name in self.__struct_fields__])
