"""The demo's world, made through the HTTP API where a creator would use it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from coincurve import PrivateKey

from passes_service.accounts import links, organizers
from passes_service.bootstrap import Services
from passes_service.cli.demo_client import Visitor
from passes_service.cli.demo_season import season
from passes_service.core import ethereum
from passes_service.db.models import StaffMember

SLUG = "nora-lind"
LINK_LIFE = timedelta(hours=24)
CHAIN_ID = 31337
DRAFT: dict[str, Any] = {
    "preset": "standard",
    "pass_type": "season",
    "title": "Kiln season pass",
    "cap": 50,
    "transfer": {"allowed": True, "max_count": 3, "frozen_minutes": 60},
    "refund": {
        "steps": [
            {"before_days": 28, "of": "end", "share_bp": 8_000},
            {"before_days": 7, "of": "end", "share_bp": 5_000},
        ],
        "cooling_off_seconds": 14 * 86_400,
        "guarantee_bp": 10_000,
        "move_window_seconds": 7 * 86_400,
    },
    "entry": {"mode": "once_per_session", "reentry": False, "doors_minutes_before": 60},
    "conveys": ["A place at every session of the season", "One bowl from the long firing"],
    "excludes": ["Travel to Brooklyn"],
}


@dataclass(frozen=True)
class Fan:
    """A made-up person, their browser and their pass (none before a transfer)."""

    name: str
    email: str
    holder_id: str
    visitor: Visitor
    pass_id: str = ""
    number: str = ""


@dataclass(frozen=True)
class World:
    """Everything that the play moves."""

    organizer_id: UUID
    owner: Visitor
    host: Visitor
    imported: dict[str, Any]
    terms: dict[str, Any]
    series: dict[str, Any]
    sessions: list[dict[str, Any]]
    mina: Fan
    jonas: Fan
    priya: Fan
    tom: Fan

    def scan(self, text: str) -> dict[str, Any]:
        """Scan a code at the door of tonight's session."""
        asked = {
            "session_id": self.sessions[0]["id"],
            "text": text,
            "nonce": secrets.token_hex(8),
        }
        outcome: dict[str, Any] = self.host.must_post("/api/v1/check-ins", asked)
        return outcome


def make(services: Services, now: datetime) -> World:
    """Seed one organizer, a season from an .ics file, Terms, a Series and three fans."""
    origin = services.settings.origin
    organizer_id = _organizer(services, now)
    owner, host = Visitor(origin), Visitor(origin)
    owner.sign_in(login_path(services, organizer_id, links.STAFF_LOGIN, _mail("nora"), "/org"))
    host.sign_in(login_path(services, organizer_id, links.STAFF_LOGIN, _mail("sam"), "/door"))
    calendar = owner.must_post(
        "/api/v1/calendars",
        {"name": "Ceramics and kiln nights", "time_zone": "Europe/Berlin"},
    )
    path = f"/api/v1/calendars/{calendar['id']}"
    # Late enough for a claim: none is signed from two hours before doors.
    file = season(now + timedelta(minutes=270))
    imported = owner.must_post(f"{path}/imports", file, media_type="text/calendar")
    draft = owner.must_post(f"{path}/terms/draft", {"draft": DRAFT})
    terms = owner.must_post(f"{path}/terms", {"document": draft["document"]})
    series = owner.must_post(
        "/api/v1/series",
        {"terms_hash": terms["terms_hash"], "price_minor": 6_000, "currency": "EUR"},
    )
    guests = {
        name: _guest(services, owner, organizer_id, name) for name in ("Jonas", "Priya", "Tom")
    }
    return World(
        organizer_id=organizer_id,
        owner=owner,
        host=host,
        imported=imported,
        terms=terms,
        series=series,
        sessions=owner.get(f"{path}/sessions").json,
        mina=_issue(owner, series, _wallet_fan(origin)),
        jonas=_issue(owner, series, guests["Jonas"]),
        priya=_issue(owner, series, guests["Priya"]),
        tom=guests["Tom"],
    )


def login_path(
    services: Services, organizer_id: UUID, purpose: str, email: str, next_path: str
) -> str:
    """Return a single-use login, as a letter would carry it."""
    from sqlmodel import select

    with services.database.transaction() as session:
        member = session.exec(
            select(StaffMember).where(
                StaffMember.organizer_id == organizer_id, StaffMember.email == email
            )
        ).first()
        link = links.create(
            session,
            organizer_id=organizer_id,
            purpose=purpose,
            email=email,
            subject_id=member.id if member and purpose == links.STAFF_LOGIN else None,
            next_path=next_path,
            ttl=LINK_LIFE,
            now=services.clock(),
            tell=False,
        )
        return links.path(link, key=services.keyring.session_key)


def _mail(name: str) -> str:
    return f"{name.lower()}@{SLUG}.example"


def _organizer(services: Services, now: datetime) -> UUID:
    with services.database.transaction() as session:
        organizer, _ = organizers.create(
            session,
            slug=SLUG,
            name="Nora Lind",
            time_zone="Europe/Berlin",
            contact_email=_mail("hello"),
            owner_email=_mail("nora"),
            owner_name="Nora Lind",
            now=now,
        )
        session.add(
            StaffMember(
                organizer_id=organizer.id,
                email=_mail("sam"),
                name="Sam at the door",
                role="door",
                created_at=now,
            )
        )
        return organizer.id


def _guest(services: Services, owner: Visitor, organizer_id: UUID, name: str) -> Fan:
    email = f"{name.lower()}@fans.example"
    holder = owner.must_post("/api/v1/holders", {"email": email, "name": name})
    visitor = Visitor(services.settings.origin)
    visitor.sign_in(login_path(services, organizer_id, links.HOLDER_LOGIN, email, "/me"))
    return Fan(name, email, holder["id"], visitor)


def _wallet_fan(origin: str) -> Fan:
    """Sign a wallet in as its owner would: nonce, EIP-4361 message, signature."""
    # Not eth_account: it brings py_ecc, which raises the recursion limit of this process, and
    # then one deeply nested JSON body ends the server that runs in it.
    key = PrivateKey(secrets.token_bytes(32))
    address = ethereum.address_of(key)
    visitor = Visitor(origin)
    asked = {"organizer": SLUG, "address": address, "chain_id": CHAIN_ID}
    given = visitor.must_post("/api/v1/logins/siwe/nonce", asked)
    signature = ethereum.sign_digest(ethereum.text_digest(given["message"]), key)
    visitor.must_post(
        "/api/v1/logins/siwe",
        {
            "organizer": SLUG,
            "message": given["message"],
            "signature": "0x" + signature.hex(),
        },
    )
    holder = visitor.get("/api/v1/me").json
    return Fan("Mina", address, holder["id"], visitor)


def _issue(owner: Visitor, series: dict[str, Any], fan: Fan) -> Fan:
    path = f"/api/v1/series/{series['id']}/passes"
    made = owner.must_post(path, {"holder_id": fan.holder_id, "provider": "free"})
    return Fan(fan.name, fan.email, fan.holder_id, fan.visitor, made["pass_id"], made["number"])
