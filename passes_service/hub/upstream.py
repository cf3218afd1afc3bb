"""The service behind the hub: requests are handed on as they are, and what is learned is kept."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import httpx2 as httpx
import structlog

from passes_service.hub.ledger import Claim, HubGate, Ledger

log = structlog.get_logger("hub")

MOST_BYTES: Final = 1024 * 1024
_SECONDS: Final = httpx.Timeout(4.0, connect=1.5)
# What belongs to the browser and this hub; the service would take it for a page of another site.
_NOT_ASKED: Final = frozenset(
    {
        *("host", "connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"),
        *("origin", "referer", "cookie", "content-length", "accept-encoding", "expect"),
        *("sec-fetch-site", "sec-fetch-mode", "sec-fetch-dest", "sec-fetch-user"),
        *("forwarded", "x-forwarded-for", "x-forwarded-proto", "x-forwarded-host"),
    }
)
_NOT_ANSWERED: Final = frozenset(
    {
        *("connection", "keep-alive", "transfer-encoding", "upgrade", "set-cookie"),
        *("content-length", "content-encoding", "strict-transport-security", "location"),
    }
)


@dataclass(frozen=True)
class Answer:
    """What the service answered."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


class Upstream:
    """A client of the service; `ledger` learns which gates are good and who came in."""

    def __init__(self, service: str, ledger: Ledger, **client: Any) -> None:
        self._ledger = ledger
        self._client = httpx.AsyncClient(
            base_url=service, timeout=_SECONDS, follow_redirects=False, trust_env=False, **client
        )
        self._reached: bool | None = None

    async def close(self) -> None:
        """End the connections."""
        await self._client.aclose()

    async def ask(
        self, method: str, target: str, headers: list[tuple[str, str]], body: bytes
    ) -> Answer | None:
        """Hand a request on; None if the service is out of reach."""
        asked = [(name, value) for name, value in headers if name.lower() not in _NOT_ASKED]
        try:
            found = await self._client.request(method, target, headers=asked, content=body)
        except httpx.TransportError as error:
            self._tell(reached=False, kind=type(error).__name__)
            return None
        if found.status_code in (502, 503, 504) and not found.headers.get("content-type"):
            self._tell(reached=False, kind=f"status {found.status_code}")
            return None  # a proxy in between, not the service
        self._tell(reached=True)
        self._learn(method, target, _token(headers), body, found)
        answered = [
            (name, value)
            for name, value in found.headers.multi_items()
            if name.lower() not in _NOT_ANSWERED
        ]
        return Answer(found.status_code, answered, found.content)

    async def forward(self, gate: HubGate) -> int:
        """Bring what is here of a gate's log to the service; return how much it took."""
        waiting = self._ledger.waiting(gate)
        if not waiting:
            return 0
        sent = {"entries": [{"entry": text, "signature": mark} for _, text, mark in waiting]}
        try:
            found = await self._client.post(
                "/api/v1/gate/entries",
                json=sent,
                headers={"Authorization": f"Bearer {gate.token}"},
            )
        except httpx.TransportError as error:
            self._tell(reached=False, kind=type(error).__name__)
            return 0
        self._tell(reached=True)
        if found.status_code != 200:
            log.warning("log not taken", gate=gate.name, status=found.status_code)
            return 0
        self._ledger.forwarded([cursor for cursor, _, _ in waiting])
        log.info("brought to the service", gate=gate.name, entries=len(waiting))
        return len(waiting)

    def _tell(self, *, reached: bool, kind: str = "") -> None:
        """Write a line when the service is lost or found again, not at each request."""
        if reached is self._reached:
            return
        if not reached:
            log.warning("the service is out of reach: gates go on, logs wait here", kind=kind)
        elif self._reached is not None:
            log.info("the service answers again")
        self._reached = reached

    def _learn(
        self, method: str, target: str, token: str, body: bytes, found: httpx.Response
    ) -> None:
        path = target.partition("?")[0]
        if token and found.status_code == 401:
            self._ledger.forget(token)
            return
        if not found.is_success:
            return
        said = _json(found.content)
        if (method, path) == ("GET", "/api/v1/door") and token and said.get("gate_id"):
            if said.get("enrolled"):
                self._ledger.know(
                    token,
                    gate_id=str(said["gate_id"]),
                    name=str(said["gate"]),
                    organizer=str(said["organizer_id"]),
                )
        elif (method, path) == ("POST", "/api/v1/gates/enrolments"):
            gate = said.get("gate")
            if isinstance(gate, dict):
                self._ledger.know(
                    str(said["token"]),
                    gate_id=str(gate["id"]),
                    name=str(gate["name"]),
                    organizer=str(said["organizer_id"]),
                )
        elif (method, path) == ("POST", "/api/v1/check-ins"):
            self._learn_entry(token, _json(body), said)
        elif method == "POST" and path.endswith("/annul"):
            self._ledger.free(token, str(said.get("id")))

    def _learn_entry(self, token: str, asked: dict[str, Any], said: dict[str, Any]) -> None:
        """Who came in while the service answered is in for the gates that lose it, too."""
        gate = self._ledger.gate(token)
        if gate is None or said.get("code") != "ADMIT" or said.get("simulated"):
            return
        if not all(said.get(name) for name in ("pass_id", "scope", "number", "decided_at")):
            return
        with suppress(ValueError, TypeError):
            claim = Claim(
                pass_id=str(said["pass_id"]),
                scope=str(said["scope"]),
                number=int(said["number"]),
                nonce=str(asked.get("nonce")),
                at=_milliseconds(str(said["decided_at"])),
                check_in=str(said.get("check_in_id")),
            )
            self._ledger.claim(gate, claim)


def _milliseconds(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp() * 1000)


def _token(headers: list[tuple[str, str]]) -> str:
    for name, value in headers:
        if name.lower() == "authorization" and value.lower().startswith("bearer "):
            return value[7:].strip()
    return ""


def _json(body: bytes) -> dict[str, Any]:
    with suppress(ValueError, RecursionError):
        found = json.loads(body)
        if isinstance(found, dict):
            return found
    return {}
