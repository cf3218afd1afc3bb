"""One link makes one phone the gate, whoever races for it and however often it asks."""

from __future__ import annotations

import hashlib
import secrets
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from starlette.testclient import TestClient

from passes_service.bootstrap import Services
from passes_service.checkin import enrolment, gates
from passes_service.checkin.enrolment import PhoneKeys
from passes_service.checkin.errors import GateEnrolledElsewhere
from passes_service.core import binary, tokens
from passes_service.core.enrolment import message, proven
from passes_service.db.models import Gate
from tests import people
from tests.checkin.evening import Evening, body
from tests.fakes import Clock
from tests.gate_phones import GatePhone, as_gate, new_key, point, sign


@pytest.fixture
def link(night: Evening) -> str:
    return night.enrol("Side door", night.first.id).token


def status(client: TestClient, token: str) -> int:
    return client.get("/api/v1/door", headers=as_gate(token)).status_code


def test_phone_gets_a_token_of_its_own_and_the_link_is_used_up(
    client: TestClient, night: Evening, link: str
) -> None:
    phone = GatePhone()
    before = status(client, link)

    made = phone.enrol(client, link)

    assert made.status_code == 200, made.text
    token = made.json()["token"]
    assert token == tokens.mint(night.organizer_id, random=phone.secret, prefix="ps_gate_")
    assert (before, status(client, link), status(client, token)) == (200, 401, 200)
    gate = night.every(Gate)[-1]
    assert made.json() == {
        "gate": {
            "id": str(gate.id),
            "name": "Side door",
            "session_ids": [str(night.first.id)],
            "may_search_names": False,
        },
        "organizer_id": str(night.organizer_id),
        "token": token,
        "issuer_keys": [night.services.keyring.gate.public_key.hex()],
        "now": made.json()["now"],
    }
    assert gate.public_key == point(phone.signing)
    assert gate.agreement_key == point(phone.agreement)


def test_lost_answer_is_given_again_to_the_same_phone(
    client: TestClient, night: Evening, link: str, clock: Clock
) -> None:
    phone = GatePhone()
    first = phone.enrol(client, link).json()
    clock.forward(minutes=5)

    again = phone.enrol(client, link)

    assert again.status_code == 200
    assert again.json() | {"now": ""} == first | {"now": ""}
    enrolled_at = night.every(Gate)[-1].enrolled_at
    assert enrolled_at is not None
    assert enrolled_at < clock.now


@pytest.mark.parametrize("same", ["nothing", "keys", "secret"])
def test_second_phone_is_refused_and_changes_nothing(
    client: TestClient, night: Evening, link: str, same: str
) -> None:
    first = GatePhone()
    token = first.enrol(client, link).json()["token"]
    second = {
        "nothing": GatePhone(),
        "keys": replace(first, secret=secrets.token_bytes(32)),
        "secret": GatePhone(secret=first.secret),
    }[same]

    refused = second.enrol(client, link)

    assert (refused.status_code, refused.json()["code"]) == (409, "gate-enrolled-elsewhere")
    assert status(client, token) == 200
    assert night.every(Gate)[-1].public_key == point(first.signing)


def test_of_many_phones_at_once_one_becomes_the_gate(
    services: Services, night: Evening, link: str
) -> None:
    phones = [GatePhone() for _ in range(8)]

    def take(phone: GatePhone) -> str | None:
        sent = PhoneKeys(
            public_key=point(phone.signing),
            agreement_key=point(phone.agreement),
            proof=binary.from_text(phone.body(link)["proof"], 64) or b"",
            secret=phone.secret,
        )
        try:
            with services.database.transaction() as session:
                return enrolment.take(session, link=link, phone=sent, now=services.clock()).token
        except GateEnrolledElsewhere:
            return None

    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(take, phones))

    winners = [phone for phone, token in zip(phones, taken, strict=True) if token]
    assert len(winners) == 1
    assert night.every(Gate)[-1].public_key == point(winners[0].signing)


def test_proof_of_another_link_key_or_nobody_enrols_nothing(
    client: TestClient, night: Evening, link: str
) -> None:
    phone, other = GatePhone(), night.enrol("Other door").token
    keys = point(phone.signing), point(phone.agreement)
    forged = {
        "another link": phone.body(other)["proof"],
        "another key": binary.to_text(sign(new_key(), message(link, *keys))),
        "keys exchanged": binary.to_text(sign(phone.signing, message(link, *reversed(keys)))),
        "noise": binary.to_text(secrets.token_bytes(64)),
        "zeros": binary.to_text(bytes(64)),
    }

    for name, proof in forged.items():
        answer = phone.enrol(client, link, proof=proof)
        assert (answer.status_code, answer.json()["code"]) == (422, "gate-proof-wrong"), name
    assert night.every(Gate)[-1].enrolled_at is None
    assert not proven(b"", token=link, public_key=keys[0], agreement_key=keys[1])
    assert not proven(bytes(64), token=link, public_key=b"\x04" + bytes(64), agreement_key=b"")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("public_key", "AAAA"),
        ("agreement_key", binary.to_text(b"\x04" + bytes(64))),
        ("secret", binary.to_text(bytes(31))),
        ("secret", binary.to_text(bytes(32)) + "="),
        ("proof", binary.to_text(bytes(63))),
    ],
)
def test_field_of_another_shape_is_named(
    client: TestClient, link: str, field: str, value: str
) -> None:
    answer = GatePhone().enrol(client, link, **{field: value})

    assert (answer.status_code, answer.json()["field"]) == (422, field)


def test_secret_must_be_fresh(client: TestClient, night: Evening, link: str) -> None:
    of_link = GatePhone(secret=_secret_of(link))
    of_other = GatePhone(secret=_secret_of(night.main.token))

    for phone in (of_link, of_other):
        answer = phone.enrol(client, link)
        assert (answer.status_code, answer.json()["field"]) == (422, "secret")
    assert GatePhone().enrol(client, link).status_code == 200


def _secret_of(token: str) -> bytes:
    raw = binary.from_text(token.removeprefix("ps_gate_"), 48)
    assert raw is not None
    return raw[16:]


def test_stolen_key_of_a_revoked_gate_opens_nothing(
    client: TestClient, services: Services, night: Evening, link: str
) -> None:
    phone = GatePhone()
    token = phone.enrol(client, link).json()["token"]
    gate = night.every(Gate)[-1]
    with services.database.transaction() as session:
        gates.revoke(
            session, organizer_id=night.organizer_id, gate_id=gate.id, now=services.clock()
        )

    assert status(client, token) == 401
    assert phone.enrol(client, link).status_code == 401
    assert client.get(f"/door/enrol/{link}").status_code == 401
    scan = client.post("/api/v1/check-ins", json=body("1", night.first.id), headers=as_gate(token))
    assert scan.status_code == 401


def test_gate_made_before_links_were_kept_apart_can_be_enrolled_too(
    client: TestClient, services: Services, night: Evening, link: str
) -> None:
    with services.database.transaction() as session:
        row = session.get_one(Gate, (night.organizer_id, night.every(Gate)[-1].id))
        row.link_digest = None

    phone = GatePhone()

    assert phone.enrol(client, link).status_code == 200
    assert phone.enrol(client, link).status_code == 200
    assert GatePhone().enrol(client, link).status_code == 409


def test_nobody_enrols_without_a_link(client: TestClient, night: Evening) -> None:
    sent = GatePhone().body("x")

    for headers in ({}, as_gate("ps_gate_nonsense"), as_gate("x" * 64)):
        answer = client.post("/api/v1/gates/enrolments", json=sent, headers=headers)
        assert answer.status_code == 401


def test_phone_is_told_which_gate_it_is(client: TestClient, night: Evening, link: str) -> None:
    plain = client.get("/api/v1/door", headers=as_gate(link)).json()
    token = GatePhone().enrol(client, link).json()["token"]
    enrolled = client.get("/api/v1/door", headers=as_gate(token)).json()
    people.sign_in_staff(client, night.services, night.made.owner)
    staff = client.get("/api/v1/door").json()

    assert enrolled["gate_id"] == str(night.every(Gate)[-1].id)
    assert enrolled["organizer_id"] == str(night.organizer_id)
    assert enrolled["issuer_keys"] == [night.services.keyring.gate.public_key.hex()]
    assert [one["has_keys"] for one in (plain, enrolled, staff)] == [False, True, False]
    assert [one["enrolled"] for one in (plain, enrolled, staff)] == [True, True, False]


def test_organizer_sees_the_key_that_a_gate_made(
    client: TestClient, night: Evening, link: str
) -> None:
    phone = GatePhone()
    people.sign_in_staff(client, night.services, night.made.owner)
    before = client.get("/api/v1/gates").json()[0]
    phone.enrol(client, link)
    after = client.get("/api/v1/gates").json()[0]

    assert (before["key_fingerprint"], before["enrolled_at"]) == (None, None)
    start = hashlib.sha256(point(phone.signing)).hexdigest()[:16]
    assert after["key_fingerprint"].replace(" ", "") == start
    assert after["enrolled_at"] is not None


def test_page_of_the_link_says_what_the_phone_will_be(client: TestClient, night: Evening) -> None:
    with night.services.database.transaction() as session:
        made = gates.enrol(
            session,
            organizer_id=night.organizer_id,
            name="Guest list",
            session_ids=[night.first.id],
            random=secrets.token_bytes(32),
            now=night.services.clock(),
            may_search_names=True,
        )
    before = client.get(f"/door/enrol/{made.token}")
    answer = GatePhone().enrol(client, made.token)
    after = client.get(f"/door/enrol/{made.token}")

    assert before.status_code == 200
    assert "Use this phone as “Guest list”?" in before.text
    assert "1 session" in before.text
    assert "look people up by name" in before.text
    assert answer.json()["gate"]["may_search_names"] is True
    assert after.status_code == 410
    assert "This link has been used by another phone" in after.text
    assert made.token not in after.text
