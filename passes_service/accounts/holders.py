"""Holders: people who hold passes, found by an e-mail address or a wallet, made when first met."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import update
from sqlmodel import Session, SQLModel, col, select

from passes_service.accounts import fields, merging
from passes_service.accounts.errors import NotFound
from passes_service.core import ethereum
from passes_service.db.models import Holder, HolderEmail, HolderWallet, new_id
from passes_service.db.upsert import insert_if_absent


class _LostRace(Exception):
    """Another transaction made a holder for the same address first."""


def get(session: Session, *, organizer_id: UUID, holder_id: UUID) -> Holder:
    """Return a holder; one that was joined with another leads to the one that lives on.

    Raises:
        NotFound: There is none, or it is someone else's.
    """
    found = session.get(Holder, (organizer_id, holder_id))
    if found is not None and found.merged_into is not None:
        found = session.get(Holder, (organizer_id, found.merged_into))
    if found is None:
        raise NotFound("There is no such holder here.")
    return found


def by_email(session: Session, *, organizer_id: UUID, email: str) -> Holder | None:
    """Return who has an address, verified or not.

    Raises:
        FieldRefused: It is not an address.
    """
    row = session.exec(
        select(HolderEmail).where(
            HolderEmail.organizer_id == organizer_id, HolderEmail.email == fields.email(email)
        )
    ).first()
    return None if row is None else session.get(Holder, (organizer_id, row.holder_id))


def by_wallet(session: Session, *, organizer_id: UUID, address: str) -> Holder | None:
    """Return who has a wallet, proved or only seen on a chain.

    Raises:
        AddressMalformed: It is not an address.
    """
    row = session.exec(
        select(HolderWallet).where(
            HolderWallet.organizer_id == organizer_id,
            HolderWallet.address == ethereum.normalize_address(address),
        )
    ).first()
    return None if row is None else session.get(Holder, (organizer_id, row.holder_id))


def for_email(
    session: Session,
    *,
    organizer_id: UUID,
    email: str,
    name: str = "",
    locale: str = "en",
    verified: bool = False,
    now: datetime,
) -> Holder:
    """Return the holder with an address, made if there is none.

    Pass `verified` only if the person has just proved that the address is theirs.

    Raises:
        FieldRefused: It is not an address.
    """
    address = fields.email(email)
    found = by_email(session, organizer_id=organizer_id, email=address)
    if found is None:
        row = {"email": address, "verified_at": now if verified else None}
        fresh = Holder(organizer_id=organizer_id, name=name, locale=locale, created_at=now)
        if _make(session, fresh, HolderEmail, row):
            return fresh
        found = by_email(session, organizer_id=organizer_id, email=address)
        assert found is not None  # noqa: S101 - another transaction has just made it
    if verified:
        session.execute(
            update(HolderEmail)
            .where(
                col(HolderEmail.organizer_id) == organizer_id,
                col(HolderEmail.email) == address,
                col(HolderEmail.verified_at).is_(None),
            )
            .values(verified_at=now)
        )
    return found


def for_wallet(session: Session, *, organizer_id: UUID, address: str, now: datetime) -> Holder:
    """Return the holder with a wallet that was just proved, made if there is none.

    A wallet that was only seen on a chain until now (`seen_wallets`) is proved by this.

    Raises:
        AddressMalformed: It is not an address.
    """
    wallet = ethereum.normalize_address(address)
    row = merging.lock_wallet(session, organizer_id=organizer_id, address=wallet)
    if row is None:
        fresh = Holder(organizer_id=organizer_id, created_at=now)
        if _make(session, fresh, HolderWallet, {"address": wallet, "verified_at": now}):
            return fresh
        row = merging.lock_wallet(session, organizer_id=organizer_id, address=wallet)
        assert row is not None  # noqa: S101 - another transaction has just made it
    return merging.prove_wallet(session, row, now=now)


def guest(session: Session, *, organizer_id: UUID, name: str = "", now: datetime) -> Holder:
    """Make a holder without any address: somebody who bought at the door and gave none."""
    fresh = Holder(organizer_id=organizer_id, name=name, created_at=now)
    session.add(fresh)
    session.flush()
    return fresh


def _make(
    session: Session, fresh: Holder, model: type[SQLModel], row: Mapping[str, object]
) -> bool:
    """Store a holder and its first address together, unless somebody has the address."""
    try:
        with session.begin_nested():  # a lost race takes the holder back out again
            session.add(fresh)
            session.flush()
            named = {
                "organizer_id": fresh.organizer_id,
                "id": new_id(),
                "holder_id": fresh.id,
                "created_at": fresh.created_at,
            }
            if not insert_if_absent(session, model, {**named, **row}):
                raise _LostRace
    except _LostRace:
        return False
    return True


def emails(session: Session, *, organizer_id: UUID, holder_id: UUID) -> Sequence[HolderEmail]:
    """Return a holder's addresses, the oldest first."""
    return session.exec(
        select(HolderEmail)
        .where(HolderEmail.organizer_id == organizer_id, HolderEmail.holder_id == holder_id)
        .order_by(col(HolderEmail.id))
    ).all()


def wallets(session: Session, *, organizer_id: UUID, holder_id: UUID) -> Sequence[HolderWallet]:
    """Return a holder's wallets, the oldest first."""
    return session.exec(
        select(HolderWallet)
        .where(HolderWallet.organizer_id == organizer_id, HolderWallet.holder_id == holder_id)
        .order_by(col(HolderWallet.id))
    ).all()


def rename(session: Session, *, organizer_id: UUID, holder_id: UUID, name: str) -> Holder:
    """Change what a holder is called.

    Raises:
        FieldRefused: Too long, or not one printable line.
    """
    found = get(session, organizer_id=organizer_id, holder_id=holder_id)
    found.name = fields.line(name, field="name", longest=120, shortest=0)
    session.add(found)
    session.flush()
    return found
