"""Options of the test run, and scenarios made on the spot."""

from collections.abc import Callable
from typing import Any

import pytest
import tomli_w
from hypothesis import HealthCheck, settings

from tdome.run.library import Inputs

# No test is timed: machines are shared, and a kernel may compile in the first example.
settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")

Tables = dict[str, Any]
Compose = Callable[[Tables, Tables], Inputs]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden",
        action="store_true",
        help="write tests/golden/golden.json anew; list the reason in CHANGELOG.md",
    )


@pytest.fixture(scope="session")
def compose() -> Compose:
    """Return a function that makes run inputs of a scenario and a plan given as tables."""

    def of(scenario: Tables, plan: Tables) -> Inputs:
        return Inputs(
            name=scenario["name"],
            scenario_text=tomli_w.dumps(scenario),
            scenario_source="scenario.toml",
            plan_text=tomli_w.dumps(plan),
            plan_source="plan.toml",
        )

    return of
