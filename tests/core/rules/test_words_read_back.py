"""All figures of the Terms are read out of the words alone and equal the document's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passes_service.core.errors import DomainError
from passes_service.core.money import Money
from passes_service.core.rules.phrases import MONTHS
from passes_service.core.rules.terms import Portion, Terms
from passes_service.core.rules.words import as_text, plain_words
from tests.core.rules import strategies
from tests.core.rules.examples import standard
from tests.core.rules.reader import Said, read

DOCUMENTS = strategies.terms() | strategies.amendments().map(lambda pair: pair[1])
PRICES = st.none() | st.builds(
    Money, st.sampled_from((0, 1, 2_500, 10**18 + 7)), st.sampled_from(("EUR", "JPY", "ETH"))
)
UNREADABLE = (ValueError, DomainError)  # a date that does not exist, a currency nobody knows
OTHER = {
    **dict(zip(MONTHS, (*MONTHS[1:], MONTHS[0]), strict=True)),
    "day": "hour",
    "hour": "minute",
    "minute": "second",
    "second": "day",
    "CET": "CEST",
    "CEST": "CET",
    "EUR": "USD",
    "Europe/Berlin": "Europe/London",
}


def documented(terms: Terms, price: Money | None) -> dict[str, list[Said]]:
    """Return what the words have to say, from the document."""
    return {
        "Transfer": list(_transfer(terms)),
        "Refund": list(_refund(terms, price)),
        "Entry": list(_entry(terms)),
        "What it gives": list(_gives(terms, price)),
        "What it does not give": [("excludes", (line,)) for line in terms.excludes]
        or [("nothing", ())],
        "Quantity": list(_quantity(terms, price)),
        "In all honesty": list(_honest(terms)),
        "About this document": list(_about(terms)),
    }


@given(DOCUMENTS, PRICES)
def test_the_words_say_the_figures_of_the_document(terms: Terms, price: Money | None) -> None:
    assert read(as_text(plain_words(terms, price))) == documented(terms, price)


@given(DOCUMENTS, PRICES, st.data())
def test_a_wrong_digit_anywhere_is_noticed(
    terms: Terms, price: Money | None, data: st.DataObject
) -> None:
    text = as_text(plain_words(terms, price))
    places = [match.start() for match in re.finditer(r"\d", text)]

    for place in data.draw(st.sets(st.sampled_from(places), min_size=1, max_size=5)):
        assert notices(wrong_digit(text, place), terms, price), text[place - 30 : place + 30]


@pytest.mark.parametrize("funding", ["external", "escrow"])
def test_each_wrong_digit_is_noticed(funding: str) -> None:
    terms, price = standard(funding=funding), Money(2_500, "EUR")
    text = as_text(plain_words(terms, price))
    places = [match.start() for match in re.finditer(r"\d", text)]

    missed = [place for place in places if not notices(wrong_digit(text, place), terms, price)]

    assert [text[place - 30 : place + 30] for place in missed] == []
    assert len(places) > 200


@pytest.mark.parametrize("funding", ["external", "escrow"])
def test_each_wrong_month_unit_zone_or_currency_is_noticed(funding: str) -> None:
    terms, price = standard(funding=funding), Money(2_500, "EUR")
    text = as_text(plain_words(terms, price))
    words = list(re.finditer(rf"(?<=\d )({'|'.join(OTHER)})|EUR|Europe/Berlin", text))

    for word in words:
        faulty = text[: word.start()] + OTHER[word[0]] + text[word.end() :]
        assert notices(faulty, terms, price), text[word.start() - 30 : word.end() + 30]
    assert len(words) > 40


@pytest.mark.parametrize(
    ("one", "other"), [("100 %", "50 %"), ("12 March", "19 March"), ("Part 1", "Part 2")]
)
def test_figures_that_change_places_are_noticed(one: str, other: str) -> None:
    terms = standard()
    text = as_text(plain_words(terms))

    swapped = text.replace(one, "\0").replace(other, one).replace("\0", other)

    assert one in text
    assert other in text
    assert notices(swapped, terms, None)


def test_a_sentence_that_is_left_out_is_noticed() -> None:
    terms = standard(funding="escrow")
    lines = as_text(plain_words(terms)).split("\n")

    for number, line in enumerate(lines):
        if line:
            left = "\n".join([*lines[:number], *lines[number + 1 :]])
            assert notices(left, terms, None), line


def wrong_digit(text: str, place: int) -> str:
    return f"{text[:place]}{(int(text[place]) + 1) % 10}{text[place + 1 :]}"


def notices(faulty: str, terms: Terms, price: Money | None) -> bool:
    try:
        return read(faulty) != documented(terms, price)
    except UNREADABLE:
        return True


def _transfer(terms: Terms) -> Iterator[Said]:
    rule = terms.transfer
    if not rule.allowed:
        yield "personal", ()
        return
    yield "may", ()
    if rule.opens_at:
        yield "opens", (rule.opens_at,)
    if rule.closes_at:
        yield "closes", (rule.closes_at,)
    yield ("unlimited", ()) if rule.max_count is None else ("at most", (rule.max_count,))
    frozen = 60 * rule.frozen_minutes
    yield ("frozen", (frozen,)) if frozen else ("frozen from doors", ())
    fee = Money(rule.fee_minor, rule.fee_currency) if rule.fee_currency else None
    yield ("fee", (fee,)) if fee else ("no fee", ())


def _refund(terms: Terms, price: Money | None) -> Iterator[Said]:
    rule, paid = terms.refund, price if price and price.minor else None
    if price and not price.minor:
        yield "free", ()
    cooling = rule.cooling_off_seconds
    yield ("cooling", (cooling, (10_000, paid))) if cooling else ("no cooling", ())
    for number, step in enumerate(rule.steps):
        yield "next step" if number else "step", (step.until, (step.share_bp, paid))
    if rule.steps:
        yield "limit", ()
        yield "last", (rule.steps[-1].until,)
    else:
        yield "no steps", ()
    guarantee: tuple[int, Any] = (rule.guarantee_bp, None)
    if rule.guarantee_bp and paid:
        yield "cancelled, all", (guarantee, (rule.guarantee_bp, paid))
    elif rule.guarantee_bp:
        yield "cancelled", (guarantee,)
    if not rule.guarantee_bp:
        yield "no guarantee", (guarantee,)
    elif rule.move_window_seconds:
        yield "moved", (rule.move_window_seconds, guarantee)
    else:
        yield "no window", ()
    yield "rounding", ()
    yield "attendance", ()


def _entry(terms: Terms) -> Iterator[Said]:
    rule = terms.entry
    yield rule.mode, (terms.time_zone,) if rule.mode == "per_day" else ()
    if rule.mode != "unlimited":
        yield "re-entry" if rule.reentry else "no re-entry", ()
    early = rule.doors_minutes_before
    yield ("doors", (early,)) if early else ("doors at start", ())


def _gives(terms: Terms, price: Money | None) -> Iterator[Said]:
    paid = price if price and price.minor else None
    sessions = sum(len(part.session_ids) for part in terms.portions)
    yield "season", (sessions, terms.calendar, terms.organizer, len(terms.portions))
    yield from (_part(part, paid) for part in terms.portions)
    yield from (("conveys", (line,)) for line in terms.conveys)


def _part(part: Portion, paid: Money | None) -> Said:
    named = (part.index + 1, part.title, len(part.session_ids), (part.weight_bp, paid))
    return "part", (*named, part.doors_at, part.ends_at, part.settles_at)


def _quantity(terms: Terms, price: Money | None) -> Iterator[Said]:
    yield "only" if terms.cap == 1 else "cap", (terms.cap,)
    if price:
        yield ("price", (price,)) if price.minor else ("no price", ())
    yield "sale closes", (terms.sale_closes_at,)


def _honest(terms: Terms) -> Iterator[Said]:
    guarantee, cooling = terms.refund.guarantee_bp, terms.refund.cooling_off_seconds
    if guarantee in (0, 10_000):
        yield f"full, {terms.funding}" if guarantee else "no guarantee", ()
    else:
        yield f"guarantee, {terms.funding}", ((guarantee, None),)
    if cooling and terms.funding == "escrow":
        yield "cooling", (cooling,)
    yield "to the holder" if terms.funding == "escrow" else "to the payer", ()
    if terms.transfer.allowed:
        yield "resale", ()
    yield "disputed", ()


def _about(terms: Terms) -> Iterator[Said]:
    yield "document", (terms.title, terms.pass_type, terms.version, terms.time_zone)
    if terms.amends:
        yield "amends", (terms.amends,)
    if terms.funding == "escrow":
        yield "on chain", ()
    elif terms.transfer.fee_minor:
        yield "in the book", ()
    else:
        yield "claimable", (2 * 3_600,)
