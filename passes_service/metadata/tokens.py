"""Which token an address speaks of, and what is known of it. Nothing personal: never the holder."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlmodel import Session, col, select

from passes_service.accounts.errors import NotFound
from passes_service.catalog import series as all_series
from passes_service.catalog import terms
from passes_service.core import pass_id
from passes_service.core.rules.terms import Terms
from passes_service.db.models import (
    Calendar,
    CalendarSession,
    ChainContract,
    ChainSeries,
    Organizer,
    Pass,
    Series,
)
from passes_service.passes import queries

_ORGANIZER: Final = re.compile(r"0x[0-9a-f]{32}")
_TOKEN: Final = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Token:
    """A pass as anyone may see it, token or not yet."""

    organizer: Organizer
    calendar: Calendar
    series: Series
    row: Pass
    terms: Terms
    sessions: tuple[CalendarSession, ...]
    contract: ChainContract | None

    @property
    def hex_id(self) -> str:
        """Return the id as ERC-1155 substitutes it: 64 digits."""
        return pass_id.metadata_hex(self.row.pass_id)

    @property
    def root(self) -> str:
        """Return the path under which the contract says that metadata is."""
        return root(self.organizer.id)


def root(organizer_id: UUID) -> str:
    """Return the path of an organizer's metadata, as `contracts/Metadata.sol` writes it."""
    return f"/o/0x{organizer_id.hex}"


def organizer_of(session: Session, text: str) -> Organizer:
    """Return the organizer in a metadata address.

    Raises:
        NotFound: It names none.
    """
    found = None
    if _ORGANIZER.fullmatch(text):
        found = session.get(Organizer, UUID(hex=text[2:]))
    if found is None:
        raise NotFound("There is no metadata at this address.")
    return found


def find(session: Session, organizer: Organizer, token_hex: str) -> Token:
    """Return the pass in a metadata address.

    Raises:
        NotFound: No such pass was ever issued by this organizer.
    """
    if not _TOKEN.fullmatch(token_hex):
        raise NotFound("There is no metadata at this address.")
    return by_number(session, organizer, int(token_hex, 16))


def by_number(session: Session, organizer: Organizer, number: int) -> Token:
    """Return a pass of an organizer by its public number.

    Raises:
        NotFound: No such pass was ever issued.
    """
    organizer_id = organizer.id
    held = queries.by_pass_id(session, organizer_id=organizer_id, pass_id=number)
    calendar = session.get(Calendar, (organizer_id, held.series.calendar_id))
    if calendar is None:
        raise NotFound("There is no such pass here.")
    return Token(
        organizer=organizer,
        calendar=calendar,
        series=held.series,
        row=held.row,
        terms=terms.get(session, organizer_id=organizer_id, terms_hash=held.series.terms_hash),
        sessions=tuple(
            all_series.sessions_of(session, organizer_id=organizer_id, series_id=held.series.id)
        ),
        contract=_contract(session, held.series),
    )


def _contract(session: Session, series: Series) -> ChainContract | None:
    return session.exec(
        select(ChainContract)
        .join(
            ChainSeries,
            (col(ChainSeries.organizer_id) == col(ChainContract.organizer_id))
            & (col(ChainSeries.contract_id) == col(ChainContract.id)),
        )
        .where(ChainSeries.organizer_id == series.organizer_id, ChainSeries.series_id == series.id)
    ).first()
