"""What is shipped of the validation record: runs, and how the comparisons came out."""

from importlib.resources import files

import msgspec

from tdome.studies.validation.simulated import Result


class Recorded(msgspec.Struct, frozen=True, kw_only=True):
    """Results that are shipped, and the hash of the sources that made them.

    predicted: table -> (rows inside, rows compared) of those that nothing was calibrated on.
    """

    sources: str
    predicted: dict[str, tuple[int, int]] = {}
    results: list[Result]


def recorded() -> Recorded:
    """Return what was shipped."""
    raw = files(__package__).joinpath("recorded.json").read_bytes()
    return msgspec.json.decode(raw, type=Recorded)
