"""One person, several addresses: link another e-mail or wallet to the account one is signed in to.

Linking needs both ends in one hand: the login of the account, and a proof of the address. If
the address opens an account of its own, that account is proved by the same proof, and the two
are joined if the person says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import update
from sqlmodel import Session, SQLModel

from passes_service.accounts import fields, holders, links, merging, rates
from passes_service.accounts.callers import Caller
from passes_service.accounts.errors import FieldRefused, HolderMerged, LinkRefused, OtherAccount
from passes_service.db.models import Holder, HolderEmail, HolderWallet, MagicLink, new_id
from passes_service.db.upsert import insert_if_absent

PER_HOLDER = rates.Rate("link-holder", 10, timedelta(hours=1))
PER_ADDRESS = rates.Rate("link-address", 5, timedelta(minutes=15))


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a link in a mail would do to the account."""

    email: str
    joins_another_account: bool


def ask_for_email(
    session: Session,
    *,
    caller: Caller,
    email: str,
    next_path: str,
    ttl: timedelta,
    now: datetime,
) -> None:
    """Have a link mailed to an address that shall belong to the caller's account.

    Raises:
        FieldRefused: It is malformed, or the caller's already.
        RateLimited: Too many requests by this holder or for this address.
    """
    address = fields.email(email)
    own = holders.emails(session, organizer_id=caller.organizer_id, holder_id=caller.id)
    if any(row.email == address and row.verified_at is not None for row in own):
        raise FieldRefused("This address belongs to your account already.", field="email")
    for rate, subject in ((PER_HOLDER, caller.actor), (PER_ADDRESS, address)):
        rates.take(session, organizer_id=caller.organizer_id, rate=rate, subject=subject, now=now)
    links.create(
        session,
        organizer_id=caller.organizer_id,
        purpose=links.HOLDER_EMAIL,
        email=address,
        subject_id=caller.id,
        next_path=next_path,
        ttl=ttl,
        now=now,
    )


def propose(
    session: Session, *, caller: Caller, token: str, keys: Sequence[bytes], now: datetime
) -> Proposal:
    """Say what confirming a mailed link would do, without doing it.

    Raises:
        LinkRefused: The link is not good, or was asked for in another account.
    """
    link = _own_link(session, caller, token, keys, now)
    owner = holders.by_email(session, organizer_id=caller.organizer_id, email=link.email)
    return Proposal(link.email, owner is not None and owner.id != caller.id)


def confirm_email(
    session: Session,
    *,
    caller: Caller,
    token: str,
    keys: Sequence[bytes],
    merge: bool,
    now: datetime,
) -> Holder:
    """Add the address of a mailed link to the caller's account.

    The caller must be signed in to the account in which the link was asked for: otherwise a
    stranger could have one's address and passes moved to theirs by a mail that looks harmless.

    Raises:
        LinkRefused: The link is not good, or was asked for in another account.
        OtherAccount: The address opens another account, and `merge` is not set.
    """
    link = _own_link(session, caller, token, keys, now)
    links.use(session, link, now=now)
    return _take(session, caller, HolderEmail, "email", link.email, merge=merge, now=now)


def add_wallet(
    session: Session, *, caller: Caller, address: str, merge: bool, now: datetime
) -> Holder:
    """Add a wallet, whose control has just been proved, to the caller's account.

    What a wallet that nobody had proved before holds on a chain comes along without asking:
    there is nobody else whom it could belong to.

    Raises:
        OtherAccount: The wallet opens another account, and `merge` is not set.
    """
    row = merging.lock_wallet(session, organizer_id=caller.organizer_id, address=address)
    if row is not None and row.verified_at is None and row.holder_id != caller.id:
        merging.prove_wallet(session, row, now=now)
        merge = True
    return _take(session, caller, HolderWallet, "address", address, merge=merge, now=now)


def _own_link(
    session: Session, caller: Caller, token: str, keys: Sequence[bytes], now: datetime
) -> MagicLink:
    link = links.read(session, token, keys=keys, now=now)
    mine = link.organizer_id == caller.organizer_id and link.subject_id == caller.id
    if link.purpose != links.HOLDER_EMAIL or not mine:
        raise LinkRefused("Sign in to the account in which you asked for this link.")
    return link


def _take(
    session: Session,
    caller: Caller,
    model: type[HolderEmail | HolderWallet],
    column: str,
    value: str,
    *,
    merge: bool,
    now: datetime,
) -> Holder:
    fresh = {
        "organizer_id": caller.organizer_id,
        "id": new_id(),
        "holder_id": caller.id,
        column: value,
        "verified_at": now,
        "created_at": now,
    }
    if not insert_if_absent(session, model, fresh):
        owner = _owner(session, caller, column, value)
        if owner.id != caller.id and not merge:
            raise OtherAccount("This opens an account of its own here.")
        if owner.id != caller.id:
            merging.merge(
                session,
                organizer_id=caller.organizer_id,
                survivor_id=caller.id,
                merged_id=owner.id,
                now=now,
            )
        _verify(session, model, column, caller, value, now)
    return holders.get(session, organizer_id=caller.organizer_id, holder_id=caller.id)


def _owner(session: Session, caller: Caller, column: str, value: str) -> Holder:
    if column == "email":
        found = holders.by_email(session, organizer_id=caller.organizer_id, email=value)
    else:
        found = holders.by_wallet(session, organizer_id=caller.organizer_id, address=value)
    if found is None:
        raise HolderMerged("This address was just taken off an account.")
    return found


def _verify(
    session: Session, model: type[SQLModel], column: str, caller: Caller, value: str, now: datetime
) -> None:
    table = model.__table__  # type: ignore[attr-defined]  # SQLModel adds it to table classes
    session.execute(
        update(table)
        .where(
            table.c.organizer_id == caller.organizer_id,
            table.c[column] == value,
            table.c.verified_at.is_(None),
        )
        .values(verified_at=now)
    )
