"""An evening at the door: a season, an enrolled gate, and the ways to scan."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar
from uuid import UUID

from sqlmodel import Session, select
from starlette.testclient import TestClient

from passes_service.bootstrap import Services
from passes_service.catalog import series, terms
from passes_service.checkin import gates, leaving, service
from passes_service.checkin.gates import Enrolled, GateRef
from passes_service.checkin.outcome import Outcome
from passes_service.checkin.service import Ask
from passes_service.db.models import CalendarSession, CheckIn, Gate, OutboxEvent, Scan, Series
from passes_service.passes import proofs, queries
from passes_service.passes import service as passes
from passes_service.passes.queries import Held
from tests.season import DRAFT, PRICE, Season, issue, season

Row = TypeVar("Row", CheckIn, Scan, OutboxEvent, Gate)
FAN = "fan@example.org"


def nonce() -> str:
    return secrets.token_urlsafe(12)


@dataclass(frozen=True)
class Evening:
    """What `evening` made; the clock stands 10 minutes before the first session starts."""

    services: Services
    made: Season
    main: Enrolled

    @property
    def organizer_id(self) -> UUID:
        return self.made.organizer_id

    @property
    def first(self) -> CalendarSession:
        return self.made.sessions[0]

    @property
    def gate(self) -> GateRef:
        return gates.ref(self.main.gate)

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.main.token}"}

    def enrol(self, name: str, *session_ids: UUID) -> Enrolled:
        with self.services.database.transaction() as session:
            return gates.enrol(
                session,
                organizer_id=self.organizer_id,
                name=name,
                session_ids=session_ids,
                random=secrets.token_bytes(32),
                now=self.services.clock(),
            )

    def issue(self, email: str = FAN) -> Held:
        return issue(self.services, self.made, email)

    def again(self, held: Held) -> Held:
        """Return the pass as it is now."""
        with self.services.database.reading() as session:
            return queries.by_pass_id(
                session, organizer_id=self.organizer_id, pass_id=held.row.pass_id
            )

    def code(self, held: Held) -> str:
        """Return the code that the holder's page shows now."""
        with self.services.database.reading() as session:
            document = terms.get(
                session, organizer_id=self.organizer_id, terms_hash=held.series.terms_hash
            )
        now = self.services.clock()
        return proofs.sign_code(
            self.again(held), document, keys=self.services.keyring, now=now
        ).text

    def ask(self, text: str, **changes: Any) -> Ask:
        now = self.services.clock()
        known: dict[str, Any] = {
            "organizer_id": self.organizer_id,
            "gate": self.gate,
            "session_id": self.first.id,
            "text": text,
            "nonce": nonce(),
            "public_keys": self.services.keyring.gate_public_keys(now),
            "now": now,
        }
        return Ask(**(known | changes))

    def scan(self, text: str, *, force_reason: str = "", **changes: Any) -> Outcome:
        with self.services.database.transaction() as session:
            return service.scan(session, self.ask(text, **changes), force_reason=force_reason)

    def leave(self, text: str, **changes: Any) -> Outcome:
        with self.services.database.transaction() as session:
            return leaving.exit_scan(session, self.ask(text, **changes))

    def annul(self, outcome: Outcome, gate: GateRef | None = None) -> CheckIn:
        assert outcome.check_in_id is not None
        with self.services.database.transaction() as session:
            return leaving.annul(
                session,
                organizer_id=self.organizer_id,
                gate=gate or self.gate,
                check_in_id=outcome.check_in_id,
                actor="gate:test",
                now=self.services.clock(),
            )

    def reissue(self, held: Held) -> None:
        """Raise the epoch, as a lost phone does."""
        with self.services.database.transaction() as session:
            row = self.again(held).row
            passes.reissue(session, row, actor="test", now=self.services.clock())

    def every(self, model: type[Row]) -> list[Row]:
        """Return all rows of a table, oldest first."""
        with Session(self.services.database.reader) as session:
            return list(session.exec(select(model).order_by(model.id)))  # type: ignore[arg-type]

    def admissions(self) -> list[CheckIn]:
        return self.every(CheckIn)

    def scans(self) -> list[Scan]:
        return self.every(Scan)

    def events(self) -> list[str]:
        return [one.type for one in self.every(OutboxEvent)]


def evening(services: Services, clock: Any, slug: str = "nocturne", **draft: Any) -> Evening:
    """Make a season and a gate, and let the first evening come."""
    made = season(services, slug, **draft)
    with services.database.transaction() as session:
        main = gates.enrol(
            session,
            organizer_id=made.organizer_id,
            name="Main door",
            session_ids=[],
            random=secrets.token_bytes(32),
            now=services.clock(),
        )
    clock.now = made.sessions[0].starts_at - timedelta(minutes=10)
    return Evening(services, made, main)


def body(text: str, session_id: UUID, **changes: Any) -> dict[str, Any]:
    """Return the JSON of a scan."""
    return {"session_id": str(session_id), "text": text, "nonce": nonce()} | changes


def post(client: TestClient, night: Evening, text: str, **changes: Any) -> Any:
    """Scan over HTTP with the gate's token."""
    sent = body(text, night.first.id) | changes
    return client.post("/api/v1/check-ins", json=sent, headers=night.headers)


def another_series(session: Session, night: Evening, **draft: Any) -> Series:
    """Open one more Series for the same sessions."""
    organizer_id, now = night.organizer_id, night.services.clock()
    document = terms.draft(
        session,
        organizer_id=organizer_id,
        calendar_id=night.made.calendar.id,
        typed={**DRAFT, **draft},
    )
    name = terms.publish(
        session,
        organizer_id=organizer_id,
        calendar_id=night.made.calendar.id,
        document=document,
        now=now,
    )
    return series.open_series(
        session, organizer_id=organizer_id, terms_hash=name, price=PRICE, now=now
    )
