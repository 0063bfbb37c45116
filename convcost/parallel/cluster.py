"""A Dask cluster: items become futures of ``dask.distributed``, the extra ``cluster``.

Neither scheduler nor workers read files or write them: a job holds all that it needs.
"""

from __future__ import annotations

import logging
import re
import warnings
from contextlib import contextmanager
from importlib import import_module
from time import monotonic
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn, TypeVar

from convcost.errors import ConvcostError, cut, quoted
from convcost.parallel.job import WINDOW, answered, in_order, maker, packed

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator

Item = TypeVar("Item")
Result = TypeVar("Result")

LOCAL = "local"
CONNECTING = 10  # seconds until a scheduler has answered
PATIENCE = 60  # seconds without any worker
ATTEMPTS = 4  # to work on an item whose workers end
COUNTED_EVERY = 2.0  # seconds from one count of the workers to the next


_ADDRESS = re.compile(r"((tcp|tls|ucxx?|wss?)://)?[^\s/]+:\d{1,5}")
_EXAMPLE = "  an address is that which `dask scheduler` prints, such as tcp://10.0.0.5:8786"


class _Sent(NamedTuple):
    """An item, and its future."""

    item: Any
    future: Any


class Cluster:
    """Workers of a cluster, by its client."""

    def __init__(self, client: Any, address: str) -> None:
        self.client, self.address = client, address
        self._threads, self._counted_at = 0, -COUNTED_EVERY

    def each(self, job: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
        """The results of items, in their order. Those of workers that are lost are made again.

        Raises:
            ConvcostError: the job raises it for an item, or the cluster cannot do it.
        """
        self._check()
        # A future, so that it goes to each worker once, and is made again with a lost worker.
        held = self._submitted(bytes, packed(job))

        def send(item: Item) -> _Sent:
            return _Sent(item, self._submitted(answered, held, item, maker().sources))

        def fetch(sent: _Sent) -> Result:
            return self._fetched(sent, lambda: send(sent.item).future)

        yield from in_order(items, send, fetch, self._most)

    def _check(self) -> None:
        """Refuse workers without this convcost: one that cannot unpickle its work ends."""
        try:
            found = self.client.run(maker, on_error="return")
        except Exception as error:
            self._refuse(error)
        for one in found.values():
            if isinstance(one, Exception):
                self._refuse(one)
            one.refuse_unless(maker())

    def _submitted(self, function: Callable[..., Any], *given: Any) -> Any:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # of large arguments
            try:
                return self.client.submit(function, *given, pure=False)
            except Exception as error:
                self._refuse(error)

    def _most(self) -> int:
        """How many items are in flight at once."""
        if monotonic() - self._counted_at > COUNTED_EVERY:
            self._threads, self._counted_at = self._workers(), monotonic()
        return WINDOW * max(1, self._threads)

    def _workers(self) -> int:
        """The threads of all workers."""
        try:
            return sum(self.client.nthreads().values())
        except Exception as error:
            self._refuse(error)

    def _fetched(self, sent: _Sent, again: Callable[[], Any]) -> Any:
        future = sent.future
        for _ in range(ATTEMPTS - 1):
            try:
                return self._waited(future).given()
            except ConvcostError:
                raise
            except Exception as error:
                if self.client.status != "running" or _of_another_environment(error):
                    self._refuse(error)
            future = again()
        try:
            return self._waited(future).given()
        except ConvcostError:
            raise
        except Exception as error:
            self._refuse(error)

    def _waited(self, future: Any) -> Any:
        """The answer of a future, for as long as there are workers that could give it."""
        while True:
            try:
                return future.result(timeout=PATIENCE)
            except TimeoutError:
                if future.done():
                    raise
                if not self._workers():
                    raise ConvcostError(
                        f"--cluster: the scheduler at {self.address} has had no worker for "
                        f"{PATIENCE} seconds\n  start some: dask worker {self.address}"
                    ) from None

    def _refuse(self, error: Exception) -> NoReturn:
        """Say why the cluster cannot go on. Callers catch any exception: Dask passes on whatever a
        worker, a connection or an unpickled object raises."""
        if self.client.status != "running":
            raise ConvcostError(
                f"--cluster: the connection to the scheduler at {self.address} is lost"
            ) from None
        if _of_another_environment(error):
            raise ConvcostError(
                f"--cluster: the scheduler or a worker at {self.address} lacks this convcost: "
                f"{_said(error)}\n  install the same convcost for the scheduler and all workers"
            ) from None
        raise ConvcostError(
            f"--cluster: {ATTEMPTS} workers failed at the same piece of work: {_said(error)}\n"
            "  workers that are killed have often run out of memory"
        ) from None


def _of_another_environment(error: Exception) -> bool:
    """Whether a function or its arguments could not be unpickled: with a scheduler or a worker
    whose packages are others. Dask may have made a text of the error."""
    kinds = ("ImportError", "ModuleNotFoundError", "AttributeError", "deserializ")
    said = f"{type(error).__name__}: {error}"
    return any(kind in said for kind in kinds)


def _said(error: Exception) -> str:
    """The first line of an error."""
    return quoted(f"{type(error).__name__}: {error}".partition("\n")[0])


@contextmanager
def cluster(address: str) -> Generator[Cluster]:
    """The workers of the scheduler at an address, ``tcp://host:8786``; of ``local`` or ``local:4``
    those of a cluster that is started on this machine.

    Raises:
        ConvcostError: there is none, or the extra ``cluster`` is not installed.
    """
    try:
        distributed = import_module("distributed")
    except ImportError:
        raise ConvcostError(
            "--cluster hands work to Dask, which is not installed\n"
            "  python3 -m pip install 'convcost[cluster]'"
        ) from None
    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # lost workers are no one's news
    with _started(distributed, address) as where, _client(distributed, where, address) as client:
        yield Cluster(client, address)


@contextmanager
def _started(distributed: Any, address: str) -> Generator[Any]:
    """The address to connect to, or the cluster of this machine that is asked for in its place."""
    name, colon, number = address.partition(":")
    if name != LOCAL:
        if not _ADDRESS.fullmatch(address):
            raise ConvcostError(f"--cluster: {quoted(address)} is not an address\n{_EXAMPLE}")
        yield address
        return
    if colon and not (number.isascii() and number.isdecimal() and 0 < int(number) <= 1000):
        raise ConvcostError(f"--cluster: {quoted(address)} is not a number of workers, as local:4")
    with distributed.LocalCluster(
        n_workers=int(number) if number else None,
        threads_per_worker=1,
        processes=True,
        dashboard_address=":0",
        silence_logs=logging.CRITICAL,
    ) as started:
        yield started


@contextmanager
def _client(distributed: Any, where: Any, address: str) -> Generator[Any]:
    try:
        client = distributed.Client(where, timeout=CONNECTING, set_as_default=False)
    except (OSError, TimeoutError, ValueError, ImportError) as error:
        raise ConvcostError(
            f"--cluster: no Dask scheduler answers at {quoted(address)}\n"
            f"  {cut(str(error), 200)}\n{_EXAMPLE}"
        ) from None
    with client:
        yield client
