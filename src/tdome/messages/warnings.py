"""Civil warnings by zone, with CAP's terms; never marked as actual."""

from tdome.messages.base import Codes, Ints, Longs, Message, Singles


class CivilWarnings(Message, frozen=True, kw_only=True):
    """Warnings issued, updated or lifted at ``header.valid_at``.

    warning: (n,) warning number, the same in alert, updates and all-clear. zone: (n,) row in
    plan.zones. kind: (n,) WarningKind. status: (n,) WarningStatus. threat_class: (n,) row in
    plan.threats or -1. onset_at, expires_at: (n,) int ns. certainty: (n,) probability that the
    zone is hit. track_number: (n,) of the most pressing threat, -1 for an all-clear. stage: (n,)
    WarningStage: an alert says EARLY or TAKE_SHELTER, updates may raise it and never lower it.
    """

    warning: Ints
    zone: Ints
    kind: Codes
    status: Codes
    threat_class: Ints
    onset_at: Longs
    expires_at: Longs
    certainty: Singles
    track_number: Ints
    stage: Codes
