"""Workers on this machine: processes of their own, one task each at a time."""

import os
import subprocess
import sys
from multiprocessing import Pipe
from multiprocessing.connection import Connection, wait
from typing import Any, NamedTuple, Self

from tdome.kernel.errors import TdomeError
from tdome.studies.running.base import Answer, Task

_TRIES = 3
_GOODBYE_S = 2.0
_ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


class _Process(NamedTuple):
    """A process and our end of its pipe."""

    process: subprocess.Popen[bytes]
    pipe: "Connection[Any, Any]"


class LocalWorkers:
    """``count`` processes. One that dies is replaced, its task tried again, twice at most."""

    def __init__(self, count: int) -> None:
        self._idle = [_start() for _ in range(count)]
        self._at_work: dict[int, tuple[_Process, Task]] = {}  # by our end's file descriptor
        self._tries: dict[int, int] = {}

    @classmethod
    def for_machine(cls) -> Self:
        """Return one worker for each core that this process may use."""
        return cls(cores())

    def free(self) -> int:
        """Return how many processes have nothing to do."""
        return len(self._idle)

    def busy(self) -> int:
        """Return how many processes are at work."""
        return len(self._at_work)

    def give(self, task: Task) -> None:
        """Send a task to a process that has none."""
        one = self._idle.pop()
        self._at_work[one.pipe.fileno()] = one, task
        try:
            one.pipe.send(task)
        except OSError:
            self._lost(one, task)

    def take(self, timeout: float) -> list[Answer]:
        """Wait for answers, ``timeout`` seconds at most."""
        ready = wait([one.pipe for one, _ in self._at_work.values()], timeout)
        answers = []
        for one, task in list(self._at_work.values()):
            if one.pipe not in ready:
                continue
            try:
                answer = one.pipe.recv()
            except (EOFError, OSError):
                self._lost(one, task)
                continue
            if isinstance(answer, Answer):
                del self._at_work[one.pipe.fileno()]
                self._tries.pop(task.number, None)
                self._idle.append(one)
                answers.append(answer)
        return answers

    def close(self) -> None:
        """End all processes, those at work too."""
        everyone = self._idle + [one for one, _ in self._at_work.values()]
        self._idle, self._at_work = [], {}
        for one in everyone:
            one.process.terminate()
            one.pipe.close()
        for one in everyone:
            try:
                one.process.wait(_GOODBYE_S)
            except subprocess.TimeoutExpired:
                one.process.kill()
                one.process.wait()

    def _lost(self, one: _Process, task: Task) -> None:
        """Replace a process that died (no memory left, a signal) and give its task again."""
        del self._at_work[one.pipe.fileno()]
        one.pipe.close()
        one.process.kill()
        status = one.process.wait()
        tries = self._tries[task.number] = self._tries.get(task.number, 0) + 1
        if tries >= _TRIES:
            piece = task.pieces[0]
            raise TdomeError(
                f"a worker process died {tries} times (exit status {status}) on point "
                f"{piece.point}, replicates {piece.first} to {piece.stop - 1}: is there memory "
                "for that many workers?"
            )
        self._idle.append(_start())
        self.give(task)


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _start() -> _Process:
    ours, theirs = Pipe()
    words = [sys.executable, "-m", "tdome.studies.running.worker"]
    environment = os.environ | {name: os.environ.get(name, "1") for name in _ONE_THREAD}
    process = subprocess.Popen(  # noqa: S603  (this Python, this package)
        [*words, str(theirs.fileno()), str(os.getpid())],
        pass_fds=[theirs.fileno()],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,  # standard output may be the caller's JSON
        env=environment,
        start_new_session=True,  # Ctrl-C is for the parent, which then ends us
    )
    theirs.close()
    ours.send([path for path in sys.path if path] + [os.getcwd()])  # noqa: PTH109
    return _Process(process, ours)
