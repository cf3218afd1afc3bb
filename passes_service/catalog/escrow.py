"""A Series' place on a chain: sold there with the money in the contract, or claimable there.

It is `prepared` until the organizer's own wallet has created it and the log says so.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select

from passes_service.accounts.errors import NotFound
from passes_service.catalog import contracts, series, terms
from passes_service.catalog.errors import (
    CurrencyNotServed,
    NotClaimable,
    OnChainAlready,
    PriceTooLarge,
)
from passes_service.chain.networks import ETHER, Network
from passes_service.chain.series_terms import Struct, series_terms
from passes_service.core.money import Money
from passes_service.core.rules.terms import Terms
from passes_service.db.models import ChainContract, ChainSeries, Series
from passes_service.db.upsert import insert_if_absent

_BOOKS_BITS = 96  # what the contract keeps money in


@dataclass(frozen=True)
class Placed:
    """A Series with its place on chain."""

    series: Series
    place: ChainSeries
    contract: ChainContract
    document: Terms

    @property
    def struct(self) -> Struct:
        """Return what `createSeries` takes."""
        return series_terms(
            self.document,
            price_minor=self.series.price_minor if self.series.funding == "escrow" else 0,
            currency_address=self.place.currency_address,
            ticketed=self.place.ticketed,
        )


def currency_on(network: Network, currency: str) -> str:
    """Return the address of a currency on a chain.

    Raises:
        CurrencyNotServed: The chain has no such currency here.
    """
    token = network.token_of(currency)
    if token is None:
        served = ["ETH", *sorted(network.currencies)]
        raise CurrencyNotServed(
            f"{network.name} takes {', '.join(served)}, not {currency}.",
            field="currency",
            served=served,
        )
    return token


def check_price(price: Money, cap: int) -> None:
    """Refuse a price that the contract could not hold for all passes.

    Raises:
        PriceTooLarge: The sum of all passes has more than 96 bits.
    """
    if price.minor * cap >= 2**_BOOKS_BITS:
        raise PriceTooLarge(f"{cap:,} passes at {price} are too much.", field="price_minor")


def open_series(
    session: Session,
    *,
    organizer_id: UUID,
    terms_hash: str,
    price: Money,
    network: Network,
    ticketed: bool,
    now: datetime,
    randbits: Callable[[int], int] = secrets.randbits,
) -> Placed:
    """Open a Series that is sold on chain; the organizer's wallet has to create it there.

    Raises:
        ContractMissing, CurrencyNotServed, PriceTooLarge: It cannot be sold there.
        NotFound, TermsUnfit, TermsSold, EscrowOnly: As `series.open_series`.
    """
    token = currency_on(network, price.currency)
    contract = contracts.get(session, organizer_id=organizer_id, chain_id=network.chain_id)
    document = terms.get(session, organizer_id=organizer_id, terms_hash=terms_hash)
    check_price(price, document.cap)
    opened = series.open_series(
        session,
        organizer_id=organizer_id,
        terms_hash=terms_hash,
        price=price,
        now=now,
        funding="escrow",
        randbits=randbits,
    )
    return _place(session, opened, contract, document, token=token, ticketed=ticketed, now=now)


def put_on_chain(
    session: Session, *, organizer_id: UUID, series_id: UUID, network: Network, now: datetime
) -> Placed:
    """Give a Series of the book a place on a chain, so that its passes may be claimed there.

    Raises:
        NotFound: No such Series here.
        NotClaimable: Its transfers cost a fee.
        OnChainAlready: It has a place.
        ContractMissing: The organizer has no contract on that chain.
    """
    row = series.get(session, organizer_id=organizer_id, series_id=series_id)
    if _row(session, organizer_id, series_id) is not None:
        raise OnChainAlready("This Series has its place on a chain.")
    document = terms.get(session, organizer_id=organizer_id, terms_hash=row.terms_hash)
    if not document.claimable:
        raise NotClaimable("A transfer of these passes costs a fee.")
    contract = contracts.get(session, organizer_id=organizer_id, chain_id=network.chain_id)
    return _place(session, row, contract, document, token=ETHER, ticketed=False, now=now)


def _place(
    session: Session,
    row: Series,
    contract: ChainContract,
    document: Terms,
    *,
    token: str,
    ticketed: bool,
    now: datetime,
) -> Placed:
    fresh = ChainSeries(
        organizer_id=row.organizer_id,
        series_id=row.id,
        contract_id=contract.id,
        chain_id=contract.chain_id,
        ticketed=ticketed,
        currency_address=token,
        sale_closes_at=document.sale_closes_at,
        created_at=now,
    )
    if not insert_if_absent(session, ChainSeries, fresh.model_dump()):
        raise OnChainAlready("This Series has its place on a chain.")
    return placed(session, organizer_id=row.organizer_id, series_id=row.id)


def placed(session: Session, *, organizer_id: UUID, series_id: UUID) -> Placed:
    """Return a Series with its place on chain.

    Raises:
        NotFound: No such Series here, or it has no place on a chain.
    """
    row = series.get(session, organizer_id=organizer_id, series_id=series_id)
    place = _row(session, organizer_id, series_id)
    if place is None:
        raise NotFound("This Series is on no chain.")
    contract = session.get_one(ChainContract, (organizer_id, place.contract_id))
    document = terms.get(session, organizer_id=organizer_id, terms_hash=row.terms_hash)
    return Placed(row, place, contract, document)


def every(session: Session, *, organizer_id: UUID, chain_id: int | None = None) -> Sequence[Placed]:
    """Return an organizer's Series on a chain, or on all chains, newest first."""
    statement = (
        select(Series, ChainSeries, ChainContract)
        .join(
            ChainSeries,
            (col(ChainSeries.organizer_id) == col(Series.organizer_id))
            & (col(ChainSeries.series_id) == col(Series.id)),
        )
        .join(
            ChainContract,
            (col(ChainContract.organizer_id) == col(ChainSeries.organizer_id))
            & (col(ChainContract.id) == col(ChainSeries.contract_id)),
        )
        .where(Series.organizer_id == organizer_id)
        .order_by(col(Series.id).desc())
    )
    if chain_id is not None:
        statement = statement.where(col(ChainSeries.chain_id) == chain_id)
    return [
        Placed(
            row,
            place,
            contract,
            terms.get(session, organizer_id=organizer_id, terms_hash=row.terms_hash),
        )
        for row, place, contract in session.exec(statement)
    ]


def _row(session: Session, organizer_id: UUID, series_id: UUID) -> ChainSeries | None:
    return session.get(ChainSeries, (organizer_id, series_id), populate_existing=True)
