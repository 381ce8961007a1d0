"""What a message must satisfy to come in: shape, range and names, checked against the plan.

A door never repairs a datum and never lets a wrong one through: it says what is wrong and the
message is put into quarantine. Command may therefore rely on finite numbers and known names.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from tdome.gateways.bounds import FARTHEST, FASTEST, HIGHEST, LAST_ADDRESS, LOWEST
from tdome.messages.base import Codes, Floats, Ints, Message, Singles
from tdome.messages.codes import Answer, Emission, EngagementState
from tdome.messages.fire import EngagementReports, OperatorDecisions, UnitStatus
from tdome.messages.sensing import Bearings, Cooperative, Cues, Plots, SensorStatus
from tdome.plan.classes.sensors import Kind
from tdome.plan.plan import Plan


def fault_of(message: Message, plan: Plan) -> str | None:
    """Return what is wrong with an inbound message, or None where it may come in."""
    if message.header.received_at < message.header.valid_at:
        return "received before it was valid"
    check = _CHECKS.get(type(message))
    if check is None:
        return f"{type(message).__name__} is not an inbound message"
    if isinstance(message, _OF_SENSORS):
        fault = _fault_of_sensor(message, plan)
        if fault is not None:
            return fault
    return check(message, plan)


def _fault_of_sensor(
    message: Plots | Bearings | Cues | Cooperative | SensorStatus, plan: Plan
) -> str | None:
    """Judge the sender: each kind of sensor sends one kind of report."""
    book = plan.sensors
    if message.sensor not in book.names:
        return "sensor is not in the plan"
    kind = book.kinds[book.names.index(message.sensor)]
    if kind not in _SENT_BY.get(type(message), (kind,)):
        return f"a sensor of kind {kind!r} sends no {type(message).__name__}"
    return None


def _fault_of_plots(plots: Plots, plan: Plan) -> str | None:
    flat = plan.sensors.kinds[plan.sensors.names.index(plots.sensor)] == "radar-2d"
    heights = plots.elevation_rad[:0] if flat else plots.elevation_rad
    if not _finite(plots.range_m, plots.azimuth_rad, plots.snr_db, heights):
        return "a measurement is not finite"
    if ((plots.range_m <= 0.0) | (plots.range_m > FARTHEST)).any():
        return "range out of bounds"
    if (np.abs(plots.range_rate_m_s) > FASTEST).any():
        return "range rate out of bounds"
    if ((plots.doppler_spread_m_s <= 0.0) | (plots.doppler_spread_m_s > FASTEST)).any():
        return "Doppler spread out of bounds"
    return _fault_of_direction(plots.azimuth_rad, plots.elevation_rad) or _fault_of_replies(
        plots.address, plots.friend, least=-1
    )


def _fault_of_bearings(bearings: Bearings, plan: Plan) -> str | None:
    if not _finite(bearings.azimuth_rad, bearings.snr_db):
        return "a measurement is not finite"
    kind = plan.sensors.kinds[plan.sensors.names.index(bearings.sensor)]
    if kind in _SENT_BY[Plots] and (bearings.emission != Emission.JAMMER).any():
        return "a radar knows the directions of jammers alone"
    if not np.isin(bearings.emission, list(Emission)).all():
        return "unknown emission code"
    return _fault_of_direction(bearings.azimuth_rad, bearings.elevation_rad)


def _fault_of_cues(cues: Cues, _: Plan) -> str | None:
    if (cues.launched_at > cues.header.valid_at).any():
        return "a launch after it was seen"
    return _fault_of_places(cues.ecef, cues.sigma_m)


def _fault_of_cooperative(said: Cooperative, _: Plan) -> str | None:
    if said.velocity.shape != (len(said), 3) or not _finite(said.velocity):
        return "a velocity is not three finite numbers"
    if (np.abs(said.velocity) > FASTEST).any():
        return "velocity out of bounds"
    return _fault_of_places(said.ecef, said.sigma_m) or _fault_of_replies(
        said.address, said.friend, least=0
    )


def _fault_of_direction(azimuth: Floats, elevation: Floats) -> str | None:
    """Judge a direction; a nan elevation says that none was measured."""
    if ((azimuth < 0.0) | (azimuth > 2.0 * np.pi)).any():
        return "azimuth out of bounds"
    if (np.abs(elevation) > 0.5 * np.pi).any():
        return "elevation out of bounds"
    return None


def _fault_of_replies(address: Ints, friend: Codes, least: int) -> str | None:
    if ((address < least) | (address > LAST_ADDRESS)).any():
        return "transponder address out of bounds"
    if ((friend < 0) | (friend > 1)).any():
        return "unknown code of an own-force reply"
    return None


def _fault_of_places(ecef: Floats, sigma: Floats) -> str | None:
    if ecef.shape != (len(sigma), 3) or not _finite(ecef, sigma):
        return "a place is not three finite numbers with a finite error"
    far = np.sqrt(np.square(ecef).sum(axis=1))
    if ((far < LOWEST) | (far > HIGHEST)).any():
        return "place out of bounds"
    if ((sigma <= 0.0) | (sigma > FARTHEST)).any():
        return "error of a place out of bounds"
    return None


def _fault_of_reports(reports: EngagementReports, plan: Plan) -> str | None:
    if ((reports.unit < 0) | (reports.unit >= len(plan.units.names))).any():
        return "fire unit is not in the plan"
    if (reports.rounds_left < 0).any() or (reports.rounds < 0).any():
        return "negative number of rounds"
    if not np.isin(reports.state, [state.value for state in EngagementState]).all():
        return "unknown engagement state code"
    return None


def _fault_of_decisions(decisions: OperatorDecisions, _: Plan) -> str | None:
    known = np.isin(decisions.answer, [answer.value for answer in Answer])
    return None if known.all() else "unknown answer code"


def _fault_of_status(status: UnitStatus, plan: Plan) -> str | None:
    if ((status.unit < 0) | (status.unit >= len(plan.units.names))).any():
        return "fire unit is not in the plan"
    if not np.isin(status.operating, (0, 1)).all():
        return "a unit operates (1) or does not (0)"
    if (status.rounds_left < 0).any():
        return "negative number of rounds"
    if ((status.site < 0) | (status.site >= plan.units.sites[status.unit])).any():
        return "a site that the plan does not know"
    return "negative number of channels" if (status.channels < 0).any() else None


def _finite(*columns: Floats | Singles) -> bool:
    return all(bool(np.isfinite(column).all()) for column in columns)


_SENT_BY: dict[type[Message], tuple[Kind, ...]] = {
    Plots: ("radar", "radar-2d"),
    Bearings: ("passive-rf", "acoustic", "optical", "radar", "radar-2d"),
    Cues: ("space",),
    Cooperative: ("cooperative",),
}
_OF_SENSORS = (Plots, Bearings, Cues, Cooperative, SensorStatus)
_CHECKS: dict[type[Message], Callable[[Any, Plan], str | None]] = {
    Plots: _fault_of_plots,
    Bearings: _fault_of_bearings,
    Cues: _fault_of_cues,
    Cooperative: _fault_of_cooperative,
    SensorStatus: lambda message, plan: None,
    EngagementReports: _fault_of_reports,
    UnitStatus: _fault_of_status,
    OperatorDecisions: _fault_of_decisions,
}
