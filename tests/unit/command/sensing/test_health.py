"""Health of sensors: what they say, and their silence."""

import pytest

from tdome.command.sensing.health import SILENT_PERIODS, SLACK_S, unheard
from tdome.messages.base import Header
from tdome.messages.sensing import SensorStatus
from tdome.run.library import find_inputs

BOOK = find_inputs("first-steps").plan().sensors
NAME = BOOK.names[0]
LIMIT = round((SILENT_PERIODS * float(BOOK.period[0]) + float(BOOK.latency[0]) + SLACK_S) * 1e9)
T0 = 10**18


def says(at: int, *, operating: bool, name: str = NAME) -> SensorStatus:
    return SensorStatus(header=Header(name, 1, at, at), sensor=name, operating=operating)


def test_silence_is_noticed_and_forgiven() -> None:
    health = unheard(BOOK, T0)
    assert health.operating(BOOK, T0 + LIMIT) == {NAME: True}
    assert health.operating(BOOK, T0 + LIMIT + 1) == {NAME: False}
    again = health.told([says(T0 + LIMIT, operating=True)], BOOK)
    assert again.operating(BOOK, T0 + 2 * LIMIT) == {NAME: True}
    assert again.operating(BOOK, T0 + 2 * LIMIT + 1) == {NAME: False}


@pytest.mark.parametrize("operating", [True, False])
def test_a_sensor_is_believed(operating: bool) -> None:
    health = unheard(BOOK, T0).told([says(T0, operating=not operating)], BOOK)
    health = health.told([says(T0 + 1, operating=operating)], BOOK)
    assert health.operating(BOOK, T0 + 2) == {NAME: operating}


def test_strangers_are_not_sensors() -> None:
    health = unheard(BOOK, T0).told([says(T0, operating=False, name="unit")], BOOK)
    assert set(health.heard) == {NAME}
