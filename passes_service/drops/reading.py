"""A Drop with all that it sells, as it stands in one snapshot of the database."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select

from passes_service.accounts.errors import NotFound
from passes_service.db.models import (
    Drop,
    DropOffer,
    DropPart,
    DropPhase,
    DropShare,
    DropStock,
    Series,
)
from passes_service.drops.standing import standing


@dataclass(frozen=True)
class Part:
    """One Series of an offer: each of a bundle, a step of an Edition, or the only one."""

    stock: DropStock
    series: Series
    step: int


@dataclass(frozen=True)
class Offered:
    """What a buyer picks, with its parts in order."""

    row: DropOffer
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Shop:
    """A Drop, its phases by position, its offers by position, its stocks and its shares."""

    drop: Drop
    phases: tuple[DropPhase, ...]
    offers: tuple[Offered, ...]
    stocks: tuple[DropStock, ...]
    shares: tuple[DropShare, ...] = ()

    @property
    def left(self) -> int:
        """How many places can still be held, over all Series."""
        return sum(stock.left for stock in self.stocks)

    @property
    def held(self) -> int:
        """How many places somebody is paying for."""
        return sum(stock.held for stock in self.stocks)

    @property
    def sold(self) -> int:
        """How many places are sold."""
        return sum(stock.sold for stock in self.stocks)

    def left_of(self, offer: Offered) -> int:
        """Return how many units of an offer are left: a bundle has as many as its scarcest part."""
        return _units(offer, lambda stock: stock.left)

    def held_of(self, offer: Offered) -> int:
        """Return how many units of an offer could still come back from those who hold places."""
        return _units(offer, lambda stock: stock.left + stock.held) - self.left_of(offer)

    def sold_of(self, offer: Offered) -> int:
        """Return how many places of an offer's Series are sold (other offers may share them)."""
        return _units(offer, lambda stock: stock.sold)

    def state(self, now: datetime) -> str:
        """Return where the Drop stands at `now`, one of DROP_STATES."""
        return standing(
            self.drop,
            left=sum(self.left_of(offer) for offer in self.offers),
            held=sum(self.held_of(offer) for offer in self.offers),
            now=now,
        )

    def offer(self, offer_id: UUID) -> Offered:
        """Return an offer of this Drop.

        Raises:
            NotFound: It has none with this id.
        """
        for found in self.offers:
            if found.row.id == offer_id:
                return found
        raise NotFound("This Drop has no such offer.")


def load(session: Session, *, organizer_id: UUID, drop_id: UUID) -> Shop:
    """Return a Drop of this organizer with all that it sells.

    Raises:
        NotFound: There is none, or it is someone else's.
    """
    return of(session, get(session, organizer_id=organizer_id, drop_id=drop_id))


def get(session: Session, *, organizer_id: UUID, drop_id: UUID) -> Drop:
    """Return the row of a Drop of this organizer.

    Raises:
        NotFound: There is none, or it is someone else's.
    """
    found = session.get(Drop, (organizer_id, drop_id))
    if found is None:
        raise NotFound("There is no such Drop here.")
    return found


def by_slug(session: Session, *, organizer_id: UUID, slug: str) -> Shop:
    """Return a Drop by the last part of its address.

    Raises:
        NotFound: This organizer has none there.
    """
    return of(session, row_by_slug(session, organizer_id=organizer_id, slug=slug))


def row_by_slug(session: Session, *, organizer_id: UUID, slug: str) -> Drop:
    """Return the row of a Drop by the last part of its address.

    Raises:
        NotFound: This organizer has none there.
    """
    found = session.exec(
        select(Drop).where(Drop.organizer_id == organizer_id, Drop.slug == slug)
    ).first()
    if found is None:
        raise NotFound("There is no such Drop here.")
    return found


def every(session: Session, *, organizer_id: UUID) -> Sequence[Drop]:
    """Return all Drops of an organizer, the latest opening first."""
    return session.exec(
        select(Drop)
        .where(Drop.organizer_id == organizer_id)
        .order_by(col(Drop.opens_at).desc(), col(Drop.id).desc())
    ).all()


def of(session: Session, drop: Drop) -> Shop:
    """Return a Drop that was read with its phases, offers, stocks and shares."""
    mine = {"organizer_id": drop.organizer_id, "drop_id": drop.id}
    phases = select(DropPhase).filter_by(**mine).order_by(col(DropPhase.position))
    shares = select(DropShare).filter_by(**mine).order_by(col(DropShare.partner_id))
    stocks = _stocks(session, drop)
    shop = Shop(
        drop=drop,
        phases=tuple(session.exec(phases)),
        offers=_offers(session, drop, stocks),
        stocks=tuple(part.stock for part in stocks.values()),
        shares=tuple(session.exec(shares)),
    )
    # Sessions refer to their rows weakly; whoever sells asks for these again in a moment.
    session.info["shop"] = shop
    return shop


def _stocks(session: Session, drop: Drop) -> dict[UUID, Part]:
    rows = session.exec(
        select(DropStock, Series)
        .join(
            Series,
            (col(Series.organizer_id) == col(DropStock.organizer_id))
            & (col(Series.id) == col(DropStock.series_id)),
        )
        .where(DropStock.organizer_id == drop.organizer_id, DropStock.drop_id == drop.id)
        .order_by(col(DropStock.id))
        .execution_options(populate_existing=True)  # checkouts count past the identity map
    )
    return {stock.id: Part(stock, series, 0) for stock, series in rows}


def _offers(session: Session, drop: Drop, stocks: dict[UUID, Part]) -> tuple[Offered, ...]:
    offers = session.exec(
        select(DropOffer)
        .where(DropOffer.organizer_id == drop.organizer_id, DropOffer.drop_id == drop.id)
        .order_by(col(DropOffer.position))
    ).all()
    links = session.exec(
        select(DropPart)
        .where(
            DropPart.organizer_id == drop.organizer_id,
            col(DropPart.offer_id).in_([offer.id for offer in offers]),
        )
        .order_by(col(DropPart.step))
    )
    parts: dict[UUID, list[Part]] = defaultdict(list)
    for link in links:
        parts[link.offer_id].append(replace(stocks[link.stock_id], step=link.step))
    return tuple(Offered(offer, tuple(parts[offer.id])) for offer in offers)


def _units(offer: Offered, count: Callable[[DropStock], int]) -> int:
    """Return a count of an offer: of an Edition the sum of its steps, else its scarcest part's."""
    counts = [count(part.stock) for part in offer.parts]
    return sum(counts) if offer.row.kind == "edition" else min(counts, default=0)
