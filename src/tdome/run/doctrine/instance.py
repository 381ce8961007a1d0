"""One instance of the sequential engagement problem, in columns."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.stats import nbinom, poisson

from tdome.kernel.errors import ConfigError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

TAIL = 1e-6  # probability that is cut off a wave's size and put on the largest size kept
MOST = 400  # threats in a wave


@dataclass(frozen=True, eq=False)
class Instance:
    """An instance: what comes, what there is to shoot with, how well it is seen.

    Parameters
    ----------
    waves, mean, shape : number of waves; expected threats in each; shape of the gamma law of a
        wave's mean (variance of the size = mean + mean^2 / shape; inf: Poisson).
    mix, values : share and value of each class, shape (C,).
    layer : layer of each look, shape (K,).
    pk : hit probability of one shot, shape (K, C).
    salvo : most shots at one threat in one look.
    channels, rounds, reload : by layer, shape (L,): most shots in one look; rounds in the full
        magazine, and at the start; rounds that arrive after each wave, never above a full one.
    false_kill, false_live : probability that a live threat that was shot at is seen as killed, and
        a killed one as live.
    """

    name: str
    family: str
    part: str
    waves: int
    mean: float
    shape: float
    mix: Floats
    values: Floats
    layer: Ints
    pk: Floats
    salvo: int
    channels: Ints
    rounds: Ints
    reload: Ints
    false_kill: float = 0.0
    false_live: float = 0.0

    def __post_init__(self) -> None:
        """Refuse what is no instance; raises ConfigError."""
        k, c, layers = len(self.layer), len(self.values), len(self.rounds)
        sound = (
            self.pk.shape == (k, c)
            and self.mix.shape == (c,)
            and np.isclose(self.mix.sum(), 1.0)
            and self.channels.shape == self.reload.shape == (layers,)
            and 0 <= self.layer.min() <= self.layer.max() < layers
            and ((self.pk >= 0.0) & (self.pk <= 1.0)).all()
            and self.waves >= 1
            and self.mean > 0.0
            and 1 <= self.salvo <= 3  # noqa: PLR2004  (what the exact policy's table can hold)
            and (self.rounds >= 0).all()
        )
        if not sound:
            raise ConfigError(self.name, None, "", "shapes or figures do not fit")

    @property
    def perfect(self) -> bool:
        """Whether kill assessment never errs."""
        return self.false_kill == 0.0 and self.false_live == 0.0

    @property
    def small(self) -> bool:
        """Whether exact dynamic programming is at hand: one class, no errors, few states."""
        states = np.prod(self.rounds + 1) * self.size.size * len(self.layer) * self.waves
        few = len(self.rounds) <= 2 and states <= 200_000  # noqa: PLR2004
        return bool(len(self.values) == 1 and self.perfect and few and self.size.size <= 42)  # noqa: PLR2004

    @cached_property
    def size(self) -> Floats:
        """Probability of 0, 1, ... threats in a wave."""
        law = (
            poisson(self.mean)
            if np.isinf(self.shape)
            else nbinom(self.shape, self.shape / (self.shape + self.mean))
        )
        most = min(int(law.isf(TAIL)), MOST)
        p = law.pmf(np.arange(most + 1))
        p[-1] += max(1.0 - p.sum(), 0.0)
        return np.asarray(p / p.sum())

    @property
    def raid_value(self) -> float:
        """Expected value of all that comes: the leak of doing nothing."""
        expected = float(self.size @ np.arange(self.size.size))
        return self.waves * expected * float(self.mix @ self.values)

    def forecast(self, factor: float) -> "Instance":
        """Return what a command believes whose forecast of a wave's mean is wrong by a factor."""
        return replace(self, name=f"{self.name}*{factor:g}", mean=self.mean * factor)
