"""A gate that fetches bundles and checks them as the scanner page does."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from starlette.testclient import TestClient

from passes_service.core import bundle_read
from passes_service.core.bundle import Entry, Record
from passes_service.core.bundle_read import Bundle
from passes_service.core.instants import to_seconds
from passes_service.db.models import CalendarSession, DoorBundle, PassDevice
from passes_service.passes.queries import Held
from tests.checkin.evening import Evening
from tests.fakes import Clock
from tests.gate_phones import as_gate, new_key, point

A_WHILE = timedelta(seconds=20)
"""After this a change at the door is in the next bundle."""


class Door:
    """One gate of an evening, with the bundle that it holds."""

    def __init__(self, client: TestClient, night: Evening, token: str = "") -> None:
        self.client = client
        self.night = night
        self.token = token or night.main.token
        self.held: Bundle | None = None

    def ask(
        self,
        since: int | None = None,
        at: UUID | None = None,
        headers: dict[str, str] | None = None,
    ) -> Any:
        """Ask for a bundle as the service answers it."""
        return self.client.get(
            f"/api/v1/gate/bundles/{at or self.night.first.id}",
            params={} if since is None else {"since": since},
            headers=as_gate(self.token) | (headers or {}),
        )

    def read(self, data: bytes, held: int = 0) -> Bundle:
        """Check one bundle."""
        now = self.night.services.clock()
        return bundle_read.read(
            data,
            issuer_keys=self.night.services.keyring.gate_public_keys(now),
            organizer_id=self.night.organizer_id,
            session_id=self.night.first.id,
            now=to_seconds(now),
            held_sequence=held,
        )

    def fetch(self) -> list[str]:
        """Bring what is held up to date; return the kinds of the bundles that came."""
        since = self.held.header.sequence if self.held else None
        answer = self.ask(since)
        assert answer.status_code in (200, 204), answer.text
        kinds: list[str] = []
        for data in bundle_read.split(answer.content):
            found = self.read(data, self.held.header.sequence if self.held else 0)
            kinds.append(found.header.kind)
            full = found.header.kind == "full" or self.held is None
            self.held = found if full or self.held is None else bundle_read.apply(self.held, found)
        return kinds

    @property
    def holds(self) -> Bundle:
        """Return what is held."""
        assert self.held is not None
        return self.held

    def full(self) -> Bundle:
        """Return what somebody gets who holds nothing."""
        (data,) = bundle_read.split(self.ask().content)
        return self.read(data)

    def agrees(self) -> bool:
        """Tell whether what is held is what the service would give in full."""
        full = self.full()
        return (self.holds.content, self.holds.header) == (full.content, full.header)

    @property
    def records(self) -> list[Record]:
        """Return the passes that are held."""
        return list(self.holds.content.every_record())

    @property
    def entries(self) -> list[Entry]:
        """Return the entries that are held."""
        return list(self.holds.content.every_entry())


def later(clock: Clock) -> None:
    """Let as much time go by as a bundle may be behind."""
    clock.now += A_WHILE


def bind(night: Evening, held: Held) -> bytes:
    """Bind a device to a pass in its present epoch, whatever the time is; return its key."""
    key = point(new_key())
    with night.services.database.transaction() as session:
        session.add(
            PassDevice(
                organizer_id=night.organizer_id,
                pass_row_id=held.row.id,
                holder_id=held.row.holder_id,
                public_key=key,
                epoch=held.row.epoch,
                created_at=night.services.clock(),
            )
        )
    return key


def change(night: Evening, **fields: Any) -> None:
    """Change the first session as it is stored."""
    with night.services.database.transaction() as session:
        row = session.get_one(CalendarSession, (night.organizer_id, night.first.id))
        for name, value in fields.items():
            setattr(row, name, value)


def kept(night: Evening) -> list[DoorBundle]:
    """Return the stored bundles, oldest first."""
    return sorted(night.every(DoorBundle), key=lambda one: one.sequence)  # type: ignore[type-var]
