"""Lock 4 on truth: relabelling the truth objects changes nothing.

Each half of it is seen to fail.
"""

import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tdome.run.api import simulate
from tdome.run.library import find_inputs
from tdome.world import world
from tdome.world.bodies.table import Bodies
from tdome.world.sensors import radars


@pytest.fixture
def inputs(compose: Any) -> Any:
    """Six missiles in a close stream at one city, one radar, one battery."""
    first = find_inputs("first-steps")
    scenario, plan = tomllib.loads(first.scenario_text), tomllib.loads(first.plan_text)
    salvo = scenario["raids"][0]["salvos"][0]
    salvo |= {"count": 6, "launch_spread_km": 20.0, "interval_s": 0.5}
    return compose(scenario, plan)


def hashes(inputs: Any, folder: Path) -> tuple[str, str]:
    """Return the journal hashes of a run and of the same run with truth relabelled."""
    plain = simulate(inputs, folder / "plain", seed=3)
    relabelled = simulate(inputs, folder / "relabelled", seed=3, relabel=7)
    assert plain.outcome.totals["launched"] == 6
    return plain.journal_hash, relabelled.journal_hash


def test_relabelling_changes_nothing(inputs: Any, tmp_path: Path) -> None:
    plain, relabelled = hashes(inputs, tmp_path)
    assert plain == relabelled


def test_noise_keyed_by_row_is_seen(
    inputs: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = world.compile_bodies

    def by_row(*arguments: Any) -> Bodies:
        bodies = honest(*arguments)
        bodies.key[:] = np.arange(len(bodies.key))
        return bodies

    monkeypatch.setattr(world, "compile_bodies", by_row)
    plain, relabelled = hashes(inputs, tmp_path)
    assert plain != relabelled


class Unsorted:
    """NumPy without its sense of order, for the radars alone."""

    def __getattr__(self, name: str) -> Any:
        return getattr(np, name)

    @staticmethod
    def lexsort(keys: Any) -> Any:
        return np.arange(len(keys[0]))

    @staticmethod
    def argsort(keys: Any) -> Any:
        return np.arange(len(keys))


def test_plots_in_the_order_of_truth_are_seen(
    inputs: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(radars, "np", Unsorted())
    plain, relabelled = hashes(inputs, tmp_path)
    assert plain != relabelled
