"""Chance: counter-based random numbers under names, alike for any order, thread and worker.

A draw is a pure function of a key (seed and names) and of a counter that says what it is
for (n-th shot at threat i), never of what was drawn before. So two doctrines meet the same
weather (common random numbers), and an event that shifts by a second keeps its luck.

Source: Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC11: Philox4x64-10.
"""

import math
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from tdome.kernel.jit import kernel

Word: TypeAlias = int | np.integer[Any]

# Constants of Philox: multipliers and Weyl steps of the key (Salmon et al., table 2 and 4.2).
_M0 = np.uint64(0xD2E7470EE14C6C93)
_M1 = np.uint64(0xCA5A826395121157)
_W0 = np.uint64(0x9E3779B97F4A7C15)
_W1 = np.uint64(0xBB67AE8584CAA73B)
_ROUNDS = 10

# Everything stays uint64: Numba makes a float64 of an int64 and a uint64.
_LOW = np.uint64(0xFFFFFFFF)
_32 = np.uint64(32)
_12 = np.uint64(12)

_COUNTERS = 4
_GENERATOR_COUNTER = np.array([0, 0, 0, 1 << 63], dtype=np.uint64)


@kernel
def multiply_high_low(a: np.uint64, b: np.uint64) -> tuple[np.uint64, np.uint64]:
    """Multiply 64 x 64 bits: the high and low 64 bits of the product.

    By 32-bit halves, of which no sum overflows: so it also runs unchanged with the JIT off,
    where NumPy warns of overflow.
    """
    a_low, a_high = a & _LOW, a >> _32
    b_low, b_high = b & _LOW, b >> _32
    low = a_low * b_low
    cross = a_high * b_low + (low >> _32)
    middle = a_low * b_high + (cross & _LOW)
    return a_high * b_high + (cross >> _32) + (middle >> _32), (middle << _32) | (low & _LOW)


@kernel
def add_wrapping(a: np.uint64, b: np.uint64) -> np.uint64:
    """Add modulo 2**64, by 32-bit halves for the same reason."""
    low = (a & _LOW) + (b & _LOW)
    high = (a >> _32) + (b >> _32) + (low >> _32)
    return (high << _32) | (low & _LOW)


@kernel
def philox4x64(  # noqa: PLR0913, PLR0917  (a kernel: scalars, no tuples)
    k0: Word, k1: Word, c0: Word, c1: Word, c2: Word, c3: Word, out: NDArray[np.uint64]
) -> None:
    """Fill ``out``, shape (4,), uint64, with the Philox4x64-10 block of a key and counter.

    Key and counter words are uint64 or non-negative integers. Keep c3 below 2**63: the
    upper half belongs to ``Stream.generator``. (NumPy's Philox adds 1 to its counter
    before the first block; this one does not.)
    """
    x0, x1, x2, x3 = np.uint64(c0), np.uint64(c1), np.uint64(c2), np.uint64(c3)
    key0, key1 = np.uint64(k0), np.uint64(k1)
    for _ in range(_ROUNDS):
        high0, low0 = multiply_high_low(_M0, x0)
        high1, low1 = multiply_high_low(_M1, x2)
        x0, x1, x2, x3 = high1 ^ x1 ^ key0, low1, high0 ^ x3 ^ key1, low0
        key0 = add_wrapping(key0, _W0)
        key1 = add_wrapping(key1, _W1)
    out[0], out[1], out[2], out[3] = x0, x1, x2, x3


@kernel
def uniform1(word: np.uint64) -> float:
    """Turn a random uint64 into a uniform of the open interval (0, 1).

    The results are the odd multiples of 2**-53 (52 random bits): never 0 or 1, so that
    log and inverse distributions are safe, with mean exactly 1/2. With 53 random bits and a
    half the largest would round to 1.
    """
    return (float(word >> _12) + 0.5) * 2.0**-52


@kernel
def _uniforms(
    key: NDArray[np.uint64], c0: int, c1: int, c2: int, c3: int, out: NDArray[np.float64]
) -> None:
    """Fill row i of ``out``, shape (n, 4), with the block of the counters c0, c1 + i, c2, c3."""
    block = np.empty(4, dtype=np.uint64)
    for i in range(len(out)):
        philox4x64(key[0], key[1], c0, c1 + i, c2, c3, block)
        for k in range(4):
            out[i, k] = uniform1(block[k])


@kernel
def _uniforms_in_turn(key: NDArray[np.uint64], first: int, out: NDArray[np.float64]) -> None:
    """Fill row i of ``out``, shape (n, 4), with the block of the counter first + i."""
    block = np.empty(4, dtype=np.uint64)
    for i in range(len(out)):
        philox4x64(key[0], key[1], first + i, 0, 0, 0, block)
        for k in range(4):
            out[i, k] = uniform1(block[k])


@kernel
def normals2(word_a: np.uint64, word_b: np.uint64) -> tuple[float, float]:
    """Turn two random uint64 into two independent standard normals (Box and Muller, 1958).

    The radius comes from ``word_a``: no result exceeds 8.6 in size.
    """
    radius = math.sqrt(-2.0 * math.log(uniform1(word_a)))
    angle = 2.0 * math.pi * uniform1(word_b)
    return radius * math.cos(angle), radius * math.sin(angle)


@dataclass(frozen=True, eq=False, slots=True)
class Stream:
    """The random numbers of one name; see ``Streams``.

    Attributes
    ----------
    key : Philox key for kernels, shape (2,), uint64, read-only.
    """

    key: NDArray[np.uint64]

    def generator(self) -> np.random.Generator:
        """Return a NumPy generator, always from the start, for work at set-up time.

        It counts up from c3 = 2**63, where no keyed draw of this stream comes.
        """
        return np.random.Generator(np.random.Philox(key=self.key, counter=_GENERATOR_COUNTER))

    def draw(self, *counters: int) -> NDArray[np.float64]:
        """Return the four uniforms of (0, 1), shape (4,), that belong to the counters.

        At most 4 counters, each 0 <= c < 2**63; missing ones are 0, so ``draw(7)`` and
        ``draw(7, 0)`` are the same draw. Raises ValueError for any other.
        """
        four = counters + (0,) * (_COUNTERS - len(counters))
        if len(four) > _COUNTERS or min(four) < 0 or max(four) >= 1 << 63:
            msg = f"a draw takes at most 4 counters from 0 to 2**63 - 1, got {counters}"
            raise ValueError(msg)
        out = np.empty((1, 4))
        _uniforms(self.key, four[0], four[1], four[2], four[3], out)
        return np.asarray(out[0])

    def draw_rows(self, counter: int, rows: int) -> NDArray[np.float64]:
        """Return ``draw(counter, row)`` of the first so many rows, shape (rows, 4)."""
        out = np.empty((rows, 4))
        _uniforms(self.key, counter, 0, 0, 0, out)
        return out

    def draw_in_turn(self, first: int, count: int) -> NDArray[np.float64]:
        """Return ``draw(first + i)`` for i below ``count``, shape (count, 4); first not below 0."""
        out = np.empty((count, 4))
        _uniforms_in_turn(self.key, first, out)
        return out


@dataclass(frozen=True, slots=True)
class Streams:
    """All random numbers of a run: ``Streams(seed)("world", "radar-3", "noise")``.

    A stream depends on the seed (any integer) and its names only.
    """

    seed: int

    def __call__(self, *names: str | int) -> Stream:
        """Return the stream of these names."""
        digest = blake2b(_canonical(self.seed, *names), digest_size=16).digest()
        key = np.frombuffer(digest, dtype="<u8").astype(np.uint64)
        key.flags.writeable = False
        return Stream(key)


def object_key(*names: str | int) -> int:
    """Return a stable key of an object from its names, 0 <= key < 2**63 (an int64 column).

    For counters of draws: it does not change when objects are listed in another order.
    """
    return int.from_bytes(blake2b(_canonical(*names), digest_size=8).digest(), "little") >> 1


def _canonical(*names: str | int) -> bytes:
    """Encode names so that no two lists of names give the same bytes."""
    parts = [("i" if isinstance(name, int) else "s", str(name).encode()) for name in names]
    return b"".join(f"{kind}{len(part)}:".encode() + part for kind, part in parts)
