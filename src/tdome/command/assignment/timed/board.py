"""Who holds what and when: launches and channels of every unit, slot by slot.

``board``, shape (u, 4, width + 1): USED channels; ROOM, slots from here on in which a channel is
free (so one look tells whether a shot fits); SHUT, launches so near that none is allowed here;
SHOT, 1 + pair of the launch in this slot. ``left``, shape (u, 2): rounds that may still be launched
before the reload, and at all.

The plan itself: ``count`` (n,) shots of a threat, ``shots`` (n, 2, MOST_SHOTS) their pairs and
slots, ``rest`` (n,) value that is left, ``have`` (k,) shots of a pair.
"""

from tdome.command.assignment.timed.problem import (
    AT,
    CHANNELS,
    FIRST,
    LAST,
    READY,
    RELOAD_AT,
    RELOADED,
    ROUNDS,
    SPACING,
    UNIT,
    Shorts,
)
from tdome.kernel.jit import kernel_bare
from tdome.messages.base import Floats, Ints

USED, ROOM, SHUT, SHOT = range(4)
_FREE = 1 << 20  # slots of room beyond the edge


@kernel_bare
def hold1(board: Ints, b: int, channels: int, t: int, end: int) -> None:
    """Hold one channel of unit b in slots t … end - 1."""
    for s in range(t, end):
        board[b, USED, s] += 1
        if board[b, USED, s] == channels:
            board[b, ROOM, s] = 0
            r = s - 1
            while r >= 0 and board[b, ROOM, r] > s - r:
                board[b, ROOM, r] = s - r
                r -= 1


@kernel_bare
def release1(board: Ints, b: int, channels: int, t: int, end: int) -> None:
    """Give one channel of unit b back in slots t … end - 1."""
    for s in range(end - 1, t - 1, -1):
        board[b, USED, s] -= 1
        if board[b, USED, s] < channels:
            board[b, ROOM, s] = board[b, ROOM, s + 1] + 1
    r = t - 1
    while (
        r >= 0 and board[b, USED, r] < channels and board[b, ROOM, r] != board[b, ROOM, r + 1] + 1
    ):
        board[b, ROOM, r] = board[b, ROOM, r + 1] + 1
        r -= 1


@kernel_bare
def shut1(board: Ints, b: int, spacing: int, t: int, by: int) -> None:
    """Count a launch at t in (by = 1) or out (by = -1) among those that shut slots near it."""
    width = board.shape[2] - 1
    for s in range(max(t - spacing + 1, 0), min(t + spacing, width)):
        board[b, SHUT, s] += by


@kernel_bare
def open_board(units: Ints, flying: Ints, board: Ints, left: Ints) -> None:
    """Set up the board with what is in flight."""
    width = board.shape[2] - 1
    for b in range(units.shape[0]):
        channels = units[b, CHANNELS]
        board[b, USED, :], board[b, SHUT, :], board[b, SHOT, :] = 0, 0, 0
        for s in range(width + 1):
            board[b, ROOM, s] = _FREE - s if channels > 0 else 0
        left[b, 0] = units[b, ROUNDS]
        left[b, 1] = units[b, ROUNDS] + units[b, RELOADED]
    for f in range(flying.shape[0]):
        b, t = flying[f, 0], flying[f, 1]
        hold1(board, b, units[b, CHANNELS], max(t, 0), min(max(t + flying[f, 2], 0), width))
        shut1(board, b, units[b, SPACING], t, 1)


@kernel_bare
def slot_for1(k: int, pairs: Ints, busy: Shorts, units: Ints, board: Ints, left: Ints) -> int:
    """Earliest slot in which pair k can be launched, -1 if there is none."""
    b = pairs[k, UNIT]
    if left[b, 1] <= 0:
        return -1
    t = max(pairs[k, FIRST], units[b, READY])
    if left[b, 0] <= 0:
        t = max(t, units[b, RELOAD_AT])
    last, base = pairs[k, LAST], pairs[k, AT] - pairs[k, FIRST]
    while t <= last:
        room, held = board[b, ROOM, t], busy[base + t]
        if board[b, SHUT, t] == 0 and held > 0 and room >= held:
            return int(t)
        # A shot that runs into a full slot still does if it starts a bit later.
        t += 1 if board[b, SHUT, t] != 0 or held == 0 else room + 1
    return -1


@kernel_bare
def place1(  # noqa: PLR0913, PLR0917  (a kernel)
    j: int, k: int, t: int, pairs: Ints, kill: Floats, busy: Shorts, units: Ints, board: Ints,
    left: Ints, shots: Ints, count: Ints, rest: Floats, have: Ints,
) -> None:  # fmt: skip
    """Put a shot of pair k at threat j into slot t."""
    b = pairs[k, UNIT]
    hold1(board, b, units[b, CHANNELS], t, t + busy[pairs[k, AT] + t - pairs[k, FIRST]])
    shut1(board, b, units[b, SPACING], t, 1)
    board[b, SHOT, t] = k + 1
    if t < units[b, RELOAD_AT]:
        left[b, 0] -= 1
    left[b, 1] -= 1
    shots[j, 0, count[j]], shots[j, 1, count[j]] = k, t
    count[j] += 1
    have[k] += 1
    rest[j] *= 1.0 - kill[k]


@kernel_bare
def remove1(  # noqa: PLR0913, PLR0917  (a kernel)
    j: int, k: int, t: int, pairs: Ints, kill: Floats, busy: Shorts, units: Ints, board: Ints,
    left: Ints, shots: Ints, count: Ints, rest: Floats, have: Ints, value: Floats,
) -> None:  # fmt: skip
    """Take a shot out of the plan again."""
    b = pairs[k, UNIT]
    release1(board, b, units[b, CHANNELS], t, t + busy[pairs[k, AT] + t - pairs[k, FIRST]])
    shut1(board, b, units[b, SPACING], t, -1)
    board[b, SHOT, t] = 0
    if t < units[b, RELOAD_AT]:
        left[b, 0] += 1
    left[b, 1] += 1
    count[j] -= 1
    have[k] -= 1
    at = 0
    while shots[j, 0, at] != k or shots[j, 1, at] != t:
        at += 1
    shots[j, 0, at], shots[j, 1, at] = shots[j, 0, count[j]], shots[j, 1, count[j]]
    missed = value[j]
    for i in range(count[j]):
        missed *= 1.0 - kill[shots[j, 0, i]]
    rest[j] = missed
