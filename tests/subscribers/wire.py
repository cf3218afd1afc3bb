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


@dataclass
class Wire:
    """Stands before the service at an address of its own."""

    port: int
    upstream: int
    polls: list[Poll] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def note(self, poll: Poll) -> None:
        """Remember a request that has its answer."""
        with self._lock:
            self.polls.append(poll)

    def wait_for_poll(self, *, after: int, seconds: float) -> None:
        """Wait until there are more than `after` polls."""
        end = time.monotonic() + seconds
        while len(self.polls) <= after:
            assert time.monotonic() < end, f"no poll within {seconds} s"
            time.sleep(0.1)


@contextmanager
def wire(upstream: int) -> Iterator[Wire]:
    """Pass requests on to the service at this port until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 30

        def do_GET(self) -> None:
            try:
                self._pass_on()
            except OSError:
                self.close_connection = True  # as if the service itself had refused

        do_HEAD = do_OPTIONS = do_PROPFIND = do_GET  # noqa: N815  # names of http.server

        def _pass_on(self) -> None:
            size = int(self.headers.get("Content-Length", "0"))
            onward = http.client.HTTPConnection("127.0.0.1", found.upstream, timeout=30)
            sent = {k: v for k, v in self.headers.items() if k.lower() not in _HOP_BY_HOP}
            onward.request(self.command, self.path, self.rfile.read(size) or None, sent)
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
            found.note(
                Poll(
                    self.command,
                    self.path,
                    "If-None-Match" in self.headers,
                    answer.status,
                    self.headers.get("User-Agent", ""),
                )
            )

        def log_message(self, *args: Any) -> None:
            """Say nothing: `Wire.polls` has it all."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    found = Wire(server.server_port, upstream)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)
