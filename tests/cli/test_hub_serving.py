"""Where a hub listens, and what it says of the service behind it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from passes_service.cli import hub_serving
from passes_service.cli.errors import AddressElsewhere


@contextmanager
def answering(body: bytes) -> Iterator[str]:
    """Answer everything with this, as the login page of a guest network does."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize("body", [b"<h1>Guest network</h1>", b"[]", b'{"code": "else"}'])
def test_login_page_of_a_network_is_not_taken_for_the_service(body: bytes) -> None:
    with answering(body) as address:
        assert hub_serving.hear(address) == "something else answers there (status 200)"


def test_address_is_listened_on_and_a_name_where_it_leads(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = "192.168.1.20"

    def resolve(*_: object, **__: object) -> list[tuple[object, ...]]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (found, 0))]

    # No name server is asked by a test.
    monkeypatch.setattr(socket, "getaddrinfo", resolve)

    assert hub_serving.listening_address("10.0.0.7") == "10.0.0.7"
    assert hub_serving.listening_address("[fd00::7]") == "fd00::7"
    assert hub_serving.listening_address("hub.local") == "192.168.1.20"
    found = "127.0.1.1"
    assert hub_serving.listening_address("localhost") == "127.0.1.1"
    with pytest.raises(AddressElsewhere, match="where no phone gets to"):
        hub_serving.listening_address("hub.local")


def test_service_is_asked_at_its_origin() -> None:
    assert hub_serving.check_service(" https://passes.example/ ") == "https://passes.example"
    assert hub_serving.check_service("http://127.0.0.1:8000") == "http://127.0.0.1:8000"
    assert hub_serving.check_service("http://[::1]:8000") == "http://[::1]:8000"
