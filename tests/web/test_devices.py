"""Binding over the API and on the pass page."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select
from starlette.testclient import TestClient

from passes_service.bootstrap import Services
from passes_service.db.models import MagicLink
from passes_service.passes import queries
from passes_service.passes import service as passes
from passes_service.passes.queries import Held
from tests import people
from tests.fakes import Clock
from tests.phones import Phone
from tests.season import Season, issue, season


@pytest.fixture
def made(services: Services) -> Season:
    return season(services)


@pytest.fixture
def held(services: Services, made: Season, client: TestClient) -> Held:
    """A pass of the guest who is signed in."""
    found = issue(services, made)
    people.sign_in_holder(client, services, made.organizer_id)
    return found


def at(held: Held, rest: str = "/device") -> str:
    return f"/api/v1/me/passes/{held.row.pass_id}{rest}"


def bind(client: TestClient, held: Held, phone: Phone) -> Any:
    sent = {"public_key": phone.text, "label": phone.label}
    return client.post(at(held), json=sent, headers=people.keyed())


def test_device_is_bound_read_and_released(client: TestClient, held: Held) -> None:
    phone = Phone()
    assert client.get(at(held)).json()["code"] == "device-not-there"

    made = bind(client, held, phone)
    read = client.get(at(held))

    assert (made.status_code, read.status_code) == (201, 200), made.text
    assert read.json() == made.json()
    assert (read.json()["epoch"], read.json()["public_key"]) == (2, phone.text)
    assert client.get(at(held, "/code")).json()["code"] == "code-on-device"

    freed = client.delete(at(held), headers=people.keyed())

    assert (freed.status_code, freed.json()["epoch"]) == (200, 3)
    assert client.get(at(held, "/code")).status_code == 200
    again = client.delete(at(held), headers=people.keyed())
    assert (again.status_code, again.json()["code"]) == (404, "device-not-there")


def test_same_call_twice_binds_once(client: TestClient, held: Held) -> None:
    sent, key = {"public_key": Phone().text}, people.keyed()

    first = client.post(at(held), json=sent, headers=key)
    second = client.post(at(held), json=sent, headers=key)

    assert first.json() == second.json()
    assert client.get(at(held)).json()["epoch"] == 2


def test_key_that_is_no_point_is_refused_with_its_field(client: TestClient, held: Held) -> None:
    sent = {"public_key": "A" * 87}

    answer = client.post(at(held), json=sent, headers=people.keyed())

    assert answer.status_code == 422
    assert (answer.json()["code"], answer.json()["field"]) == ("device-key-malformed", "public_key")


def test_near_the_doors_it_sends_people_to_the_hosts(
    client: TestClient, services: Services, made: Season, held: Held, clock: Clock
) -> None:
    clock.now = made.sessions[0].starts_at
    people.sign_in_holder(client, services, made.organizer_id)

    answer = bind(client, held, Phone())

    assert (answer.status_code, answer.json()["code"]) == (409, "binding-closed")
    assert "ask the hosts at the door" in answer.json()["next"]
    page = client.get(f"/me/passes/{held.row.pass_id}").text
    assert "The code above keeps working." in page


def test_sixth_binding_says_when_to_come_back(
    client: TestClient, services: Services, held: Held
) -> None:
    for _ in range(5):
        Phone().bind(services, held)

    answer = bind(client, held, Phone())

    assert (answer.status_code, answer.json()["code"]) == (429, "bound-too-often")
    assert int(answer.headers["Retry-After"]) == timedelta(days=1).total_seconds() + 1


def test_nobody_binds_without_login_or_for_others(
    client: TestClient, services: Services, made: Season, held: Held
) -> None:
    people.holder(services, made.organizer_id, "friend@example.org")
    people.sign_in_holder(client, services, made.organizer_id, "friend@example.org")
    assert bind(client, held, Phone()).status_code == 404
    assert client.get(at(held)).status_code == 404
    client.cookies.clear()
    assert bind(client, held, Phone()).status_code == 401


def test_page_of_a_bound_pass_shows_no_code_that_could_be_copied(
    client: TestClient, services: Services, held: Held
) -> None:
    page = f"/me/passes/{held.row.pass_id}"
    code = client.get(at(held, "/code")).json()["text"]
    assert code in client.get(page).text.replace("&#43;", "+")
    phone = Phone()
    phone.bind(services, held)

    shown = client.get(page).text

    assert "EP1:" not in shown
    assert f'data-key="{phone.text}"' in shown
    assert "on a phone or browser (Android) since" in shown
    printed = client.get(f"{page}/print").text
    assert "EP1:" not in printed
    assert "There is no code to print" in printed


def test_code_on_paper_is_one_form_away_without_scripts(
    client: TestClient, services: Services, held: Held
) -> None:
    page = f"/me/passes/{held.row.pass_id}"
    Phone().bind(services, held)

    answer = client.post(f"{page}/paper", data={"_key": people.keyed()["Idempotency-Key"]})

    assert (answer.status_code, answer.headers["location"]) == (303, f"{page}/print")
    assert "<svg" in client.get(f"{page}/print").text
    again = client.post(f"{page}/paper", data={"_key": people.keyed()["Idempotency-Key"]})
    assert again.status_code == 404


def test_phone_of_a_pass_that_was_given_up_hears_so(
    client: TestClient, services: Services, held: Held
) -> None:
    device = Phone().bind(services, held)
    with services.database.transaction() as session:
        row = queries.by_pass_id(
            session, organizer_id=device.organizer_id, pass_id=held.row.pass_id
        ).row
        passes.swap(session, row, {"state": "refunded"})

    assert client.get(at(held)).json()["code"] == "device-not-there"


def test_label_goes_into_the_page_as_text(
    client: TestClient, services: Services, held: Held
) -> None:
    Phone("<script>alert(1)</script>").bind(services, held)

    shown = client.get(f"/me/passes/{held.row.pass_id}").text

    assert "<script>alert" not in shown
    assert "&lt;script&gt;alert(1)" in shown


def test_link_for_another_phone_signs_it_in_once_on_the_page_of_the_pass(
    client: TestClient, services: Services, held: Held, clock: Clock
) -> None:
    page = f"/me/passes/{held.row.pass_id}"
    assert people.GUEST in client.get(page).text

    asked = client.post(f"{page}/phone-link", data={"_key": people.keyed()["Idempotency-Key"]})

    assert asked.headers["location"] == "/login/sent?organizer=nocturne"
    [link] = mailed(services, held)
    client.cookies.clear()
    used = client.post(f"/l/{people.token_of(services, link)}")
    assert used.headers["location"] == page
    assert client.get(page).status_code == 200
    assert client.post(f"/l/{people.token_of(services, link)}").status_code == 410


def test_link_over_the_api_is_short_lived_and_limited(
    client: TestClient, services: Services, held: Held, clock: Clock
) -> None:
    answers = [client.post(at(held, "/device/link"), headers=people.keyed()) for _ in range(6)]

    assert [answer.status_code for answer in answers] == [202] * 5 + [429]
    link = mailed(services, held)[0]
    clock.now += timedelta(minutes=15)
    assert client.post(f"/l/{people.token_of(services, link)}").status_code == 410


def mailed(services: Services, held: Held) -> list[MagicLink]:
    """Return the links to the pass that were asked for."""
    goal = f"/me/passes/{held.row.pass_id}"
    with services.database.reading() as session:
        return list(session.exec(select(MagicLink).where(MagicLink.next_path == goal)))
