"""A peer between us and the node that distorts its answers: the faults that real nodes have."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

Distort = Callable[[str, list[Any], Any], Any]
"""Method, parameters and the true result, to what is answered instead."""


class Refusal(Exception):
    """Answer with a JSON-RPC error."""

    def __init__(self, message: str, code: int = -32005) -> None:
        super().__init__(message)
        self.code = code


class Down(Exception):
    """Close the connection without an answer."""


class FaultyNode:
    """The proxy. Set `distort` at any time; `asked` counts the methods that were called."""

    def __init__(self, target: str) -> None:
        self.target = urlsplit(target)
        self.distort: Distort = honest
        self.asked: Counter[str] = Counter()
        self.url = ""
        self.slow_seconds = 0.0

    def forward(self, body: bytes) -> Any:
        connection = HTTPConnection(str(self.target.hostname), self.target.port, timeout=60)
        try:
            connection.request("POST", "/", body, {"Content-Type": "application/json"})
            return json.loads(connection.getresponse().read())
        finally:
            connection.close()

    def answer(self, body: bytes) -> Any:
        time.sleep(self.slow_seconds)
        requests, truth = json.loads(body), self.forward(body)
        if isinstance(requests, dict):
            return self._one(requests, truth)
        by_id = {one["id"]: one for one in truth}
        return [self._one(each, by_id[each["id"]]) for each in requests]

    def _one(self, request: dict[str, Any], truth: dict[str, Any]) -> dict[str, Any]:
        self.asked[request["method"]] += 1
        if "error" in truth:
            return truth
        shared = {"jsonrpc": "2.0", "id": request["id"]}
        try:
            said = self.distort(request["method"], request.get("params", []), truth["result"])
        except Refusal as refusal:
            return {**shared, "error": {"code": refusal.code, "message": str(refusal)}}
        return {**shared, "result": said}


def honest(method: str, params: list[Any], result: Any) -> Any:
    """Answer as the node does."""
    return result


@contextmanager
def faulty(target: str) -> Iterator[FaultyNode]:
    """Serve a faulty node before a real one until the block ends."""
    peer = FaultyNode(target)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            try:
                sent = json.dumps(peer.answer(body)).encode()
            except Down:
                self.close_connection = True
                return
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(sent)))
            self.end_headers()
            self.wfile.write(sent)

        def log_message(self, *args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    peer.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield peer
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
