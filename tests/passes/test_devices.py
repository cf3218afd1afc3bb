"""A phone becomes the ticket: what binding changes, when it is refused, what ends it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlmodel import Session, select

from passes_service.accounts.errors import NotFound
from passes_service.bootstrap import Services
from passes_service.catalog import sessions
from passes_service.core.errors import DomainError
from passes_service.db.models import OutboxEvent, Pass, PassDevice
from passes_service.passes import devices, queries
from passes_service.passes import service as passes
from passes_service.passes.errors import (
    BindingClosed,
    BoundTooOften,
    CodeOnDevice,
    DeviceNotThere,
    PassInactive,
)
from passes_service.passes.queries import Held
from passes_service.transfers import service as transfers
from passes_service.transfers.errors import OfferEnded
from tests import people
from tests.fakes import Clock
from tests.phones import Phone
from tests.season import Season, issue, season


@pytest.fixture
def made(services: Services) -> Season:
    return season(services)


@pytest.fixture
def held(services: Services, made: Season) -> Held:
    return issue(services, made)


def again(services: Services, held: Held) -> Pass:
    with services.database.reading() as session:
        return queries.by_pass_id(
            session, organizer_id=held.row.organizer_id, pass_id=held.row.pass_id
        ).row


def shown_by(services: Services, held: Held) -> PassDevice | None:
    with services.database.reading() as session:
        return devices.of_pass(session, again(services, held))


def unbind(services: Services, held: Held) -> Pass:
    with services.database.transaction() as session:
        return devices.unbind(
            session,
            organizer_id=held.row.organizer_id,
            holder_id=held.row.holder_id,
            pass_id=held.row.pass_id,
            now=services.clock(),
        )


def told(services: Services) -> list[str]:
    with Session(services.database.reader) as session:
        return [row.type for row in session.exec(select(OutboxEvent))]


def test_binding_raises_the_epoch_and_is_told(services: Services, held: Held) -> None:
    phone = Phone()

    device = phone.bind(services, held)

    assert (device.epoch, again(services, held).epoch) == (2, 2)
    found = shown_by(services, held)
    assert found is not None
    assert (found.public_key, found.holder_id) == (phone.public_key, held.row.holder_id)
    assert told(services).count("pass.bound") == 1
    with services.database.reading() as session:
        line = queries.history(
            session, organizer_id=held.row.organizer_id, pass_row_id=held.row.id
        )[-1]
    assert (line.kind, line.epoch) == ("bound", 2)
    assert line.sentence == (
        "Its code is on a phone or browser (Android) now; earlier codes no longer open the door."
    )


def test_binding_the_bound_device_changes_nothing(
    services: Services, made: Season, held: Held, clock: Clock
) -> None:
    phone = Phone()
    first = phone.bind(services, held)
    clock.now = made.sessions[0].starts_at  # not even the doors refuse it then

    assert phone.bind(services, held).id == first.id
    assert again(services, held).epoch == 2
    assert told(services).count("pass.bound") == 1


def test_next_phone_takes_over_and_the_first_may_come_back(services: Services, held: Held) -> None:
    old, new = Phone(), Phone("iPhone")
    old.bind(services, held)
    new.bind(services, held)
    found = shown_by(services, held)
    assert found is not None
    assert found.public_key == new.public_key

    assert old.bind(services, held).epoch == 4


def test_while_a_phone_shows_the_code_none_is_printed(services: Services, held: Held) -> None:
    Phone().bind(services, held)
    with services.database.reading() as session:
        row = again(services, held)
        with pytest.raises(CodeOnDevice):
            devices.require_printable(session, row)

    row = unbind(services, held)

    assert row.epoch == 3
    assert shown_by(services, held) is None
    assert told(services).count("pass.unbound") == 1
    with pytest.raises(DeviceNotThere):
        unbind(services, held)


def test_token_is_bound_by_its_epoch_in_the_book(services: Services, held: Held) -> None:
    with services.database.transaction() as session:
        passes.swap(session, held.row, {"state": "on_chain"})

    assert Phone().bind(services, held).epoch == 2
    assert again(services, held).state == "on_chain"


@pytest.mark.parametrize("state", ["claiming", "refunded", "void", "surrendered"])
def test_pass_that_opens_no_door_is_not_bound(services: Services, held: Held, state: str) -> None:
    phone = Phone()
    phone.bind(services, held)
    with services.database.transaction() as session:
        passes.swap(session, again(services, held), {"state": state})

    for action in (lambda: phone.bind(services, held), lambda: unbind(services, held)):
        with pytest.raises(PassInactive):
            action()


def test_somebody_elses_pass_looks_like_none(services: Services, made: Season, held: Held) -> None:
    friend = people.holder(services, made.organizer_id, "friend@example.org")
    with services.database.transaction() as session, pytest.raises(NotFound):
        devices.bind(
            session,
            organizer_id=made.organizer_id,
            holder_id=friend.id,
            pass_id=held.row.pass_id,
            public_key=Phone().public_key,
            now=services.clock(),
        )


def test_sixth_phone_of_a_day_has_to_wait(services: Services, held: Held, clock: Clock) -> None:
    for _ in range(devices.PER_DAY):
        Phone().bind(services, held)
        clock.now += timedelta(hours=1)

    with pytest.raises(BoundTooOften) as refused:
        Phone().bind(services, held)

    assert again(services, held).epoch == 1 + devices.PER_DAY
    clock.now += timedelta(seconds=refused.value.members["retry_after"] - 2)
    with pytest.raises(BoundTooOften):
        Phone().bind(services, held)
    clock.now += timedelta(seconds=2)
    Phone().bind(services, held)


def _outcome(services: Services, held: Held, clock: Clock, now: datetime) -> str:
    clock.now = now
    try:
        Phone().bind(services, held)
    except DomainError as error:
        return error.code
    return "bound"


def test_two_hours_before_doors_the_gates_may_have_fetched_their_list(
    services: Services, made: Season, held: Held, clock: Clock
) -> None:
    first, last = made.sessions[0], made.sessions[-1]
    closes = first.starts_at - timedelta(minutes=30) - devices.CUTOFF
    second = timedelta(seconds=1)

    assert _outcome(services, held, clock, closes - second) == "bound"
    assert _outcome(services, held, clock, closes) == "binding-closed"
    with pytest.raises(BindingClosed, match="“Evening 1” until its end on 21 March 2027"):
        unbind(services, held)
    assert _outcome(services, held, clock, first.ends_at - second) == "binding-closed"
    assert _outcome(services, held, clock, first.ends_at) == "bound"
    assert _outcome(services, held, clock, last.starts_at) == "binding-closed"


def test_cancelled_session_closes_nothing(
    services: Services, made: Season, held: Held, clock: Clock
) -> None:
    with services.database.transaction() as session:
        sessions.cancel(
            session,
            organizer_id=made.organizer_id,
            session_id=made.sessions[0].id,
            now=clock(),
        )

    assert _outcome(services, held, clock, made.sessions[0].starts_at) == "bound"


def test_transfer_ends_the_binding_and_binding_ends_an_offer(
    services: Services, made: Season, held: Held
) -> None:
    friend = people.holder(services, made.organizer_id, "friend@example.org")
    with services.database.transaction() as session:
        early = transfers.offer(
            session,
            organizer_id=made.organizer_id,
            holder_id=held.row.holder_id,
            pass_id=held.row.pass_id,
            recipient="friend@example.org",
            now=services.clock(),
        )
    Phone().bind(services, held)
    with services.database.transaction() as session, pytest.raises(OfferEnded):
        transfers.accept(
            session,
            organizer_id=made.organizer_id,
            holder_id=friend.id,
            offer_id=early.id,
            now=services.clock(),
        )
    with services.database.transaction() as session:
        late = transfers.offer(
            session,
            organizer_id=made.organizer_id,
            holder_id=held.row.holder_id,
            pass_id=held.row.pass_id,
            recipient="friend@example.org",
            now=services.clock(),
        )
    with services.database.transaction() as session:
        transfers.accept(
            session,
            organizer_id=made.organizer_id,
            holder_id=friend.id,
            offer_id=late.id,
            now=services.clock(),
        )

    assert again(services, held).epoch == 3
    assert shown_by(services, held) is None
