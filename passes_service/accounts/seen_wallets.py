"""Wallets seen on a chain: each is somebody, whether or not that person ever comes here."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete
from sqlmodel import Session, col, select

from passes_service.db import bulk
from passes_service.db.models import Holder, HolderWallet, new_id


def holders_of(
    session: Session, *, organizer_id: UUID, addresses: Collection[str], now: datetime
) -> dict[str, UUID]:
    """Return the holder of each checksummed address; those that nobody has yet are made.

    A made wallet is not verified: it receives, and whoever signs in with it later is its holder.
    """
    wanted = sorted(addresses)
    found = _known(session, organizer_id, wanted)
    missing = [address for address in wanted if address not in found]
    if not missing:
        return found
    made = {address: new_id() for address in missing}
    bulk.insert_rows(
        session, Holder, [_holder(organizer_id, holder_id, now) for holder_id in made.values()]
    )
    wallets = [_wallet(organizer_id, made[address], address, now) for address in missing]
    bulk.insert_absent(session, HolderWallet, wallets)
    now_known = _known(session, organizer_id, missing)
    lost = [made[address] for address in missing if now_known[address] != made[address]]
    if lost:  # somebody signed in with it at this very moment
        here = col(Holder.organizer_id) == organizer_id
        session.execute(delete(Holder).where(here, col(Holder.id).in_(lost)))
    return found | now_known


def _known(session: Session, organizer_id: UUID, addresses: list[str]) -> dict[str, UUID]:
    found: dict[str, UUID] = {}
    for some in bulk.slices(addresses):
        rows = session.exec(
            select(HolderWallet.address, HolderWallet.holder_id).where(
                HolderWallet.organizer_id == organizer_id, col(HolderWallet.address).in_(some)
            )
        )
        found.update(rows.all())
    return found


def _holder(organizer_id: UUID, holder_id: UUID, now: datetime) -> bulk.Row:
    return Holder(organizer_id=organizer_id, id=holder_id, created_at=now).model_dump()


def _wallet(organizer_id: UUID, holder_id: UUID, address: str, now: datetime) -> bulk.Row:
    return HolderWallet(
        organizer_id=organizer_id, holder_id=holder_id, address=address, created_at=now
    ).model_dump()
