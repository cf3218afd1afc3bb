"""One chain's nodes over JSON-RPC: bounded in time, next node when one is down, errors in words."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, cast

from passes_service.chain.errors import ChainMismatch, NodeRefused, NodeUnavailable
from passes_service.chain.networks import Network

if TYPE_CHECKING:
    from web3 import HTTPProvider

REQUEST_SECONDS = 2.0
"""How long a request thread may wait for a node."""
WORKER_SECONDS = 10.0

_IMPORT = threading.Lock()
_POOL = ThreadPoolExecutor(max_workers=16, thread_name_prefix="node")


def _provider(url: str, seconds: float) -> HTTPProvider:
    """Return web3's provider. Loaded late: most processes never ask a node.

    A dependency of web3 raises Python's recursion limit at import, after which one deep JSON body
    ends the process; it is put back.
    """
    with _IMPORT:
        limit = sys.getrecursionlimit()
        from web3 import HTTPProvider

        sys.setrecursionlimit(limit)
    return HTTPProvider(
        url, request_kwargs={"timeout": seconds}, exception_retry_configuration=None
    )


def preload() -> None:
    """Load what asking a node takes, so that no request has to wait for it."""
    _provider("http://127.0.0.1:0", REQUEST_SECONDS)


class Node:
    """The nodes of one chain. Safe to share between threads.

    Results are those of JSON-RPC: quantities are 0x-strings, see `quantity`.
    """

    def __init__(self, network: Network, *, seconds: float = REQUEST_SECONDS) -> None:
        self.network = network
        self._seconds = seconds
        self._providers = [(url, seconds) for url in network.rpc]
        self._made: dict[int, HTTPProvider] = {}
        self._preferred = 0
        self._checked: set[int] = set()

    def __repr__(self) -> str:
        return f"Node({self.network.name})"

    def call(self, method: str, *params: Any) -> Any:
        """Ask one thing.

        Raises:
            NodeUnavailable: No node answered in time.
            NodeRefused: A node answered with an error.
            ChainMismatch: The node is on another chain.
        """
        return self.batch([(method, params)])[0]

    def batch(self, requests: Sequence[tuple[str, Sequence[Any]]]) -> list[Any]:
        """Ask several things in one request; the first error among the answers is raised.

        Raises:
            NodeUnavailable, NodeRefused, ChainMismatch: As `call`.
        """
        if not requests:
            return []
        return [_result(answer) for answer in self._ask(requests)]

    def try_batch(self, requests: Sequence[tuple[str, Sequence[Any]]]) -> list[Any | NodeRefused]:
        """Ask several things; an answer that is an error stays in its place.

        Raises:
            NodeUnavailable, ChainMismatch: As `call`.
        """
        found: list[Any | NodeRefused] = []
        for answer in self._ask(requests) if requests else []:
            try:
                found.append(_result(answer))
            except NodeRefused as error:
                found.append(error)
        return found

    def _ask(self, requests: Sequence[tuple[str, Sequence[Any]]]) -> list[Any]:
        last: Exception | None = None
        count, begin = len(self._providers), self._preferred
        until = time.monotonic() + self._seconds
        for turn in range(count):
            if turn and time.monotonic() >= until:
                break  # the patience is for all nodes together, and the next call begins further on
            index = (begin + turn) % count
            try:
                self._check_chain(index)
                answers = self._send(index, requests)
            except (ChainMismatch, NodeRefused):
                raise
            except Exception as error:  # requests and web3 raise many kinds, all mean "no answer"
                last = error
                self._preferred = (index + 1) % count
                continue
            self._preferred = index
            return answers
        kind = type(last).__name__
        raise NodeUnavailable(f"No node of {self.network.name} answered ({kind}).") from None

    def _send(self, index: int, requests: Sequence[tuple[str, Sequence[Any]]]) -> list[Any]:
        provider = self._made.get(index)
        if provider is None:
            provider = self._made[index] = _provider(*self._providers[index])
        if len(requests) == 1:
            method, params = requests[0]
            return [provider.make_request(cast("Any", method), list(params))]
        sent = [(cast("Any", method), list(params)) for method, params in requests]
        answers = provider.make_batch_request(sent)
        if not isinstance(answers, list) or len(answers) != len(requests):
            raise ValueError("the node does not answer batches")
        return list(answers)

    def _check_chain(self, index: int) -> None:
        """Ask a node once which chain it is on; money must not follow a wrong address."""
        if index in self._checked:
            return
        found = quantity(_result(self._send(index, [("eth_chainId", ())])[0]))
        if found != self.network.chain_id:
            raise ChainMismatch(
                f"The node of {self.network.name} is on chain {found}, not {self.network.chain_id}."
            )
        self._checked.add(index)


class HurriedNode(Node):
    """The same nodes, asked for a request: all its questions together take `seconds` at most.

    Whoever asks waits here no longer, also for a node that answers byte by byte; the question is
    left to a thread of a small pool, which gives up by itself.
    """

    def __init__(self, node: Node, seconds: float) -> None:
        self.network = node.network
        self._node = node
        self._seconds = seconds
        self._until = time.monotonic() + seconds

    def _ask(self, requests: Sequence[tuple[str, Sequence[Any]]]) -> list[Any]:
        left = self._until - time.monotonic()
        if left > 0:
            asked = _POOL.submit(self._node._ask, requests)
            try:
                return asked.result(timeout=left)
            except TimeoutError:
                asked.cancel()
        raise NodeUnavailable(
            f"No node of {self.network.name} answered within {self._seconds:g} seconds."
        )


def quantity(text: Any) -> int:
    """Return the integer of a JSON-RPC quantity.

    Raises:
        NodeUnavailable: The node sent something else.
    """
    if not isinstance(text, str) or not text.startswith("0x"):
        raise NodeUnavailable("The node sent no number where one belongs.")
    try:
        return int(text, 16)
    except ValueError:
        raise NodeUnavailable("The node sent no number where one belongs.") from None


def _result(answer: Any) -> Any:
    if not isinstance(answer, dict):
        raise NodeUnavailable("The node sent no JSON-RPC answer.")
    error = answer.get("error")
    if error is None:
        return answer.get("result")
    if not isinstance(error, dict):
        raise NodeRefused(str(error)[:200])
    data = error.get("data")
    if isinstance(data, dict):  # Hardhat and some hosted nodes wrap it
        data = data.get("data")
    raise NodeRefused(
        str(error.get("message", ""))[:200],
        rpc_code=int(error.get("code", 0) or 0),
        data=data if isinstance(data, str) else "",
    )
