"""Transfers in the book, decided by the published Terms."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from sqlalchemy import not_, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, or_, select

from passes_service.accounts import rates, versions
from passes_service.accounts.errors import NotFound
from passes_service.core.events import PassTransferred, TransferOffered
from passes_service.core.rules.actions import Transfer
from passes_service.core.rules.decide import decide
from passes_service.core.rules.decision import Decision
from passes_service.db import outbox
from passes_service.db.models import Pass, TransferOffer
from passes_service.passes import facts, queries
from passes_service.passes.queries import Held
from passes_service.passes.service import note, swap
from passes_service.transfers.errors import AlreadyOffered, OfferEnded, TransferRefused
from passes_service.transfers.offers import STILL_THERE, addresses, alive, its_pass, masked

OFFER_LIFE = timedelta(days=7)
OFFERS = rates.Rate("offers", 20, timedelta(days=1))


def check(session: Session, held: Held, *, to_self: bool = False, now: datetime) -> Decision:
    """Answer "may this pass change hands now?"."""
    return decide(Transfer(to_self=to_self), facts.of(session, held), now=now)


def offer(
    session: Session,
    *,
    organizer_id: UUID,
    holder_id: UUID,
    pass_id: int,
    recipient: str,
    text: str = "",
    now: datetime,
) -> TransferOffer:
    """Hold a pass out to an e-mail address or a wallet; it stays the holder's until accepted.

    `recipient` is normalised by the caller (lower-case e-mail, checksummed wallet).

    Raises:
        NotFound: The holder does not hold this pass.
        TransferRefused: The Terms do not allow it now, or the recipient is the holder.
        AlreadyOffered: There is an open offer.
        RateLimited: The holder has made as many offers as a day allows.
    """
    held = queries.of_holder(
        session, organizer_id=organizer_id, holder_id=holder_id, pass_id=pass_id
    )
    to_self = recipient in addresses(session, organizer_id=organizer_id, holder_id=holder_id)
    _require(check(session, held, to_self=to_self, now=now))
    # Each offer is a letter to an address of the holder's choice: a post office for nobody.
    rates.take(session, organizer_id=organizer_id, rate=OFFERS, subject=str(holder_id), now=now)
    _expire_old(session, held.row, now=now)
    made = TransferOffer(
        organizer_id=organizer_id,
        pass_row_id=held.row.id,
        from_holder_id=holder_id,
        recipient=recipient,
        epoch=held.row.epoch,
        note=text,
        expires_at=now + OFFER_LIFE,
        created_at=now,
    )
    try:
        with session.begin_nested():
            session.add(made)
    except IntegrityError as error:
        raise AlreadyOffered("This pass is held out to someone.") from error
    note(
        session,
        held.row,
        "offered",
        f"Offered to {masked(recipient)}.",
        actor=f"holder:{holder_id}",
        now=now,
    )
    outbox.add(session, TransferOffered(organizer_id=organizer_id, offer_id=made.id), now=now)
    return made


def accept(
    session: Session, *, organizer_id: UUID, holder_id: UUID, offer_id: UUID, now: datetime
) -> Pass:
    """Take an offered pass: new holder, new epoch; old codes and vouchers are dead.

    Raises:
        NotFound: The offer is not for an address that this holder has verified.
        OfferEnded: It was answered, withdrawn, has expired, or the pass moved on.
        TransferRefused: The Terms do not allow it any more.
        PassMoved: Another change of the pass came first.
    """
    made = _addressed_to(session, organizer_id, holder_id, offer_id)
    row = session.get(Pass, (organizer_id, made.pass_row_id))
    if row is None:
        raise NotFound("There is no such pass here.")
    held = queries.by_pass_id(session, organizer_id=organizer_id, pass_id=row.pass_id)
    gone = held.row.state not in STILL_THERE or held.row.epoch != made.epoch
    if made.state != "offered" or made.expires_at <= now or gone:
        raise OfferEnded("It was answered or withdrawn, or the pass moved on.")
    to_self = held.row.holder_id == holder_id
    _require(check(session, held, to_self=to_self, now=now))
    _end(session, made, "accepted", to_holder_id=holder_id, now=now)
    wallet = made.recipient if made.recipient.startswith("0x") else None
    row = swap(
        session,
        held.row,
        {
            "holder_id": holder_id,
            "wallet": wallet,
            "epoch": held.row.epoch + 1,
            "transfers": held.row.transfers + 1,
        },
    )
    note(
        session,
        row,
        "transferred",
        "Changed hands; earlier codes no longer open the door.",
        actor=f"holder:{holder_id}",
        now=now,
    )
    versions.bump(session, organizer_id=organizer_id, holder_ids=[made.from_holder_id, holder_id])
    event = PassTransferred(
        organizer_id=organizer_id,
        pass_id=str(row.pass_id),
        from_holder_id=made.from_holder_id,
        to_holder_id=holder_id,
        epoch=row.epoch,
    )
    outbox.add(session, event, now=now)
    return row


def decline(
    session: Session, *, organizer_id: UUID, holder_id: UUID, offer_id: UUID, now: datetime
) -> TransferOffer:
    """Say no to an offer; the pass stays where it is."""
    made = _addressed_to(session, organizer_id, holder_id, offer_id)
    return _close(session, made, "declined", "The offer was declined.", now=now)


def withdraw(
    session: Session, *, organizer_id: UUID, holder_id: UUID, offer_id: UUID, now: datetime
) -> TransferOffer:
    """Take an own offer back before it is accepted."""
    made = session.get(TransferOffer, (organizer_id, offer_id))
    if made is None or made.from_holder_id != holder_id:
        raise NotFound("There is no such offer here.")
    return _close(session, made, "withdrawn", "The offer was taken back.", now=now)


def expire(session: Session, *, now: datetime, limit: int = 500) -> int:
    """End offers whose time is over or whose pass has moved on; return how many.

    The schedule calls this. What is answered at this moment is left to who answers it.
    """
    due = session.exec(
        select(TransferOffer)
        .join(Pass, its_pass())
        .where(
            TransferOffer.state == "offered",
            or_(col(TransferOffer.expires_at) <= now, not_(alive())),
        )
        .order_by(col(TransferOffer.id))
        .limit(limit)
    ).all()
    return sum(_expired(session, made, now=now) for made in due)


def offers_of(
    session: Session,
    *,
    organizer_id: UUID,
    holder_id: UUID,
    way: Literal["in", "out"],
    now: datetime | None = None,
) -> list[TransferOffer]:
    """Return offers to (`in`) or from (`out`) a holder that can still be accepted, newest first.

    Without `now`, offers whose time is over are among them until the schedule ends them.
    """
    statement = (
        select(TransferOffer)
        .join(Pass, its_pass())
        .where(
            TransferOffer.organizer_id == organizer_id, TransferOffer.state == "offered", alive()
        )
        .order_by(col(TransferOffer.id).desc())
    )
    if now is not None:
        statement = statement.where(col(TransferOffer.expires_at) > now)
    if way == "out":
        return list(session.exec(statement.where(TransferOffer.from_holder_id == holder_id)))
    mine = addresses(session, organizer_id=organizer_id, holder_id=holder_id)
    return list(session.exec(statement.where(col(TransferOffer.recipient).in_(mine))))


def _addressed_to(
    session: Session, organizer_id: UUID, holder_id: UUID, offer_id: UUID
) -> TransferOffer:
    made = session.get(TransferOffer, (organizer_id, offer_id))
    mine = addresses(session, organizer_id=organizer_id, holder_id=holder_id)
    if made is None or made.recipient not in mine:
        raise NotFound("There is no such offer for you here.")
    return made


def _require(decision: Decision) -> None:
    if not decision.allowed:
        raise TransferRefused(
            decision.reason,
            decision={
                "code": decision.code,
                "rule": decision.rule,
                "since": decision.since,
                "until": decision.until,
            },
        )


def _expire_old(session: Session, row: Pass, *, now: datetime) -> None:
    """Free the pass of an offer that lapsed, or was made in an earlier epoch."""
    for made in session.exec(
        select(TransferOffer).where(
            TransferOffer.organizer_id == row.organizer_id,
            TransferOffer.pass_row_id == row.id,
            TransferOffer.state == "offered",
            or_(col(TransferOffer.expires_at) <= now, col(TransferOffer.epoch) != row.epoch),
        )
    ):
        _expired(session, made, now=now)


def _expired(session: Session, made: TransferOffer, *, now: datetime) -> bool:
    try:
        _close(session, made, "expired", "The offer expired.", now=now)
    except OfferEnded:
        return False  # it was answered meanwhile
    return True


def _close(
    session: Session, made: TransferOffer, state: str, sentence: str, *, now: datetime
) -> TransferOffer:
    ended = _end(session, made, state, now=now)
    row = session.get(Pass, (made.organizer_id, made.pass_row_id))
    if row is not None:
        note(session, row, f"offer-{state}", sentence, actor="", now=now)
    return ended


def _end(
    session: Session,
    made: TransferOffer,
    state: str,
    *,
    to_holder_id: UUID | None = None,
    now: datetime,
) -> TransferOffer:
    """Close an open offer; of two at once the database lets one through."""
    ended = session.scalars(
        update(TransferOffer)
        .where(
            col(TransferOffer.organizer_id) == made.organizer_id,
            col(TransferOffer.id) == made.id,
            col(TransferOffer.state) == "offered",
        )
        .values(state=state, to_holder_id=to_holder_id, ended_at=now)
        .returning(TransferOffer),
        execution_options={"populate_existing": True},
    ).first()
    if ended is None:
        raise OfferEnded("It was answered, withdrawn or has expired.")
    return ended
