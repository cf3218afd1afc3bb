"""Trouble: an address that we gave out never sees an error; guesses and notes are bounded."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import datetime
from threading import Event
from typing import Any

import pytest
from sqlalchemy import text
from sqlmodel import select
from starlette.testclient import TestClient

from passes_service.accounts import versions
from passes_service.bootstrap import Services
from passes_service.core import tokens
from passes_service.db.models import FeedCopy, FeedLink
from passes_service.feeds import copies, lookup
from passes_service.feeds.lookup import Address, Found
from passes_service.feeds.memory import Kept
from passes_service.web.app import create_app
from passes_service.web.feeds.seen import Seen
from passes_service.web.feeds.unknown import PER_MINUTE
from tests.conftest import ORIGIN
from tests.fakes import Clock
from tests.feeds.subscriber import Device, subscribe
from tests.season import issue, season


@pytest.fixture
def phone(client: TestClient, services: Services) -> Device:
    made = season(services)
    held = issue(services, made)
    return subscribe(client, services, made.organizer_id, held.row.holder_id)


def touch(services: Services, phone: Device) -> None:
    """Change something, so that the stored bytes are old."""
    with services.database.transaction() as session:
        versions.bump(
            session, organizer_id=phone.row.organizer_id, holder_ids=[phone.row.holder_id]
        )


class TestTrouble:
    """An address that we gave out never sees an error."""

    def test_a_render_error_serves_the_stored_bytes(
        self,
        phone: Device,
        services: Services,
        monkeypatch: pytest.MonkeyPatch,
        capfd: pytest.CaptureFixture[str],
    ) -> None:
        before = phone.fetch()
        touch(services, phone)

        def broken(*_: Any, **__: Any) -> bytes:
            raise AssertionError(f"a value that the renderer did not foresee {phone.path}")

        # No input that breaks the renderer is known, so the break itself is put in its place.
        with monkeypatch.context() as patch:
            patch.setattr(copies, "_render", broken)
            for device in (phone, elsewhere(phone, services)):  # also where nothing is in memory
                answer = device.fetch()
                assert (answer.status_code, answer.content) == (200, before.content)
                tag = before.headers["etag"]
                assert device.fetch(If_None_Match=tag).status_code == 304
        printed = capfd.readouterr()
        assert "feed not rendered" in printed.out + printed.err
        assert phone.token not in printed.out + printed.err
        assert phone.fetch().status_code == 200

    def test_a_database_that_is_away_serves_the_last_bytes_of_this_process(
        self, phone: Device, services: Services, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        before = phone.fetch()

        def away(connection: Any, _: Any) -> None:
            connection.execute("SELECT nothing FROM nowhere")

        # A real error of the real driver; a server cannot be stopped for one test of many.
        monkeypatch.setattr(lookup, "find", away)
        answer = phone.fetch()
        assert (answer.status_code, answer.content) == (200, before.content)
        assert phone.fetch(If_None_Match=before.headers["etag"]).status_code == 304
        # An address of which this process knows nothing: ask again, and nothing else.
        other = Device(phone.client, phone.row, tokens.mint(phone.row.id, random=bytes(32)))
        unknown = other.fetch()
        assert unknown.status_code == 503
        assert int(unknown.headers["retry-after"]) > 0
        assert other.token not in unknown.text
        monkeypatch.undo()
        assert phone.fetch().content == before.content

    def test_a_database_that_says_nothing_keeps_nobody_waiting(
        self, phone: Device, services: Services, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        before = phone.fetch()
        impatient = elsewhere(phone, replace(services, patience=0.05))
        impatient.fetch()
        answered = Event()

        def stuck(*_: Any) -> None:
            answered.wait(20)
            raise TimeoutError

        monkeypatch.setattr(lookup, "find", stuck)
        answer = impatient.fetch()
        answered.set()
        assert (answer.status_code, answer.content) == (200, before.content)

    def test_a_copy_that_cannot_be_stored_leaves_the_old_one(
        self, phone: Device, services: Services
    ) -> None:
        before = phone.fetch()
        touch(services, phone)
        with services.database.reading() as session:
            assert session.exec(select(FeedCopy)).one().etag == before.headers["etag"]
        # The database takes no writes for once: whoever asks gets what it has.
        broken = replace(
            services, database=replace(services.database, writer=services.database.reader)
        )
        answer = elsewhere(phone, broken).fetch()
        assert (answer.status_code, answer.content) == (200, before.content)

    def test_logs_hold_no_address(
        self, phone: Device, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
    ) -> None:
        def broken(*_: Any, **__: Any) -> None:
            raise RuntimeError(f"cannot open {phone.path}")

        monkeypatch.setattr(lookup, "find", broken)  # the error that would betray the address
        phone.fetch()
        printed = capfd.readouterr()
        assert "feed not read" in printed.out + printed.err
        assert phone.token not in printed.out + printed.err


def elsewhere(phone: Device, services: Services) -> Device:
    """Return the same device, asking another process of the service."""
    return replace(phone, client=TestClient(create_app(services), base_url=ORIGIN))


class TestGuesses:
    def test_only_unknown_addresses_are_counted(
        self, client: TestClient, phone: Device, clock: Clock
    ) -> None:
        answers = [client.get(f"/feeds/guess{n}.ics").status_code for n in range(PER_MINUTE + 5)]
        assert answers == [404] * PER_MINUTE + [429] * 5
        assert int(client.get("/feeds/more.ics").headers["retry-after"]) == 60
        assert phone.fetch().status_code == 200  # from the same peer
        clock.forward(minutes=1)
        assert client.get("/feeds/guess.ics").status_code == 404


class TestWhoAsked:
    def test_a_fetch_is_noted_once_an_hour_with_the_app(
        self, phone: Device, services: Services, clock: Clock
    ) -> None:
        seen = Seen(services.database)

        def found() -> Found:
            with services.database.reader.connect() as connection:
                (one,) = lookup.find(
                    connection.connection.driver_connection, [Address.of(phone.token)]
                )
            assert one is not None
            return one

        def noted() -> tuple[datetime | None, str]:
            with services.database.reading() as session:
                row = session.get_one(FeedLink, (phone.row.organizer_id, phone.row.id))
            return row.last_fetched_at, row.last_app

        first = clock()
        for agent in ("Mozilla/5.0 (X11) Thunderbird/153.0", "vdirsyncer/0.20"):
            seen.note(found(), agent, clock())
            seen.write()
            clock.forward(minutes=50)
            assert noted() == (first, "Thunderbird")
        seen.note(found(), "iOS/19.1 (23B5044l) dataaccessd/1.0", clock())
        assert noted()[0] == first  # gathered, not written
        seen.write()
        assert noted() == (clock(), "Apple Calendar")


def test_memory_forgets_the_least_recently_used_when_it_is_full() -> None:
    memory: Kept[str, bytes] = Kept(250, len)
    for name in ("a", "b", "c"):
        memory.put(name, b"x" * 100)
    assert memory.get("a") is None
    assert memory.get("b") is not None
    memory.put("b", b"y" * 100)
    memory.put("a", b"x" * 100)
    assert memory.get("b") == b"y" * 100
    assert memory.get("c") is None
    memory.put("d", b"z" * 300)  # larger than the room: not kept, and nothing else is lost of it
    assert memory.get("d") is None


def test_notes_about_fetches_keep_no_poll_waiting(services: Services, phone: Device) -> None:
    other = subscribe(phone.client, services, phone.row.organizer_id, phone.row.holder_id, "Desk")
    phone.fetch(), other.fetch()
    app = TestClient(create_app(replace(services, patience=2.0)), base_url=ORIGIN)
    with app, services.database.transaction() as session:
        session.connection().execute(text("UPDATE feed_link SET label = 'held'"))
        assert replace(phone, client=app).fetch().status_code == 200
        began = time.monotonic()
        assert replace(other, client=app).fetch().status_code == 200
        assert time.monotonic() - began < 2.0  # the patience of a look-up, not a figure
