# SPDX-License-Identifier: MIT
"""Hands command lines to a Dask scheduler, whose workers start them on their machines.

A worker gets nothing but ``subprocess.run`` of the standard library and a list of
words: no function of this project is pickled, none is needed where the worker is, and
no student's code comes into its process.  Tree, submissions and OUT are the same
paths on all machines.  When the scheduler is gone, so is its queue: the next batch
finds in OUT what was finished and asks for the rest.
"""

import ipaddress
import queue
import subprocess
from collections.abc import Generator, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from grading.batch.engine import GUARD_S, Ended, Started, Task, last_words, make_folder
from grading.errors import InfraError, UsageError

if TYPE_CHECKING:
    from distributed import Client

_CONNECT_S = 20
_GONE_S = 20.0
_POLL_S = 1.0


@dataclass(frozen=True)
class Tls:
    """Files of certificates, as Dask's own ``--tls-*`` options name them."""

    ca: str = ""
    cert: str = ""
    key: str = ""


def check_address(address: str, tls: Tls) -> None:
    """Refuse, with a UsageError, what is neither TLS nor this machine itself."""
    parts = urlsplit(address)
    try:
        good = parts.scheme in ("tcp", "tls") and parts.hostname and parts.port
    except ValueError:
        good = False
    if not good:
        raise UsageError(f"--engine dask:{address}: not of the form dask:tcp://HOST:PORT or tls://")
    if parts.scheme == "tls":
        if not (tls.ca and tls.cert and tls.key):
            raise UsageError("--engine dask:tls://...: needs --tls-ca, --tls-cert and --tls-key")
    elif not _is_loopback(parts.hostname or ""):
        raise UsageError(
            f"--engine dask:{address}: whoever reaches such a scheduler can run anything on its"
            " workers: use tls://, or an SSH tunnel to 127.0.0.1 (docs/guide/instructor.md)"
        )


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class DaskEngine:
    """As many commands at a time as the scheduler's workers have threads."""

    def __init__(self, address: str, tls: Tls) -> None:
        check_address(address, tls)
        try:
            import distributed
        except ImportError as error:
            raise UsageError(
                "--engine dask:... needs the Debian package python3-distributed;"
                " without it, --engine local does the same on one machine"
            ) from error
        self._distributed = distributed
        self._address = address
        self._tls = tls

    def run(self, tasks: Iterable[Task], started: Started) -> Generator[Ended, None, None]:
        """Run TASKS; jobs that a worker has begun when the iterator is closed end by themselves."""
        client = self._connect()
        done: "queue.SimpleQueue[tuple[Task, Any]]" = queue.SimpleQueue()
        left = 0
        futures = []
        try:
            for task in tasks:
                make_folder(task)
                started(task)
                futures.append(self._submit(client, task, done))
                left += 1
            silent = 0.0
            while left:
                try:
                    task, future = done.get(timeout=_POLL_S)
                except queue.Empty:
                    silent = 0.0 if self._is_there(client) else silent + _POLL_S
                    if silent > _GONE_S:
                        raise self._gone() from None
                    continue
                if future.status == "lost" or (future.cancelled() and not self._is_there(client)):
                    raise self._gone()
                left -= 1
                yield _ended(task, future)
        finally:
            _let_go(client, futures)

    def _connect(self) -> "Client":
        security = None
        if self._address.startswith("tls:"):
            security = self._distributed.Security(
                tls_ca_file=self._tls.ca,
                tls_client_cert=self._tls.cert,
                tls_client_key=self._tls.key,
                require_encryption=True,
            )
        try:
            return self._distributed.Client(
                self._address, security=security, timeout=_CONNECT_S, set_as_default=False
            )
        except (OSError, ValueError, TimeoutError) as error:
            raise InfraError(f"no Dask scheduler answers at {self._address}: {error}") from error

    def _submit(self, client: "Client", task: Task, done: "queue.SimpleQueue[Any]") -> Any:
        future = client.submit(
            subprocess.run,
            list(task.command),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            timeout=GUARD_S,
            key=f"grade-{task.folder.name}",
            pure=False,
        )
        future.add_done_callback(lambda ended: done.put((task, ended)))
        return future

    def _is_there(self, client: "Client") -> bool:
        return client.status == "running"

    def _gone(self) -> InfraError:
        return InfraError(
            f"the Dask scheduler at {self._address} is gone; what was finished is stored:"
            " give the same command again when there is one"
        )


def _ended(task: Task, future: Any) -> Ended:
    """How the job of FUTURE ended; one that a worker took down with it has no status."""
    try:
        ran = future.result(timeout=60)
    except Exception as error:  # whatever went wrong over there, it is no verdict
        return Ended(task, -9, f"the worker gave no answer: {type(error).__name__}: {error}")
    return Ended(task, ran.returncode, last_words(ran.stderr))


def _let_go(client: "Client", futures: list[Any]) -> None:
    try:
        if client.status == "running":
            client.cancel(futures, force=True)
    finally:
        client.close(timeout=5)
