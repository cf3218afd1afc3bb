"""Who may act: organizers, staff, holders and the credentials of each."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field, SQLModel

from passes_service.db.models.base import Dated, Scoped, belongs_to, new_id


class Organizer(Dated, table=True):
    """A tenant. The only table without an organizer in its key: it is the directory."""

    __tablename__ = "organizer"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    slug: str = Field(unique=True, max_length=40)
    name: str = Field(max_length=120)
    time_zone: str = Field(max_length=64)
    contact_email: str = Field(max_length=254)


class StaffMember(Scoped, Dated, table=True):
    """A person who works for an organizer, in one role."""

    __tablename__ = "staff_member"
    __table_args__ = (
        UniqueConstraint("organizer_id", "email"),
        CheckConstraint("role IN ('owner','manager','door','finance','viewer')", name="role"),
    )

    email: str = Field(max_length=254)
    name: str = Field(max_length=120)
    role: str = Field(max_length=16)
    removed_at: datetime | None = None


class Holder(Scoped, Dated, table=True):
    """A person's account with one organizer; a guest needs neither wallet nor password.

    `change_mail`: letters about changed sessions may come, see `accounts.consent`.
    `feed_version` grows whenever what the holder's feeds show changes: they compare it.
    """

    __tablename__ = "holder"
    __table_args__ = (belongs_to("holder", "merged_into"),)

    name: str = Field(default="", max_length=120)
    locale: str = Field(default="en", max_length=16)
    feed_version: int = 1
    change_mail: bool = True
    merged_into: UUID | None = None


class HolderEmail(Scoped, Dated, table=True):
    """An e-mail address of a holder; it opens the account only once verified."""

    __tablename__ = "holder_email"
    __table_args__ = (
        UniqueConstraint("organizer_id", "email"),
        belongs_to("holder", "holder_id"),
    )

    holder_id: UUID = Field()
    email: str = Field(max_length=254)
    verified_at: datetime | None = None


class HolderWallet(Scoped, Dated, table=True):
    """A wallet whose owner proved control by a signed message (EIP-4361)."""

    __tablename__ = "holder_wallet"
    __table_args__ = (
        UniqueConstraint("organizer_id", "address"),
        belongs_to("holder", "holder_id"),
    )

    holder_id: UUID = Field()
    address: str = Field(max_length=42)
    verified_at: datetime | None = None


class MagicLink(Scoped, Dated, table=True):
    """A single-use login. The token is derived from the id and a key, so no row holds it."""

    __tablename__ = "magic_link"

    purpose: str = Field(max_length=24)
    subject_id: UUID | None = None
    email: str = Field(default="", max_length=254)
    next_path: str = Field(default="/", max_length=300)
    expires_at: datetime
    used_at: datetime | None = None


class LoginSession(Scoped, Dated, table=True):
    """A signed-in browser. Server-side, so that it can be listed and revoked."""

    __tablename__ = "login_session"
    __table_args__ = (UniqueConstraint("organizer_id", "token_digest"),)

    token_digest: bytes
    kind: str = Field(max_length=8)
    subject_id: UUID
    label: str = Field(default="", max_length=200)
    last_seen_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None


class ApiKey(Scoped, Dated, table=True):
    """A storefront's credential: shown once, stored hashed, limited to its scopes."""

    __tablename__ = "api_key"
    __table_args__ = (UniqueConstraint("organizer_id", "token_digest"),)

    name: str = Field(max_length=80)
    token_digest: bytes
    hint: str = Field(max_length=8)
    scopes: str = Field(max_length=400)
    created_by: UUID | None = None
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None


class SiweNonce(Scoped, Dated, table=True):
    """A nonce for one wallet proof; used at most once, and only for what it was asked for.

    With a `holder_id` it links a wallet to that holder, without one it signs in.
    """

    __tablename__ = "siwe_nonce"
    __table_args__ = (UniqueConstraint("organizer_id", "nonce"),)

    nonce: str = Field(max_length=64)
    holder_id: UUID | None = None
    expires_at: datetime
    used_at: datetime | None = None


class RateCount(SQLModel, table=True):
    """Attempts under one name within one window; the conditional update is the limiter."""

    __tablename__ = "rate_count"

    organizer_id: UUID = Field(foreign_key="organizer.id", primary_key=True)
    bucket: str = Field(primary_key=True, max_length=120)
    window_start: datetime = Field(primary_key=True)
    attempts: int = 0
