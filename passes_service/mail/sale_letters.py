"""Letters around a Drop: somebody was drawn, money goes back, a payment is disputed."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from passes_service.accounts import organizers
from passes_service.core.money import Money, format_amount
from passes_service.db.models import Drop, Order, OutboxEvent, Payment, PaymentReturn
from passes_service.mail import notices
from passes_service.mail.letters import letter_of
from passes_service.mail.notices import Payload


def raffle_won(
    session: Session, event: OutboxEvent, payload: Payload, origin: str, now: datetime
) -> None:
    """Tell somebody who was drawn where to buy, and until when; not after that."""
    until = datetime.fromisoformat(payload["pay_until"])
    drop = session.get(Drop, (event.organizer_id, UUID(payload["drop_id"])))
    if drop is None or until <= now:
        return
    organizer = organizers.get(session, organizer_id=event.organizer_id)
    zone = organizer.time_zone
    letter = letter_of(
        f"You were drawn: {drop.title}",
        organizer.name,
        "Hello,",
        f"your entry for “{drop.title}” was drawn. One place is yours until "
        f"{notices.when(until, zone)}; after that it goes to the next one.",
        f"Take it here:\n{origin}/o/{organizer.slug}/drops/{drop.slug}",
        "How the draw was made, and how to check it:\n"
        f"{origin}/o/{organizer.slug}/drops/{drop.slug}/raffle",
    )
    notices.to_holder(session, event, UUID(payload["holder_id"]), letter, now)


def money_returns(
    session: Session, event: OutboxEvent, payload: Payload, _origin: str, now: datetime
) -> None:
    """Tell who paid that their money goes back whole, and why."""
    row = session.get(PaymentReturn, (event.organizer_id, UUID(payload["return_id"])))
    order = None if row is None else _order(session, event, row.payment_id)
    if row is None or order is None or order.holder_id is None:
        return
    drop = session.get_one(Drop, (order.organizer_id, order.drop_id))
    organizer = organizers.get(session, organizer_id=event.organizer_id)
    amount = format_amount(Money(row.amount_minor, row.currency))
    letter = letter_of(
        f"Your money goes back: {amount}",
        organizer.name,
        "Hello,",
        f"{amount} for “{drop.title}” goes back to the card or account it came from, all of it.",
        row.reason,
        "You do not have to do anything. Banks take some days to show it.",
    )
    notices.to_holder(session, event, order.holder_id, letter, now)


def disputed(
    session: Session, event: OutboxEvent, payload: Payload, origin: str, now: datetime
) -> None:
    """Tell the buyer what a dispute does to the passes, and what its end has done."""
    order = _order(session, event, UUID(payload["payment_id"]))
    said = _DISPUTES.get(payload["dispute"])
    if order is None or order.holder_id is None or said is None:
        return
    drop = session.get_one(Drop, (order.organizer_id, order.drop_id))
    organizer = organizers.get(session, organizer_id=event.organizer_id)
    letter = letter_of(
        f"About your payment for {drop.title}",
        organizer.name,
        "Hello,",
        said,
        f"Your passes:\n{notices.page_url(origin, organizer, '/me')}",
        f"Questions? {organizer.contact_email}",
    )
    notices.to_holder(session, event, order.holder_id, letter, now)


def _order(session: Session, event: OutboxEvent, payment_id: UUID) -> Order | None:
    payment = session.get(Payment, (event.organizer_id, payment_id))
    return None if payment is None else session.get(Order, (event.organizer_id, payment.order_id))


_DISPUTES = {
    "open": "your bank says that you dispute this payment. Until that is decided, the passes that "
    "it bought open no door. Withdraw the dispute at your bank if it was a mistake.",
    "won": "the dispute about this payment is over, and the payment stands. The passes open doors "
    "again; codes from before are dead, new ones are on your page.",
    "lost": "the dispute about this payment is over, and the money is back with you. The passes "
    "that it bought stay withdrawn.",
}
