"""What happens between the steps: changes that commit while a feed is read or rendered."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text
from starlette.testclient import TestClient

from passes_service.accounts import merging, versions
from passes_service.bootstrap import Services
from passes_service.catalog import sessions
from passes_service.feeds import content, copies, links, lookup
from passes_service.feeds.links import Options
from passes_service.passes.queries import Held
from passes_service.transfers import service as transfers
from passes_service.web.app import create_app
from passes_service.web.feeds.serving import Serving
from tests import people
from tests.conftest import ORIGIN
from tests.feeds.subscriber import Device, subscribe
from tests.feeds.test_following import change
from tests.season import Season, issue, season

SOON = 5.0


@pytest.fixture
def made(services: Services) -> Season:
    return season(services)


@pytest.fixture
def held(services: Services, made: Season) -> Held:
    return issue(services, made)


@pytest.fixture
def phone(client: TestClient, services: Services, made: Season, held: Held) -> Device:
    return subscribe(client, services, made.organizer_id, held.row.holder_id)


@pytest.fixture
def friend(client: TestClient, services: Services, made: Season) -> Device:
    """A device of somebody who has no pass yet."""
    holder = people.holder(services, made.organizer_id, "cem@example.org")
    device = subscribe(client, services, made.organizer_id, holder.id)
    device.fetch()
    return device


def together(services: Services) -> None:
    if services.database.is_sqlite:
        pytest.skip("one writer at a time: nothing can come between")


def beside(work: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=work)
    thread.start()
    return thread


class Gate:
    """Holds a function of the service at its door until it is opened."""

    def __init__(self, patch: pytest.MonkeyPatch, module: Any, name: str) -> None:
        self.reached, self.open = threading.Event(), threading.Event()
        whole = getattr(module, name)

        def held_up(*args: Any, **named: Any) -> Any:
            self.reached.set()
            self.open.wait(10)
            return whole(*args, **named)

        patch.setattr(module, name, held_up)  # only to stop there: the work is done afterwards


def edit(services: Services, made: Season, session: Any) -> None:
    sessions.amend(
        session,
        organizer_id=made.organizer_id,
        session_id=made.sessions[0].id,
        fields={"title": "EDITED"},
        now=services.clock(),
    )


def test_a_pass_issued_while_an_edit_is_open_shows_the_edit(
    services: Services, made: Season, friend: Device
) -> None:
    """The edit marks whom it sees; it cannot see a pass that commits before it does."""
    together(services)
    polled: list[list[str]] = []
    with services.database.transaction() as session:
        edit(services, made, session)
        issue(services, made, "cem@example.org")
        poll = beside(lambda: polled.append(friend.titles()))
        poll.join(0.5)
    poll.join(SOON)
    assert "EDITED" in friend.titles()
    assert polled


def test_a_pass_handed_on_while_an_edit_waits_shows_the_edit(
    services: Services, made: Season, held: Held, friend: Device
) -> None:
    together(services)
    scope: dict[str, Any] = {"organizer_id": made.organizer_id}
    with services.database.transaction() as session:
        offer = transfers.offer(
            session,
            **scope,
            holder_id=held.row.holder_id,
            pass_id=held.row.pass_id,
            recipient="cem@example.org",
            now=services.clock(),
        )
    marked, end = threading.Event(), threading.Event()

    def open_edit() -> None:
        with services.database.transaction() as session:
            edit(services, made, session)
            marked.set()
            end.wait(SOON)

    with services.database.transaction() as session:
        transfers.accept(
            session,
            **scope,
            holder_id=friend.row.holder_id,
            offer_id=offer.id,
            now=services.clock(),
        )
        other = beside(open_edit)
        marked.wait(1)
    marked.wait(SOON)
    poll = beside(friend.fetch)
    poll.join(0.5)
    end.set()
    other.join(SOON)
    poll.join(SOON)
    assert "EDITED" in friend.titles()


def test_who_asks_after_a_change_gets_no_rendering_from_before_it(
    services: Services, made: Season, held: Held, phone: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    together(services)
    phone.fetch()
    with services.database.transaction() as session:
        versions.bump(session, organizer_id=made.organizer_id, holder_ids=[held.row.holder_id])
    gate = Gate(monkeypatch, copies, "_render")
    first = beside(phone.fetch)
    gate.reached.wait(SOON)
    later: list[str] = []
    edited = beside(lambda: change(services, made.sessions[0], title="EDITED"))
    edited.join(0.5)  # it waits for the calendar, which the rendering holds
    gate.open.set()
    edited.join(SOON)
    second = beside(lambda: later.append(phone.fetch().text))
    first.join(SOON)
    second.join(SOON)
    assert "EDITED" in later[0]


def test_options_chosen_during_the_first_rendering_are_not_lost(
    services: Services, made: Season, phone: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    together(services)
    gate = Gate(monkeypatch, content, "of_link")
    first = beside(phone.fetch)
    gate.reached.wait(SOON)

    def choose() -> None:
        with services.database.transaction() as session:
            links.choose(
                session,
                organizer_id=made.organizer_id,
                holder_id=phone.row.holder_id,
                link_id=phone.row.id,
                options=Options(language="de"),
            )

    chosen = beside(choose)
    chosen.join(0.5)
    gate.open.set()
    first.join(SOON)
    chosen.join(SOON)
    assert "Nummer 1 von" in phone.fetch().text


def test_a_link_revoked_between_look_up_and_rendering_shows_the_notice(
    services: Services, made: Season, phone: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = Serving._refresh

    def revoke_first(*args: Any) -> Any:
        with services.database.transaction() as session:
            links.remove(
                session,
                organizer_id=made.organizer_id,
                holder_id=phone.row.holder_id,
                link_id=phone.row.id,
                now=services.clock(),
            )
        return whole(*args)

    monkeypatch.setattr(Serving, "_refresh", revoke_first)  # only to come between
    assert phone.titles() == ["This calendar link was replaced"]


def test_a_process_that_cannot_render_serves_what_another_stored_since(
    services: Services, made: Season, phone: Device, two: list[TestClient], monkeypatch: Any
) -> None:
    here, there = (replace(phone, client=client) for client in two)
    here.fetch()
    change(services, made.sessions[0], title="Second")
    stored = there.fetch()
    change(services, made.sessions[0], title="Third")

    def broken(*_: Any, **__: Any) -> bytes:
        raise AssertionError("a value that the renderer did not foresee")

    monkeypatch.setattr(copies, "_render", broken)  # no input that breaks it is known
    answer = here.fetch()
    assert answer.content == stored.content
    assert answer.headers["last-modified"] == stored.headers["last-modified"]


def test_a_connection_that_breaks_while_it_is_asked_is_replaced(
    services: Services, phone: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    together(services)
    before = phone.fetch()
    whole = lookup.find
    once: list[int] = []

    def killed(connection: Any, addresses: Any) -> Any:
        if not once:
            once.append(connection.info.backend_pid)
            with services.database.transaction() as session:
                kill = text("SELECT pg_terminate_backend(:pid)")
                session.connection().execute(kill, {"pid": once[0]})
            time.sleep(0.1)
        return whole(connection, addresses)

    monkeypatch.setattr(lookup, "find", killed)  # ends the real connection, then asks it
    with TestClient(create_app(services), base_url=ORIGIN) as fresh:
        answer = replace(phone, client=fresh).fetch()
    assert (answer.status_code, answer.content) == (200, before.content)
    assert once


def test_rotating_a_link_and_joining_accounts_wait_for_each_other(
    services: Services, made: Season, held: Held, phone: Device, friend: Device
) -> None:
    together(services)
    errors: list[Exception] = []

    def join() -> None:
        try:
            with services.database.transaction() as session:
                merging.merge(
                    session,
                    organizer_id=made.organizer_id,
                    survivor_id=friend.row.holder_id,
                    merged_id=held.row.holder_id,
                    now=services.clock(),
                )
        except Exception as error:
            errors.append(error)

    with services.database.transaction() as session:
        links.rotate(
            session,
            organizer_id=made.organizer_id,
            holder_id=held.row.holder_id,
            link_id=phone.row.id,
            random=services.random_bytes(32),
            now=services.clock(),
        )
        other = beside(join)
        other.join(1)
    other.join(SOON)
    assert errors == []
    assert len(friend.titles()) == 3
