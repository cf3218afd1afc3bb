"""A feed follows who holds what."""

from __future__ import annotations

from uuid import UUID

import pytest
from starlette.testclient import TestClient

from passes_service.bootstrap import Services
from passes_service.catalog import sessions
from passes_service.feeds import links
from passes_service.passes import service as passes
from passes_service.passes.queries import Held
from passes_service.refunds import service as refunds
from passes_service.transfers import service as transfers
from tests import people
from tests.fakes import Clock
from tests.feeds.subscriber import Device, subscribe
from tests.feeds.test_following import more
from tests.season import Season, issue, season

NOTICE = "No sessions on your passes from Nocturne"
ALL = ["Evening 1", "Evening 2", "Evening 3"]


@pytest.fixture
def made(services: Services) -> Season:
    return season(services)


@pytest.fixture
def held(services: Services, made: Season) -> Held:
    return issue(services, made)


@pytest.fixture
def phone(client: TestClient, services: Services, made: Season, held: Held) -> Device:
    return subscribe(client, services, made.organizer_id, held.row.holder_id)


def give_up(services: Services, held: Held) -> None:
    with services.database.transaction() as session:
        refunds.request(session, held, actor="test", now=services.clock())


def hand_over(services: Services, held: Held, email: str, to: UUID) -> None:
    with services.database.transaction() as session:
        made = transfers.offer(
            session,
            organizer_id=held.row.organizer_id,
            holder_id=held.row.holder_id,
            pass_id=held.row.pass_id,
            recipient=email,
            now=services.clock(),
        )
    with services.database.transaction() as session:
        transfers.accept(
            session,
            organizer_id=held.row.organizer_id,
            holder_id=to,
            offer_id=made.id,
            now=services.clock(),
        )


def test_a_refund_takes_the_sessions_out_at_once_and_leaves_others_alone(
    client: TestClient, services: Services, made: Season, held: Held, phone: Device
) -> None:
    other = issue(services, made, "other@example.org")
    theirs = subscribe(client, services, made.organizer_id, other.row.holder_id)
    before = theirs.fetch()
    assert phone.titles() == ALL
    give_up(services, held)
    assert phone.titles() == [NOTICE]
    assert theirs.fetch(If_None_Match=before.headers["etag"]).status_code == 304


def test_a_withdrawn_pass_leaves_at_once(services: Services, held: Held, phone: Device) -> None:
    assert phone.titles() == ALL
    with services.database.transaction() as session:
        passes.void(session, held.row, reason="Disputed", actor="t", now=services.clock())
    assert phone.titles() == [NOTICE]


def test_a_transfer_leaves_one_feed_and_enters_the_other_with_the_same_events(
    client: TestClient, services: Services, made: Season, held: Held, phone: Device
) -> None:
    friend = people.holder(services, made.organizer_id, "friend@example.org")
    theirs = subscribe(client, services, made.organizer_id, friend.id)
    mine = phone.events()
    assert theirs.titles() == [NOTICE]
    hand_over(services, held, "friend@example.org", friend.id)
    assert phone.titles() == [NOTICE]
    got = theirs.events()
    assert {uid: one.to_ical() for uid, one in got.items()} == {
        uid: one.to_ical() for uid, one in mine.items()
    }


def test_two_passes_to_one_session_are_one_event_and_it_stays_while_one_is_left(
    services: Services, made: Season, held: Held, phone: Device
) -> None:
    uids = set(phone.events())
    second = issue(services, made)
    counters = []
    for shown in ([1, 2], [2]):
        found = phone.events()
        assert set(found) == uids
        counters.append({int(one["SEQUENCE"]) for one in found.values()})
        said = str(next(iter(found.values()))["DESCRIPTION"])
        assert [n for n in (1, 2) if f"number {n} of 5" in said] == shown
        if shown == [1, 2]:
            give_up(services, held)
    assert counters == [{1}, {2}], "the numbers that are shown changed, so the counter did"
    give_up(services, second)
    assert phone.titles() == [NOTICE]


def test_a_pass_that_is_lost_and_comes_back_never_counts_backwards(
    client: TestClient, services: Services, made: Season, held: Held, phone: Device
) -> None:
    first = issue(services, made)
    before = {uid: int(one["SEQUENCE"]) for uid, one in phone.events().items()}
    give_up(services, held)
    after = {uid: int(one["SEQUENCE"]) for uid, one in phone.events().items()}
    friend = people.holder(services, made.organizer_id, "friend@example.org")
    hand_over(services, first, "friend@example.org", friend.id)
    assert phone.titles() == [NOTICE]
    issue(services, made)
    back = {uid: int(one["SEQUENCE"]) for uid, one in phone.events().items()}
    assert all(before[uid] < after[uid] < back[uid] for uid in before)


def test_a_pass_for_more_sessions_adds_them_for_that_holder_only(
    client: TestClient, services: Services, made: Season, held: Held, phone: Device
) -> None:
    other = issue(services, made, "other@example.org")
    theirs = subscribe(client, services, made.organizer_id, other.row.holder_id)
    with services.database.transaction() as session:
        sessions.create(
            session,
            organizer_id=made.organizer_id,
            calendar_id=made.calendar.id,
            details=sessions.Details(
                title="Backstage",
                starts_at=made.sessions[2].ends_at,
                ends_at=made.sessions[2].ends_at.replace(hour=23),
                time_zone="Europe/Berlin",
            ),
            now=services.clock(),
        )
    opened = more(services, made)
    assert (phone.titles(), theirs.titles()) == (ALL, ALL)
    with services.database.transaction() as session:
        passes.issue(
            session,
            organizer_id=made.organizer_id,
            series_id=opened.id,
            holder_id=held.row.holder_id,
            actor="test",
            now=services.clock(),
        )
    assert phone.titles() == [*ALL, "Backstage"]
    assert theirs.titles() == ALL


def test_rotating_one_link_leaves_the_others_alive(
    client: TestClient, services: Services, made: Season, held: Held, phone: Device
) -> None:
    laptop = subscribe(client, services, made.organizer_id, held.row.holder_id, "Laptop")
    assert laptop.fetch().content == phone.fetch().content
    with services.database.transaction() as session:
        new = links.rotate(
            session,
            organizer_id=made.organizer_id,
            holder_id=held.row.holder_id,
            link_id=phone.row.id,
            random=services.random_bytes(32),
            now=services.clock(),
        )
    assert laptop.titles() == ALL
    assert Device(client, new.row, new.token).fetch().content == laptop.fetch().content
    assert phone.titles() == ["This calendar link was replaced"]
    quiet = phone.fetch()
    assert phone.fetch(If_None_Match=quiet.headers["etag"]).status_code == 304
    assert "Evening" not in quiet.text
    assert made.organizer.name not in quiet.text
    # The same bytes for every revoked link, whoever had it.
    with services.database.transaction() as session:
        links.remove(
            session,
            organizer_id=made.organizer_id,
            holder_id=held.row.holder_id,
            link_id=laptop.row.id,
            now=services.clock(),
        )
    assert laptop.fetch().content == quiet.content
    assert laptop.fetch().headers["etag"] == quiet.headers["etag"]


def test_a_revoked_link_is_unknown_after_90_days(
    services: Services, phone: Device, clock: Clock
) -> None:
    with services.database.transaction() as session:
        links.remove(
            session,
            organizer_id=phone.row.organizer_id,
            holder_id=phone.row.holder_id,
            link_id=phone.row.id,
            now=clock(),
        )
    clock.forward(days=90)
    assert phone.fetch().status_code == 200
    clock.forward(seconds=1)
    unknown = Device(phone.client, phone.row, "nobody's").fetch()
    for forgotten in (False, True):
        answer = phone.fetch()
        assert (answer.status_code, answer.content) == (404, unknown.content), forgotten
        with services.database.transaction() as session:
            assert links.forget(session, now=clock()) == (0 if forgotten else 1)
