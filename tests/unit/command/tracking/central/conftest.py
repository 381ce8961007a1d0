"""Scenes of the registration's benchmark, and recordings whose scans come late."""

import importlib.util
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

PLACE = Path(__file__).parents[5] / "benchmarks" / "tracking" / "registration_scene.py"
NS = 1_000_000_000


def delayed(recording, share, most, seed):
    """Return the recording in the order of arrival, and the rows that its scans had."""
    rng = np.random.default_rng(seed)
    delay = np.where(
        rng.uniform(size=len(recording)) < share, rng.uniform(0.5, most, len(recording)), 0.05
    )
    came = recording.at + (delay * rng.uniform(0.2, 1.0, len(delay)) * NS).astype(np.int64)
    order = np.lexsort((recording.sensor, recording.at, came))
    return recording.taken(order)[0], order


def equal(one, other):
    """Tell whether two histories are the same, bit for bit."""
    return all(
        np.array_equal(getattr(one, name), getattr(other, name), equal_nan=True)
        for name in one.__struct_fields__
    )


@pytest.fixture(scope="session")
def sky():
    spec = importlib.util.spec_from_file_location("registration_scene", PLACE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return SimpleNamespace(
        ring=module.ring,
        scene=module.scene,
        polar=module.polar,
        telling=module.telling,
        delayed=delayed,
        equal=equal,
        on_earth=module.on_earth,
    )
