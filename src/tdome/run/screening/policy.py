"""A user's own doctrine in a screening: what to fire at what, instead of the plan's rule.

Two forms of one contract. A policy gives each option a score; what is not above 0 is not fired, the
greatest score of a replicate is fired first, and whoever loses a unit to it is asked about again.

score, compiled: a function of one option under ``numba.njit``, asked for every number of rounds up
    to ``o["most"]``; ``o["rounds"]`` and ``o["kill"]`` are those of the number asked about::

        @njit
        def plans_own(o):
            if o["rounds"] != o["planned"]:
                return 0.0
            return o["value"] * o["kill"] - o["price"] * o["rounds"]

batch, plain Python: a function of the options of many replicates at once (columns, read-only),
    which returns their scores, or scores and rounds; rounds are the planned ones if not given::

        def plans_own(o):
            return o["value"] * o["kill"] - o["price"] * o["rounds"]

Both of these are the plan's doctrine, bit for bit. Columns: :data:`~.loop.options.OPTION`.
What holds whatever a policy says: rounds, channels, illuminators, uplinks, launch windows, the most
shots at one threat, and no shot at what is worth less than the plan's ``harmless_below_value``.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeAlias, cast

import numba
import numpy as np
from numba.core.dispatcher import Dispatcher
from numpy.typing import NDArray

from tdome.kernel.errors import TdomeError
from tdome.messages.base import Floats, Longs
from tdome.run.screening.compiled.tables import Tables
from tdome.run.screening.loop.chunk import Counts, State
from tdome.run.screening.loop.lockstep import PLACE, TICK, advance_all, start_all, tally_all
from tdome.run.screening.loop.options import HELD, OPTION, SPAN, Options

Answer: TypeAlias = Floats | tuple[Floats, Longs]
Policy: TypeAlias = Callable[[Any], Any]
"""A compiled score of one option, or a batch: options -> Answer."""
Asked: TypeAlias = Callable[[Options], tuple[Floats, Longs]]

_ROOM = 1 << 14  # options in one question at least; more replicates than fit wait for the next one
_njit: Any = numba.njit


def run_lockstep(tables: Tables, keys: NDArray[np.uint64], places: Longs, ask: Asked) -> Floats:
    """Return what ``chunk.run_chunk`` does, with a policy to answer."""
    r = len(keys)
    s, counts = State(tables, r), Counts(tables, r)
    objects, library, windows = tables.objects, tables.library, tables.windows
    start_all(
        keys, places, objects.key, objects.lead, objects.at, objects.group, objects.law,
        tables.groups, tables.near, tables.kinds, library.flight, tables.firm, library.aim,
        windows.first, tables.window, windows.unit, tables.units, tables.rules, s.drawn, s.times,
        s.words, s.heads, s.units, s.slots, s.version, s.class_luck, s.unit_luck,
    )  # fmt: skip
    place = np.zeros((r, PLACE), np.int64)
    place[:, TICK] = -1
    widest = int(np.diff(windows.first).max(initial=1))
    room = max(_ROOM, widest * len(objects.key))
    rows, held, span = (
        np.zeros(room, OPTION),
        np.empty((room, HELD), np.int32),
        np.empty((room, SPAN)),
    )
    score, rounds = np.zeros(room), np.zeros(room, np.int64)
    while True:
        used = advance_all(
            place, keys, objects.key, objects.group, tables.groups, tables.near, tables.kinds,
            tables.believed, windows.first, tables.window, windows.unit, windows.offset,
            windows.met, windows.sspk, tables.units, tables.rules, tables.betas, s.class_luck,
            s.unit_luck, s.drawn, s.times, s.words, s.heads, s.units, s.slots, s.free, s.version,
            s.active, s.wish, s.choice, counts.by_unit, counts.control, widest, rows, held, span,
            score, rounds,
        )  # fmt: skip
        if used == 0:
            break
        score[:used], rounds[:used] = ask(rows[:used])
    tally_all(
        objects.group, tables.groups, tables.near, tables.kinds, tables.rules, s.times, s.words,
        counts.by_class, counts.by_asset, counts.left,
    )  # fmt: skip
    return counts.rows()


def asked(policy: Policy) -> Asked:
    """Return how a policy is asked, whatever its form."""
    return _scored(policy) if isinstance(policy, Dispatcher) else _batch(policy)


def _scored(policy: Policy) -> Asked:
    """Ask a compiled score about every option and number of rounds."""
    score_all = _loop_over(policy)

    def ask(options: Options) -> tuple[Floats, Longs]:
        score, rounds = np.empty(len(options)), np.empty(len(options), np.int64)
        if not score_all(options, score, rounds):
            raise TdomeError(f"policy {_name(policy)!r}: a score is not a number")
        return score, rounds

    return ask


@lru_cache(maxsize=16)
def _loop_over(policy: Policy) -> Any:  # noqa: ANN401  (a compiled function)
    @_njit(nogil=True, error_model="numpy")
    def score_all(options, score, rounds):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        for k in range(len(options)):
            o = options[k]
            score[k], rounds[k] = 0.0, 0
            for n in range(1, o["most"] + 1):
                o["rounds"], o["kill"] = n, 1.0 - (1.0 - o["sspk"]) ** n
                found = policy(o)
                if found != found:  # noqa: PLR0124  (nan)
                    return False
                if found > score[k]:
                    score[k], rounds[k] = found, n
        return True

    return score_all


def _batch(policy: Policy) -> Asked:
    """Ask a function of columns, and hold it to what it promises."""
    name = _name(policy)

    def ask(options: Options) -> tuple[Floats, Longs]:
        options.flags.writeable = False
        found = cast("Answer", policy(options))
        score, rounds = found if isinstance(found, tuple) else (found, options["planned"])
        score = np.asarray(score, np.float64)
        if score.shape != options.shape or np.shape(rounds) != options.shape:
            shapes = f"{score.shape} and {np.shape(rounds)}"
            raise TdomeError(f"policy {name!r}: {len(options)} options, answers of {shapes}")
        if np.isnan(score).any():
            raise TdomeError(f"policy {name!r}: a score is not a number")
        if rounds is not found and isinstance(found, tuple):
            rounds = _whole(rounds, options, name)
        return score, rounds

    return ask


def _whole(rounds: Any, options: Options, name: str) -> Longs:  # noqa: ANN401  (a user's answer)
    out = np.asarray(rounds)
    if out.dtype.kind not in "iu":
        raise TdomeError(f"policy {name!r}: rounds are whole numbers, not {out.dtype}")
    wrong = np.flatnonzero((out < 0) | (out > options["most"]))
    if len(wrong):
        k = int(wrong[0])
        told = f"{out[k]} rounds where {options['most'][k]} can be fired"
        raise TdomeError(f"policy {name!r}: {told}")
    return out.astype(np.int64)


def _name(policy: Policy) -> str:
    return str(getattr(policy, "__name__", policy))
