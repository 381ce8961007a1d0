"""Quarantine of rows: what a recording's door refused, where it stood and why (promise P5)."""

import numpy as np

from tdome.messages.base import Longs

_SHOWN = 5


class Refusals:
    """Rows that were refused, by source and reason, in the order in which reasons came up."""

    def __init__(self) -> None:
        self._rows: dict[tuple[str, str], list[Longs]] = {}

    def refuse(self, source: str, reason: str, rows: Longs) -> None:
        """Refuse some rows of a source, counted from 0."""
        if len(rows):
            self._rows.setdefault((source, reason), []).append(rows)

    def __len__(self) -> int:
        """Return how many rows were refused in all."""
        return sum(len(part) for parts in self._rows.values() for part in parts)

    def table(self) -> list[dict[str, str | int | list[int]]]:
        """Return (source, reason, count, first_rows) of each reason; rows count from 0."""
        return [
            {
                "source": source,
                "reason": reason,
                "count": sum(map(len, parts)),
                "first_rows": np.concatenate(parts)[:_SHOWN].tolist(),
            }
            for (source, reason), parts in self._rows.items()
        ]

    def rows(self) -> dict[str, list[str | int]]:
        """Return columns source, row, reason with one entry for each refused row."""
        columns: dict[str, list[str | int]] = {"source": [], "row": [], "reason": []}
        for (source, reason), parts in self._rows.items():
            found = np.concatenate(parts).tolist()
            columns["source"] += [source] * len(found)
            columns["row"] += found
            columns["reason"] += [reason] * len(found)
        return columns
