"""Only a proxy that is named may say who asks; limits per client depend on it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from passes_service.cli.serving import uvicorn_config
from tests.conftest import isolated


async def _app(scope: Any, receive: Any, send: Any) -> None:
    body = f"{scope['client'][0]} {dict(scope['headers']).get(b'host', b'').decode()}".encode()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})


def _seen(trusted: str, asks_from: str) -> str:
    """Return the client that the application sees, and the Host."""
    settings = isolated(trusted_proxies=trusted, public_origin="https://passes.test")
    config = uvicorn_config(_app, settings, workers=1, level="error")
    config.load()
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        return {"type": "http.request", "body": b""}

    scope = {
        "type": "http",
        "method": "GET",
        "path": "/",
        "scheme": "http",
        "client": (asks_from, 1),
        "headers": [
            (b"host", b"passes.test"),
            (b"x-forwarded-for", b"203.0.113.9"),
            (b"x-forwarded-host", b"evil.example"),
        ],
    }
    asyncio.run(config.loaded_app(scope, receive, send))
    return bytes(sent[1]["body"]).decode()


@pytest.mark.parametrize(
    ("trusted", "asks_from", "seen"),
    [
        ("", "127.0.0.1", "127.0.0.1"),
        ("127.0.0.1", "127.0.0.1", "203.0.113.9"),
        ("10.0.0.5,10.0.0.6", "10.0.0.6", "203.0.113.9"),
        ("10.0.0.5", "127.0.0.1", "127.0.0.1"),
    ],
)
def test_the_client_is_who_a_named_proxy_says(trusted: str, asks_from: str, seen: str) -> None:
    assert _seen(trusted, asks_from) == f"{seen} passes.test"
