"""Cheap engines for tests of studies: workers find them by ``tests.study_engines:Name``."""

import os
import signal
import time
import tomllib
from collections.abc import Sequence
from functools import cache

import numpy as np

from tdome.kernel.random import Streams
from tdome.messages.base import Floats
from tdome.run.library import Inputs


@cache
def rounds_of(plan_text: str) -> int:
    """Return the rounds of the plan's first fire unit, 10 if it says nothing."""
    return tomllib.loads(plan_text)["fire_units"][0].get("rounds", 10)


class Noise:
    """Skewed noise around the rounds of the first unit: mean ``rounds + 1``, variance 1."""

    name = "noise"
    wait_s = 0.0

    def rows(
        self, inputs: Inputs, replicates: Sequence[int], seeds: Sequence[int]
    ) -> dict[str, Floats]:
        rounds = rounds_of(inputs.plan_text)
        uniform = np.array([Streams(seed)("noise").draw(0)[:2] for seed in seeds])
        time.sleep(self.wait_s * len(seeds))
        return {
            "loss": rounds - np.log(uniform[:, 0]),
            "normal": np.sqrt(-2.0 * np.log(uniform[:, 0])) * np.cos(2 * np.pi * uniform[:, 1]),
            "sometimes": np.where(uniform[:, 1] < 0.5, uniform[:, 1], np.nan),
            **({"many": np.ones(len(seeds))} if rounds > 10 else {}),
        }


class Slow(Noise):
    """The same rows, a hundredth of a second each."""

    name = "slow"
    wait_s = 0.01


class Broken(Noise):
    """Fails at one seed in ten."""

    def rows(
        self, inputs: Inputs, replicates: Sequence[int], seeds: Sequence[int]
    ) -> dict[str, Floats]:
        if any(replicate == 7 for replicate in replicates):
            raise ZeroDivisionError("seven")
        return super().rows(inputs, replicates, seeds)


class Deadly(Noise):
    """Kills the process that it is in."""

    def rows(
        self, inputs: Inputs, replicates: Sequence[int], seeds: Sequence[int]
    ) -> dict[str, Floats]:
        os.kill(os.getpid(), signal.SIGKILL)
        return {}


class Ishigami:
    """The Ishigami function of rain, delay and jitter (0..10 for -pi..pi), and a seed's luck."""

    name = "ishigami"

    def rows(
        self, inputs: Inputs, replicates: Sequence[int], seeds: Sequence[int]
    ) -> dict[str, Floats]:
        scenario = tomllib.loads(inputs.scenario_text)
        told = (scenario["weather"]["rain_mm_h"], *scenario["links"].values())
        x = np.array(told) * 0.2 * np.pi - np.pi
        y = np.sin(x[0]) + 7.0 * np.sin(x[1]) ** 2 + 0.1 * x[2] ** 4 * np.sin(x[0])
        return {"y": np.array([y + 5.0 * Streams(seed)("luck").draw(0)[0] for seed in seeds])}


class Luck:
    """Luck of the seed that all share, and of each rain but none its own: mean 10 + exponential."""

    name = "luck"

    def rows(
        self, inputs: Inputs, replicates: Sequence[int], seeds: Sequence[int]
    ) -> dict[str, Floats]:
        rain = tomllib.loads(inputs.scenario_text)["weather"]["rain_mm_h"]
        shared = np.array([Streams(seed)("shared").draw(0)[0] for seed in seeds])
        own = np.array([Streams(seed)("own", f"{rain:.6g}").draw(0)[0] for seed in seeds])
        return {"loss": 10.0 + 50.0 * shared - (np.log(own) if rain else 0.0)}
