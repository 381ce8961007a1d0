"""The scene of the benchmark, for the tests."""

import importlib.util
from pathlib import Path

import pytest

PLACE = Path(__file__).parents[5] / "benchmarks" / "tracking" / "registration_scene.py"


@pytest.fixture(scope="session")
def scenes():
    spec = importlib.util.spec_from_file_location("registration_scene", PLACE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
