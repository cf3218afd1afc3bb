"""Two accounts of one person become one, or a wallet that nobody had proved leaves an account.

Whoever calls has had proved what belongs together.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import or_, update
from sqlmodel import Session, SQLModel, col, select

from passes_service.accounts import merging_sales, versions
from passes_service.accounts.errors import HolderMerged
from passes_service.db.models import (
    ChainOrder,
    FeedLink,
    Holder,
    HolderEmail,
    HolderWallet,
    Invitation,
    LoginSession,
    MagicLink,
    Pass,
    PassClaim,
    PassDevice,
    PassEvent,
    SiweNonce,
    TransferOffer,
)


def merge(
    session: Session, *, organizer_id: UUID, survivor_id: UUID, merged_id: UUID, now: datetime
) -> Holder:
    """Move everything of one holder to another and return the survivor; it cannot be undone.

    Passes keep state, epoch and number: codes and vouchers stay good, because nobody new holds
    them. Each moved pass gets a line in its history. Offers between the two accounts end, since
    nobody gives a pass to oneself. Calendar links and logins go on working.

    Rows are locked in the order of a transfer (offers, passes, holders), so the two wait for
    each other instead of deadlocking.

    Raises:
        HolderMerged: One of the two was joined with another account meanwhile.
    """
    _end_offers_between(session, organizer_id, {survivor_id, merged_id}, now)
    moving = _lock_passes(session, organizer_id, merged_id)
    survivor, merged = _lock_holders(session, organizer_id, survivor_id, merged_id)
    merged.merged_into = survivor_id
    survivor.feed_version = max(survivor.feed_version, merged.feed_version) + 1
    survivor.name = survivor.name or merged.name
    survivor.change_mail = survivor.change_mail and merged.change_mail
    session.add(survivor)
    session.add(merged)
    session.flush()
    for model, column in POINTERS:
        _repoint(session, model, column, organizer_id, merged_id, survivor_id)
    merging_sales.join(
        session, organizer_id=organizer_id, merged_id=merged_id, survivor_id=survivor_id
    )
    session.execute(
        update(LoginSession)
        .where(
            col(LoginSession.organizer_id) == organizer_id,
            col(LoginSession.kind) == "holder",
            col(LoginSession.subject_id) == merged_id,
        )
        .values(subject_id=survivor_id)
    )
    for held in moving:
        session.add(_line(held, "accounts-joined", _JOINED, survivor_id, now))
    session.flush()
    session.expire_all()  # rows read before still name the merged account
    session.refresh(survivor)
    return survivor


def lock_wallet(session: Session, *, organizer_id: UUID, address: str) -> HolderWallet | None:
    """Return the row of a wallet for a change, None if nobody has the wallet."""
    return session.exec(
        select(HolderWallet)
        .where(HolderWallet.organizer_id == organizer_id, HolderWallet.address == address)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).first()


def prove_wallet(session: Session, row: HolderWallet, *, now: datetime) -> Holder:
    """Note that a wallet was just proved, and return whose account the proof opens.

    That is the account that has it, unless nobody had proved the wallet before and the account
    has other addresses: those are somebody's, and a wallet that came to them unproved must not
    open their account. It gets one of its own then, with its tokens.
    """
    if row.verified_at is None:
        if not _only_address(session, row):
            _part(session, row, now)
        row.verified_at = now
        session.add(row)
        session.flush()
    return session.get_one(Holder, (row.organizer_id, row.holder_id))


def _part(session: Session, row: HolderWallet, now: datetime) -> None:
    """Move a wallet with its tokens to a new account; codes made for them until now are dead."""
    scope: Any = {"organizer_id": row.organizer_id}
    moving = session.exec(
        select(Pass)
        .filter_by(**scope, wallet=row.address, state="on_chain")
        .order_by(col(Pass.id))
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    fresh = Holder(organizer_id=row.organizer_id, created_at=now)
    session.add(fresh)
    session.flush()
    versions.bump(session, organizer_id=row.organizer_id, holder_ids=[row.holder_id])
    row.holder_id = fresh.id
    for held in moving:
        held.holder_id, held.epoch = fresh.id, held.epoch + 1
        session.add(held)
        session.add(_line(held, "accounts-parted", _PARTED, fresh.id, now))


def _only_address(session: Session, row: HolderWallet) -> bool:
    of_holder: Any = {"organizer_id": row.organizer_id, "holder_id": row.holder_id}
    email = session.exec(select(HolderEmail.id).filter_by(**of_holder)).first()
    wallets = session.exec(select(HolderWallet.id).filter_by(**of_holder)).all()
    return email is None and len(wallets) == 1


def _line(held: Pass, kind: str, sentence: str, holder_id: UUID, now: datetime) -> PassEvent:
    return PassEvent(
        organizer_id=held.organizer_id,
        pass_row_id=held.id,
        kind=kind,
        epoch=held.epoch,
        sentence=sentence,
        actor=f"holder:{holder_id}",
        created_at=now,
    )


_JOINED = "The holder joined two accounts; the pass stayed with the same person."
_PARTED = "Its wallet was proved by its owner, who has an account of their own now."

# Everything that names a holder and follows the person. History (`PassEvent.actor`) does not:
# it says who acted under which account then, and `Holder.merged_into` leads on from there.
POINTERS: Final[tuple[tuple[type[SQLModel], Any], ...]] = (
    (TransferOffer, TransferOffer.from_holder_id),
    (TransferOffer, TransferOffer.to_holder_id),
    (Pass, Pass.holder_id),
    (Pass, Pass.payer_id),
    (ChainOrder, ChainOrder.holder_id),
    (PassClaim, PassClaim.from_holder_id),
    (PassDevice, PassDevice.holder_id),
    (HolderEmail, HolderEmail.holder_id),
    (HolderWallet, HolderWallet.holder_id),
    (FeedLink, FeedLink.holder_id),
    (Invitation, Invitation.holder_id),
    (MagicLink, MagicLink.subject_id),
    (SiweNonce, SiweNonce.holder_id),
    (Holder, Holder.merged_into),
)


def _repoint(
    session: Session,
    model: type[SQLModel],
    column: Any,
    organizer_id: UUID,
    merged_id: UUID,
    survivor_id: UUID,
) -> None:
    organizer: Any = model.organizer_id  # type: ignore[attr-defined]  # every model has it
    session.execute(
        update(model)
        .where(organizer == organizer_id, column == merged_id)
        .values({column.key: survivor_id})
        .execution_options(synchronize_session=False)
    )


def _end_offers_between(
    session: Session, organizer_id: UUID, both: set[UUID], now: datetime
) -> None:
    mine = [
        *session.exec(
            select(HolderEmail.email).where(
                HolderEmail.organizer_id == organizer_id, col(HolderEmail.holder_id).in_(both)
            )
        ),
        *session.exec(
            select(HolderWallet.address).where(
                HolderWallet.organizer_id == organizer_id, col(HolderWallet.holder_id).in_(both)
            )
        ),
    ]
    session.execute(
        update(TransferOffer)
        .where(
            col(TransferOffer.organizer_id) == organizer_id,
            col(TransferOffer.state) == "offered",
            col(TransferOffer.from_holder_id).in_(both),
            or_(
                col(TransferOffer.recipient).in_(mine),
                col(TransferOffer.to_holder_id).in_(both),
            ),
        )
        .values(state="withdrawn", ended_at=now)
        .execution_options(synchronize_session=False)
    )


def _lock_passes(session: Session, organizer_id: UUID, holder_id: UUID) -> list[Pass]:
    return list(
        session.exec(
            select(Pass)
            .where(Pass.organizer_id == organizer_id, Pass.holder_id == holder_id)
            .order_by(col(Pass.id))
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    )


def _lock_holders(
    session: Session, organizer_id: UUID, survivor_id: UUID, merged_id: UUID
) -> tuple[Holder, Holder]:
    rows = session.exec(
        select(Holder)
        .where(Holder.organizer_id == organizer_id, col(Holder.id).in_([survivor_id, merged_id]))
        .order_by(col(Holder.id))
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    found = {row.id: row for row in rows if row.merged_into is None}
    if len(found) != 2:
        raise HolderMerged("One of these accounts was joined with another one just now.")
    return found[survivor_id], found[merged_id]
