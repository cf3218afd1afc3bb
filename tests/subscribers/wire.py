"""What passes between a calendar client and the service: seen, counted, never changed."""

from __future__ import annotations

import http.client
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any

_HOP_BY_HOP = ("connection", "keep-alive", "transfer-encoding", "upgrade")


@dataclass(frozen=True)
class Poll:
    """One request of the client, and how it was answered."""

    method: str
    path: str
    conditional: bool
    status: int
    agent: str


@dataclass(frozen=True)
class Reply:
    """An answer that the service would not give. Status 0: the connection is closed instead."""

    status: int
    body: bytes = b""
    media_type: str = "text/plain"
    headers: tuple[tuple[str, str], ...] = ()


@dataclass
class Wire:
    """Stands before the service at an address of its own."""

    port: int
    upstream: int
    polls: list[Poll] = field(default_factory=list)
    instead: Reply | None = None
    _lock: Lock = field(default_factory=Lock)

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def note(self, poll: Poll) -> None:
        """Remember a request that has its answer."""
        with self._lock:
            self.polls.append(poll)

    def wait_for_poll(self, *, after: int, seconds: float) -> bool:
        """Wait until there are more than `after` polls; tell whether there are."""
        end = time.monotonic() + seconds
        while len(self.polls) <= after and time.monotonic() < end:
            time.sleep(0.1)
        return len(self.polls) > after


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    wire: Wire

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: a client that hangs up is no error here."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30
    server: _Server

    def do_GET(self) -> None:
        try:
            self._pass_on()
        except OSError:
            self.close_connection = True  # as if the service itself had refused

    do_HEAD = do_OPTIONS = do_PROPFIND = do_GET  # noqa: N815  # names of http.server

    def _pass_on(self) -> None:
        size = int(self.headers.get("Content-Length", "0"))
        sent = {k: v for k, v in self.headers.items() if k.lower() not in _HOP_BY_HOP}
        body = self.rfile.read(size)
        if self.server.wire.instead is None:
            status = self._relay(sent, body)
        else:
            status = self._reply(self.server.wire.instead)
        conditional = "If-None-Match" in self.headers
        agent = self.headers.get("User-Agent", "")
        self.server.wire.note(Poll(self.command, self.path, conditional, status, agent))

    def _relay(self, sent: dict[str, str], body: bytes) -> int:
        onward = http.client.HTTPConnection("127.0.0.1", self.server.wire.upstream, timeout=30)
        onward.request(self.command, self.path, body or None, sent)
        answer = onward.getresponse()
        body = answer.read()
        self.send_response_only(answer.status, answer.reason)
        for name, value in answer.getheaders():
            if name.lower() not in _HOP_BY_HOP:
                self.send_header(name, value)
        if answer.getheader("Content-Length") is None and answer.status != 304:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        onward.close()
        return answer.status

    def _reply(self, reply: Reply) -> int:
        if reply.status == 0:
            self.close_connection = True
            return 0
        self.send_response_only(reply.status)
        self.send_header("Content-Type", reply.media_type)
        self.send_header("Content-Length", str(len(reply.body)))
        for name, value in reply.headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(reply.body)
        return reply.status

    def log_message(self, *args: Any) -> None:
        """Say nothing: `Wire.polls` has it all."""


@contextmanager
def wire(upstream: int) -> Iterator[Wire]:
    """Pass requests on to the service at this port until the block ends."""
    server = _Server(("127.0.0.1", 0), _Handler)
    server.wire = Wire(server.server_port, upstream)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server.wire
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)
