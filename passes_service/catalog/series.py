"""Series: one kind of pass, under one set of Terms, with one cap."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import update
from sqlmodel import Session, col, or_, select

from passes_service.accounts.errors import NotFound
from passes_service.catalog import calendars, terms
from passes_service.catalog.errors import (
    CurrencyUnfit,
    EscrowNotHere,
    EscrowOnly,
    SaleOnChain,
    SeriesInDrop,
    TermsSold,
)
from passes_service.core import pass_id
from passes_service.core.money import Money
from passes_service.core.rules.terms import Funding
from passes_service.db.models import CalendarSession, ChainSeries, Series, SeriesSession


def open_series(
    session: Session,
    *,
    organizer_id: UUID,
    terms_hash: str,
    price: Money,
    now: datetime,
    funding: Funding = "external",
    randbits: Callable[[int], int] = secrets.randbits,
) -> Series:
    """Open a Series under published Terms: cap, title and type are those of the Terms.

    One with escrow is opened by `escrow.open_series`, which also gives it a place on a chain.

    Raises:
        NotFound: No such Terms here.
        TermsUnfit: A session was moved or cancelled since the Terms were published.
        TermsSold: A Series sells under these Terms already; they promise one cap.
        CurrencyUnfit: The fee of the Terms is in another currency.
        EscrowNotHere, EscrowOnly: The Terms have the other funding.
    """
    row = terms.row(session, organizer_id=organizer_id, terms_hash=terms_hash)
    calendars.lock(session, organizer_id=organizer_id, calendar_id=row.calendar_id)
    document = terms.get(session, organizer_id=organizer_id, terms_hash=terms_hash)
    _check_funding(document.funding, funding)
    if document.transfer.fee_currency not in (None, price.currency):
        raise CurrencyUnfit(
            f"The fee is in {document.transfer.fee_currency}, the price in {price.currency}.",
            field="currency",
        )
    terms.check_still_fit(session, organizer_id=organizer_id, terms_hash=terms_hash)
    _check_unsold(session, organizer_id, terms_hash)
    series = Series(
        organizer_id=organizer_id,
        calendar_id=row.calendar_id,
        series_no=pass_id.new_series_number(randbits),
        title=document.title,
        pass_type=document.pass_type,
        terms_hash=terms_hash,
        price_minor=price.minor,
        currency=price.currency,
        funding=document.funding,
        cap=document.cap,
        created_at=now,
    )
    session.add(series)
    session.flush()
    for portion in document.portions:
        for session_id in portion.session_ids:
            session.add(
                SeriesSession(
                    organizer_id=organizer_id,
                    series_id=series.id,
                    session_id=UUID(session_id),
                    portion=portion.index,
                )
            )
    session.flush()
    return series


def _check_funding(written: Funding, asked: Funding) -> None:
    if written == asked:
        return
    if written == "escrow":
        raise EscrowNotHere("These Terms say that the money is held in escrow on chain.")
    raise EscrowOnly("These Terms say that the money is taken elsewhere.", field="chain_id")


def _check_unsold(session: Session, organizer_id: UUID, terms_hash: str) -> None:
    """Hold the words "at most this many will ever exist": one Series sells under one document."""
    sold = session.exec(
        select(Series.id).where(
            Series.organizer_id == organizer_id,
            Series.terms_hash == terms_hash,
            or_(col(Series.closed_at).is_(None), col(Series.issued) > 0),
        )
    ).first()
    if sold is not None:
        raise TermsSold("Another Series sells under these Terms.", series_id=str(sold))


def close(session: Session, *, organizer_id: UUID, series_id: UUID, now: datetime) -> Series:
    """Stop issuing; passes already issued keep every promise. Closing twice changes nothing.

    Raises:
        SaleOnChain: It is sold by the contract, where only the organizer's wallet can close it.
        SeriesInDrop: A Drop is selling it.
    """
    row = get(session, organizer_id=organizer_id, series_id=series_id)
    place = session.get(ChainSeries, (organizer_id, series_id), populate_existing=True)
    if row.funding == "escrow" and place is not None and place.state == "open":
        raise SaleOnChain("The contract sells this Series.", chain_id=place.chain_id)
    session.execute(
        update(Series)
        .where(
            col(Series.organizer_id) == organizer_id,
            col(Series.id) == series_id,
            col(Series.closed_at).is_(None),
            col(Series.set_aside) == 0,
        )
        .values(closed_at=now)
    )
    found = get(session, organizer_id=organizer_id, series_id=series_id)
    session.refresh(found)
    if found.closed_at is None:
        raise SeriesInDrop(f"{found.set_aside} places are set aside.", set_aside=found.set_aside)
    return found


def get(session: Session, *, organizer_id: UUID, series_id: UUID) -> Series:
    """Return a Series of this organizer.

    Raises:
        NotFound: There is none, or it is someone else's.
    """
    found = session.get(Series, (organizer_id, series_id))
    if found is None:
        raise NotFound("There is no such Series here.")
    return found


def every(
    session: Session, *, organizer_id: UUID, calendar_id: UUID | None = None
) -> Sequence[Series]:
    """Return the Series of an organizer, or of one calendar, newest first."""
    statement = select(Series).where(Series.organizer_id == organizer_id)
    if calendar_id is not None:
        statement = statement.where(Series.calendar_id == calendar_id)
    return session.exec(statement.order_by(col(Series.id).desc())).all()


def sessions_of(
    session: Session, *, organizer_id: UUID, series_id: UUID
) -> Sequence[CalendarSession]:
    """Return the sessions that a pass of this Series opens, in order of time."""
    return session.exec(
        select(CalendarSession)
        .join(
            SeriesSession,
            (col(SeriesSession.organizer_id) == col(CalendarSession.organizer_id))
            & (col(SeriesSession.session_id) == col(CalendarSession.id)),
        )
        .where(SeriesSession.organizer_id == organizer_id, SeriesSession.series_id == series_id)
        .order_by(col(CalendarSession.starts_at), col(CalendarSession.id))
    ).all()
