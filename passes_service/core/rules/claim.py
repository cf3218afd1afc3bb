"""Claim: may this pass become a token on chain."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from passes_service.core.money import Money, format_money
from passes_service.core.rules.decision import Code, Verdict
from passes_service.core.rules.facts import PassFacts
from passes_service.core.rules.instants import seconds
from passes_service.core.rules.phrases import duration_words, instant_words
from passes_service.core.rules.schedule import taking_place
from passes_service.core.rules.terms import Terms

QUIET_SECONDS: Final = 2 * 3_600
"""No MintClaim is signed from this long before doors until the Portion ends."""


def edges(terms: Terms, facts: PassFacts) -> Iterator[datetime]:
    """Yield every instant at which the answer to a claim can change."""
    for part in taking_place(terms, facts):
        yield part.doors_at - seconds(QUIET_SECONDS)
        yield part.ends_at


def to_chain(terms: Terms, facts: PassFacts, at: datetime) -> Verdict:
    """Return whether an active pass may be claimed at `at` under one document."""
    if terms.funding == "escrow":
        return _no(Code.CLAIM_BORN_ON_CHAIN, "funding", "This pass is a token already.")
    fee, currency = terms.transfer.fee_minor, terms.transfer.fee_currency
    if fee and currency:
        cost = format_money(Money(fee, currency))
        return _no(
            Code.CLAIM_HAS_FEE,
            "transfer.fee_minor",
            f"Transfers of this pass cost {cost}, so it stays in our book and is not claimable.",
        )
    for part in taking_place(terms, facts):
        start = part.doors_at - seconds(QUIET_SECONDS)
        if start <= at < part.ends_at:
            return _no(
                Code.CLAIM_NEAR_DOORS,
                "claim.quiet",
                f"From {duration_words(QUIET_SECONDS)} before the doors of “{part.title}” "
                f"until it ends on {instant_words(part.ends_at, terms.time_zone)} "
                "passes stay where they are.",
            )
    return Verdict(
        allowed=True, code=Code.CLAIM_OPEN, rule="claim", reason="You can claim this pass now."
    )


def _no(code: Code, rule: str, reason: str) -> Verdict:
    return Verdict(allowed=False, code=code, rule=rule, reason=reason)
