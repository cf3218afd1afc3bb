"""What the page of a Drop shows, gathered in one look at the data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from sqlmodel import Session

from passes_service.bootstrap import Services
from passes_service.catalog import calendars, series
from passes_service.checkout import holding
from passes_service.core.rules.phrases import count_words
from passes_service.db.models import CalendarSession, DropPhase, Organizer
from passes_service.drops import phases, queue_look
from passes_service.drops.predicates import KINDS
from passes_service.drops.reading import Offered, Shop
from passes_service.web.pages import checkout_views, drop_offers
from passes_service.web.pages.checkout_views import Visitor


@dataclass(frozen=True)
class Scarcity:
    """The one line that says how many are left, true at `at`."""

    state: str
    left: int
    of: int
    held: int
    back_in: int | None
    at: datetime

    @property
    def sentence(self) -> str:
        """What people read first."""
        if self.left:
            return f"{self.left:,} of {self.of:,} left"
        if self.held:  # not "others": one of them may be who reads this
            return "The last one is held" if self.held == 1 else f"The last {self.held:,} are held"
        return f"All {self.of:,} are sold"

    @property
    def more(self) -> str:
        """What follows: when places may come back, and of which instant all this is."""
        at = f"at {self.at.astimezone(UTC):%H:%M:%S} UTC"
        if self.left or not self.held:
            return at
        when = f"within {count_words(self.back_in, 'minute')}" if self.back_in else "soon"
        if self.held == 1:
            return f"If it is not paid for, it comes back {when}; {at}"
        return f"What is not paid for comes back, the first {when}; {at}"


@dataclass(frozen=True)
class Phase:
    """A phase as one person sees it. `mine` None: that is not decided before it opens."""

    row: DropPhase
    who: str
    is_open: bool
    over: bool
    full: bool
    mine: bool | None
    why: str


def scarcity(session: Session, shop: Shop, *, now: datetime) -> Scarcity:
    """Return how many places are left in this snapshot."""
    one = shop.offers[0] if len(shop.offers) == 1 else None
    left = shop.left if one is None else shop.left_of(one)
    held = shop.held if one is None else shop.held_of(one)
    back_in = None
    if not left and held:
        ends = holding.earliest_end(
            session, organizer_id=shop.drop.organizer_id, drop_id=shop.drop.id
        )
        back_in = None if ends is None else checkout_views.minutes_until(ends, now)
    return Scarcity(shop.state(now), left, _quantity(shop, one), held, back_in, now)


def _quantity(shop: Shop, one: Offered | None) -> int:
    if one is None:
        return sum(stock.quantity for stock in shop.stocks)
    counts = [part.stock.quantity for part in one.parts]
    return min(counts) if one.row.kind == "bundle" else sum(counts)


def of_phases(
    session: Session, shop: Shop, who: Visitor, *, now: datetime
) -> tuple[tuple[Phase, ...], DropPhase | None]:
    """Return the phases as somebody sees them, and the open one in which they would buy."""
    found, mine = [], []
    for row in shop.phases:
        is_open = row.opens_at <= now < row.closes_at
        answer = phases.admits(session, row, who.holder_id) if is_open else None
        full = row.quantity is not None and row.taken >= row.quantity
        if answer is not None and answer.admits and not full:
            mine.append(row)
        found.append(
            Phase(
                row,
                _who(row),
                is_open,
                row.closes_at <= now,
                full,
                None if answer is None else answer.admits,
                "" if answer is None else answer.reason,
            )
        )
    mine.sort(key=lambda row: (-row.discount_bp, row.position))
    return tuple(found), mine[0] if mine else None


def _who(row: DropPhase) -> str:
    """Return whom a phase is for, as a stranger reads it."""
    return KINDS[row.kind].words.replace("a cohort of yours", "a circle that the organizer chose")


def currency_of(shop: Shop, wanted: str) -> tuple[str, tuple[str, ...]]:
    """Return the currency to show prices in, and all that every offer can be had in."""
    parts = [part for offer in shop.offers for part in offer.parts]
    known = checkout_views.currencies((part.stock, part.series) for part in parts)
    if wanted in known:
        return wanted, known
    return known[0] if known else parts[0].series.currency, known


def gather(
    session: Session,
    services: Services,
    organizer: Organizer,
    shop: Shop,
    who: Visitor,
    *,
    currency: str,
    now: datetime,
) -> dict[str, Any]:
    """Return everything that the page of a Drop shows."""
    drop = shop.drop
    seen, phase = of_phases(session, shop, who, now=now)
    chosen, known = currency_of(shop, currency)
    calendar = calendars.get(session, organizer_id=organizer.id, calendar_id=drop.calendar_id)
    found = checkout_views.live_order(session, drop.id, who, organizer.id, now)
    offered = drop_offers.choices(session, shop, phase, chosen)
    coming = phases.next_phase(shop, now)
    most = min(drop.per_holder, holding.MOST_AT_ONCE)
    return {
        "organizer": organizer,
        "shop": shop,
        "drop": drop,
        "state": shop.state(now),
        "scarcity": scarcity(session, shop, now=now),
        "phases": seen,
        "phase": phase,
        "coming": coming,
        "coming_who": "" if coming is None else _who(coming),
        "choices": offered,
        "preset": next((one for one in offered if not one.gone), None),
        "currency": chosen,
        "currencies": known,
        "currency_choices": [(one, one) for one in known],
        "most": most,
        "quantities": [(number, number) for number in range(1, most + 1)],
        "partners": [
            (session.get_one(Organizer, share.partner_id), share.share_bp) for share in shop.shares
        ],
        "who": who,
        "waits": _waits(session, shop, who, now),
        "live": None if found is None else checkout_views.order_path(organizer, found, services),
        "live_order": found,
        "picture": picture(drop.image_url),
        "dates": _dates(session, shop),
        "calendar": calendar,
        "zone": calendar.time_zone,
        "now": now,
    }


def _dates(session: Session, shop: Shop) -> list[CalendarSession]:
    """Return the sessions that passes of this Drop open, in order of time, each once."""
    found: dict[UUID, CalendarSession] = {}
    for stock in shop.stocks:
        rows = series.sessions_of(
            session, organizer_id=stock.organizer_id, series_id=stock.series_id
        )
        found.update((row.id, row) for row in rows if row.status != "cancelled")
    return sorted(found.values(), key=lambda row: (row.starts_at, row.id))


def _waits(session: Session, shop: Shop, who: Visitor, now: datetime) -> bool:
    """Tell whether this person has to go to the waiting room first."""
    if not shop.drop.waiting_room:
        return False
    for subject in (who.subject, who.guest):
        found = subject and queue_look.look_for(session, shop.drop, subject, now=now)
        if found:
            return found.state != "admitted"
    return True


def picture(url: str) -> tuple[str, str] | None:
    """Return a picture's address and its origin, for the page's own policy; None if unfit."""
    parts = urlsplit(url)
    host = parts.netloc
    plain = bool(host) and all(
        char.isascii() and (char.isalnum() or char in ".-:") for char in host
    )
    return (url, f"https://{host}") if parts.scheme == "https" and plain else None
