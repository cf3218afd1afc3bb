"""Transfer: may this pass change hands."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from passes_service.core.money import Money, format_money
from passes_service.core.rules.actions import Transfer
from passes_service.core.rules.decision import Code, Verdict
from passes_service.core.rules.facts import PassFacts
from passes_service.core.rules.instants import seconds
from passes_service.core.rules.phrases import count_words, instant_words
from passes_service.core.rules.schedule import Standing, taking_place
from passes_service.core.rules.terms import Terms


def edges(terms: Terms, facts: PassFacts) -> Iterator[datetime]:
    """Yield every instant at which the answer to a transfer can change."""
    rule = terms.transfer
    yield from (moment for moment in (rule.opens_at, rule.closes_at) if moment)
    for part in taking_place(terms, facts):
        yield frozen_from(terms, part)
        yield part.ends_at


def frozen_from(terms: Terms, part: Standing) -> datetime:
    """Return when transfers stop before the doors of one Portion."""
    return part.doors_at - seconds(60 * terms.transfer.frozen_minutes)


def hand_over(action: Transfer, terms: Terms, facts: PassFacts, at: datetime) -> Verdict:
    """Return whether an active pass may change hands at `at` under one document."""
    rule = terms.transfer
    if action.to_self:
        return _no(Code.TRANSFER_TO_SELF, "transfer", "You already hold this pass.")
    if not rule.allowed:
        return _no(
            Code.TRANSFER_NOT_ALLOWED, "transfer.allowed", "This pass is personal: no transfers."
        )
    if rule.max_count is not None and facts.transfers >= rule.max_count:
        times = count_words(rule.max_count, "transfer")
        return _no(
            Code.TRANSFER_COUNT_REACHED,
            "transfer.max_count",
            f"This pass has used up the {times} that its terms allow.",
        )
    if rule.closes_at is not None and at >= rule.closes_at:
        when = instant_words(rule.closes_at, terms.time_zone)
        return _no(Code.TRANSFER_CLOSED, "transfer.closes_at", f"Transfers closed on {when}.")
    if rule.opens_at is not None and at < rule.opens_at:
        when = instant_words(rule.opens_at, terms.time_zone)
        return _no(Code.TRANSFER_NOT_YET, "transfer.opens_at", f"Transfers open on {when}.")
    for part in taking_place(terms, facts):
        if frozen_from(terms, part) <= at < part.ends_at:
            return _no(
                Code.TRANSFER_FROZEN,
                "transfer.frozen_minutes",
                f"Transfers pause for “{part.title}” "
                f"from {instant_words(frozen_from(terms, part), terms.time_zone)} "
                f"until it ends on {instant_words(part.ends_at, terms.time_zone)}.",
            )
    fee = rule.fee_minor
    cost = format_money(Money(fee, rule.fee_currency)) if fee and rule.fee_currency else ""
    return Verdict(
        allowed=True,
        code=Code.TRANSFER_OPEN,
        rule="transfer",
        amount=fee,
        reason="You can transfer this pass now" + (f" for a fee of {cost}." if cost else "."),
    )


def _no(code: Code, rule: str, reason: str) -> Verdict:
    return Verdict(allowed=False, code=code, rule=rule, reason=reason)
