"""Which offers can still be answered, and by whom."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, select

from passes_service.db.models import HolderEmail, HolderWallet, Pass, TransferOffer

STILL_THERE = ("active", "claiming")  # a claim that lapses gives the pass back


def its_pass() -> ColumnElement[bool]:
    """Say in SQL which pass an offer holds out."""
    return (col(Pass.organizer_id) == col(TransferOffer.organizer_id)) & (
        col(Pass.id) == col(TransferOffer.pass_row_id)
    )


def alive() -> ColumnElement[bool]:
    """Say in SQL that the offered pass still is what was offered."""
    return col(Pass.state).in_(STILL_THERE) & (col(Pass.epoch) == col(TransferOffer.epoch))


def addresses(session: Session, *, organizer_id: UUID, holder_id: UUID) -> set[str]:
    """Return the verified e-mail and wallet addresses of a holder."""
    emails = session.exec(
        select(HolderEmail.email).where(
            HolderEmail.organizer_id == organizer_id,
            HolderEmail.holder_id == holder_id,
            col(HolderEmail.verified_at).is_not(None),
        )
    )
    wallets = session.exec(
        select(HolderWallet.address).where(
            HolderWallet.organizer_id == organizer_id,
            HolderWallet.holder_id == holder_id,
            col(HolderWallet.verified_at).is_not(None),
        )
    )
    return {*emails, *wallets}


def masked(recipient: str) -> str:
    """Return an address as later holders of the pass may read it in the history."""
    name, at, domain = recipient.partition("@")
    if at:
        return f"{name[:1]}…@{domain}"
    return f"{recipient[:6]}…{recipient[-4:]}"
