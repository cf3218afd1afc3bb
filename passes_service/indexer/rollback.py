"""Logs of replaced blocks go; what is left of each token's log says where it stands."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import delete
from sqlmodel import Session, col, select

from passes_service.db import bulk
from passes_service.db.models import ChainContract, ChainLog
from passes_service.indexer import entries, fold
from passes_service.indexer.entries import Entry
from passes_service.passes.tokens import TokenState


def take_out(session: Session, *, chain_id: int, above: int) -> list[Entry]:
    """Delete the logs of all blocks above a number; return them in the order of the chain."""
    organizers = select(ChainContract.organizer_id).where(ChainContract.chain_id == chain_id)
    where = (
        col(ChainLog.organizer_id).in_(organizers),
        col(ChainLog.chain_id) == chain_id,
        col(ChainLog.block_number) > above,
    )
    found = entries.of_rows(session.execute(entries.stored(*where)))
    if found:
        session.execute(delete(ChainLog).where(*where).execution_options(synchronize_session=False))
    return found


def states_of(
    session: Session, organizer_id: UUID, chain_id: int, tokens: Collection[int]
) -> dict[int, TokenState | None]:
    """Return where tokens stand after the whole log, None for those that it does not mint."""
    found: dict[int, TokenState | None] = {}
    for some in bulk.slices(sorted(tokens)):
        rows = session.execute(
            entries.stored(
                col(ChainLog.organizer_id) == organizer_id,
                col(ChainLog.token_id).in_(some),
                col(ChainLog.chain_id) == chain_id,
            )
        )
        known = fold.by_token(fold.happenings(entries.of_rows(rows)))
        found.update({token: fold.fold(known.get(token, ())) for token in some})
    return found
