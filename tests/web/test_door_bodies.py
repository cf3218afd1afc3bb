"""Scans as a test client cannot send them: bodies in pieces, late ones, and none at all."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from fastapi import FastAPI

from passes_service.bootstrap import Services
from passes_service.web.door import app as door_app
from tests.checkin.evening import Evening, body, evening
from tests.fakes import Clock


@pytest.fixture
def night(services: Services, clock: Clock) -> Evening:
    return evening(services, clock)


def ask(app: FastAPI, night: Evening, messages: list[Any]) -> tuple[int, bytes]:
    """Return status and body of the answer to these messages; after them nothing comes."""
    sent: list[Any] = []

    async def receive() -> Any:
        if not messages:
            await asyncio.Event().wait()
        return messages.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    token = night.headers["Authorization"].encode()
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "https",
        "path": door_app.PATH,
        "raw_path": door_app.PATH.encode(),
        "root_path": "",
        "query_string": b"",
        "headers": [(b"authorization", token), (b"content-type", b"application/json")],
        "client": ("127.0.0.1", 1),
        "server": ("passes.test", 443),
    }
    asyncio.run(app(scope, receive, send))
    answer = b"".join(one.get("body", b"") for one in sent)
    return (sent[0]["status"] if sent else 0), answer


def test_body_in_pieces_is_put_together(app: FastAPI, night: Evening) -> None:
    whole = json.dumps(body("1", night.first.id)).encode()
    pieces = [whole[:10], whole[10:40], whole[40:]]
    messages = [{"type": "http.request", "body": one, "more_body": True} for one in pieces]
    messages[-1]["more_body"] = False

    status, answer = ask(app, night, messages)

    assert (status, json.loads(answer)["code"]) == (200, "UNKNOWN")


def test_body_that_never_comes_is_given_up(
    app: FastAPI, night: Evening, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door_app, "PATIENCE_SECONDS", 0.01)  # instead of half a minute

    status, answer = ask(app, night, [])

    assert (status, json.loads(answer)["code"]) == (408, "body-too-slow")


def test_caller_who_is_gone_before_the_body_leaves_no_scan(app: FastAPI, night: Evening) -> None:
    ask(app, night, [{"type": "http.disconnect"}])

    assert night.scans() == []
