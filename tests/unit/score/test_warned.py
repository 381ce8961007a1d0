"""False alerts: of what was shot down, and of what never came."""

import numpy as np

from tdome.messages.base import Header
from tdome.messages.codes import WarningKind, WarningStatus
from tdome.messages.warnings import CivilWarnings
from tdome.plan.plan import read_plan
from tdome.score.warned import score_warnings
from tdome.world.ledger import SCHEMAS, Ledger, table

S = 10**9
PLAN = """
name = "two zones"
threats = ["rocket"]
[zones]
[[zones.zone]]
name = "a"
polygon = [[0.0, 0.0], [0.0, 1.0], [1.0, 1.0], [1.0, 0.0]]
"""


def _alerts(zone, track):
    n = len(zone)
    ints = np.arange(n, dtype=np.int32)
    return CivilWarnings(
        header=Header("warning", 1, S, S),
        warning=ints + 1,
        zone=np.array(zone, np.int32),
        kind=np.full(n, WarningKind.ALERT, np.int8),
        status=np.full(n, WarningStatus.EXERCISE, np.int8),
        threat_class=0 * ints,
        onset_at=np.full(n, 2 * S),
        expires_at=np.full(n, 9 * S),
        certainty=np.full(n, 0.5, np.float32),
        track_number=np.array(track, np.int32),
    )
