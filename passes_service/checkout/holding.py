"""Places are held: one procedure for one person or for all who press the button at once.

Everything that can be decided without the stock is decided first. Then the stock of the Drop is
locked (one row for most Drops), handed out in the order of arrival, and written once for all. So
left = quantity - sold - held in every snapshot, and nobody waits longer than for one such turn.
Lock order everywhere: orders, coupons, stock, limits, Series.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func
from sqlmodel import Session, col, select

from passes_service.accounts.errors import FieldRefused, NotFound
from passes_service.checkout import drawn
from passes_service.checkout.errors import (
    DropNotOpen,
    DropOver,
    DropPaused,
    HoldKeyReused,
    LimitReached,
    PhaseNotYours,
    PlacesHeld,
    PlacesSold,
)
from passes_service.checkout.till import Till
from passes_service.core.errors import DomainError
from passes_service.db import bulk
from passes_service.db.models import DropPhase, Order, new_id
from passes_service.drops import phases, queue, reading
from passes_service.drops.reading import Offered, Shop

MOST_AT_ONCE = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldAsked:
    """Who wants how many of what. `offer_id` None: the only offer. `drawn` places come by raffle.

    A repeated call has the same `key_digest`; `fingerprint` is that of what it asked.
    """

    organizer_id: UUID
    drop_id: UUID
    offer_id: UUID | None
    quantity: int
    subject: str
    holder_id: UUID | None
    key_digest: bytes
    fingerprint: bytes
    queue_token: str | None = None
    channel: str = "web"


@dataclass(frozen=True, slots=True)
class _Wish:
    """What is left to decide with the stock in hand."""

    index: int
    asked: HoldAsked
    offer: Offered
    phases: tuple[DropPhase, ...]


def hold(session: Session, asked: HoldAsked, *, keys: Sequence[bytes], now: datetime) -> Order:
    """Hold places for one person; see `hold_all`.

    Raises:
        DomainError: Any refusal of `hold_all`.
    """
    (found,) = hold_all(session, [asked], keys=keys, now=now)
    if isinstance(found, DomainError):
        raise found
    return found


def hold_all(
    session: Session, asked: Sequence[HoldAsked], *, keys: Sequence[bytes], now: datetime
) -> list[Order | DomainError]:
    """Hold places for all who ask, in their order; all are of one organizer.

    Returns for each the order in state `held`, or why there is none: NotFound, FieldRefused,
    DropNotOpen, DropPaused, DropOver, PlacesSold, PlacesHeld, PhaseNotYours, LimitReached,
    HoldKeyReused, and the refusals of the waiting room.

    Args:
        keys: What queue tokens may be signed with.
    """
    found: list[Order | DomainError | None] = list(_repeated(session, asked))
    drops: dict[UUID, list[int]] = {}
    for index, each in enumerate(asked):
        if found[index] is None:
            drops.setdefault(each.drop_id, []).append(index)
    for drop_id in sorted(drops):
        these = drops[drop_id]
        try:
            shop = reading.load(session, organizer_id=asked[0].organizer_id, drop_id=drop_id)
        except NotFound as error:
            for index in these:
                found[index] = error
            continue
        wishes: list[_Wish] = []
        for index in these:
            try:
                wishes.append(_wish(session, shop, index, asked[index], keys, now))
            except DomainError as error:
                found[index] = error
        if wishes:
            for wish, answer in zip(wishes, _hand_out(session, shop, wishes, now), strict=True):
                found[wish.index] = answer
    return [each for each in found if each is not None]


def _repeated(session: Session, asked: Sequence[HoldAsked]) -> list[Order | DomainError | None]:
    rows = session.exec(
        select(Order).where(
            Order.organizer_id == asked[0].organizer_id,
            col(Order.key_digest).in_([each.key_digest for each in asked]),
        )
    ).all()
    by_key = {row.key_digest: row for row in rows}
    found: list[Order | DomainError | None] = []
    for each in asked:
        row = by_key.get(each.key_digest)
        if row is not None and row.fingerprint != each.fingerprint:
            found.append(HoldKeyReused("This Idempotency-Key belongs to another hold."))
        else:
            found.append(row)
    return found


def _wish(
    session: Session,
    shop: Shop,
    index: int,
    asked: HoldAsked,
    keys: Sequence[bytes],
    now: datetime,
) -> _Wish:
    """Decide all that needs no stock, or refuse."""
    _check_open(shop, now)
    most = min(shop.drop.per_holder, MOST_AT_ONCE)
    if not 1 <= asked.quantity <= most:
        raise FieldRefused(f"Between 1 and {most} at once here.", field="quantity")
    if asked.offer_id is None and len(shop.offers) != 1:
        raise FieldRefused("This Drop has several offers: name one.", field="offer_id")
    offer = shop.offers[0] if asked.offer_id is None else shop.offer(asked.offer_id)
    if shop.drop.mode == "raffle":
        drawn.check(session, shop, offer, asked.quantity, asked.holder_id, now=now)
    mine = _phases_for(session, shop, asked.holder_id, now)
    queue.require(session, shop.drop, asked.queue_token, subject=asked.subject, keys=keys, now=now)
    return _Wish(index, asked, offer, mine)


def _check_open(shop: Shop, now: datetime) -> None:
    """Refuse unless places can be held now; sold out is for whoever holds the stock to say."""
    state = shop.state(now)
    if state == "scheduled":
        raise DropNotOpen(
            f"It opens on {shop.drop.opens_at:%d %B %Y at %H:%M:%S} UTC.",
            opens_at=shop.drop.opens_at,
        )
    if state == "paused":
        raise DropPaused("The organizer has paused this Drop.")
    if state in ("closed", "settled"):
        raise DropOver("This Drop is over.")


def _phases_for(
    session: Session, shop: Shop, holder_id: UUID | None, now: datetime
) -> tuple[DropPhase, ...]:
    """Return the open phases that let this person in, the cheapest first."""
    reasons, mine = [], []
    for phase in drawn.selling(shop, now):
        answer = phases.admits(session, phase, holder_id)
        if answer.admits:
            mine.append(phase)
        else:
            reasons.append(answer.reason)
    if mine:
        return tuple(sorted(mine, key=lambda phase: (-phase.discount_bp, phase.position)))
    coming = phases.next_phase(shop, now)
    raise PhaseNotYours(
        " ".join(reasons) or "Between two phases nothing is sold.",
        next_phase=None if coming is None else {"name": coming.name, "opens_at": coming.opens_at},
    )


def _hand_out(
    session: Session, shop: Shop, wishes: Sequence[_Wish], now: datetime
) -> list[Order | DomainError]:
    till = Till.open(session, shop, {wish.asked.subject for wish in wishes}, now=now)
    found: list[UUID | DomainError] = []
    fresh: list[dict[str, Any]] = []
    for wish in wishes:
        try:
            phase, takes = _take(till, wish)
        except (PlacesHeld, PlacesSold, LimitReached) as error:
            found.append(error)
            continue
        row = _row(shop, wish, phase, takes, now)
        found.append(row["id"])
        fresh.append(row)
    if not fresh:
        return [each for each in found if isinstance(each, DomainError)]
    till.write()
    bulk.insert_rows(session, Order, fresh)
    orders = _written(session, fresh)
    return [each if isinstance(each, DomainError) else orders[each] for each in found]


def _written(session: Session, rows: Sequence[dict[str, Any]]) -> dict[UUID, Order]:
    """Read the orders back: for a group that costs a quarter of making objects of them."""
    orders = session.exec(
        select(Order).where(
            Order.organizer_id == rows[0]["organizer_id"],
            col(Order.id).in_([row["id"] for row in rows]),
        )
    )
    return {order.id: order for order in orders}


def _take(till: Till, wish: _Wish) -> tuple[DropPhase, list[tuple[UUID, int]]]:
    """Take places in the first phase that has some; the last one says why there are none."""
    refusal: DomainError | None = None
    for phase in wish.phases:
        try:
            return phase, till.take(wish.offer, phase, wish.asked.subject, wish.asked.quantity)
        except (PlacesHeld, PlacesSold, LimitReached) as error:
            refusal = error
    raise refusal or PlacesSold("Nothing is on sale.")


def _row(
    shop: Shop, wish: _Wish, phase: DropPhase, takes: list[tuple[UUID, int]], now: datetime
) -> dict[str, Any]:
    asked = wish.asked
    return {
        "id": new_id(),
        "organizer_id": asked.organizer_id,
        "drop_id": shop.drop.id,
        "offer_id": wish.offer.row.id,
        "phase_id": phase.id,
        "subject": asked.subject,
        "quantity": asked.quantity,
        "takes": json.dumps([[str(stock_id), count] for stock_id, count in takes]),
        "key_digest": asked.key_digest,
        "fingerprint": asked.fingerprint,
        "state": "held",
        "hold_until": now + timedelta(seconds=shop.drop.hold_seconds),
        "holder_id": asked.holder_id,
        "currency": "",
        "total_minor": 0,
        "price": "{}",
        "channel": asked.channel,
        "end_reason": "",
        "created_at": now,
    }


def earliest_end(session: Session, *, organizer_id: UUID, drop_id: UUID) -> datetime | None:
    """Return when the first place that is held now comes back if nobody pays for it."""
    return session.exec(
        select(func.min(Order.hold_until)).where(
            Order.organizer_id == organizer_id,
            Order.drop_id == drop_id,
            col(Order.state).in_(("held", "placed")),
        )
    ).first()
