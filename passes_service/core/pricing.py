"""What an order costs, decided line by line and explained before anyone pays.

    per pass: list price, less each cut in its order (a percentage is rounded down, so never more
    than what was promised is taken off by a fraction), not below zero
    a cut of a fixed amount is spread over the passes by what they still cost; the rests go to
    the first ones, so the parts add up exactly
    tax inside the price: part of it, price * rate / (10000 + all included rates), rounded half up
    tax on top: price less included taxes, times the rate, rounded half up; added to what is paid

Integers in minor units of one currency throughout. What was paid for a pass is its refund base.
Later kinds of cuts (a tier, points) are further `Cut`s; their order is the order of the list.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from passes_service.core.money import BASIS_POINTS, share

MOST_PASSES: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """Something taken off: a share of each pass, or an amount off the whole order.

    `code` names its kind (phase, bundle, coupon, ...), `words` say it to the buyer.
    """

    code: str
    words: str
    percent_bp: int = 0
    amount: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Tax:
    """A tax as the organizer configures it; `rate_bp` in basis points."""

    name: str
    rate_bp: int
    included: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxAmount:
    """A tax and what it comes to, for one pass or the whole order."""

    tax: Tax
    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PricedPass:
    """One pass: what is asked, what is paid for it in the end, the taxes in that."""

    title: str
    list_price: int
    paid: int
    taxes: tuple[TaxAmount, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceLine:
    """One line of the explanation. `counts`: it is part of the sum; else it only tells."""

    code: str
    words: str
    amount: int
    counts: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """What an order costs. The counting lines add up to `total`, and so do the passes."""

    currency: str
    passes: tuple[PricedPass, ...]
    lines: tuple[PriceLine, ...]
    total: int
    taxes: tuple[TaxAmount, ...] = field(default=())


def decide_price(
    asked: Sequence[tuple[str, int]],
    *,
    currency: str,
    cuts: Sequence[Cut] = (),
    taxes: Sequence[Tax] = (),
) -> Price:
    """Return what passes cost together.

    Args:
        asked: Title and list price of each pass, in minor units of `currency`.

    Raises:
        ValueError: No passes, too many, or something below zero.
    """
    if not 1 <= len(asked) <= MOST_PASSES or any(price < 0 for _, price in asked):
        raise ValueError("An order is for 1 to 100 passes, none below zero.")
    lines = _listed(asked)
    costs = [price for _, price in asked]
    for cut in cuts:
        after = _less(costs, cut)
        off = sum(costs) - sum(after)
        if off:
            lines.append(PriceLine(code=cut.code, words=cut.words, amount=-off))
        costs = after
    priced = tuple(
        _taxed(title, price, cost, taxes) for (title, price), cost in zip(asked, costs, strict=True)
    )
    summed = _sum_taxes(priced, taxes)
    lines += [_tax_line(each) for each in summed]
    return Price(
        currency=currency,
        passes=priced,
        lines=tuple(lines),
        total=sum(each.paid for each in priced),
        taxes=summed,
    )


def _listed(asked: Sequence[tuple[str, int]]) -> list[PriceLine]:
    """Return one line for each kind of pass, in the order in which they were asked for."""
    counted: dict[tuple[str, int], int] = {}
    for each in asked:
        counted[each] = counted.get(each, 0) + 1
    return [
        PriceLine(code="list", words=f"{count} x {title}", amount=count * price)
        for (title, price), count in counted.items()
    ]


def _less(costs: Sequence[int], cut: Cut) -> list[int]:
    if cut.percent_bp < 0 or cut.amount < 0:
        raise ValueError("A cut takes off; it cannot be below zero.")
    if cut.percent_bp:
        return [cost - share(cost, min(cut.percent_bp, BASIS_POINTS)) for cost in costs]
    whole = sum(costs)
    off = min(cut.amount, whole)
    if not off:
        return list(costs)
    parts = [off * cost // whole for cost in costs]
    rest = off - sum(parts)
    for index, cost in enumerate(costs):
        if rest and parts[index] < cost:
            parts[index] += 1
            rest -= 1
    return [cost - part for cost, part in zip(costs, parts, strict=True)]


def _taxed(title: str, list_price: int, cost: int, taxes: Sequence[Tax]) -> PricedPass:
    inside = BASIS_POINTS + sum(tax.rate_bp for tax in taxes if tax.included)
    found = [
        TaxAmount(tax=tax, amount=_half_up(cost * tax.rate_bp, inside))
        for tax in taxes
        if tax.included
    ]
    net = cost - sum(each.amount for each in found)
    found += [
        TaxAmount(tax=tax, amount=_half_up(net * tax.rate_bp, BASIS_POINTS))
        for tax in taxes
        if not tax.included
    ]
    on_top = sum(each.amount for each in found if not each.tax.included)
    return PricedPass(title=title, list_price=list_price, paid=cost + on_top, taxes=tuple(found))


def _sum_taxes(priced: Sequence[PricedPass], taxes: Sequence[Tax]) -> tuple[TaxAmount, ...]:
    ordered = [tax for tax in taxes if tax.included] + [tax for tax in taxes if not tax.included]
    return tuple(
        TaxAmount(tax=tax, amount=sum(one.taxes[index].amount for one in priced))
        for index, tax in enumerate(ordered)
    )


def _tax_line(found: TaxAmount) -> PriceLine:
    rate = f"{found.tax.rate_bp / 100:g} %"
    if found.tax.included:
        words = f"of which {found.tax.name} {rate}"
        return PriceLine(code="tax-included", words=words, amount=found.amount, counts=False)
    return PriceLine(code="tax-added", words=f"{found.tax.name} {rate}", amount=found.amount)


def _half_up(numerator: int, denominator: int) -> int:
    """Return numerator / denominator rounded to the nearest integer, halves up."""
    return (2 * numerator + denominator) // (2 * denominator)
