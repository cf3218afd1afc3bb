"""A request waits for a node as long as a request may, whatever the node does."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from passes_service.chain.errors import NodeUnavailable
from passes_service.chain.networks import Network
from passes_service.chain.node import HurriedNode, Node
from tests.chain.local import LocalChain


@contextmanager
def trickling_peer() -> Iterator[tuple[str, list[int]]]:
    """A node that answers one byte every tenth of a second, for ever; and its visitors."""
    visitors: list[int] = []
    stop = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def talk(peer: socket.socket) -> None:
            with peer:
                try:
                    peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
                    while not stop.wait(0.1):
                        peer.sendall(b" ")
                except OSError:
                    return

        def accept() -> None:
            while True:
                try:
                    peer, _ = server.accept()
                except OSError:
                    return
                visitors.append(1)
                threading.Thread(target=talk, args=(peer,), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}", visitors
        stop.set()


def network(url: str) -> Network:
    return Network(chain_id=31337, name="Local", rpc=(url,), factory="0x" + "11" * 20)


def test_a_node_that_answers_byte_by_byte_is_not_waited_for() -> None:
    with trickling_peer() as (url, visitors):
        hurried = HurriedNode(Node(network(url), seconds=0.5), 0.5)

        with pytest.raises(NodeUnavailable, match=r"within 0\.5 seconds"):
            hurried.call("eth_blockNumber")
        before = len(visitors)
        with pytest.raises(NodeUnavailable):
            hurried.call("eth_blockNumber")

    assert len(visitors) == before  # the time was over: nobody was asked


@pytest.mark.node
def test_a_node_that_answers_is_asked_as_ever(chain: LocalChain) -> None:
    hurried = HurriedNode(chain.node, 20)

    assert int(hurried.call("eth_blockNumber"), 16) == chain.height()
    assert hurried.network is chain.node.network
    refused = hurried.try_batch([("eth_chainId", ()), ("no_such_method", ())])
    assert refused[0] == "0x7a69"
