"""A few threads that share the pieces of one step of work.

For compiled kernels that let go of the interpreter's lock (:mod:`tdome.kernel.jit`). Which thread
takes which piece is left to chance, so pieces must not read what others write: then the result is
the same for any number of threads.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from types import TracebackType
from typing import Self


class Crew:
    """``workers`` threads, the caller's among them; ``with Crew(2) as crew``.

    The threads end with the ``with``: none is left idle, or lost in a child process. One worker
    means no thread at all.

    Raises
    ------
    ValueError
        workers is less than 1.
    """

    def __init__(self, workers: int) -> None:
        if workers < 1:
            raise ValueError(f"{workers} workers: at least 1 is needed")
        self.workers = workers
        self._pool = ThreadPoolExecutor(workers - 1, "crew") if workers > 1 else None

    def __enter__(self) -> Self:
        """Return the crew."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Let the threads go."""
        if self._pool is not None:
            self._pool.shutdown()

    def each(self, work: Callable[[int], None], pieces: int) -> None:
        """Call work(0) … work(pieces - 1), each once, in any order; return when all are done.

        What a piece raises is raised here, after the others have stopped; pieces that nobody had
        begun are left undone then.
        """
        if self._pool is None or pieces < 2:  # noqa: PLR2004 - nothing to share
            for piece in range(pieces):
                work(piece)
            return
        turns, lock = iter(range(pieces)), Lock()

        def some() -> None:
            while True:
                with lock:
                    piece = next(turns, -1)
                if piece < 0:
                    return
                try:
                    work(piece)
                except BaseException:
                    with lock:
                        for _ in turns:
                            pass
                    raise

        helpers = [self._pool.submit(some) for _ in range(min(self.workers, pieces) - 1)]
        try:
            some()
        finally:
            begun = [one for one in helpers if not one.cancel()]
            faults = [one.exception() for one in begun]
        for fault in faults:
            if fault is not None:
                raise fault
