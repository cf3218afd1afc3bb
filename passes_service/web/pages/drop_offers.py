"""The offers of a Drop as its page shows them: what each costs now and next, under which rules."""

from __future__ import annotations

from dataclasses import dataclass

from sqlmodel import Session

from passes_service.checkout import placing, taxes
from passes_service.checkout.errors import CurrencyNotOffered
from passes_service.core.money import Money, format_money
from passes_service.core.pricing import Cut, Tax, decide_price
from passes_service.db.models import DropPhase
from passes_service.drops.reading import Offered, Part, Shop
from passes_service.web.pages import checkout_views
from passes_service.web.pages.checkout_views import Rules


@dataclass(frozen=True)
class Choice:
    """An offer as it can be had now: its price for this person, what the next one costs, rules."""

    offer: Offered
    gone: bool
    held: int
    price: str
    listed: str
    why: str
    steps: tuple[tuple[Part, str, str], ...]
    rules: tuple[Rules, ...]
    free: bool


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
        held=shop.held_of(offer),
        price=format_money(Money(price.total, currency)),
        listed=format_money(Money(listed, currency)),
        why=" and ".join(f"{cut.percent_bp / 100:g} % off: {cut.words}" for cut in cuts),
        steps=_steps(offer, sold, currency),
        rules=tuple(
            checkout_views.rules(session, part.series, Money(priced.paid, currency))
            for part, priced in zip(sold, price.passes, strict=True)
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
