"""Looking up many at once: passes by row, people by id. For lists that name both."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from sqlmodel import Session, col, select

from passes_service.db.models import Holder, HolderEmail, HolderWallet, Pass, Series
from passes_service.passes.queries import Held


def by_rows(session: Session, *, organizer_id: UUID, ids: Iterable[UUID]) -> dict[UUID, Held]:
    """Return the passes of these rows, by row id; ids of other organizers find nothing."""
    rows = session.exec(
        select(Pass, Series)
        .join(
            Series,
            (col(Series.organizer_id) == col(Pass.organizer_id))
            & (col(Series.id) == col(Pass.series_id)),
        )
        .where(Pass.organizer_id == organizer_id, col(Pass.id).in_(set(ids)))
    )
    return {row.id: Held(row, series) for row, series in rows}


def names(session: Session, *, organizer_id: UUID, ids: Iterable[UUID]) -> dict[UUID, str]:
    """Return how to call each holder: "Ada (ada@x.org)", an address alone, or a short wallet."""
    wanted = set(ids)
    people = session.exec(
        select(Holder).where(Holder.organizer_id == organizer_id, col(Holder.id).in_(wanted))
    ).all()
    mailed: dict[UUID, str] = {}
    for row in session.exec(
        select(HolderEmail)
        .where(HolderEmail.organizer_id == organizer_id, col(HolderEmail.holder_id).in_(wanted))
        .order_by(col(HolderEmail.id))
    ):
        mailed.setdefault(row.holder_id, row.email)
    for wallet in session.exec(
        select(HolderWallet)
        .where(HolderWallet.organizer_id == organizer_id, col(HolderWallet.holder_id).in_(wanted))
        .order_by(col(HolderWallet.id))
    ):
        mailed.setdefault(wallet.holder_id, f"{wallet.address[:8]}…{wallet.address[-4:]}")
    return {person.id: _called(person.name, mailed.get(person.id, "")) for person in people}


def _called(name: str, address: str) -> str:
    if name and address:
        return f"{name} ({address})"
    return name or address or "someone without an address"
