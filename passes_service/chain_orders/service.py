"""Orders: a place held, a price fixed, a wallet named. The log alone says that one was paid."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import update
from sqlmodel import Session, col, select

from passes_service.accounts import holders
from passes_service.accounts.errors import FieldRefused, NotFound
from passes_service.catalog import escrow, escrow_left
from passes_service.catalog.escrow import Placed
from passes_service.chain_orders.errors import (
    NotOnSale,
    OrderOpen,
    OrderOver,
    PlacesTaken,
    WalletNotYours,
)
from passes_service.core import ethereum
from passes_service.db.models import ChainOrder, Series
from passes_service.passes import places

LIFE = timedelta(minutes=10)
MOST_AT_ONCE = 20
_NONCE_BYTES = 32


def place(
    session: Session,
    *,
    organizer_id: UUID,
    series_id: UUID,
    holder_id: UUID,
    wallet: str,
    quantity: int,
    random: Callable[[int], bytes],
    promised: bool = False,
    now: datetime,
) -> ChainOrder:
    """Open an order: price and rules are those of now, and are good for `LIFE`.

    In a ticketed Series it holds places: minted and held together never exceed the cap, whoever
    orders at the same moment.

    Args:
        wallet: Where the passes shall go; one that the holder has proved.
        promised: The places are set aside for a Drop that holds them for this very holder.

    Raises:
        NotFound: No such Series here, or it is on no chain.
        AddressMalformed, WalletNotYours: The wallet cannot be named.
        FieldRefused: The quantity is none that is sold at once.
        NotOnSale: It is not created on chain yet, or its sale is closed.
        PlacesTaken: Fewer are left.
        OrderOpen: The holder has an open order for this Series.
    """
    if not 1 <= quantity <= MOST_AT_ONCE:
        raise FieldRefused(f"Order 1 to {MOST_AT_ONCE} passes at once.", field="quantity")
    buyer = _own_wallet(session, organizer_id, holder_id, wallet)
    _lock(session, organizer_id, series_id)
    found = escrow.placed(session, organizer_id=organizer_id, series_id=series_id)
    check_on_sale(found, now=now)
    _check_none_open(session, found, holder_id, now=now)
    if promised:
        places.give_back(session, organizer_id=organizer_id, series_id=series_id, count=quantity)
    else:
        left = escrow_left.places_left(session, found)
        if quantity > left:
            raise PlacesTaken(f"{left:,} of {found.series.cap:,} are left.", left=left)
    order = ChainOrder(
        organizer_id=organizer_id,
        series_id=series_id,
        holder_id=holder_id,
        chain_id=found.place.chain_id,
        buyer=buyer,
        quantity=quantity,
        price_minor=found.series.price_minor,
        currency=found.series.currency,
        nonce=int.from_bytes(random(_NONCE_BYTES), "big"),
        deadline=(now + LIFE).replace(microsecond=0),
        terms_hash=found.series.terms_hash,
        created_at=now,
    )
    session.add(order)
    session.flush()
    return order


def _own_wallet(session: Session, organizer_id: UUID, holder_id: UUID, wallet: str) -> str:
    address = ethereum.normalize_address(wallet)
    rows = holders.wallets(session, organizer_id=organizer_id, holder_id=holder_id)
    if not any(row.address == address and row.verified_at is not None for row in rows):
        raise WalletNotYours("You have not proved that this wallet is yours.", field="wallet")
    return address


def _lock(session: Session, organizer_id: UUID, series_id: UUID) -> None:
    """Let nobody else count places of this Series until the transaction ends."""
    locked = session.exec(
        select(Series.id)
        .where(Series.organizer_id == organizer_id, Series.id == series_id)
        .with_for_update(key_share=True)
    ).first()
    if locked is None:
        raise NotFound("There is no such Series here.")


def check_on_sale(found: Placed, *, now: datetime) -> None:
    """Refuse unless the Series can be bought on chain now.

    Raises:
        NotOnSale: It is not created on chain yet, or its sale is closed.
    """
    if found.series.funding != "escrow":
        raise NotOnSale("The contract does not sell this Series.")
    if found.place.state != "open":
        raise NotOnSale("The organizer has not created this Series on chain yet.")
    if found.series.closed_at is not None or found.place.sale_closes_at <= now:
        raise NotOnSale("The sale of this Series is closed.")


def _check_none_open(session: Session, found: Placed, holder_id: UUID, *, now: datetime) -> None:
    earlier = session.exec(
        select(ChainOrder).where(
            ChainOrder.organizer_id == found.series.organizer_id,
            ChainOrder.series_id == found.series.id,
            ChainOrder.holder_id == holder_id,
            ChainOrder.state == "open",
            col(ChainOrder.deadline) > now,
        )
    ).first()
    if earlier is not None:
        raise OrderOpen(
            f"It is good until {earlier.deadline:%H:%M:%S} UTC.", order_id=str(earlier.id)
        )


def get(session: Session, *, organizer_id: UUID, order_id: UUID) -> ChainOrder:
    """Return an order of this organizer.

    Raises:
        NotFound: There is none, or it is someone else's.
    """
    found = session.get(ChainOrder, (organizer_id, order_id))
    if found is None:
        raise NotFound("There is no such order here.")
    return found


def mine(session: Session, *, organizer_id: UUID, holder_id: UUID, order_id: UUID) -> ChainOrder:
    """Return an order of this holder.

    Raises:
        NotFound: There is none, or it is someone else's.
    """
    found = get(session, organizer_id=organizer_id, order_id=order_id)
    if found.holder_id != holder_id:
        raise NotFound("There is no such order here.")
    return found


def of_holder(session: Session, *, organizer_id: UUID, holder_id: UUID) -> Sequence[ChainOrder]:
    """Return a holder's orders, newest first."""
    return session.exec(
        select(ChainOrder)
        .where(ChainOrder.organizer_id == organizer_id, ChainOrder.holder_id == holder_id)
        .order_by(col(ChainOrder.id).desc())
    ).all()


def keep_signature(session: Session, order: ChainOrder, signature: str) -> None:
    """Store our signature over the order's ticket; the first one stays."""
    session.execute(
        update(ChainOrder)
        .where(
            col(ChainOrder.organizer_id) == order.organizer_id,
            col(ChainOrder.id) == order.id,
            col(ChainOrder.signature) == "",
        )
        .values(signature=signature)
    )


def tell_hash(session: Session, order: ChainOrder, transaction_hash: str) -> None:
    """Note which transaction the browser says it sent. It proves nothing and moves no state.

    Raises:
        OrderOver: The order was bought, seen in the log.
    """
    told = session.execute(
        update(ChainOrder)
        .where(
            col(ChainOrder.organizer_id) == order.organizer_id,
            col(ChainOrder.id) == order.id,
            col(ChainOrder.state).in_(("open", "expired")),
        )
        .values(told_hash=transaction_hash)
        .returning(col(ChainOrder.id))
    ).first()
    if told is None:
        raise OrderOver("This order needs no transaction any more.")


def check_payable(order: ChainOrder, *, now: datetime) -> None:
    """Refuse unless the order can still be paid.

    Raises:
        OrderOver: Its time is over, or it is bought already.
    """
    if order.state != "open" or order.deadline <= now:
        raise OrderOver("This order cannot be paid any more.", state=order.state)
