"""What the central tracker is told to do beside the engine's own settings."""

import msgspec

from tdome.command.tracking.registration.state import Settings as Rules

NS = 1_000_000_000


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """Registration and late scans.

    registration: estimate the biases of the sensors and correct their plots. late: s after the
    newest scan that one may come and still be used; 0 refuses all. block: s of scans that are
    corrected with what those before them taught, and then teach. rules: of the registration; its
    ``most`` bounds the cost (plots of 150 targets are enough for 0.1 sigma in a minute), its
    ``noise`` is that of hard turns, so that motion teaches little and other sensors most. least:
    probability that there are any biases under which plots stay as they are.
    """

    registration: bool = True
    late: float = 10.0
    block: float = 8.0
    rules: Rules = Rules(prior_time=0.1, noise=400.0, most=150)
    least: float = 0.95
