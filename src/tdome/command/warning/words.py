"""What is said to the zones: one message for all of which something is to be told."""

import numpy as np

from tdome.command.warning.outlook import Outlook
from tdome.messages.base import Codes, Header, Ints
from tdome.messages.codes import WarningKind, WarningStatus
from tdome.messages.threats import Threats
from tdome.messages.warnings import CivilWarnings


def words(
    told: tuple[Ints, Codes, Codes], view: Outlook, threats: Threats, stands: int, header: Header
) -> CivilWarnings:
    """Return the message about zones (z,) whose kind is not negative, always as an exercise.

    told: number of the warning, kind, stage, (z,) each. stands: ns for which it holds after the
    last arrival; header: its ``valid_at`` is now.
    """
    number, kind, stage = told
    now = header.valid_at
    zone = np.flatnonzero(kind >= 0)
    live = kind[zone] != WarningKind.ALL_CLEAR
    row = np.where(live, view.row[zone], -1)
    onset = np.where(live, np.maximum(view.onset[zone], now), now)
    ends = np.where(live, np.maximum(view.ends[zone], now) + stands, now)
    return CivilWarnings(
        header=header,
        warning=number[zone],
        zone=zone.astype(np.int32),
        kind=kind[zone],
        status=np.full(len(zone), WarningStatus.EXERCISE, np.int8),
        threat_class=np.append(threats.threat_class, -1)[row].astype(np.int32),
        onset_at=onset.astype(np.int64),
        expires_at=np.maximum(ends, onset).astype(np.int64),
        certainty=np.where(live, view.certainty[zone], 0.0).astype(np.float32),
        track_number=np.append(threats.track_number, -1)[row].astype(np.int32),
        stage=stage[zone],
    )
