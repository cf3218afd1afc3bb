"""A real server on this machine that serves a feed well, or in one of many bad ways."""

from __future__ import annotations

import gzip
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

GOOD = {
    "Content-Type": "text/calendar; charset=utf-8",
    "ETag": '"one"',
    "Cache-Control": "private, no-cache",
    "Vary": "Accept-Encoding",
}


@dataclass
class Served:
    """What the server does; a test changes what it is about."""

    bodies: list[bytes]  # one after the other; the last again and again
    headers: dict[str, str | None] = field(default_factory=dict)
    zipped: bytes | None = None
    status: int = 200
    head: int = 200
    redirects: int = 0
    knows_304: bool = True
    compresses: bool = True
    drips: bool = False
    asked: list[tuple[str, str]] = field(default_factory=list)
    port: int = 0
    plain: int = 0

    def next_body(self, *, counts: bool) -> bytes:
        body = self.bodies[min(self.plain, len(self.bodies) - 1)]
        self.plain += counts
        return body.replace(b"%(now)s", f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}".encode())


class _Handler(BaseHTTPRequestHandler):
    served: Served

    def do_GET(self) -> None:
        self._answer(self.served)

    def do_HEAD(self) -> None:
        self._answer(self.served)

    def _answer(self, said: Served) -> None:
        said.asked.append((self.command, self.path))
        number = self.path.count("/again")
        if number < said.redirects:
            self._send(302, {"Location": f"{self.path}/again"}, b"")
            return
        headers = {name: text for name, text in {**GOOD, **said.headers}.items() if text}
        same = self.headers.get("If-None-Match") == headers.get("ETag", "none")
        if said.knows_304 and same and self.headers.get("If-None-Match"):
            self._send(304, headers, b"")
            return
        if self.command == "HEAD":
            self._send(said.head, headers, b"")
            return
        zipped = said.compresses and "gzip" in self.headers.get("Accept-Encoding", "")
        body = said.next_body(counts=not zipped)
        if zipped:
            body = said.zipped or gzip.compress(body)
            headers["Content-Encoding"] = "gzip"
        self._send(said.status, headers, body)

    def _send(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, text in headers.items():
            self.send_header(name, text)
        if status != 304:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.served.drips:
            with suppress(OSError):
                for octet in body[:100]:
                    self.wfile.write(bytes([octet]))
                    time.sleep(0.05)
        else:
            self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@contextmanager
def serving(served: Served) -> Iterator[str]:
    """Serve until the block ends; give the origin."""
    handler = type("Handler", (_Handler,), {"served": served})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        served.port = server.server_address[1]
        yield f"http://127.0.0.1:{served.port}"
        server.shutdown()
        thread.join()
