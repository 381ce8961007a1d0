"""The versioned ids: one adapter, four settings of the core."""

from typing import ClassVar, Final

import msgspec

from tdome.command.tracking.engine import Settings
from tdome.command.tracking.engine.settings import STANDS
from tdome.command.tracking.live.tracker import CoreTracker

_NEVER: Final = 1e9  # s: the chain reads the tracks as they stand, and no history of each scan
_CONFIRMING_HITS: Final = 3  # as imm-v1: two plots of a rocket tell its speed to hundreds of m/s
_RISING: Final = (400.0, 1_000.0)  # m/s as imm-v1, above the heights that drones fly at, m


def _in_the_chain(settings: Settings, still: float = 0.0, **more: object) -> Settings:
    """Return settings as the chain needs them: a name decides there who is shot at."""
    return msgspec.structs.replace(
        settings, tell_every=_NEVER, strict_names=True, still=still, **more
    )


_AIR = _in_the_chain(
    Settings.imm(), still=STANDS, continue_pull=0.0, confirm_hits=_CONFIRMING_HITS, rising=_RISING
)


class CoreImm(CoreTracker):
    """``core-imm-v1``: three modes and the fall, global nearest neighbours, scores of existence."""

    settings: ClassVar[Settings] = _AIR


class CoreJpda(CoreTracker):
    """``jpda-v1``: as core-imm-v1, but near tracks share their plots."""

    settings: ClassVar[Settings] = msgspec.structs.replace(_AIR, association="jpda")


class CoreLmb(CoreTracker):
    """``lmb-v1``: labelled mixtures, several hypotheses for each track; nothing falls."""

    settings: ClassVar[Settings] = _in_the_chain(Settings.lmb())


class CoreEkf(CoreTracker):
    """``gnn-ekf-v1``: one filter, nearest neighbours by distance, life by counts; nothing falls."""

    settings: ClassVar[Settings] = _in_the_chain(Settings.gnn_ekf(), coverage=True, merge=20.0)
