"""The cap holds, a pass moves once: real threads and real processes, on both databases."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from threading import Barrier
from uuid import UUID

from sqlmodel import Session, select

from passes_service.bootstrap import Services
from passes_service.core.errors import DomainError
from passes_service.db.engine import Database, open_database
from passes_service.db.models import Pass, Series
from passes_service.passes import queries, service
from passes_service.refunds import service as refunds
from passes_service.transfers import service as transfers
from tests import people, processes
from tests.season import issue, season


def _issue(
    database: Database, organizer_id: UUID, series_id: UUID, holder_id: UUID, now: datetime
) -> str:
    try:
        with database.transaction() as session:
            service.issue(
                session,
                organizer_id=organizer_id,
                series_id=series_id,
                holder_id=holder_id,
                actor="race",
                now=now,
            )
    except DomainError as error:
        return error.code
    return "issued"


def _issue_many(
    url: str, organizer_id: UUID, series_id: UUID, holder_id: UUID, now: datetime, times: int
) -> list[str]:
    database = open_database(url)
    try:
        return [_issue(database, organizer_id, series_id, holder_id, now) for _ in range(times)]
    finally:
        database.close()


def _serials(database: Database, organizer_id: UUID) -> list[int]:
    with database.reading() as session:
        rows = session.exec(select(Pass.serial).where(Pass.organizer_id == organizer_id))
        return sorted(rows)


def test_cap_plus_one_issues_at_once_from_32_threads_give_exactly_cap(services: Services) -> None:
    made = season(services, cap=31)
    holder = people.holder(services, made.organizer_id)
    gate = Barrier(32)

    def attempt(_: int) -> str:
        gate.wait()
        return _issue(
            services.database, made.organizer_id, made.series.id, holder.id, services.clock()
        )

    with ThreadPoolExecutor(32) as pool:
        outcomes = Counter(pool.map(attempt, range(32)))

    assert outcomes == {"issued": 31, "sold-out": 1}
    assert _serials(services.database, made.organizer_id) == list(range(1, 32))


def test_cap_plus_one_issues_at_once_from_4_processes_give_exactly_cap(
    services: Services,
) -> None:
    made = season(services, cap=31)
    holder = people.holder(services, made.organizer_id)
    call = (
        services.database.url,
        made.organizer_id,
        made.series.id,
        holder.id,
        services.clock(),
        8,
    )

    outcomes = Counter(
        outcome for found in processes.at_once(_issue_many, [call] * 4) for outcome in found
    )

    assert outcomes == {"issued": 31, "sold-out": 1}
    assert _serials(services.database, made.organizer_id) == list(range(1, 32))
    with services.database.reading() as session:
        series = session.get(Series, (made.organizer_id, made.series.id))
        assert series is not None
        assert series.issued == 31


def test_of_two_accepts_at_once_one_gets_the_pass(services: Services) -> None:
    made = season(services)
    held = issue(services, made)
    friend = people.holder(services, made.organizer_id, "friend@example.org")
    with services.database.transaction() as session:
        offer = transfers.offer(
            session,
            organizer_id=made.organizer_id,
            holder_id=held.row.holder_id,
            pass_id=held.row.pass_id,
            recipient="friend@example.org",
            now=services.clock(),
        )
    gate = Barrier(8)

    def accept(_: int) -> str:
        gate.wait()
        try:
            with services.database.transaction() as session:
                transfers.accept(
                    session,
                    organizer_id=made.organizer_id,
                    holder_id=friend.id,
                    offer_id=offer.id,
                    now=services.clock(),
                )
        except DomainError as error:
            return error.code
        return "accepted"

    with ThreadPoolExecutor(8) as pool:
        outcomes = Counter(pool.map(accept, range(8)))

    assert outcomes["accepted"] == 1
    assert set(outcomes) <= {"accepted", "offer-ended", "pass-moved"}
    with services.database.reading() as session:
        now = queries.by_pass_id(
            session, organizer_id=made.organizer_id, pass_id=held.row.pass_id
        ).row
    assert (now.holder_id, now.epoch, now.transfers) == (friend.id, 2, 1)


def test_refund_and_transfer_at_once_never_both_happen(services: Services) -> None:
    made = season(services)
    for number in range(4):
        email = f"fan{number}@example.org"
        held = issue(services, made, email)
        friend = people.holder(services, made.organizer_id, f"friend{number}@example.org")
        with services.database.transaction() as session:
            offer = transfers.offer(
                session,
                organizer_id=made.organizer_id,
                holder_id=held.row.holder_id,
                pass_id=held.row.pass_id,
                recipient=f"friend{number}@example.org",
                now=services.clock(),
            )
        gate = Barrier(2)

        def give_up(held: queries.Held = held, gate: Barrier = gate) -> str:
            gate.wait()
            return _outcome(
                services,
                lambda session: refunds.request(session, held, actor="race", now=services.clock()),
            )

        def take(
            offer_id: UUID = offer.id, friend_id: UUID = friend.id, gate: Barrier = gate
        ) -> str:
            gate.wait()
            return _outcome(
                services,
                lambda session: transfers.accept(
                    session,
                    organizer_id=made.organizer_id,
                    holder_id=friend_id,
                    offer_id=offer_id,
                    now=services.clock(),
                ),
            )

        with ThreadPoolExecutor(2) as pool:
            first, second = pool.submit(give_up), pool.submit(take)
        outcomes = {first.result(), second.result()}
        assert len(outcomes & {"done"}) == 1, outcomes
        assert (first.result() == "done") != (second.result() == "done")


def _outcome(services: Services, work: object) -> str:
    try:
        with services.database.transaction() as session:
            assert callable(work)
            work(session)
    except DomainError as error:
        return error.code
    return "done"


def test_of_many_refunds_at_once_one_pays(services: Services) -> None:
    made = season(services)
    held = issue(services, made)
    gate = Barrier(8)

    def give_up(_: int) -> str:
        with services.database.reading() as session:
            seen = queries.by_pass_id(
                session, organizer_id=made.organizer_id, pass_id=held.row.pass_id
            )
        gate.wait()
        return _outcome(
            services,
            lambda session: refunds.request(session, seen, actor="race", now=services.clock()),
        )

    with ThreadPoolExecutor(8) as pool:
        outcomes = Counter(pool.map(give_up, range(8)))

    assert outcomes["done"] == 1
    with Session(services.database.reader) as session:
        assert len(refunds.every(session, organizer_id=made.organizer_id)) == 1
