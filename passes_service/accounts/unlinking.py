"""Taking an address off one's own account."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal
from uuid import UUID

from sqlmodel import Session, SQLModel, col, select

from passes_service.accounts.callers import Caller
from passes_service.accounts.errors import LastAddress, NotFound, WalletInUse
from passes_service.db.models import ChainOrder, Holder, HolderEmail, HolderWallet, Pass, PassClaim

Kind = Literal["email", "wallet"]
_MODELS: dict[Kind, type[HolderEmail] | type[HolderWallet]] = {
    "email": HolderEmail,
    "wallet": HolderWallet,
}


def remove(session: Session, *, caller: Caller, kind: Kind, address_id: UUID) -> None:
    """Take an e-mail address or a wallet off the caller's account.

    Raises:
        NotFound: The caller has no such address.
        LastAddress: Nothing else would open the account.
        WalletInUse: Passes are in this wallet, or on their way there.
    """
    # Two removals at once must not each leave the other one's address: the holder's row is first.
    session.get(Holder, (caller.organizer_id, caller.id), with_for_update=True)
    row: Any = session.get(_MODELS[kind], (caller.organizer_id, address_id))
    if row is None or row.holder_id != caller.id:
        raise NotFound("You have no such address.")
    if not _opened_otherwise(session, caller, address_id):
        raise LastAddress("Nothing else that you have confirmed opens this account.")
    if isinstance(row, HolderWallet) and _in_use(session, row):
        raise WalletInUse("This wallet holds passes of yours, or is about to.")
    session.delete(row)
    session.flush()


def removable(emails: Sequence[HolderEmail], wallets: Sequence[HolderWallet]) -> set[UUID]:
    """Return which of a holder's addresses are not the last one that opens the account."""
    rows: list[HolderEmail | HolderWallet] = [*emails, *wallets]
    proved = [row.id for row in rows if row.verified_at is not None]
    return {row.id for row in rows if any(one != row.id for one in proved)}


def _opened_otherwise(session: Session, caller: Caller, address_id: UUID) -> bool:
    return any(
        session.exec(
            select(model.id).where(
                model.organizer_id == caller.organizer_id,
                model.holder_id == caller.id,
                model.id != address_id,
                col(model.verified_at).is_not(None),
            )
        ).first()
        for model in _MODELS.values()
    )


def _in_use(session: Session, row: HolderWallet) -> bool:
    def found(model: type[SQLModel], states: tuple[str, ...], **values: Any) -> bool:
        table: Any = model
        query = select(table.id).filter_by(organizer_id=row.organizer_id, **values)
        return session.exec(query.where(table.state.in_(states))).first() is not None

    return (
        found(Pass, ("on_chain",), wallet=row.address)
        or found(PassClaim, ("open",), recipient=row.address)
        or found(ChainOrder, ("open", "seen"), buyer=row.address)
    )
