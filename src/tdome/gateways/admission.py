"""What a message must satisfy to come in: shape, range and names, checked against the plan.

A door never repairs a datum and never lets a wrong one through: it says what is wrong and the
message is put into quarantine. Command may therefore rely on finite numbers and known names.
"""

import numpy as np

from tdome.messages.base import Message
from tdome.messages.codes import Answer, EngagementState
from tdome.messages.fire import EngagementReports, OperatorDecisions, UnitStatus
from tdome.messages.sensing import Plots, SensorStatus
from tdome.plan.plan import Plan

LAST_ADDRESS = 0xFFFFFF  # 24-bit transponder addresses
FARTHEST = 1.0e7  # m: no sensor of this field measures a longer range


def fault_of(message: Message, plan: Plan) -> str | None:  # noqa: PLR0911  (a list of doors)
    """Return what is wrong with an inbound message, or None where it may come in."""
    if message.header.received_at < message.header.valid_at:
        return "received before it was valid"
    if isinstance(message, Plots):
        return _fault_of_plots(message, plan)
    if isinstance(message, SensorStatus):
        return None if message.sensor in plan.sensors.names else "sensor is not in the plan"
    if isinstance(message, EngagementReports):
        return _fault_of_reports(message, plan)
    if isinstance(message, UnitStatus):
        return _fault_of_status(message, plan)
    if isinstance(message, OperatorDecisions):
        known = np.isin(message.answer, [answer.value for answer in Answer])
        return None if known.all() else "unknown answer code"
    return f"{type(message).__name__} is not an inbound message"


def _fault_of_plots(plots: Plots, plan: Plan) -> str | None:  # noqa: PLR0911  (a list of faults)
    if plots.sensor not in plan.sensors.names:
        return "sensor is not in the plan"
    columns = (plots.range_m, plots.azimuth_rad, plots.elevation_rad, plots.snr_db)
    if not all(np.isfinite(column).all() for column in columns):
        return "a measurement is not finite"
    if ((plots.range_m <= 0.0) | (plots.range_m > FARTHEST)).any():
        return "range out of bounds"
    if ((plots.azimuth_rad < 0.0) | (plots.azimuth_rad > 2.0 * np.pi)).any():
        return "azimuth out of bounds"
    if (np.abs(plots.elevation_rad) > 0.5 * np.pi).any():
        return "elevation out of bounds"
    if ((plots.address < -1) | (plots.address > LAST_ADDRESS)).any():
        return "transponder address out of bounds"
    return None


def _fault_of_reports(reports: EngagementReports, plan: Plan) -> str | None:
    if ((reports.unit < 0) | (reports.unit >= len(plan.units.names))).any():
        return "fire unit is not in the plan"
    if (reports.rounds_left < 0).any() or (reports.rounds < 0).any():
        return "negative number of rounds"
    if not np.isin(reports.state, [state.value for state in EngagementState]).all():
        return "unknown engagement state code"
    return None


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
