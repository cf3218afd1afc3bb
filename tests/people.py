"""Organizers, staff and holders for tests, and ways to sign them in as a browser would."""

from __future__ import annotations

import secrets
from datetime import timedelta
from uuid import UUID

from starlette.testclient import TestClient

from passes_service.accounts import holders, links, organizers
from passes_service.accounts.callers import ROLE_SCOPES, Caller
from passes_service.bootstrap import Services
from passes_service.db.models import Holder, MagicLink, Organizer, StaffMember

OWNER = "ada@nocturne.example"
GUEST = "fan@example.org"


def organizer(services: Services, slug: str = "nocturne") -> tuple[Organizer, StaffMember]:
    """Create an organizer and its owner."""
    with services.database.transaction() as session:
        return organizers.create(
            session,
            slug=slug,
            name=slug.title(),
            time_zone="Europe/Berlin",
            contact_email=f"hello@{slug}.example",
            owner_email=OWNER,
            owner_name="Ada",
            now=services.clock(),
        )


def member(services: Services, organizer_id: UUID, role: str) -> StaffMember:
    """Put somebody on the team."""
    with services.database.transaction() as session:
        row = StaffMember(
            organizer_id=organizer_id,
            email=f"{role}@nocturne.example",
            name=role.title(),
            role=role,
            created_at=services.clock(),
        )
        session.add(row)
    return row


def holder(services: Services, organizer_id: UUID, email: str = GUEST) -> Holder:
    """Make a guest whose address is verified."""
    with services.database.transaction() as session:
        return holders.for_email(
            session, organizer_id=organizer_id, email=email, verified=True, now=services.clock()
        )


def as_caller(member: StaffMember) -> Caller:
    """Return the caller that a signed-in member of staff is."""
    return Caller(member.organizer_id, "staff", member.id, ROLE_SCOPES[member.role], member.name)


def new_link(
    services: Services,
    organizer_id: UUID,
    *,
    purpose: str = links.HOLDER_LOGIN,
    email: str = GUEST,
    subject_id: UUID | None = None,
    next_path: str = "/",
) -> MagicLink:
    """Store a magic link as if it had been asked for."""
    with services.database.transaction() as session:
        return links.create(
            session,
            organizer_id=organizer_id,
            purpose=purpose,
            email=email,
            subject_id=subject_id,
            next_path=next_path,
            ttl=timedelta(minutes=15),
            now=services.clock(),
        )


def token_of(services: Services, link: MagicLink) -> str:
    """Return the token that the mail would carry."""
    return links.path(link, key=services.keyring.session_key).removeprefix("/l/")


def sign_in_staff(client: TestClient, services: Services, member: StaffMember) -> None:
    """Give the client a member's cookie, by a magic link."""
    link = new_link(
        services,
        member.organizer_id,
        purpose=links.STAFF_LOGIN,
        email=member.email,
        subject_id=member.id,
    )
    _redeem(client, token_of(services, link))


def sign_in_holder(
    client: TestClient, services: Services, organizer_id: UUID, email: str = GUEST
) -> None:
    """Give the client a guest's cookie, by a magic link."""
    _redeem(client, token_of(services, new_link(services, organizer_id, email=email)))


def use_cookie(client: TestClient, name: str, token: str) -> None:
    """Make the client a browser that has this login and no other."""
    client.cookies.clear()
    client.cookies.set(name, token)


def _redeem(client: TestClient, token: str) -> None:
    answer = client.post("/api/v1/logins/redeem", json={"token": token})
    assert answer.status_code == 200, answer.text


def keyed() -> dict[str, str]:
    """Return the header of a fresh call."""
    return {"Idempotency-Key": secrets.token_urlsafe(16)}
