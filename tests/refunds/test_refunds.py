"""Money back: what was quoted is what is paid, once, to who paid, whatever crashes."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import col, select
from starlette.testclient import TestClient

from passes_service.bootstrap import Services
from passes_service.catalog import sessions
from passes_service.core.errors import DomainError
from passes_service.core.events import RefundRequested, RefundSettled
from passes_service.db import outbox
from passes_service.db.models import OutboxEvent, Pass, PassEvent, Refund
from passes_service.passes import service as passes
from passes_service.passes.queries import Held
from passes_service.refunds import providers, service
from passes_service.refunds.errors import QuoteChanged, RefundRefused, RefundSettledAlready
from passes_service.worker import handlers, loop, refunds
from tests import people
from tests.catalog.acts import cancel, fresh, later
from tests.fakes import Clock
from tests.season import Season, issue, season

NUMBERS = count()
TABLE = {RefundRequested.type: handlers.HANDLERS[RefundRequested.type]}


@pytest.fixture
def made(services: Services) -> Season:
    return season(services)


@pytest.fixture
def held(services: Services, made: Season) -> Held:
    return issue(services, made)


def request(services: Services, held: Held, **how: Any) -> Refund:
    with services.database.transaction() as session:
        return service.request(session, held, actor="test", now=services.clock(), **how)


def quoted(services: Services, held: Held, way: service.Way = "refund") -> int:
    with services.database.reading() as session:
        return service.quote(session, held, way=way, now=services.clock()).decision.amount


def stored(services: Services, refund: Refund) -> Refund:
    with services.database.reading() as session:
        return service.get(session, organizer_id=refund.organizer_id, refund_id=refund.id)


def settle(services: Services, refund: Refund, reference: str = "bank-1") -> Refund:
    with services.database.transaction() as session:
        return service.settle(
            session,
            organizer_id=refund.organizer_id,
            refund_id=refund.id,
            reference=reference,
            now=services.clock(),
        )


def envelope(services: Services) -> OutboxEvent:
    with services.database.reading() as session:
        return session.exec(
            select(OutboxEvent).where(OutboxEvent.type == RefundRequested.type)
        ).one()


def settled_events(services: Services) -> int:
    with services.database.reading() as session:
        rows = session.exec(select(OutboxEvent).where(OutboxEvent.type == RefundSettled.type))
        return len(rows.all())


def free(services: Services, held: Held) -> Held:
    """Make the pass one whose money is given back by the `free` provider."""
    with services.database.transaction() as session:
        row = session.get_one(Pass, (held.row.organizer_id, held.row.id))
        row.provider = "free"
    return fresh(services, held)


def test_the_amount_asked_for_is_the_amount_quoted(
    services: Services, held: Held, clock: Clock
) -> None:
    clock.forward(days=7)  # past the full refund of 14 days before, within the half one
    amount = quoted(services, held)
    assert amount == 3_000
    refund = request(services, held, expected=amount)
    now = fresh(services, held).row
    assert (refund.amount_minor, refund.code) == (amount, "refund-step")
    assert (now.state, now.paid_back_minor) == ("refunded", amount)


def test_a_quote_that_changed_changes_nothing(services: Services, held: Held, clock: Clock) -> None:
    amount = quoted(services, held)
    clock.forward(days=7)
    with pytest.raises(QuoteChanged) as refusal:
        request(services, held, expected=amount)
    assert refusal.value.members["amount"] == "3000"
    assert fresh(services, held).row.state == "active"


def test_the_free_provider_settles_once_though_the_event_comes_twice(
    services: Services, held: Held
) -> None:
    refund = request(services, free(services, held))
    event = envelope(services)
    for _ in range(3):
        refunds.ask_provider(services, event, services.clock())
    found = stored(services, refund)
    assert (found.state, found.provider_ref) == ("settled", f"free-{refund.id}")
    assert settled_events(services) == 1
    with services.database.reading() as session:
        lines = session.exec(
            select(PassEvent.kind)
            .where(PassEvent.pass_row_id == held.row.id)
            .order_by(col(PassEvent.id))
        ).all()
    assert lines == ["issued", "refund", "settled"]


def test_an_external_refund_stays_open_until_the_storefront_says_so(
    client: TestClient, services: Services, made: Season, held: Held
) -> None:
    refund = request(services, held)
    loop.drain(services, services.clock(), table=TABLE)
    assert stored(services, refund).state == "requested"
    people.sign_in_staff(client, services, made.owner)
    (shown,) = client.get("/api/v1/refunds").json()
    assert (shown["pass_id"], shown["payer_id"]) == (
        str(held.row.pass_id),
        str(held.row.payer_id),
    )
    path, body = f"/api/v1/refunds/{refund.id}/settle", {"reference": "bank-77"}
    answer = client.post(path, json=body, headers=people.keyed()).json()
    assert (answer["state"], answer["provider_ref"]) == ("settled", "bank-77")
    again = client.post(path, json=body, headers=people.keyed())
    assert (again.status_code, again.json()["code"]) == (409, "refund-settled")
    assert settled_events(services) == 1


class Till:
    """A provider that remembers what it paid, by refund, and may lose its answer."""

    def __init__(self) -> None:
        self.paid: dict[Any, int] = {}
        self.fail_before = self.fail_after = False

    def refund(self, refund: Refund) -> providers.Answer:
        if self.fail_before:
            raise ConnectionError
        self.paid.setdefault(refund.id, refund.amount_minor)
        if self.fail_after:
            raise TimeoutError
        return providers.Answer(settled=True, reference=f"till-{refund.id}")


@pytest.mark.parametrize("step", ["before the call", "after the call", "in settling", "after it"])
def test_a_worker_that_dies_at_any_step_pays_once(
    services: Services, held: Held, clock: Clock, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    till = Till()
    monkeypatch.setitem(providers.PROVIDERS, "free", till)  # a till that can break
    refund = request(services, free(services, held))
    till.fail_before, till.fail_after = step == "before the call", step == "after the call"

    def dies(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt  # not even the loop's own net catches this

    with monkeypatch.context() as patch:
        if step == "in settling":
            patch.setattr(outbox, "add", dies)  # the last thing `settle` does
        if step == "after it":
            patch.setattr(outbox, "mark_delivered", dies)
        with suppress(KeyboardInterrupt):
            loop.drain(services, clock.now, table=TABLE)
    till.fail_before = till.fail_after = False
    for _ in range(3):
        clock.now += outbox.LEASE
        loop.drain(services, clock.now, table=TABLE)
    assert till.paid == {refund.id: refund.amount_minor}
    assert stored(services, refund).state == "settled"
    assert settled_events(services) == 1
    assert loop.drain(services, clock.now, table=TABLE) == 0


def test_settling_twice_is_refused_and_keeps_the_first_reference(
    services: Services, held: Held
) -> None:
    refund = request(services, held)
    settle(services, refund, "first")
    with pytest.raises(RefundSettledAlready):
        settle(services, refund, "second")
    assert stored(services, refund).provider_ref == "first"


@pytest.mark.parametrize("state", ["claiming", "on_chain", "void", "refunded", "surrendered"])
@pytest.mark.parametrize("way", ["refund", "draw"])
def test_a_pass_that_is_not_active_pays_nothing_here(
    services: Services, made: Season, held: Held, state: str, way: service.Way
) -> None:
    cancel(services, made.sessions[0])
    with services.database.transaction() as session:
        session.get_one(Pass, (held.row.organizer_id, held.row.id)).state = state
    with pytest.raises(RefundRefused) as refusal:
        request(services, fresh(services, held), way=way)
    assert str(refusal.value.members["decision"]["code"]).startswith("pass-")
    with services.database.reading() as session:
        assert service.every(session, organizer_id=made.organizer_id) == []


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("cancel"), st.integers(0, 2)),
        st.tuples(st.just("move"), st.integers(0, 2)),
        st.tuples(st.just("wait"), st.integers(1, 12)),
        st.tuples(st.just("draw"), st.just(0)),
        st.tuples(st.just("refund"), st.just(0)),
    ),
    max_size=10,
)


@given(steps=STEPS, price=st.integers(0, 6_000))
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_draws_and_a_refund_never_come_to_more_than_was_paid(
    services: Services, clock: Clock, steps: list[tuple[str, int]], price: int
) -> None:
    clock.now = datetime.fromisoformat("2027-03-01T12:00:00+00:00")
    made = season(services, f"s{next(NUMBERS)}")
    holder = people.holder(services, made.organizer_id)
    with services.database.transaction() as session:
        row = passes.issue(
            session,
            organizer_id=made.organizer_id,
            series_id=made.series.id,
            holder_id=holder.id,
            paid_minor=price,
            actor="t",
            now=clock.now,
        )
    held, paid = Held(row, made.series), 0
    for step, number in steps:
        held = fresh(services, held)
        try:
            if step == "wait":
                clock.now += timedelta(days=number)
            elif step == "cancel":
                cancel(services, made.sessions[number])
            elif step == "move":
                with services.database.reading() as session:
                    present = sessions.get(
                        session,
                        organizer_id=made.organizer_id,
                        session_id=made.sessions[number].id,
                    )
                later(services, present, timedelta(days=2))
            else:
                way: service.Way = "draw" if step == "draw" else "refund"
                amount = quoted(services, held, way)
                refund = request(services, held, way=way)
                assert refund.amount_minor == amount
                paid += amount
        except DomainError:
            continue
    now = fresh(services, held).row
    assert paid == now.paid_back_minor <= now.paid_minor == price
