"""Codes that cost no more than the numbers that they are.

Python 3.11 finds ``Code.NAME`` by a failed look-up and a call of ``__getattr__`` (from 3.12 on
members are plain attributes of their class), and NumPy looks for ``__array_ufunc__`` in the class
of every operand that is no plain number, by the same way. A run asks both half a million times.
"""

from enum import IntEnum
from typing import TypeVar

import numpy as np

E = TypeVar("E", bound=IntEnum)


def bound(kind: type[E]) -> type[E]:
    """Bind the members of an enumeration to its class, and return it: a decorator."""
    for name, member in kind.__members__.items():
        type.__setattr__(kind, name, member)
    # The answer of arrays themselves: nothing of its own.
    type.__setattr__(kind, "__array_ufunc__", np.ndarray.__array_ufunc__)
    return kind
