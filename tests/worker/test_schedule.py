"""What is forgotten, and what is not."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session, SQLModel, func, select

from passes_service.accounts import rates, wallets
from passes_service.bootstrap import Services
from passes_service.db.models import IdempotentCall, MagicLink, RateCount, SiweNonce, new_id
from passes_service.worker import schedule
from tests import people
from tests.fakes import Clock


def _count(services: Services, model: type[SQLModel]) -> int:
    with Session(services.database.reader) as session:
        return session.exec(select(func.count()).select_from(model)).one()


def _fill(services: Services, organizer_id: UUID) -> None:
    now = services.clock()
    people.new_link(services, organizer_id)
    with services.database.transaction() as session:
        wallets.issue_nonce(
            session,
            organizer_id=organizer_id,
            holder_id=None,
            client="x",
            random=services.random_bytes,
            now=now,
        )
        rate = rates.Rate("test", 5, timedelta(minutes=15))
        rates.take(session, organizer_id=organizer_id, rate=rate, subject="x", now=now)
        session.add(
            IdempotentCall(
                organizer_id=organizer_id,
                caller="staff:x",
                key=str(new_id()),
                fingerprint=b"",
                lease_token=new_id(),
                lease_until=now,
                created_at=now,
            )
        )


def test_old_rows_go_and_fresh_ones_stay(services: Services, clock: Clock) -> None:
    organizer, _ = people.organizer(services)
    _fill(services, organizer.id)
    schedule.run_due(services, {}, clock.now)
    models: tuple[type[SQLModel], ...] = (IdempotentCall, SiweNonce, RateCount, MagicLink)
    assert all(_count(services, model) >= 1 for model in models)
    clock.forward(days=8)
    schedule.run_due(services, {}, clock.now)
    assert [_count(services, model) for model in models] == [0, 0, 0, 0]


def test_each_job_runs_at_its_interval_and_a_failing_one_stops_no_other(
    services: Services, clock: Clock
) -> None:
    ran: list[str] = []

    def fails(_services: Services, _now: datetime) -> None:
        ran.append("fails")
        raise RuntimeError

    def works(_services: Services, _now: datetime) -> None:
        ran.append("works")

    table = (
        schedule.Job("fails", timedelta(hours=1), fails),
        schedule.Job("works", timedelta(minutes=10), works),
    )
    due: schedule.Due = {}
    for _ in range(7):
        schedule.run_due(services, due, clock.now, table=table)
        clock.forward(minutes=10)
    assert ran.count("works") == 7
    assert ran.count("fails") == 2
