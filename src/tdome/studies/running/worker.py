"""A worker process: takes tasks from a pipe until the pipe or its parent is gone.

Started as ``python -m tdome.studies.running.worker FD PARENT``, never by forking or importing the
caller's script: so no main guard is needed, and no open file or lock is inherited. After
``kill -9`` of the parent nobody closes anything, so the worker watches for itself (engine.md, 9:
spawned workers of a killed driver lived on for minutes).
"""

import ctypes
import os
import signal
import sys
import time
from contextlib import suppress
from multiprocessing.connection import Connection
from threading import Thread
from typing import Any

_PARENT_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG, Linux: prctl(2)
_LOOK_EVERY_S = 1.0


def main(descriptor: int, parent: int) -> None:
    """Serve tasks that come through an inherited file descriptor."""
    _die_with(parent)
    connection: Connection[Any, Any] = Connection(descriptor)
    with suppress(EOFError, BrokenPipeError, ConnectionResetError):
        sys.path[:] = connection.recv()
        from tdome.studies.running.base import Task, run_task  # noqa: PLC0415  (by that path)

        while True:
            task = connection.recv()
            if isinstance(task, Task):
                connection.send(run_task(task))


def _die_with(parent: int) -> None:
    """End this process as soon as its parent is gone, in the middle of a run if need be."""
    with suppress(OSError, AttributeError):  # not on Linux: the watch does it
        ctypes.CDLL(None).prctl(_PARENT_DEATH_SIGNAL, signal.SIGKILL)
    Thread(target=_watch, args=(parent,), daemon=True).start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_LOOK_EVERY_S)
    os._exit(1)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
