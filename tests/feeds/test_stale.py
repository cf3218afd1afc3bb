"""Trying hard to get something old served: two processes, warm memories, everything changing."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import select
from starlette.testclient import TestClient

from passes_service.bootstrap import Services
from passes_service.catalog import sessions
from passes_service.core.errors import DomainError
from passes_service.db.models import CalendarSession, Pass, SeriesSession
from passes_service.feeds import links
from passes_service.feeds.content import SHOWN_STATES
from passes_service.feeds.links import Options
from passes_service.passes import queries
from passes_service.refunds import service as refunds
from passes_service.transfers import service as transfers
from tests import people
from tests.fakes import Clock
from tests.feeds.subscriber import Device, events, subscribe
from tests.feeds.test_following import cancel, change, more, reinstate
from tests.season import Season, issue, season

FANS = ("ann@example.org", "bob@example.org", "cem@example.org")
WORDS = {"en": ("Cancelled: ", "number {} of"), "de": ("Abgesagt: ", "Nummer {} von")}


@dataclass
class World:
    """A season with three fans, each with two devices, asked through two processes."""

    services: Services
    made: Season
    clock: Clock
    dice: random.Random
    devices: list[tuple[UUID, Device]] = field(default_factory=list)
    seen: dict[tuple[UUID, str], tuple[int, Any]] = field(default_factory=dict)

    def passes(self) -> list[Pass]:
        with self.services.database.reading() as session:
            return list(session.exec(select(Pass).where(Pass.state == "active")))

    def rows(self) -> list[CalendarSession]:
        with self.services.database.reading() as session:
            return list(session.exec(select(CalendarSession)))

    def session(self) -> CalendarSession:
        return self.dice.choice(self.rows())


def world(services: Services, two: list[TestClient], clock: Clock, seed: int) -> World:
    made = season(services, cap=50)
    found = World(services, made, clock, random.Random(seed))
    for email in FANS:
        holder = people.holder(services, made.organizer_id, email)
        for label in ("Phone", "Desk"):
            device = subscribe(two[0], services, made.organizer_id, holder.id, label)
            found.devices.append((holder.id, device))
    return found


def do_issue(here: World) -> None:
    issue(here.services, here.made, here.dice.choice(FANS))


def do_refund(here: World) -> None:
    row = here.dice.choice(here.passes())
    with here.services.database.transaction() as session:
        held = queries.by_pass_id(session, organizer_id=row.organizer_id, pass_id=row.pass_id)
        refunds.request(session, held, actor="test", now=here.clock())


def do_transfer(here: World) -> None:
    row = here.dice.choice(here.passes())
    email = here.dice.choice(FANS)
    to = people.holder(here.services, here.made.organizer_id, email)
    scope: dict[str, Any] = {"organizer_id": row.organizer_id}
    with here.services.database.transaction() as session:
        offer = transfers.offer(
            session,
            **scope,
            holder_id=row.holder_id,
            pass_id=row.pass_id,
            recipient=email,
            now=here.clock(),
        )
    with here.services.database.transaction() as session:
        transfers.accept(session, **scope, holder_id=to.id, offer_id=offer.id, now=here.clock())


def do_move(here: World) -> None:
    row = here.session()
    later = timedelta(minutes=here.dice.choice((-30, 30, 60)))
    change(here.services, row, starts_at=row.starts_at + later, ends_at=row.ends_at + later)


def do_retitle(here: World) -> None:
    change(here.services, here.session(), title=f"Evening {here.dice.randrange(10_000)}")


def do_relocate(here: World) -> None:
    change(here.services, here.session(), location=f"Room {here.dice.randrange(10_000)}")


def do_cancel(here: World) -> None:
    cancel(here.services, here.session())


def do_reinstate(here: World) -> None:
    reinstate(here.services, here.session())


def do_options(here: World) -> None:
    holder_id, device = here.dice.choice(here.devices)
    options = Options(
        language=here.dice.choice(("", "en", "de")),
        reminders=here.dice.choice(((), (60,), (15, 1440))),
    )
    with here.services.database.transaction() as session:
        links.choose(
            session,
            organizer_id=device.row.organizer_id,
            holder_id=holder_id,
            link_id=device.row.id,
            options=options,
        )


def do_nothing_that_is_shown(here: World) -> None:
    change(here.services, here.session(), capacity=here.dice.randrange(1, 10_000))


def do_give_up_halfway(here: World) -> None:
    """A change that is rolled back must leave nothing behind in any memory."""
    row = here.session()
    try:
        with here.services.database.transaction() as session:
            sessions.amend(
                session,
                organizer_id=row.organizer_id,
                session_id=row.id,
                fields={"title": "Never published"},
                now=here.clock(),
            )
            raise LookupError
    except LookupError:
        pass


def do_wait(here: World) -> None:
    here.clock.forward(minutes=here.dice.choice((-5, 0, 1, 90)))


MOVES: tuple[Callable[[World], None], ...] = (
    *(do_issue, do_issue, do_refund, do_transfer, do_move, do_retitle, do_relocate),
    *(do_cancel, do_reinstate, do_options, do_nothing_that_is_shown, do_give_up_halfway, do_wait),
)


def expected(here: World, holder_id: UUID, language: str) -> dict[str, tuple[Any, ...]]:
    """Return what the holder's feed has to say, worked out from the tables by other means."""
    with here.services.database.reading() as session:
        rows = session.execute(
            select(CalendarSession, Pass)
            .join(SeriesSession, SeriesSession.session_id == CalendarSession.id)  # type: ignore[arg-type]  # a clause
            .join(Pass, Pass.series_id == SeriesSession.series_id)  # type: ignore[arg-type]  # a clause
        ).all()
    said: dict[str, tuple[Any, ...]] = {}
    cancelled, number = WORDS[language]
    for row, held in rows:
        if held.holder_id != holder_id or held.state not in SHOWN_STATES:
            continue
        before = said.get(str(row.id))
        numbers = {*(before[-1] if before else ()), number.format(held.serial)}
        prefix = cancelled if row.status == "cancelled" else ""
        said[str(row.id)] = (prefix + row.title, row.starts_at, row.location, frozenset(numbers))
    return said


def check(here: World, two: list[TestClient]) -> None:
    """Everything that each device is served in each process is what the tables say now."""
    for holder_id, device in here.devices:
        with here.services.database.reading() as session:
            link = session.get_one(type(device.row), (device.row.organizer_id, device.row.id))
        language = link.language or "en"
        due = expected(here, holder_id, language)
        bodies = [replace(device, client=client).fetch().content for client in two]
        assert bodies[0] == bodies[1]
        found = events(bodies[0])
        if not due:
            assert len(found) == 1
            continue
        form = WORDS[language][1]
        got = {}
        for uid, one in found.items():
            words = str(one["DESCRIPTION"])
            shown = {form.format(n) for n in range(1, 51) if form.format(n) + " " in words}
            where = str(one.get("LOCATION", ""))
            start = one.decoded("DTSTART")
            got[uid] = (str(one["SUMMARY"]), start, where, frozenset(shown))
        assert got == due
        for uid, one in found.items():
            count = int(one["SEQUENCE"])
            content = {k: v for k, v in one.items() if k not in ("SEQUENCE", "DTSTAMP")}
            content.pop("LAST-MODIFIED")
            said = (str(content), [str(alarm) for alarm in one.walk("VALARM")])
            before = here.seen.get((device.row.id, uid))
            if before is not None:
                assert count > before[0] if said != before[1] else count >= before[0]
            here.seen[device.row.id, uid] = (count, said)


@pytest.mark.parametrize("seed", range(4))
def test_whatever_happens_no_process_serves_what_was(
    services: Services, two: list[TestClient], clock: Clock, seed: int
) -> None:
    here = world(services, two, clock, seed)
    more(services, here.made)
    done = refused = 0
    for _ in range(40):
        try:
            here.dice.choice(MOVES)(here)
            done += 1
        except (DomainError, IndexError):  # the rules said no, or there is no pass yet
            refused += 1
        check(here, two)
    assert done > refused
