"""Workers of a Dask cluster (extra ``cluster``), with the results of local processes.

Dask only carries tasks and answers: parts, manifest, resuming and stopping stay here, so that a
cluster that is lost costs no more than what was in flight. Dask was taken and not Ray: a third of
its size, TLS built in, no listener on other interfaces than told (interop.md, section 8).
Start workers with one thread each: ``dask worker ADDRESS --nworkers 8 --nthreads 1``. Files that a
plan or scenario names (GeoJSON, GeoTIFF) must be at the same path on every machine.
"""

from importlib import import_module
from queue import Empty, SimpleQueue
from typing import Any

from tdome.kernel.errors import ConfigError, TdomeError
from tdome.studies.running.base import Answer, Task, run_task

_PATIENCE_S = 30.0
_AHEAD = 2  # tasks for each thread of the cluster, so that none waits for the way back


class ClusterWorkers:
    """All workers that a scheduler at ``address`` has. Raises ConfigError where there is none."""

    def __init__(self, address: str) -> None:
        try:
            distributed: Any = import_module("distributed")  # an extra, typed in part
        except ModuleNotFoundError:
            hint = "pip install 'tdome[cluster]'"
            problem = "Dask distributed is not installed"
            raise ConfigError("--cluster", None, "cluster", problem, hint) from None
        try:
            self._client: Any = distributed.Client(
                address, timeout=_PATIENCE_S, set_as_default=False
            )
            self._client.wait_for_workers(1, timeout=_PATIENCE_S)
        except (OSError, TimeoutError, ValueError) as fault:
            problem = f"no scheduler with workers answers at {address!r}: {fault}"
            hint = "as tcp://127.0.0.1:8786"
            raise ConfigError("--cluster", None, "cluster", problem, hint) from None
        self._running: dict[int, Any] = {}
        self._answered: SimpleQueue[int] = SimpleQueue()

    def free(self) -> int:
        """Return how many more tasks the cluster should have."""
        threads = int(sum(self._client.nthreads().values()))
        return max(0, _AHEAD * max(1, threads) - len(self._running))

    def busy(self) -> int:
        """Return how many tasks the cluster has."""
        return len(self._running)

    def give(self, task: Task) -> None:
        """Send a task."""
        future = self._client.submit(run_task, task, pure=False)
        self._running[task.number] = future
        future.add_done_callback(lambda _, number=task.number: self._answered.put(number))

    def take(self, timeout: float) -> list[Answer]:
        """Wait for answers, ``timeout`` seconds at most."""
        answers = []
        try:
            number = self._answered.get(timeout=timeout)
            while True:
                answers.append(self._result(number))
                number = self._answered.get_nowait()
        except Empty:
            return answers

    def close(self) -> None:
        """Take back what has not begun, and leave the cluster to others."""
        self._client.cancel(list(self._running.values()))
        self._running = {}
        self._client.close()

    def _result(self, number: int) -> Answer:
        future = self._running.pop(number)
        try:
            answer = future.result()
        except Exception as fault:
            raise TdomeError(f"the cluster lost a task: {fault}") from fault
        if not isinstance(answer, Answer):
            raise TdomeError(f"the cluster answered with {type(answer).__name__}")
        return answer
