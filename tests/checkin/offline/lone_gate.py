"""A gate that decides alone and writes its log, as the scanner page does it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from starlette.testclient import TestClient

from passes_service.core import binary, gate_log
from tests.checkin.evening import Evening, nonce
from tests.gate_phones import GatePhone, as_gate, sign

Sent = dict[str, str]


@dataclass
class LoneGate:
    """An enrolled gate; its clock is ahead by `wrong_by`, and `offset` is what it knows of that."""

    night: Evening
    client: TestClient
    name: str
    id: UUID
    token: str
    phone: GatePhone = field(default_factory=GatePhone)
    wrong_by: timedelta = timedelta()
    offset: int | None = 0
    log: list[Sent] = field(default_factory=list)
    previous: str = "0" * 64

    @property
    def headers(self) -> dict[str, str]:
        return as_gate(self.token)

    def write(self, kind: str, *, at: datetime | None = None, **said: Any) -> Sent:
        """Write one entry at the end of the log; returns it as it is uploaded."""
        moment = (at or self.night.services.clock()) + self.wrong_by
        entry = {
            "v": 1,
            "gate": str(self.id),
            "sequence": len(self.log) + 1,
            "previous": self.previous,
            "session": str(self.night.first.id),
            "kind": kind,
            "nonce": nonce(),
            "at": int(moment.timestamp() * 1000),
            "offset": self.offset,
            "pass": None,
            "epoch": None,
            "text": "",
            "typed": False,
            "code": "ADMIT_PROVISIONAL",
            "rule": "entry",
            "forced": "",
            "via": "alone",
            "bundle": 1,
            "of": "",
            "paid_minor": 0,
            "currency": "",
            "name": "",
        } | said
        sent = self.signed(json.dumps(entry))
        self.log.append(sent)
        self.previous = hashlib.sha256(sent["entry"].encode()).hexdigest()
        return sent

    def signed(self, text: str) -> Sent:
        """Return an entry with this gate's signature."""
        raw = sign(self.phone.signing, gate_log.CONTEXT + text.encode())
        return {"entry": text, "signature": binary.to_text(raw)}

    def enter(self, shown: str, pass_id: int, epoch: int | None = 1, **said: Any) -> Sent:
        """Let the holder of a code in."""
        known: dict[str, Any] = {"pass": str(pass_id), "epoch": epoch}
        return self.write("enter", text=shown, **known | said)

    def leave(self, shown: str, pass_id: int, **said: Any) -> Sent:
        """Note that somebody went out."""
        known: dict[str, Any] = {
            "pass": str(pass_id),
            "epoch": 1,
            "code": "EXIT",
            "rule": "entry.reentry",
        }
        return self.write("exit", text=shown, **known | said)

    def annul(self, of: Sent, **said: Any) -> Sent:
        """Take back what an entry says."""
        return self.write("annul", of=json.loads(of["entry"])["nonce"], **said)

    def upload(self, *entries: Sent) -> Any:
        """Send entries, all of the log if none are named."""
        body = {"entries": list(entries or self.log)}
        return self.client.post("/api/v1/gate/entries", json=body, headers=self.headers)

    def results(self, *entries: Sent) -> list[dict[str, Any]]:
        """Send entries that are taken in, and return what became of them."""
        answer = self.upload(*entries)
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["results"]
        return found


def lone_gate(client: TestClient, night: Evening, name: str, **given: Any) -> LoneGate:
    """Enrol a gate with keys of its own."""
    made = night.enrol(name)
    phone = GatePhone()
    answer = phone.enrol(client, made.token)
    assert answer.status_code < 300, answer.text
    token = answer.json()["token"]
    return LoneGate(night, client, name, made.gate.id, token, phone=phone, **given)
