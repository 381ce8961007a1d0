"""The versioned ids: one adapter, four settings of the core."""

from typing import ClassVar

import msgspec

from tdome.command.tracking.engine import Settings
from tdome.command.tracking.live.tracker import CoreTracker

_AIR = Settings.imm()


class CoreImm(CoreTracker):
    """``core-imm-v1``: three modes, global nearest neighbours, scores of existence."""

    settings: ClassVar[Settings] = _AIR


class CoreJpda(CoreTracker):
    """``jpda-v1``: as core-imm-v1, but near tracks share their plots."""

    settings: ClassVar[Settings] = msgspec.structs.replace(_AIR, association="jpda")


class CoreLmb(CoreTracker):
    """``lmb-v1``: labelled mixtures, several hypotheses for each track."""

    settings: ClassVar[Settings] = Settings.lmb()


class CoreEkf(CoreTracker):
    """``gnn-ekf-v1``: one filter, nearest neighbours by distance, life by counts."""

    settings: ClassVar[Settings] = msgspec.structs.replace(
        Settings.gnn_ekf(), coverage=True, merge=20.0
    )
