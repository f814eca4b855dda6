"""A Dask cluster behind `concurrent.futures.Executor`."""

import functools
from collections.abc import Callable
from concurrent.futures import Executor, Future
from importlib import import_module

from .choice import BackendError


class DaskExecutor(Executor):
    """Dask's own executor, made to behave as the standard library's do.

    Dask caches calls with equal arguments unless `pure=False`, takes keyword arguments like `key` or `workers` for its own
    unless they are bound, and knows neither `buffersize` in `map`, which comes from the base class here, nor `cancel_futures`.
    """

    def __init__(
        self, address: str, initializer: Callable[[], object], timeout: float = 10
    ) -> None:
        """Connect to the scheduler at `address` within `timeout` s. Raises BackendError."""
        try:
            distributed = import_module("distributed")
        except ModuleNotFoundError as error:
            raise BackendError("dask isn't installed: uv sync --extra cluster") from error
        try:
            self._client = distributed.Client(address, timeout=timeout, set_as_default=False)
        except (OSError, ValueError) as error:
            raise BackendError(f"no Dask scheduler answers at {address}: {error}") from error
        self._client.register_worker_callbacks(setup=initializer)
        self._executor = self._client.get_executor(pure=False)
        self._futures: set[Future] = set()

    @property
    def workers(self) -> int:
        """The number of threads of all workers that the cluster has now."""
        return sum(self._client.ncores().values())

    def submit[**P, R](
        self, function: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs
    ) -> Future[R]:
        """Run a function on the cluster. A cancelled future of running work says so, though the work goes on."""
        future = self._executor.submit(functools.partial(function, *args, **kwargs))
        self._futures.add(future)
        future.add_done_callback(self._futures.discard)
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        if cancel_futures:
            for future in list(self._futures):
                future.cancel()
        self._executor.shutdown(wait=wait)
        self._client.close()
