"""The table of engagements, opened for writing for the length of one stage, and closed again."""

from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from tdome.command.engagement.base import FireState
from tdome.messages.base import Codes, Floats, Header, Ints, Longs
from tdome.messages.codes import EngagementState as State
from tdome.messages.codes import Reason, Verdict, code_set
from tdome.messages.fire import Engagements, Magazines
from tdome.plan.books.units import UnitBook

Flags = NDArray[np.bool_]
Places = NDArray[np.intp]

HOLDING = code_set(State.RECOMMENDED, State.AUTHORISED, State.LAUNCHED, State.IN_FLIGHT)
"""States in which an engagement occupies a channel of fire and holds its unspent rounds."""
DONE = code_set(State.REFUSED, State.CLOSED)
"""States that nothing leaves."""


def no_engagements(now: int) -> Engagements:
    """Return an empty table of engagements."""
    whole, codes, instants = np.zeros(0, np.int32), np.zeros(0, np.int8), np.zeros(0, np.int64)
    return Engagements(
        header=Header("engagement", 0, now, now),
        engagement=whole,
        track_number=whole,
        unit=whole,
        rounds=whole,
        state=codes,
        state_at=instants,
        launch_at=instants,
        intercept_at=instants,
        intercept_ecef=np.zeros((0, 3)),
        pk=np.zeros(0, np.float32),
        marginal_return=np.zeros(0),
        answer_by=instants,
        verdict=codes,
        reason=codes,
    )


class Said(NamedTuple):
    """What units last said of themselves, (u,): ready rounds, working channels, site."""

    stock: Ints
    channels: Ints
    site: Ints


def magazines_of(
    units: UnitBook, said: Said, table: Engagements, spent: Ints, now: int
) -> Magazines:
    """Return what is left to promise: rounds, channels, time, less what open engagements hold.

    A unit that reports fewer rounds than are promised has none left to promise.
    """
    holding = HOLDING[table.state]
    unit = table.unit[holding]
    promised = np.zeros(len(said.stock), np.int32)
    busy = np.zeros(len(said.stock), np.int32)
    following = np.zeros(len(said.stock), np.int64)
    np.add.at(promised, unit, np.maximum(table.rounds - spent, 0)[holding])
    np.add.at(busy, unit, 1)
    salvo = np.rint(units.spacing[unit] * table.rounds[holding] * 1e9).astype(np.int64)
    np.maximum.at(following, unit, table.launch_at[holding] + salvo)
    return Magazines(
        header=Header("engagement", 0, now, now),
        rounds_left=np.maximum(said.stock - promised, 0).astype(np.int32),
        channels_busy=busy,
        channels=said.channels.copy(),
        next_launch_at=following,
        site=said.site.copy(),
    )


class Draft:
    """A writable copy of a state of fire, which itself stays as it was."""

    def __init__(self, before: FireState, now: int) -> None:
        table = before.engagements
        self.before, self.table, self.now = before, table, now
        self.state: Codes = table.state.copy()
        self.state_at: Longs = table.state_at.copy()
        self.reason: Codes = table.reason.copy()
        self.verdict: Codes = table.verdict.copy()
        self.intercept_ecef: Floats = table.intercept_ecef.copy()
        self.stock: Ints = before.stock.copy()
        self.channels: Ints = before.channels.copy()
        self.site: Ints = before.site.copy()
        self.last_word: Longs = before.last_word.copy()
        self.ordered: Codes = before.ordered.copy()
        self.spent: Ints = before.spent.copy()
        self.approvers = dict(before.approvers)
        self.changed = False

    def row(self, engagement: int) -> int:
        """Return the row of an engagement number; -1 where there is none (any more)."""
        row = int(np.searchsorted(self.table.engagement, engagement))
        found = row < len(self.table) and self.table.engagement[row] == engagement
        return row if found else -1

    @property
    def done(self) -> Flags:
        """Rows that nothing moves any more."""
        return DONE[self.state]

    def move(
        self,
        rows: Places | Flags | int,
        state: State,
        reason: Codes | Reason = Reason.CHOSEN,
        verdict: Verdict = Verdict.UNDETERMINED,
    ) -> None:
        """Put rows into a state, now. REFUSED and CLOSED rows stay what they are."""
        if isinstance(rows, np.ndarray) and not rows.any() and rows.dtype == np.bool_:
            return
        chosen = np.zeros(len(self.table), np.bool_)
        chosen[rows] = True
        chosen &= ~self.done
        if not chosen.any():
            return
        self.state[chosen] = state
        self.state_at[chosen] = self.now
        self.reason[chosen] = reason[chosen] if isinstance(reason, np.ndarray) else reason
        self.verdict[chosen] = verdict
        self.changed = True

    def engagements(self) -> Engagements:
        """Return the table as it stands; the old one where nothing moved."""
        if not self.changed:
            return self.table
        return msgspec.structs.replace(
            self.table,
            header=Header("engagement", 0, self.now, self.now),
            state=self.state.copy(),
            state_at=self.state_at.copy(),
            reason=self.reason.copy(),
            verdict=self.verdict.copy(),
            intercept_ecef=self.intercept_ecef.copy(),
        )

    @property
    def _said(self) -> Said:
        return Said(self.stock, self.channels, self.site)

    def magazines(self, units: UnitBook) -> Magazines:
        """Return what can be promised as the table stands."""
        return magazines_of(units, self._said, self.engagements(), self.spent, self.now)

    def close(
        self,
        units: UnitBook,
        keep: Flags | None = None,
        added: Engagements | None = None,
    ) -> FireState:
        """Return the new state: kept rows, then added ones; the same table if nothing moved."""
        table, ordered, spent = self.engagements(), self.ordered, self.spent
        if keep is not None and not keep.all():
            table, ordered, spent = _kept(table, keep, self.now), ordered[keep], spent[keep]
        if added is not None and len(added):
            table = _joined(table, added)
            ordered = np.concatenate([ordered, np.zeros(len(added), np.int8)])
            spent = np.concatenate([spent, np.zeros(len(added), np.int32)])
        return msgspec.structs.replace(
            self.before,
            engagements=table,
            magazines=self._magazines(units, table, spent),
            stock=self.stock,
            channels=self.channels,
            site=self.site,
            last_word=self.last_word,
            ordered=ordered,
            spent=spent,
            approvers=self._half_approved(table),
        )

    def _half_approved(self, table: Engagements) -> dict[int, frozenset[str]]:
        """Return who approved what is still asked."""
        if not self.approvers:
            return {}
        asked = set(table.engagement[table.state == State.RECOMMENDED].tolist())
        return {number: names for number, names in self.approvers.items() if number in asked}

    def _magazines(self, units: UnitBook, table: Engagements, spent: Ints) -> Magazines:
        """Return what can be promised: the message before, where it says the same."""
        was, before = self.before, self.before.magazines
        counted = zip(
            (was.stock, was.channels, was.site, was.spent),
            (self.stock, self.channels, self.site, spent),
            strict=True,
        )
        if table is was.engagements and all(a.tobytes() == b.tobytes() for a, b in counted):
            return before
        after = magazines_of(units, self._said, table, spent, self.now)
        columns = ("rounds_left", "channels_busy", "channels", "next_launch_at", "site")
        same = all(np.array_equal(getattr(before, c), getattr(after, c)) for c in columns)
        return before if same else after


def _columns(table: Engagements) -> list[str]:
    return [name for name in table.__struct_fields__ if name != "header"]


def _kept(table: Engagements, keep: Flags, now: int) -> Engagements:
    columns = {name: getattr(table, name)[keep] for name in _columns(table)}
    return Engagements(header=Header("engagement", 0, now, now), **columns)


def _joined(table: Engagements, added: Engagements) -> Engagements:
    columns = {
        name: np.concatenate([getattr(table, name), getattr(added, name)])
        for name in _columns(table)
    }
    return Engagements(header=added.header, **columns)
