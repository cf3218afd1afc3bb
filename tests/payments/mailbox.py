"""A small web server that keeps what is posted to it: where webhooks arrive in tests."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Empty, Queue
from typing import Any, cast

Message = tuple[dict[str, str], bytes]


@dataclass
class Mailbox:
    """Messages in the order in which they came."""

    url: str
    messages: Queue[Message] = field(default_factory=Queue)

    def next(self, seconds: float = 20) -> Message:
        """Wait for the next message: its headers and its body."""
        try:
            return self.messages.get(timeout=seconds)
        except Empty:
            raise AssertionError("no message came") from None


class Handler(BaseHTTPRequestHandler):
    """One message."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        cast("Server", self.server).mailbox.messages.put((dict(self.headers.items()), body))
        self.send_response(204)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
        """Say nothing."""


class Server(ThreadingHTTPServer):
    """A web server with a mailbox."""

    daemon_threads = True
    mailbox: Mailbox


@contextmanager
def running() -> Iterator[Mailbox]:
    """Serve a mailbox on a free loopback port."""
    with Server(("127.0.0.1", 0), Handler) as server:
        server.mailbox = Mailbox(f"http://127.0.0.1:{server.server_port}/webhooks")
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield server.mailbox
        finally:
            server.shutdown()
            thread.join(5)
