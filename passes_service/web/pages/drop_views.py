"""What the page of a Drop shows, gathered in one look at the data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from sqlmodel import Session

from passes_service.bootstrap import Services
from passes_service.catalog import calendars
from passes_service.checkout import holding, placing, taxes
from passes_service.checkout.errors import CurrencyNotOffered
from passes_service.core.money import Money, format_money
from passes_service.core.pricing import Cut, Tax, decide_price
from passes_service.core.rules.phrases import count_words
from passes_service.db.models import DropPhase, Organizer
from passes_service.drops import phases, queue_look
from passes_service.drops.predicates import KINDS
from passes_service.drops.reading import Offered, Part, Shop
from passes_service.web.pages import checkout_views
from passes_service.web.pages.checkout_views import Rules, Visitor


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
        if self.held:
            last = "one" if self.held == 1 else f"{self.held:,}"
            return f"Others hold the last {last}"
        return f"All {self.of:,} are sold"

    @property
    def more(self) -> str:
        """What follows: when places may come back, and of which instant all this is."""
        at = f"at {self.at.astimezone(UTC):%H:%M:%S} UTC"
        if self.left or not self.held:
            return at
        when = f"within {count_words(self.back_in, 'minute')}" if self.back_in else "soon"
        it = "it" if self.held == 1 else "they"
        return f"{it} may come back {when}, if not paid; {at}"


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


@dataclass(frozen=True)
class Choice:
    """An offer as it can be had now: its price for this person, what the next one costs, rules."""

    offer: Offered
    gone: bool
    price: str
    listed: str
    why: str
    steps: tuple[tuple[Part, str, str], ...]
    rules: tuple[Rules, ...]
    free: bool


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


def choices(
    session: Session, shop: Shop, phase: DropPhase | None, currency: str
) -> tuple[Choice, ...]:
    """Return what can be picked, each with its price in a currency and its rules."""
    applied = taxes.current(session, organizer_id=shop.drop.organizer_id)
    return tuple(_choice(session, shop, offer, phase, currency, applied) for offer in shop.offers)


def _choice(
    session: Session,
    shop: Shop,
    offer: Offered,
    phase: DropPhase | None,
    currency: str,
    applied: list[Tax],
) -> Choice:
    sold = _on_sale(offer)
    asked = [(part.series.title, _listed(part, currency)) for part in sold]
    cuts = []
    if phase is not None and phase.discount_bp:
        cuts.append(Cut(code="phase", words=f"“{phase.name}”", percent_bp=phase.discount_bp))
    if offer.row.discount_bp:
        cuts.append(Cut(code="bundle", words="together", percent_bp=offer.row.discount_bp))
    price = decide_price(asked, currency=currency, cuts=cuts, taxes=applied)
    listed = sum(each for _, each in asked)
    return Choice(
        offer=offer,
        gone=shop.left_of(offer) == 0,
        price=format_money(Money(price.total, currency)),
        listed=format_money(Money(listed, currency)),
        why=" and ".join(f"{cut.percent_bp / 100:g} % off: {cut.words}" for cut in cuts),
        steps=_steps(offer, sold, currency),
        rules=tuple(
            checkout_views.rules(session, part.series, Money(_listed(part, currency), currency))
            for part in sold
        ),
        free=price.total == 0,
    )


def _on_sale(offer: Offered) -> tuple[Part, ...]:
    """Return what one buys now: of an Edition the first step that has places, else all parts."""
    if offer.row.kind != "edition":
        return offer.parts
    return (next((part for part in offer.parts if part.stock.left), offer.parts[-1]),)


def _steps(
    offer: Offered, sold: tuple[Part, ...], currency: str
) -> tuple[tuple[Part, str, str], ...]:
    if offer.row.kind != "edition":
        return ()
    found = []
    now_on_sale = offer.parts.index(sold[0])
    for number, part in enumerate(offer.parts):
        said = "sold" if number < now_on_sale else "now" if number == now_on_sale else "then"
        if number == now_on_sale and not part.stock.left:
            said = "sold"
        found.append((part, said, format_money(Money(_listed(part, currency), currency))))
    return tuple(found)


def _listed(part: Part, currency: str) -> int:
    try:
        return placing.price_in(part.stock, part.series, currency)
    except CurrencyNotOffered:
        return part.series.price_minor


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
    offered = choices(session, shop, phase, chosen)
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
        "calendar": calendar,
        "zone": calendar.time_zone,
        "now": now,
    }


def _waits(session: Session, shop: Shop, who: Visitor, now: datetime) -> bool:
    """Tell whether this person has to go to the waiting room first."""
    if not shop.drop.waiting_room:
        return False
    if who.subject is None:
        return True
    found = queue_look.look_for(session, shop.drop, who.subject, now=now)
    return found is None or found.state != "admitted"


def picture(url: str) -> tuple[str, str] | None:
    """Return a picture's address and its origin, for the page's own policy; None if unfit."""
    parts = urlsplit(url)
    host = parts.netloc
    plain = bool(host) and all(
        char.isascii() and (char.isalnum() or char in ".-:") for char in host
    )
    return (url, f"https://{host}") if parts.scheme == "https" and plain else None
