"""Refunds by the published Terms: a quote binds nobody, a request moves pass and money at once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import update
from sqlmodel import Session, col, select

from passes_service.accounts import versions
from passes_service.accounts.errors import NotFound
from passes_service.core.events import RefundRequested, RefundSettled
from passes_service.core.money import Money, format_money
from passes_service.core.rules.actions import Draw
from passes_service.core.rules.actions import Refund as GiveUp
from passes_service.core.rules.decide import RefundOutlook, decide, refund_timeline
from passes_service.core.rules.decision import Decision
from passes_service.db import outbox
from passes_service.db.models import Pass, Refund
from passes_service.passes import facts
from passes_service.passes.queries import Held
from passes_service.passes.service import note, swap
from passes_service.refunds.errors import QuoteChanged, RefundRefused, RefundSettledAlready

Way = Literal["refund", "draw"]


@dataclass(frozen=True)
class Quote:
    """What the rules say now, and what they will say later if nothing new is published.

    A token is given up from its wallet: the book refuses, and `from_wallet` is what its Terms pay
    there. The outlook says the same of later.
    """

    decision: Decision
    outlook: tuple[RefundOutlook, ...]
    currency: str
    from_wallet: Decision | None = None


def quote(session: Session, held: Held, *, way: Way = "refund", now: datetime) -> Quote:
    """Answer "what do I get back if I give this pass up (or draw what is due) now?"."""
    known = facts.of(session, held)
    action = GiveUp() if way == "refund" else Draw()
    is_token = held.row.state == "on_chain"
    owed = replace(known, state="active") if is_token else known
    return Quote(
        decision=decide(action, known, now=now),
        outlook=refund_timeline(owed, now) if way == "refund" else (),
        currency=held.row.currency,
        from_wallet=decide(action, owed, now=now) if is_token else None,
    )


def request(
    session: Session,
    held: Held,
    *,
    way: Way = "refund",
    expected: int | None = None,
    actor: str,
    now: datetime,
) -> Refund:
    """Give a pass up for what the Terms pay now, or draw what is due and keep it.

    The pass and the debt change in one transaction; the worker then asks the provider. Money
    goes to who paid, also after a transfer.

    Args:
        expected: The quoted amount; a different one now is refused, nothing changes.

    Raises:
        RefundRefused: The Terms pay nothing now, or the pass is not active.
        QuoteChanged: The amount differs from `expected`.
        PassMoved: Another change of the pass came first.
    """
    decision = quote(session, held, way=way, now=now).decision
    if not decision.allowed:
        raise RefundRefused(decision.reason, decision=_told(decision))
    if expected is not None and expected != decision.amount:
        raise QuoteChanged(
            f"It is {format_money(Money(decision.amount, held.row.currency))} now.",
            amount=str(decision.amount),
        )
    changes: dict[str, object] = {"paid_back_minor": held.row.paid_back_minor + decision.amount}
    if way == "refund":
        changes["state"] = "refunded"
    row = swap(session, held.row, changes)
    refund = Refund(
        organizer_id=row.organizer_id,
        pass_row_id=row.id,
        kind=way,
        amount_minor=decision.amount,
        currency=row.currency,
        code=decision.code,
        reason=decision.reason,
        provider=row.provider,
        created_at=now,
    )
    session.add(refund)
    session.flush()
    amount = format_money(Money(decision.amount, row.currency))
    told = "Given up" if way == "refund" else "Drawn for what was cancelled"
    note(session, row, way, f"{told}: {amount} owed to the payer.", actor=actor, now=now)
    versions.bump(session, organizer_id=row.organizer_id, holder_ids=[row.holder_id])
    event = RefundRequested(organizer_id=row.organizer_id, refund_id=refund.id)
    outbox.add(session, event, now=now)
    return refund


def settle(
    session: Session, *, organizer_id: UUID, refund_id: UUID, reference: str, now: datetime
) -> Refund:
    """Record that the money went; of two confirmations one counts.

    Raises:
        NotFound: There is no such refund here.
        RefundSettledAlready: It was settled before.
    """
    get(session, organizer_id=organizer_id, refund_id=refund_id)
    settled = session.scalars(
        update(Refund)
        .where(
            col(Refund.organizer_id) == organizer_id,
            col(Refund.id) == refund_id,
            col(Refund.state) == "requested",
        )
        .values(state="settled", provider_ref=reference, settled_at=now)
        .returning(Refund),
        execution_options={"populate_existing": True},
    ).first()
    if settled is None:
        raise RefundSettledAlready("This refund was settled before.")
    row = session.get(Pass, (organizer_id, settled.pass_row_id))
    if row is not None:
        amount = format_money(Money(settled.amount_minor, settled.currency))
        note(session, row, "settled", f"{amount} settled.", actor=settled.provider, now=now)
        event = RefundSettled(
            organizer_id=organizer_id, refund_id=settled.id, pass_id=str(row.pass_id)
        )
        outbox.add(session, event, now=now)
    return settled


def told(
    session: Session,
    *,
    organizer_id: UUID,
    refund_id: UUID,
    state: str,
    reference: str,
    now: datetime,
) -> None:
    """Write down what a provider says of a refund: pending, settled or failed; safe to repeat.

    Settled is final. A failed one waits for a person, or for the provider to change its mind.
    """
    if state == "settled":
        _open_again(session, organizer_id, refund_id, reference)
        try:
            settle(
                session,
                organizer_id=organizer_id,
                refund_id=refund_id,
                reference=reference,
                now=now,
            )
        except RefundSettledAlready:
            return
        return
    session.execute(
        update(Refund)
        .where(
            col(Refund.organizer_id) == organizer_id,
            col(Refund.id) == refund_id,
            col(Refund.state) != "settled",
        )
        .values(
            state="failed" if state == "failed" else "requested",
            provider_ref=reference or Refund.provider_ref,
        )
        .execution_options(synchronize_session=False)
    )


def _open_again(session: Session, organizer_id: UUID, refund_id: UUID, reference: str) -> None:
    session.execute(
        update(Refund)
        .where(
            col(Refund.organizer_id) == organizer_id,
            col(Refund.id) == refund_id,
            col(Refund.state) == "failed",
        )
        .values(state="requested", provider_ref=reference)
        .execution_options(synchronize_session=False)
    )


def get(session: Session, *, organizer_id: UUID, refund_id: UUID) -> Refund:
    """Return a refund of this organizer.

    Raises:
        NotFound: There is none, or it is someone else's.
    """
    found = session.get(Refund, (organizer_id, refund_id))
    if found is None:
        raise NotFound("There is no such refund here.")
    return found


def every(session: Session, *, organizer_id: UUID, limit: int = 200) -> list[Refund]:
    """Return refunds, newest first."""
    return list(
        session.exec(
            select(Refund)
            .where(Refund.organizer_id == organizer_id)
            .order_by(col(Refund.id).desc())
            .limit(limit)
        )
    )


def _told(decision: Decision) -> dict[str, object]:
    return {
        "code": decision.code,
        "rule": decision.rule,
        "since": decision.since,
        "until": decision.until,
    }
