"""What a mint, or a mint taken back, does to the claim that it was signed for."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import update
from sqlmodel import Session, col, select

from passes_service.db import bulk
from passes_service.db.models import PassClaim


@dataclass(frozen=True, slots=True)
class Minted:
    """A pass that became a token, and whose it was until then."""

    pass_row_id: UUID
    holder_id: UUID
    wallet: str | None


def mark_minted(
    session: Session, *, organizer_id: UUID, minted: Sequence[Minted], now: datetime
) -> None:
    """Close the open claims of these passes; where there is none, nothing changes."""
    for each in minted:
        session.execute(
            update(PassClaim)
            .where(
                col(PassClaim.organizer_id) == organizer_id,
                col(PassClaim.pass_row_id) == each.pass_row_id,
                col(PassClaim.state) == "open",
            )
            .values(
                state="minted",
                ended_at=now,
                from_holder_id=each.holder_id,
                from_wallet=each.wallet,
            )
            .execution_options(synchronize_session=False)
        )


def reopen(session: Session, claim: PassClaim) -> None:
    """Open a claim again whose mint was taken back: it may be mined again until it lapses."""
    session.execute(
        update(PassClaim)
        .where(
            col(PassClaim.organizer_id) == claim.organizer_id,
            col(PassClaim.id) == claim.id,
            col(PassClaim.state) == "minted",
        )
        .values(state="open", ended_at=None)
        .execution_options(synchronize_session=False)
    )


def latest(
    session: Session, *, organizer_id: UUID, pass_row_ids: Collection[UUID]
) -> dict[UUID, PassClaim]:
    """Return the newest claim of each pass that was not released."""
    found: dict[UUID, PassClaim] = {}
    for some in bulk.slices(sorted(pass_row_ids)):
        rows = session.exec(
            select(PassClaim)
            .where(
                PassClaim.organizer_id == organizer_id,
                col(PassClaim.pass_row_id).in_(some),
                PassClaim.state != "released",
            )
            .order_by(col(PassClaim.id))
            .execution_options(populate_existing=True)
        )
        found.update({row.pass_row_id: row for row in rows})
    return found
