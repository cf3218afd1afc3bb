"""At the door, the phone is lost or its storage wiped: number, name, new code."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select
from starlette.testclient import TestClient

from passes_service.bootstrap import Services
from passes_service.catalog import sessions
from passes_service.checkin.outcome import ScanCode
from passes_service.db.models import Holder, IdempotentCall
from passes_service.passes import devices, queries, renewing
from passes_service.passes import service as passes
from passes_service.passes.queries import Held
from tests.checkin.evening import Evening, post
from tests.fakes import Clock
from tests.people import keyed
from tests.phones import Phone

SECOND = timedelta(seconds=1)


def renew(client: TestClient, night: Evening, held: Held, **changes: Any) -> Any:
    sent = {"session_id": str(night.first.id), "reason": "Storage wiped"} | changes
    headers = night.headers | sent.pop("headers", keyed())
    return client.post(f"/api/v1/gate/passes/{held.row.pass_id}/rebind", json=sent, headers=headers)


@pytest.fixture
def phone(night: Evening, held: Held, clock: Clock) -> Phone:
    """A phone that was bound the day before."""
    made = Phone()
    clock.now -= timedelta(days=1)
    made.bind(night.services, held)
    clock.now += timedelta(days=1)
    return made


@pytest.fixture
def held(night: Evening) -> Held:
    made = night.issue()
    with night.services.database.transaction() as session:
        session.get_one(Holder, (night.organizer_id, made.row.holder_id)).name = "Fan"
    return made


def test_new_code_admits_and_the_lost_phone_no_longer(
    client: TestClient, night: Evening, held: Held, phone: Phone, clock: Clock
) -> None:
    answer = renew(client, night, held)

    assert answer.status_code == 201, answer.text
    done = answer.json()
    assert (done["pass_label"], done["epoch"]) == ("1 of 5", 3)
    assert done["holder_name"] == "Fan"
    assert done["expires_at"] == night.first.ends_at.isoformat().replace("+00:00", "Z")
    lost = phone.code(held, 2, clock())
    assert post(client, night, lost).json()["code"] == "STALE"
    assert post(client, night, done["code"]).json()["code"] == "ADMIT"


def test_new_code_is_dead_when_the_session_ends(
    client: TestClient, night: Evening, held: Held, phone: Phone, clock: Clock
) -> None:
    code = renew(client, night, held).json()["code"]
    clock.now = night.first.ends_at - SECOND
    assert night.scan(code).code is ScanCode.ADMIT
    clock.now += SECOND

    assert night.scan(code).code is ScanCode.EXPIRED


def test_history_names_the_gate_and_the_reason(
    client: TestClient, night: Evening, held: Held, phone: Phone
) -> None:
    renew(client, night, held)

    with night.services.database.reading() as session:
        line = queries.history(session, organizer_id=night.organizer_id, pass_row_id=held.row.id)[
            -1
        ]
    assert (line.kind, line.epoch) == ("renewed_at_door", 3)
    assert line.sentence == (
        "Its code was renewed at “Main door”; earlier codes no longer open the door. "
        "Said there: Storage wiped"
    )
    assert line.actor == f"gate:{night.main.gate.id}"
    assert night.events()[-1] == "pass.reissued"


def test_hosts_renew_exactly_while_holders_cannot(
    client: TestClient, night: Evening, held: Held, clock: Clock
) -> None:
    closes = night.first.starts_at - timedelta(minutes=30) - devices.CUTOFF
    outcomes = []
    for moment in (closes - SECOND, closes, night.first.ends_at - SECOND, night.first.ends_at):
        clock.now = moment
        answer = renew(client, night, held)
        outcomes.append(answer.json().get("code") if answer.status_code == 409 else "renewed")

    assert outcomes == ["renew-not-now", "renewed", "renewed", "renew-not-now"]


def test_lost_answer_is_had_again_and_raises_no_epoch(
    client: TestClient, night: Evening, held: Held, phone: Phone
) -> None:
    key = keyed()
    first = renew(client, night, held, headers=key)

    again = renew(client, night, held, headers=key)

    assert again.headers["idempotency-replayed"] == "true"
    assert (again.json(), night.again(held).row.epoch) == (first.json(), 3)
    with night.services.database.reading() as session:
        [kept] = session.exec(select(IdempotentCall)).all()
    assert json.loads(kept.body) == {"pass_id": str(held.row.pass_id), "epoch": 3}
    night.reissue(held)
    assert renew(client, night, held, headers=key).json()["code"] == "pass-moved"


def test_fourth_time_in_a_day_is_refused(
    client: TestClient, night: Evening, held: Held, clock: Clock
) -> None:
    for _ in range(renewing.PER_DAY):
        assert renew(client, night, held).status_code == 201

    refused = renew(client, night, held)

    assert (refused.status_code, refused.json()["code"]) == (429, "renewed-too-often")
    assert refused.headers["retry-after"] == str(24 * 3600 + 1)
    assert night.again(held).row.epoch == 1 + renewing.PER_DAY


@pytest.mark.parametrize("state", ["claiming", "refunded", "void"])
def test_pass_in_flight_or_given_up_is_not_renewed(
    client: TestClient, night: Evening, held: Held, state: str
) -> None:
    with night.services.database.transaction() as session:
        passes.swap(session, night.again(held).row, {"state": state})

    assert renew(client, night, held).json()["code"] == "pass-inactive"


def test_token_is_renewed_like_a_pass(client: TestClient, night: Evening, held: Held) -> None:
    with night.services.database.transaction() as session:
        passes.swap(session, night.again(held).row, {"state": "on_chain"})

    assert night.scan(renew(client, night, held).json()["code"]).code is ScanCode.ADMIT


def test_only_at_a_gate_of_the_session(
    client: TestClient, night: Evening, held: Held, services: Services
) -> None:
    elsewhere = night.enrol("Garden", night.made.sessions[1].id)
    other = {"Authorization": f"Bearer {elsewhere.token}"}

    refused = renew(client, night, held, headers=keyed() | other)

    assert (refused.status_code, refused.json()["code"]) == (403, "gate-not-for-session")
    later = renew(client, night, held, session_id=str(night.made.sessions[1].id))
    assert later.json()["code"] == "renew-not-now"
    assert night.again(held).row.epoch == 1


def test_cancelled_session_is_no_door(
    client: TestClient, night: Evening, held: Held, services: Services
) -> None:
    with services.database.transaction() as session:
        sessions.cancel(
            session,
            organizer_id=night.organizer_id,
            session_id=night.first.id,
            now=services.clock(),
        )

    assert renew(client, night, held).json()["code"] == "renew-not-now"
