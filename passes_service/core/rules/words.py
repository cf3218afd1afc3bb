"""Terms in plain words: what people read before they pay, on the pass and in the metadata.

Made from the Terms alone, so that words and decisions cannot part. Every figure of the document is
said; `tests/core/rules/test_words_read_back.py` reads them back.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain

from passes_service.core.money import Money, format_amount, format_money
from passes_service.core.rules import honest_words
from passes_service.core.rules.claim import QUIET_SECONDS
from passes_service.core.rules.phrases import (
    count_words,
    duration_words,
    instant_words,
    share_of_price,
    share_words,
)
from passes_service.core.rules.terms import Portion, Terms


@dataclass(frozen=True)
class Section:
    """One heading of the plain words and its sentences."""

    title: str
    sentences: tuple[str, ...]


def plain_words(terms: Terms, price: Money | None = None) -> tuple[Section, ...]:
    """Return the Terms as sections of sentences, with exact amounts when the price is known.

    Instants are in the Terms' own time zone, with its abbreviation at that instant.
    """
    return (
        Section("Transfer", _transfer(terms)),
        Section("Refund", _refund(terms, price)),
        Section("Entry", _entry(terms)),
        Section("What it gives", _gives(terms, price)),
        Section("What it does not give", _excludes(terms)),
        Section("Quantity", _quantity(terms, price)),
        Section("In all honesty", honest_words.honest(terms)),
        Section("About this document", _about(terms)),
    )


def as_text(sections: tuple[Section, ...]) -> str:
    """Return the words as plain text, for e-mail and token metadata."""
    blocks = ("\n".join((section.title, *section.sentences)) for section in sections)
    return "\n\n".join(blocks)


def _transfer(terms: Terms) -> tuple[str, ...]:
    rule, zone = terms.transfer, terms.time_zone
    if not rule.allowed:
        return ("This pass is personal: it cannot be transferred.",)
    said = ["You can transfer this pass to someone else."]
    if rule.opens_at:
        said.append(f"Transfers open on {instant_words(rule.opens_at, zone)}.")
    if rule.closes_at:
        said.append(
            f"Transfers close on {instant_words(rule.closes_at, zone)}; "
            "from that moment on none is possible."
        )
    said.append(
        "There is no limit to the number of transfers."
        if rule.max_count is None
        else f"It can change hands at most {count_words(rule.max_count, 'time')} in all."
    )
    before = (
        f"From {count_words(rule.frozen_minutes, 'minute')} before the doors of each part"
        if rule.frozen_minutes
        else "From the doors of each part"
    )
    said.append(f"{before} until that part ends, transfers pause.")
    if rule.fee_minor and rule.fee_currency:
        fee = format_amount(Money(rule.fee_minor, rule.fee_currency))
        said.append(f"Each transfer costs {fee}.")
    else:
        said.append("A transfer is free of charge.")
    return tuple(said)


def _refund(terms: Terms, price: Money | None) -> tuple[str, ...]:
    rule, zone = terms.refund, terms.time_zone
    said = []
    if price is not None and price.minor == 0:
        said.append(
            "This pass is free of charge, so there is nothing to pay back; "
            "the shares below are for passes of the same terms that were paid for."
        )
    if rule.cooling_off_seconds:
        said.append(
            f"Cooling-off: for {duration_words(rule.cooling_off_seconds)} after buying, but no "
            "longer than until the next doors of a part, you can give the pass up and get back "
            f"{share_of_price(10_000, price)}. It ends at the first transfer."
        )
    else:
        said.append("There is no cooling-off time after buying.")
    for number, step in enumerate(rule.steps):
        start = "Until" if number == 0 else "Then, until"
        said.append(
            f"{start} {instant_words(step.until, zone)} you get back "
            f"{share_of_price(step.share_bp, price)} if you give the pass up."
        )
    if rule.steps:
        said.append(
            "But never more than the share of the parts whose doors have not opened yet "
            "(the shares are listed under “What it gives”)."
        )
        last = instant_words(rule.steps[-1].until, zone)
        said.append(f"From {last} on, giving the pass up pays nothing by time.")
    else:
        said.append("Changing your mind later pays nothing back.")
    said.extend(_changes(terms, price))
    said.append("Amounts are rounded down to the smallest unit of the currency.")
    said.append("What you get back never depends on whether you came.")
    return tuple(said)


def _changes(terms: Terms, price: Money | None) -> tuple[str, ...]:
    rule = terms.refund
    if not rule.guarantee_bp:
        return ("If a part is cancelled or moved, nothing comes back for it (guarantee 0 %).",)
    example = ""
    if price is not None and price.minor:
        whole = share_of_price(rule.guarantee_bp, price)
        example = f" (if every part is cancelled: {whole})"
    cancelled = (
        f"If a part is cancelled, {share_words(rule.guarantee_bp)} of its share of the price comes "
        f"back{example}; you may take it and keep the pass for the rest, or give the pass up "
        "and get this beside what the steps pay for the rest."
    )
    moved = (
        f"If a part is moved, for {duration_words(rule.move_window_seconds)} after that is "
        "published, but no longer than until its new doors, you can give the pass up and get at "
        f"least {share_words(rule.guarantee_bp)} of that part's share of the price."
        if rule.move_window_seconds
        else "If a part is moved, no extra time to give the pass up opens."
    )
    return (cancelled, moved)


def _entry(terms: Terms) -> tuple[str, ...]:
    rule = terms.entry
    modes = {
        "once_per_session": "The pass lets one person in once per session.",
        "per_day": f"The pass lets one person in once per day (local time, {terms.time_zone}).",
        "unlimited": "The pass lets one person in as often as they like during each session.",
    }
    again = (
        "You may leave and come back in when your exit was recorded at the door."
        if rule.reentry
        else "After leaving you cannot come back in."
    )
    doors = (
        f"Doors open {count_words(rule.doors_minutes_before, 'minute')} before a session starts "
        "and entry ends with the session."
        if rule.doors_minutes_before
        else "Doors open when a session starts and entry ends with the session."
    )
    return (modes[rule.mode], *(() if rule.mode == "unlimited" else (again,)), doors)


def _gives(terms: Terms, price: Money | None) -> tuple[str, ...]:
    sessions = sum(len(portion.session_ids) for portion in terms.portions)
    opening = (
        f"Entry to {count_words(sessions, 'session')} of “{terms.calendar}” by {terms.organizer}, "
        f"in {count_words(len(terms.portions), 'part')}:"
    )
    parts = (_portion(portion, terms.time_zone, price) for portion in terms.portions)
    return (opening, *parts, *terms.conveys)


def _portion(portion: Portion, zone: str, price: Money | None) -> str:
    share = share_of_price(portion.weight_bp, price)
    return (
        f"Part {portion.index + 1}, “{portion.title}”: "
        f"{count_words(len(portion.session_ids), 'session')}, {share} of the pass; "
        f"doors {instant_words(portion.doors_at, zone)}, "
        f"ends {instant_words(portion.ends_at, zone)}, "
        f"settled {instant_words(portion.settles_at, zone)}."
    )


def _excludes(terms: Terms) -> tuple[str, ...]:
    return terms.excludes or ("Nothing beyond what is listed above.",)


def _quantity(terms: Terms, price: Money | None) -> tuple[str, ...]:
    many = f"At most {terms.cap:,} passes" if terms.cap != 1 else "Only 1 pass"
    said = [f"{many} of this kind will ever exist."]
    if price is not None:
        said.append(f"One pass is {format_money(price)}.")
    closes = instant_words(terms.sale_closes_at, terms.time_zone)
    said.append(f"The sale closes on {closes} or earlier.")
    return tuple(said)


def _about(terms: Terms) -> tuple[str, ...]:
    name = f"“{terms.title}”, pass type “{terms.pass_type}”"
    said = [f"{name}; rules document version {terms.version}; times are in {terms.time_zone}."]
    if terms.amends:
        said.append(
            f"It amends the terms with the hash {terms.amends}; "
            "for every question the better answer of the two counts for you."
        )
    if terms.claimable:
        said.append(
            "You can turn this pass into a token on chain once, except from "
            f"{duration_words(QUIET_SECONDS)} before the doors of each part until it ends."
        )
    elif terms.funding == "escrow":
        said.append("This pass is a token on chain; its price is kept in the contract.")
    else:
        said.append("This pass stays in our book and cannot become a token on chain.")
    return tuple(said)


def all_sentences(sections: tuple[Section, ...]) -> tuple[str, ...]:
    """Return every sentence of the words, in order."""
    return tuple(chain.from_iterable(section.sentences for section in sections))
