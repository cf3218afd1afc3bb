"""What nobody likes to print: where a promise ends, said before anyone pays."""

from __future__ import annotations

from passes_service.core.rules.phrases import duration_words, share_words
from passes_service.core.rules.terms import Terms


def honest(terms: Terms) -> tuple[str, ...]:
    """Return the sentences that say what these Terms cannot do."""
    said = [_guarantee(terms)]
    if terms.refund.cooling_off_seconds and terms.funding == "escrow":
        said.append(
            "While the sale is open and until the cooling-off time of "
            f"{duration_words(terms.refund.cooling_off_seconds)} has ended for the last buyer, "
            "the organizer can draw nothing."
        )
    if terms.funding == "external":
        said.append(
            "Refunds are paid by the organizer to the payment method that the pass was first "
            "bought with, also after a transfer: money goes back to the payer, not to the holder."
        )
    else:
        said.append("Refunds are paid by the contract to whoever holds the pass at that moment.")
    if terms.transfer.allowed:
        said.append(
            "A cap on the resale price binds only in our own marketplace; "
            "what people agree elsewhere nobody can control."
        )
    said.append(
        "If the payment is disputed or charged back, the pass can be revoked: it opens no door, "
        "even when it is a token that nobody can take out of your wallet."
    )
    return tuple(said)


def _guarantee(terms: Terms) -> str:
    share = terms.refund.guarantee_bp
    if share == 0:
        return "There is no guarantee for cancelled parts: their money may be spent before doors."
    held = (
        "the contract keeps that money until the part is settled, so the organizer is paid "
        "after the show"
        if terms.funding == "escrow"
        else "the organizer promises it and owes it until the part is settled; no contract holds "
        "this money"
    )
    kind = "full guarantee" if share == 10_000 else f"guarantee of {share_words(share)}"
    return f"A {kind} on cancelled parts means: {held}."
