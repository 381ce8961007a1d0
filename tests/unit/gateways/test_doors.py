"""Doors: what is wrong does not come in, is counted, and says why."""

from pathlib import Path

import msgspec
import numpy as np
import pytest

from tdome.gateways.admission import fault_of
from tdome.gateways.replay import TapeDoor
from tdome.gateways.simulated import SimulatedDoor
from tdome.kernel.journal import JournalWriter
from tdome.messages.base import Header, Message
from tdome.messages.fire import EngagementReports, OperatorDecisions, Refusals, UnitStatus
from tdome.messages.sensing import Bearings, Cooperative, Cues, Plots, SensorStatus
from tdome.messages.wire import decode, encode
from tdome.plan.plan import Plan, read_plan
from tdome.run.library import find_inputs


@pytest.fixture(scope="module")
def plan() -> Plan:
    inputs = find_inputs("first-steps")
    site = '[[sensors]]\nname = "{0}"\ntype = "{1}"\nlat_deg = 25\nlon_deg = 121\n'
    kinds = {"flat": "surveillance-2d", "ears": "acoustic-node", "space": "space"}
    kinds["station"] = "cooperative"
    more = "".join(site.format(name, kind) for name, kind in kinds.items())
    return read_plan(inputs.plan_text + more, "plan.toml")


def header(received: int = 20) -> Header:
    return Header("radar", 1, 10, received)


def plots(**changes: object) -> Plots:
    columns: dict[str, object] = {
        "range_m": np.array([5e4]),
        "azimuth_rad": np.array([1.0]),
        "elevation_rad": np.array([0.1]),
        "range_rate_m_s": np.array([np.nan]),
        "doppler_spread_m_s": np.array([np.nan], np.float32),
        "snr_db": np.array([15.0], np.float32),
        "address": np.array([-1], np.int32),
        "friend": np.zeros(1, np.int8),
    }
    fixed = {"header": header(), "sensor": "radar", "volume": True}
    return Plots(**(fixed | columns | changes))  # type: ignore[arg-type]


def reports(**changes: object) -> EngagementReports:
    columns: dict[str, object] = {
        "engagement": np.ones(1, np.int32),
        "unit": np.zeros(1, np.int32),
        "state": np.array([3], np.int8),
        "rounds": np.ones(1, np.int32),
        "rounds_left": np.ones(1, np.int32),
        "reason": np.zeros(1, np.int8),
    }
    return EngagementReports(header=header(), **(columns | changes))  # type: ignore[arg-type]


def bearings(**changes: object) -> Bearings:
    columns: dict[str, object] = {
        "azimuth_rad": np.array([1.0, 2.0]),
        "elevation_rad": np.array([0.1, np.nan]),
        "snr_db": np.array([15.0, 16.0], np.float32),
        "emission": np.array([0, 3], np.int8),
    }
    fixed = {"header": header(), "sensor": "ears", "volume": True}
    return Bearings(**(fixed | columns | changes))  # type: ignore[arg-type]


def cues(**changes: object) -> Cues:
    columns: dict[str, object] = {
        "ecef": np.array([[6.4e6, 0.0, 0.0]]),
        "sigma_m": np.array([5e3]),
        "launched_at": np.array([9], np.int64),
    }
    return Cues(**({"header": header(), "sensor": "space"} | columns | changes))  # type: ignore[arg-type]


def cooperative(**changes: object) -> Cooperative:
    columns: dict[str, object] = {
        "address": np.array([7], np.int32),
        "ecef": np.array([[6.4e6, 0.0, 0.0]]),
        "velocity": np.array([[0.0, 200.0, 0.0]]),
        "friend": np.zeros(1, np.int8),
        "sigma_m": np.array([30.0]),
    }
    fixed = {"header": header(), "sensor": "station"}
    return Cooperative(**(fixed | columns | changes))  # type: ignore[arg-type]


def unit_status(**changes: object) -> UnitStatus:
    columns: dict[str, object] = {
        "unit": np.zeros(1, np.int32),
        "operating": np.ones(1, np.int8),
        "rounds_left": np.ones(1, np.int32),
        "channels": np.ones(1, np.int32),
        "site": np.zeros(1, np.int32),
    }
    return UnitStatus(header=header(), **(columns | changes))  # type: ignore[arg-type]


def decisions(answer: int) -> OperatorDecisions:
    one = np.ones(1, np.int32)
    return OperatorDecisions(
        header=header(), operator="x", engagement=one, answer=np.array([answer], np.int8)
    )


REFUSED: list[tuple[Message, str]] = [
    (plots(header=header(received=5)), "received before"),
    (plots(sensor="stranger"), "not in the plan"),
    (plots(range_m=np.array([np.nan])), "not finite"),
    (plots(snr_db=np.array([np.inf], np.float32)), "not finite"),
    (plots(range_m=np.array([-1.0])), "range"),
    (plots(range_m=np.array([1e9])), "range"),
    (plots(azimuth_rad=np.array([7.0])), "azimuth"),
    (plots(elevation_rad=np.array([2.0])), "elevation"),
    (plots(address=np.array([1 << 24], np.int32)), "address"),
    (plots(range_rate_m_s=np.array([np.inf])), "range rate"),
    (plots(doppler_spread_m_s=np.array([-1.0], np.float32)), "Doppler spread"),
    (plots(doppler_spread_m_s=np.array([0.0], np.float32)), "Doppler spread"),
    (plots(doppler_spread_m_s=np.array([np.inf], np.float32)), "Doppler spread"),
    (plots(friend=np.array([2], np.int8)), "own-force"),
    (plots(elevation_rad=np.array([np.nan])), "not finite"),
    (plots(sensor="ears"), "'acoustic' sends no Plots"),
    (cues(sensor="radar"), "'radar' sends no Cues"),
    (bearings(sensor="radar"), "jammers alone"),
    (bearings(sensor="stranger"), "not in the plan"),
    (bearings(azimuth_rad=np.array([np.nan, 0.0])), "not finite"),
    (bearings(azimuth_rad=np.array([0.0, 7.0])), "azimuth"),
    (bearings(elevation_rad=np.array([0.0, -2.0])), "elevation"),
    (bearings(emission=np.array([0, 9], np.int8)), "emission"),
    (cues(sensor="stranger"), "not in the plan"),
    (cues(ecef=np.array([[np.nan, 0.0, 0.0]])), "place"),
    (cues(ecef=np.array([[6.4e6, 0.0]])), "place"),
    (cues(ecef=np.array([[1.0, 0.0, 0.0]])), "out of bounds"),
    (cues(sigma_m=np.array([0.0])), "error of a place"),
    (cues(launched_at=np.array([11], np.int64)), "after it was seen"),
    (cooperative(sensor="stranger"), "not in the plan"),
    (cooperative(address=np.array([-1], np.int32)), "address"),
    (cooperative(velocity=np.array([[np.nan, 0.0, 0.0]])), "velocity"),
    (cooperative(velocity=np.array([[3e4, 0.0, 0.0]])), "velocity"),
    (cooperative(ecef=np.array([[0.0, 0.0, 1e9]])), "place"),
    (SensorStatus(header=header(), sensor="stranger", operating=True), "not in the plan"),
    (reports(unit=np.array([99], np.int32)), "fire unit"),
    (reports(rounds_left=np.array([-1], np.int32)), "negative"),
    (reports(state=np.array([77], np.int8)), "state"),
    (unit_status(unit=np.array([99], np.int32)), "fire unit"),
    (unit_status(unit=np.array([-1], np.int32)), "fire unit"),
    (unit_status(operating=np.array([2], np.int8)), "operates"),
    (unit_status(rounds_left=np.array([-1], np.int32)), "negative"),
    (unit_status(channels=np.array([-1], np.int32)), "negative"),
    (unit_status(site=np.array([1], np.int32)), "site"),
    (decisions(9), "answer"),
]
ADMITTED: list[Message] = [
    plots(),
    plots(range_rate_m_s=np.array([-250.0])),
    plots(sensor="flat", elevation_rad=np.array([np.nan])),
    bearings(),
    bearings(sensor="radar", emission=np.array([3, 3], np.int8)),
    cues(),
    cooperative(),
    SensorStatus(header=header(), sensor="radar", operating=False),
    reports(),
    unit_status(),
    unit_status(operating=np.zeros(1, np.int8)),
    decisions(1),
]


@pytest.mark.parametrize(("message", "why"), REFUSED)
def test_faults_are_told(message: Message, why: str, plan: Plan) -> None:
    assert why in (fault_of(message, plan) or "")


@pytest.mark.parametrize("message", ADMITTED)
def test_good_messages_come_in(message: Message, plan: Plan) -> None:
    assert fault_of(message, plan) is None


def test_what_command_says_can_not_come_in(plan: Plan) -> None:
    none = np.zeros(0, np.int32)
    told = Refusals(
        header=header(), track_number=none, unit=none, engagement=none, reason=none.astype(np.int8)
    )
    assert "not an inbound" in (fault_of(told, plan) or "")


@pytest.mark.parametrize("message", ADMITTED)
def test_good_messages_survive_the_wire(message: Message) -> None:
    again = decode(type(message).__name__, encode(message))
    assert type(again) is type(message)
    assert encode(again) == encode(message)


@pytest.mark.parametrize("wire", [False, True])
def test_the_simulated_door_stamps_and_counts(plan: Plan, wire: bool) -> None:
    door = SimulatedDoor(plan, wire=wire)
    admitted = door.admit(plots(header=header(received=0)), 30)
    assert admitted is not None
    assert admitted.header == header(received=30)
    assert door.admit(plots(sensor="stranger"), 30) is None
    assert door.admit(plots(sensor="stranger"), 31) is None
    assert len(door.quarantine) == 2
    assert door.quarantine.table() == [
        {"source": "radar", "reason": "sensor is not in the plan", "count": 2}
    ]


def test_the_tape_door_keeps_bad_records_out(plan: Plan, tmp_path: Path) -> None:
    good, bad = plots(), plots(sensor="stranger")
    with JournalWriter(tmp_path / "tape.mcap", encoding="msgpack") as tape:
        tape.append("Plots", 20, 10, encode(good))
        tape.append("Plots", 20, 10, encode(bad))
        tape.append("Plots", 20, 10, b"\x00 not msgpack")
        tape.append("Threats", 20, 10, b"said by command, not received")
    door = TapeDoor(tmp_path / "tape.mcap", plan)
    assert [encode(message) for message in door.messages()] == [encode(good)]
    assert len(door.quarantine) == 2
    assert msgspec.to_builtins(door.quarantine.table())
