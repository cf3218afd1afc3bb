"""A real server on a real file, a holder with a calendar link, and what happens to the book."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from passes_service.bootstrap import Services, build
from passes_service.catalog import sessions
from passes_service.db.models import CalendarSession, FeedCopy, FeedLink, Holder, Pass
from passes_service.feeds import links
from passes_service.passes import service as passes
from passes_service.passes.queries import Held
from passes_service.refunds import service as refunds
from passes_service.transfers import service as transfers
from tests import people
from tests.cli.installed import Installed
from tests.conftest import isolated
from tests.season import issue, season
from tests.subscribers.matinees import matinees
from tests.subscribers.wire import Wire, wire

NO_SESSIONS = "No sessions on your passes from Nocturne"
REPLACED = "This calendar link was replaced"
FRIEND = "friend@example.org"


@dataclass(frozen=True, order=True)
class Entry:
    """A session as a client shows it. Instants are UTC; a notice has none that matter."""

    title: str
    starts_at: datetime
    ends_at: datetime


class Stage:
    """One organizer, a holder with one device, and what that device ought to show."""

    def __init__(self, installed: Installed, services: Services) -> None:
        self._installed = installed
        self.services = services
        # Full minutes: more than that no client shows.
        early = services.clock().replace(second=0, microsecond=0)
        self.made = season(replace(services, clock=lambda: early))
        self.held = issue(services, self.made)
        self.friend = people.holder(services, self.made.organizer_id, FRIEND)
        self.told = {str(row.id): _entry(row) for row in self.made.sessions}
        self.notice: str | None = None
        self._second: Held | None = None
        self._serving = ExitStack()
        with services.database.transaction() as session:
            self.link = links.create(
                session,
                organizer_id=self.made.organizer_id,
                holder_id=self.held.row.holder_id,
                label="Desk",
                random=services.random_bytes(32),
                now=services.clock(),
            )
        self.wire: Wire

    @property
    def url(self) -> str:
        """Return what the holder pastes into the client."""
        return self.wire.origin + self.link.path

    def open(self) -> None:
        """Start the server, with its worker, as `passes serve` does."""
        self._serving.enter_context(self._installed.serving())

    def close(self) -> None:
        """Stop the server."""
        self._serving.close()

    def restart(self) -> None:
        """Take the server down and bring up another: what a deployment does."""
        self.close()
        self.open()

    def agrees(self, shown: dict[str, Entry], *, uids: bool) -> bool:
        """Tell whether this is what the device ought to show, each session once."""
        if self.notice is not None:
            return [one.title for one in shown.values()] == [self.notice]
        if uids:
            return shown == self.told
        return sorted(shown.values()) == sorted(self.told.values())

    # What happens to the book.

    def add(self) -> None:
        """Give the holder another pass, for sessions in other places and in the other season."""
        rows, opened = matinees(self.services, self.made)
        with self.services.database.transaction() as session:
            bought = passes.issue(
                session,
                organizer_id=self.made.organizer_id,
                series_id=opened.id,
                holder_id=self.held.row.holder_id,
                actor="test",
                now=self.services.clock(),
            )
        self._second = Held(bought, opened)
        self.told |= {str(row.id): _entry(row) for row in rows}

    def move(self) -> None:
        """Let the second evening begin an hour later."""
        row, hour = self.made.sessions[1], timedelta(hours=1)
        self._on(
            row,
            sessions.amend,
            fields={"starts_at": row.starts_at + hour, "ends_at": row.ends_at + hour},
        )
        shown = self.told[str(row.id)]
        self._tell(row, starts_at=shown.starts_at + hour, ends_at=shown.ends_at + hour)

    def retitle(self) -> None:
        """Give the second evening a title that needs escaping, folding, and care with letters."""
        self.retitle_plainly('END:VEVENT; 2 of 3, \\n "Zoë" שלום 👩‍👩‍👧‍👦 ' + "🎻e\u0301" * 20)

    def retitle_plainly(self, title: str) -> None:
        """Give the second evening this title."""
        self._on(self.made.sessions[1], sessions.amend, fields={"title": title})
        self._tell(self.made.sessions[1], title=title)

    def cancel(self) -> None:
        """Cancel the first evening."""
        self._on(self.made.sessions[0], sessions.cancel)
        self._tell(self.made.sessions[0], title="Cancelled: Evening 1")

    def reinstate(self) -> None:
        """Let the first evening take place after all."""
        self._on(self.made.sessions[0], sessions.reinstate)
        self._tell(self.made.sessions[0], title="Evening 1")

    def give_away(self) -> None:
        """Hand the pass for the evenings to a friend."""
        self._hand_over(self.held.row.holder_id, self.friend, FRIEND)
        self._parked = {str(row.id): self.told.pop(str(row.id)) for row in self.made.sessions}

    def take_back(self) -> None:
        """Get it back from the friend."""
        with self.services.database.reading() as session:
            owner = session.get_one(Holder, (self.made.organizer_id, self.held.row.holder_id))
        self._hand_over(self.friend.id, owner, people.GUEST)
        self.told |= self._parked

    def refund_all(self) -> None:
        """Give both passes up."""
        assert self._second is not None
        for held in (self.held, self._second):
            with self.services.database.transaction() as session:
                row = session.get_one(Pass, (held.row.organizer_id, held.row.id))
                refunds.request(
                    session, Held(row, held.series), actor="test", now=self.services.clock()
                )
        self.notice = NO_SESSIONS

    def revoke(self) -> None:
        """Remove the link of this device."""
        with self.services.database.transaction() as session:
            links.remove(
                session,
                organizer_id=self.made.organizer_id,
                holder_id=self.held.row.holder_id,
                link_id=self.link.row.id,
                now=self.services.clock(),
            )
        self.notice = REPLACED

    def take_database_away(self) -> None:
        """Make every question about feeds fail with a real error of the real driver."""
        self._rename("{}", "{}_away")

    def bring_database_back(self) -> None:
        """Undo it."""
        self._rename("{}_away", "{}")

    def _rename(self, old: str, new: str) -> None:
        with closing(sqlite3.connect(self._installed.database_file, timeout=30)) as connection:
            for model in (FeedLink, FeedCopy):
                name = str(model.__tablename__)
                connection.execute(
                    f'ALTER TABLE "{old.format(name)}" RENAME TO "{new.format(name)}"'
                )
            connection.commit()

    def _on(self, row: CalendarSession, act: Callable[..., Any], **more: Any) -> None:
        with self.services.database.transaction() as session:
            act(
                session,
                organizer_id=row.organizer_id,
                session_id=row.id,
                now=self.services.clock(),
                **more,
            )

    def _tell(self, row: CalendarSession, **changed: Any) -> None:
        self.told[str(row.id)] = replace(self.told[str(row.id)], **changed)

    def _hand_over(self, giver: Any, taker: Holder, email: str) -> None:
        scope: dict[str, Any] = {
            "organizer_id": self.made.organizer_id,
            "now": self.services.clock(),
        }
        with self.services.database.transaction() as session:
            offer = transfers.offer(
                session,
                holder_id=giver,
                pass_id=self.held.row.pass_id,
                recipient=email,
                **scope,
            )
        with self.services.database.transaction() as session:
            transfers.accept(session, holder_id=taker.id, offer_id=offer.id, **scope)


def _entry(row: CalendarSession) -> Entry:
    if row.all_day:  # whole days are the same days everywhere: no instants, written as if in UTC
        zone = ZoneInfo(row.time_zone)
        days = (row.starts_at.astimezone(zone), row.ends_at.astimezone(zone))
        return Entry(row.title, *(day.replace(tzinfo=UTC) for day in days))
    return Entry(row.title, row.starts_at, row.ends_at)


@contextmanager
def stage(folder: Path) -> Iterator[Stage]:
    """Set the stage, open the doors, and clear up at the end."""
    installed = Installed(folder)
    installed.must("init")
    services = build(
        isolated(
            database_url=installed.env["PASSES_DATABASE_URL"],
            keys_dir=installed.keys_dir,
            public_origin=installed.origin,
        )
    )
    found = Stage(installed, services)
    try:
        found.open()
        with wire(int(installed.port)) as found.wire:
            yield found
    finally:
        found.close()
        services.database.close()
