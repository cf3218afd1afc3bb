"""What a holder's pages show, gathered once per request."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from markupsafe import Markup
from sqlmodel import Session

from passes_service.accounts.callers import Caller
from passes_service.accounts.errors import NotFound
from passes_service.bootstrap import Services
from passes_service.catalog import series, terms
from passes_service.core import device_key
from passes_service.core import pass_id as numbers
from passes_service.core.money import Money
from passes_service.core.qr_image import qr_svg
from passes_service.core.rules.words import plain_words
from passes_service.db.models import CalendarSession, PassDevice, TransferOffer
from passes_service.drops import editions
from passes_service.passes import devices, directory, proofs, queries
from passes_service.passes.errors import BindingClosed
from passes_service.passes.queries import Held
from passes_service.refunds import service as refunds
from passes_service.transfers import service as transfers
from passes_service.web import phone_links
from passes_service.web.pages import claim_view, wallet_view
from passes_service.web.pages.frames import frame, scope_of

_KEPT = 20  # sessions that a bound phone remembers for when there is no network


@dataclass(frozen=True)
class Card:
    """A pass as the list shows it."""

    held: Held
    next: CalendarSession | None
    left: int


@dataclass(frozen=True)
class Offer:
    """An open offer with the pass that it is about."""

    row: TransferOffer
    held: Held
    who: str


def cards(session: Session, caller: Caller, *, now: datetime) -> list[Card]:
    """Return a holder's passes, living ones first, each with its next session."""
    found = queries.held_by(session, organizer_id=caller.organizer_id, holder_id=caller.id)
    ahead: dict[UUID, list[CalendarSession]] = {}
    for held in found:
        if held.series.id not in ahead:
            ahead[held.series.id] = [
                row
                for row in series.sessions_of(
                    session, organizer_id=caller.organizer_id, series_id=held.series.id
                )
                if row.ends_at > now and row.status != "cancelled"
            ]
    made = [
        Card(held, next(iter(ahead[held.series.id]), None), len(ahead[held.series.id]))
        for held in found
    ]
    return sorted(made, key=lambda card: card.held.row.state not in ("active", "on_chain"))


def offers(session: Session, caller: Caller, way: str, *, now: datetime) -> list[Offer]:
    """Return open offers to (`in`) or from (`out`) the holder, with their passes."""
    rows = [
        row
        for row in transfers.offers_of(
            session,
            organizer_id=caller.organizer_id,
            holder_id=caller.id,
            way="in" if way == "in" else "out",
        )
        if row.expires_at > now
    ]
    passes = directory.by_rows(
        session, organizer_id=caller.organizer_id, ids=[row.pass_row_id for row in rows]
    )
    people = directory.names(
        session, organizer_id=caller.organizer_id, ids=[row.from_holder_id for row in rows]
    )
    return [
        Offer(
            row,
            passes[row.pass_row_id],
            people.get(row.from_holder_id, "") if way == "in" else row.recipient,
        )
        for row in rows
        if row.epoch == passes[row.pass_row_id].row.epoch
        and passes[row.pass_row_id].row.state == "active"  # tokens are handed on by wallets
    ]


def mine(session: Session, caller: Caller, text: str) -> Held:
    """Return a pass of this holder by the number in an address, or refuse it as unknown."""
    try:
        number = numbers.parse_decimal(text)
    except numbers.PassIdMalformed as error:
        raise NotFound("There is no such pass here.") from error
    return queries.of_holder(
        session, organizer_id=caller.organizer_id, holder_id=caller.id, pass_id=number
    )


def of_pass(
    session: Session, caller: Caller, held: Held, services: Services, *, now: datetime
) -> dict[str, Any]:
    """Return everything that the page of one pass shows."""
    scope = scope_of(caller)
    document = terms.get(session, **scope, terms_hash=held.series.terms_hash)
    alive = held.row.state in ("active", "on_chain")
    device = devices.of_pass(session, held.row) if alive else None
    printable = alive and device is None
    code = proofs.sign_code(held, document, keys=services.keyring, now=now) if printable else None
    quote = refunds.quote(session, held, now=now)
    draw = refunds.quote(session, held, way="draw", now=now)
    opens = series.sessions_of(session, **scope, series_id=held.series.id)
    shown = frame(session, caller, now=now)
    return (
        shown
        | {
            "held": held,
            "edition": editions.number_of(session, held.row, held.series),
            "next": next((r for r in opens if r.ends_at > now and r.status != "cancelled"), None),
            "document": document,
            "zone": document.time_zone,
            "sections": plain_words(document, Money(held.series.price_minor, held.series.currency)),
            "sessions": opens,
            "code": code,
            "qr": Markup(qr_svg(code.text, label=f"Door code of pass {held.label}"))  # noqa: S704 - our SVG
            if code
            else None,
            **_device(session, caller, held, device, now),
            "kept_sessions": [
                {"title": one.title, "ends": one.ends_at.isoformat()}
                for one in opens
                if one.ends_at > now and one.status != "cancelled"
            ][:_KEPT],
            "wallets": wallet_view.of(
                session, held, shown["organizer"], services, bound=device is not None, now=now
            )
            if alive
            else [],
            "wallet_trouble": None,
            "quote": quote,
            "draw": draw.from_wallet or draw.decision,
            "transfer": transfers.check(session, held, now=now),
            "moving": claim_view.of(session, caller, held, services, now=now),
            "claim_trouble": None,
            "offer": next(
                (
                    one
                    for one in offers(session, caller, "out", now=now)
                    if one.row.pass_row_id == held.row.id
                ),
                None,
            ),
            "events": queries.history(session, **scope, pass_row_id=held.row.id),
            "bought_here": held.row.payer_id == caller.id,
        }
    )


def _device(
    session: Session, caller: Caller, held: Held, device: PassDevice | None, now: datetime
) -> dict[str, Any]:
    """Return what the page says of the device that shows the code, and whether it may change."""
    closed = ""
    try:
        devices.require_open(session, held, now=now)
    except BindingClosed as error:
        closed = error.detail
    return {
        "device": device,
        "device_name": devices.named(device) if device else "",
        "device_key": device_key.to_text(device.public_key) if device else "",
        "device_closed": closed,
        "device_trouble": None,
        "phone_address": phone_links.address_of(session, caller),
    }
