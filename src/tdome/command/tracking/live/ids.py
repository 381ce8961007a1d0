"""The versioned ids: one adapter, four settings of the core."""

from typing import ClassVar

import msgspec

from tdome.command.tracking.engine import Settings
from tdome.command.tracking.live.tracker import CoreTracker

_NEVER = 1e9  # s: the chain reads the tracks as they stand, and no history of each scan
_AIR = msgspec.structs.replace(
    Settings.imm(), tell_every=_NEVER, continue_pull=0.0, strict_names=True
)


class CoreImm(CoreTracker):
    """``core-imm-v1``: three modes, global nearest neighbours, scores of existence."""

    settings: ClassVar[Settings] = _AIR


class CoreJpda(CoreTracker):
    """``jpda-v1``: as core-imm-v1, but near tracks share their plots."""

    settings: ClassVar[Settings] = msgspec.structs.replace(_AIR, association="jpda")


class CoreLmb(CoreTracker):
    """``lmb-v1``: labelled mixtures, several hypotheses for each track."""

    settings: ClassVar[Settings] = msgspec.structs.replace(
        Settings.lmb(), tell_every=_NEVER, strict_names=True
    )


class CoreEkf(CoreTracker):
    """``gnn-ekf-v1``: one filter, nearest neighbours by distance, life by counts."""

    settings: ClassVar[Settings] = msgspec.structs.replace(
        Settings.gnn_ekf(), coverage=True, merge=20.0, tell_every=_NEVER, strict_names=True
    )
