"""Reconciliation with payment providers, asked by people and by the timetable."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import structlog

from passes_service.bootstrap import Services
from passes_service.checkout import paying, reconciling
from passes_service.checkout.reconciling import Finding
from passes_service.core.errors import DomainError
from passes_service.db.models import PaymentReturn, Refund
from passes_service.payments.model import Known, Provider, RefundAsked

log = structlog.get_logger("reconcile")
LOOK_BACK: Final = timedelta(days=7)
LOOK_FAR_BACK: Final = timedelta(days=180)
"""Once a day: people refund by hand, and banks dispute, months after a sale."""
PROVIDERS: Final = ("stripe",)
"""Who has a book of their own that can be asked."""


def compare(
    services: Services, now: datetime, *, since: datetime | None = None
) -> Iterator[Finding]:
    """Compare what providers list with our book, mend what can be, and yield each difference.

    A provider that cannot be asked is a finding too.
    """
    start = since or now - LOOK_BACK
    for name in PROVIDERS:
        with services.database.reading() as session:
            owners = reconciling.every_organizer(session, name, start)
        for organizer_id in owners:
            try:
                provider = services.provider(organizer_id, name)
                yield from _one(services, provider, organizer_id, start, now)
            except DomainError as error:
                yield Finding("not-asked", None, name, error.detail, mended=False)


def _one(
    services: Services, provider: Provider, organizer_id: UUID, since: datetime, now: datetime
) -> Iterator[Finding]:
    for known in provider.listing(since):
        with services.database.transaction() as session:
            found = reconciling.compare(
                session, organizer_id=organizer_id, provider=provider.name, known=known, now=now
            )
        if found is None:
            continue
        try:
            if found.kind == "unknown":
                found = _send_back(provider, known, found)
            elif found.kind == "not-sent-back":
                _look_at_refunds(services, provider, organizer_id, found)
        except DomainError as error:  # the others must not wait for this one
            said = f"{found.sentence} {error.detail}"
            found = Finding(found.kind, found.payment_id, found.reference, said, mended=False)
        yield found


def _send_back(provider: Provider, known: Known, found: Finding) -> Finding:
    """Send money back for which there is no payment: a book that was restored has lost it.

    The refund's id follows from the payment's, so that a second round asks for the same one.
    """
    named = hashlib.sha256(b"unknown payment\x00" + known.reference.encode()).digest()[:16]
    answer = provider.refund(
        RefundAsked(
            refund_id=UUID(bytes=named),
            reference=known.reference,
            money=known.money,
            reason="no such payment",
        )
    )
    mended = answer.state != "failed"
    said = f"{found.sentence} It goes back." if mended else f"{found.sentence} {answer.error}"
    return Finding(found.kind, found.payment_id, found.reference, said, mended)


def _look_at_refunds(
    services: Services, provider: Provider, organizer_id: UUID, found: Finding
) -> None:
    """Mark refunds as failed that were settled and then came back from the payer's bank."""
    if found.payment_id is None:
        return
    with services.database.reading() as session:
        payment = paying.get(session, organizer_id=organizer_id, payment_id=found.payment_id)
        rows = reconciling.settled_of(session, payment)
    for row in rows:
        answer = provider.look_refund(_reference(row), row.id)
        if answer.state == "failed":
            with services.database.transaction() as session:
                reconciling.unsettle(session, row)


def _reference(row: Refund | PaymentReturn) -> str:
    return row.provider_ref if isinstance(row, Refund) else row.reference


def look_regularly(services: Services, now: datetime) -> None:
    """Compare all books; what was found goes into the log and is counted."""
    _look(services, now, now - LOOK_BACK)


def look_far_back(services: Services, now: datetime) -> None:
    """Compare what is months old as well."""
    _look(services, now, now - LOOK_FAR_BACK)


def _look(services: Services, now: datetime, since: datetime) -> None:
    for found in compare(services, now, since=since):
        services.metrics.mended(found.kind if found.mended else f"open-{found.kind}")
        log.warning(
            "book and provider differed" if found.mended else "book and provider differ",
            kind=found.kind,
            payment_id=str(found.payment_id),
            said=found.sentence,
        )
