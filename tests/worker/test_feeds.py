"""The worker renders outdated feeds before they are fetched, and never too many at once."""

from __future__ import annotations

import pytest
from sqlmodel import select
from starlette.testclient import TestClient

from passes_service.accounts import versions
from passes_service.bootstrap import Services
from passes_service.db.models import FeedCopy, FeedLink
from passes_service.feeds import copies, sweep
from passes_service.worker import feeds
from passes_service.worker.feeds import PER_TURN, Sweeper
from tests.fakes import Clock
from tests.feeds.subscriber import Device, subscribe
from tests.feeds.test_following import change
from tests.season import Season, issue, season


@pytest.fixture
def made(services: Services) -> Season:
    return season(services)


@pytest.fixture
def phone(client: TestClient, services: Services, made: Season) -> Device:
    held = issue(services, made)
    return subscribe(client, services, made.organizer_id, held.row.holder_id)


def fetched(services: Services, phone: Device, clock: Clock) -> None:
    with services.database.transaction() as session:
        row = session.get_one(FeedLink, (phone.row.organizer_id, phone.row.id))
        row.last_fetched_at = clock()
        session.add(row)


def stored(services: Services) -> FeedCopy:
    with services.database.reading() as session:
        return session.exec(select(FeedCopy)).one()


def test_a_changed_session_is_rendered_by_the_worker_before_the_next_fetch(
    phone: Device, services: Services, made: Season, clock: Clock
) -> None:
    before = phone.fetch()
    fetched(services, phone, clock)
    sweeper = Sweeper()
    assert sweeper.turn(services, clock()) == 0  # nothing is outdated
    change(services, made.sessions[0], title="Another evening")
    assert sweeper.turn(services, clock()) == 1
    rendered = stored(services)
    assert f'"{rendered.etag}"' != before.headers["etag"]
    assert sweeper.turn(services, clock()) == 0
    assert phone.fetch().headers["etag"] == rendered.etag
    assert stored(services).changed_at == rendered.changed_at


def test_feeds_that_nobody_fetches_any_more_are_left_to_their_next_fetch(
    phone: Device, services: Services, made: Season, clock: Clock
) -> None:
    phone.fetch()
    fetched(services, phone, clock)
    clock.forward(days=8)
    change(services, made.sessions[0], title="Another evening")
    assert Sweeper().turn(services, clock()) == 0
    assert "Another evening" in phone.titles()


def test_it_goes_round_in_stretches_and_renders_some_per_turn(
    client: TestClient,
    services: Services,
    made: Season,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    held = issue(services, made)
    devices = [
        subscribe(client, services, made.organizer_id, held.row.holder_id, str(n)) for n in range(7)
    ]
    for device in devices:
        device.fetch()
        fetched(services, device, clock)
    with services.database.transaction() as session:
        versions.bump(session, organizer_id=made.organizer_id, holder_ids=[held.row.holder_id])
    # Both limits are in the hundreds and thousands in service; a test has seven feeds.
    monkeypatch.setattr(sweep, "AT_ONCE", 3)
    monkeypatch.setattr(feeds, "PER_TURN", 2)
    sweeper = Sweeper()
    turns = [sweeper.turn(services, clock()) for _ in range(8)]
    assert turns == [2, 1, 2, 1, 1, 0, 0, 0]
    assert PER_TURN >= 50


def test_one_feed_that_cannot_be_rendered_holds_up_no_other(
    client: TestClient,
    services: Services,
    made: Season,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    held = issue(services, made)
    devices = [
        subscribe(client, services, made.organizer_id, held.row.holder_id, str(n)) for n in range(2)
    ]
    for device in devices:
        device.fetch()
        fetched(services, device, clock)
    change(services, made.sessions[0], title="Another evening")
    whole = copies._render
    failed: list[bool] = []

    def broken_once(*args: object, **named: object) -> object:
        if not failed:
            failed.append(True)
            raise AssertionError("a value that the renderer did not foresee")
        return whole(*args, **named)  # type: ignore[arg-type]  # handed on as they came

    monkeypatch.setattr(copies, "_render", broken_once)  # no input that breaks it is known
    assert Sweeper().turn(services, clock()) == 2
    with services.database.reading() as session:
        tags = [row.rendered_from for row in session.exec(select(FeedCopy))]
    assert len(set(tags)) == 2


def test_links_revoked_long_ago_are_deleted(
    phone: Device, services: Services, clock: Clock
) -> None:
    phone.fetch()
    with services.database.transaction() as session:
        row = session.get_one(FeedLink, (phone.row.organizer_id, phone.row.id))
        row.revoked_at = clock()
        session.add(row)
    feeds.forget_links(services, clock())
    with services.database.reading() as session:
        assert session.exec(select(FeedCopy)).all() == []  # its bytes go at once
        assert len(session.exec(select(FeedLink)).all()) == 1
    clock.forward(days=91)
    feeds.forget_links(services, clock())
    with services.database.reading() as session:
        assert session.exec(select(FeedLink)).all() == []
