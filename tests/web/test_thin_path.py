"""The shortest way through: an organizer, a link, a cookie, a key, a call."""

from __future__ import annotations

from sqlmodel import Session, select
from starlette.testclient import TestClient

from passes_service.bootstrap import Services
from passes_service.db.models import ApiKey, IdempotentCall, MagicLink
from tests import people


def test_from_a_new_organizer_to_a_call_with_an_api_key(
    client: TestClient, services: Services
) -> None:
    organizer, owner = people.organizer(services)

    asked = client.post(
        "/api/v1/logins/magic-link",
        json={"organizer": "nocturne", "email": " Ada@Nocturne.example ", "kind": "staff"},
    )
    assert asked.status_code == 202
    with Session(services.database.reader) as session:
        link = session.exec(select(MagicLink)).one()
    assert link.subject_id == owner.id

    redeemed = client.post("/api/v1/logins/redeem", json={"token": people.token_of(services, link)})
    assert redeemed.status_code == 200
    assert redeemed.json()["kind"] == "staff"

    header = people.keyed()
    body = {"name": "Shop", "scopes": ["catalog:read"]}
    made = client.post("/api/v1/api-keys", json=body, headers=header)
    assert made.status_code == 201, made.text
    token = made.json()["token"]
    assert token.startswith("ps_key_")

    again = client.post("/api/v1/api-keys", json=body, headers=header)
    assert again.content == made.content

    client.cookies.clear()
    own = client.get("/api/v1/organizer", headers={"Authorization": f"Bearer {token}"})
    assert own.status_code == 200
    assert own.json()["id"] == str(organizer.id)

    with Session(services.database.reader) as session:
        assert token not in str(session.exec(select(ApiKey)).all())
        stored = session.exec(select(IdempotentCall)).all()
        assert token.encode() not in b"".join(call.body for call in stored)
