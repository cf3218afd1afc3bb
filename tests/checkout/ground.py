"""Holding, placing and paying in tests, as the edges do it."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from passes_service.bootstrap import Services
from passes_service.checkout import completing, holding, paying, placing
from passes_service.checkout.holding import HoldAsked
from passes_service.db.models import Drop, DropPhase, DropStock, DropTaken, Order, Pass, Series
from tests import people


def asked(drop: Drop, *, subject: str = "", quantity: int = 1, **more: Any) -> HoldAsked:
    """Return what somebody asks who presses the button once."""
    key = more.pop("key", secrets.token_bytes(8))
    holder_id = more.get("holder_id")
    named = subject or (f"h:{holder_id}" if holder_id else f"v:{secrets.token_hex(8)}")
    fields = {
        "organizer_id": drop.organizer_id,
        "drop_id": drop.id,
        "offer_id": None,
        "quantity": quantity,
        "subject": named,
        "holder_id": None,
        "key_digest": hashlib.sha256(key).digest(),
        "fingerprint": hashlib.sha256(b"asked").digest(),
        **more,
    }
    return HoldAsked(**fields)


def hold(services: Services, drop: Drop, **more: Any) -> Order:
    """Hold places, or raise why not."""
    with services.database.transaction() as session:
        now = services.clock()
        keys = services.keyring.session_keys(now)
        return holding.hold(session, asked(drop, **more), keys=keys, now=now)


def place(services: Services, order: Order, email: str = people.GUEST, **more: Any) -> Order:
    """Name the buyer of an order and fix its price."""
    holder = people.holder(services, order.organizer_id, email)
    with services.database.transaction() as session:
        row = live(session, order, services.clock())
        return placing.place(session, row, holder_id=holder.id, now=services.clock(), **more)


def live(session: Session, order: Order, now: datetime) -> Order:
    """Return an order as a change of it begins."""
    return placing.live(session, organizer_id=order.organizer_id, order_id=order.id, now=now)


def complete(services: Services, order: Order, provider: str = "external") -> list[Pass]:
    """Issue the passes of a placed order."""
    with services.database.transaction() as session:
        row = live(session, order, services.clock())
        return completing.complete(
            session, row, provider=provider, actor="test", now=services.clock()
        )


def start(services: Services, order: Order, provider: str = "stripe") -> UUID:
    """Begin to pay and return the payment's id."""
    with services.database.transaction() as session:
        row = live(session, order, services.clock())
        return paying.start(session, row, provider=provider, way="intent", now=services.clock()).id


def read(services: Services, order: Order) -> Order:
    """Return an order as it is now."""
    with services.database.reading() as session:
        return session.get_one(Order, (order.organizer_id, order.id))


def check_book(services: Services, organizer_id: UUID) -> None:
    """Assert that stock, phases, limits, Series, passes and orders tell the same story."""
    with services.database.reading() as session:
        orders = session.exec(select(Order).where(Order.organizer_id == organizer_id)).all()
        stocks = session.exec(select(DropStock).where(DropStock.organizer_id == organizer_id)).all()
        for stock in stocks:
            _check_stock(session, stock, [row for row in orders if row.drop_id == stock.drop_id])
        for phase in session.exec(select(DropPhase).where(DropPhase.organizer_id == organizer_id)):
            if phase.quantity is not None:
                mine = [row for row in orders if row.phase_id == phase.id and _counts(row)]
                assert phase.taken == sum(row.quantity for row in mine)
        for taken in session.exec(select(DropTaken).where(DropTaken.organizer_id == organizer_id)):
            phase_id, _, subject = taken.bucket.rpartition("/")
            mine = [
                row
                for row in orders
                if row.subject == subject
                and row.drop_id == taken.drop_id
                and _counts(row)
                and phase_id in ("", str(row.phase_id))
            ]
            assert taken.taken == sum(row.quantity for row in mine), taken.bucket


def _counts(order: Order) -> bool:
    return order.state in ("held", "placed", "completed")


def _check_stock(session: Session, stock: DropStock, orders: list[Order]) -> None:
    import json

    held = sold = 0
    for order in orders:
        count = dict(json.loads(order.takes)).get(str(stock.id), 0)
        held += count if order.state in ("held", "placed") else 0
        sold += count if order.state == "completed" else 0
    assert (stock.held, stock.sold) == (held, sold)
    assert 0 <= stock.held + stock.sold <= stock.quantity
    series = session.get_one(Series, (stock.organizer_id, stock.series_id))
    assert 0 <= series.issued + series.set_aside <= series.cap
    issued = session.exec(
        select(Pass).where(
            Pass.organizer_id == stock.organizer_id, col(Pass.series_id) == stock.series_id
        )
    ).all()
    assert len(issued) >= sold
    assert sorted(row.serial for row in issued) == sorted({row.serial for row in issued})
