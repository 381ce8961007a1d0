"""What any sensor manager must hold to; run it on pictures of your own."""

from collections.abc import Sequence
from typing import TypeVar

import msgspec
import numpy as np

from tdome.command.sensing.base import Senses, SensorManager
from tdome.command.sensing.coverage import seen_distances
from tdome.messages.fire import Engagements
from tdome.messages.sensing import SensorTasks
from tdome.messages.threats import Threats
from tdome.messages.tracks import SystemTracks
from tdome.messages.wire import encode
from tdome.plan.plan import Plan

M = TypeVar("M", SystemTracks, Threats)

_STRONG = 1e6  # m^2: coverage by geometry alone, whatever RCS a manager believes
_ROUNDING = 1e-9


def check_sensor_manager(
    manager: SensorManager,
    plan: Plan,
    pictures: Sequence[tuple[SystemTracks, Threats, Engagements]],
) -> None:
    """Raise AssertionError where a manager breaks a promise.

    Parameters
    ----------
    manager
        Built for ``plan``.
    plan
        The plan.
    pictures
        Pictures one decision step apart, each tasked at the ``valid_at`` of its tracks.
    """
    asked = np.zeros(len(plan.sensors.names))
    for step, (tracks, threats, engagements) in enumerate(pictures, start=1):
        now = tracks.header.valid_at
        tasks = manager.task(tracks, threats, engagements, now)
        again = manager.task(tracks, threats, engagements, now)
        _require(encode(tasks) == encode(again), "not pure")
        _check_rows(tasks, tracks, plan, now)
        _check_silent(manager, plan, (tracks, threats, engagements), tasks)
        count = np.bincount(tasks.sensor, minlength=len(asked))
        per_step = plan.sensors.task_rate * plan.clock.decide_s
        _require(np.all(count <= np.ceil(per_step - _ROUNDING)), "more looks than a step allows")
        asked += count
        _require(np.all(asked <= per_step * step + 1.0), "more looks than the task rate")
        turned = manager.task(_turned(tracks), _turned(threats), engagements, now)
        _require(_pairs(turned) == _pairs(tasks), "depends on the order of rows")


def _require(holds: object, broken: str) -> None:
    if not holds:
        raise AssertionError(f"sensor manager: {broken}")


def _check_rows(tasks: SensorTasks, tracks: SystemTracks, plan: Plan, now: int) -> None:
    _require(np.all(tasks.look_at > now), "a look in the past")
    of_track = np.isin(tasks.track_number, tracks.track_number) | (tasks.track_number == -1)
    _require(of_track.all(), "a look for no track")
    _require(np.all(np.isfinite(tasks.ecef)), "a look nowhere")
    sensors = np.arange(len(plan.sensors.names))
    rcs = np.full(len(tasks), _STRONG)
    for at in np.unique(tasks.look_at).tolist():
        then = np.flatnonzero(tasks.look_at == at)
        away = seen_distances(tasks.ecef[then], rcs[then], sensors, plan.sensors.at(at))
        seen = np.isfinite(away[np.arange(len(then)), tasks.sensor[then]])
        _require(seen.all(), "a look outside the sensor's coverage")


def _check_silent(
    manager: SensorManager,
    plan: Plan,
    picture: tuple[SystemTracks, Threats, Engagements],
    tasks: SensorTasks,
) -> None:
    """Silence one sensor that was asked: it must not be asked any more."""
    for sensor in tasks.sensor[:1].tolist():
        silent = Senses(operating={plan.sensors.names[sensor]: False})
        again = manager.task(*picture, picture[0].header.valid_at, silent)
        _require(sensor not in again.sensor, "a look of a sensor that does not operate")


def _turned(message: M) -> M:
    columns = {
        name: getattr(message, name)[::-1].copy()
        for name in message.__struct_fields__
        if name != "header"
    }
    return msgspec.structs.replace(message, **columns)


def _pairs(tasks: SensorTasks) -> list[tuple[int, int]]:
    return sorted(zip(tasks.track_number.tolist(), tasks.sensor.tolist(), strict=True))
