"""From published Terms to the struct that the contract keeps as code."""

from __future__ import annotations

from datetime import datetime

from passes_service.core.rules.canonical import terms_hash
from passes_service.core.rules.terms import Terms

Struct = tuple[object, ...]


def series_terms(
    terms: Terms, *, price_minor: int, currency_address: str, ticketed: bool
) -> Struct:
    """Return `SeriesTerms` of the contract, members in the order of its ABI.

    An external Series has no money on chain: its price there is 0, its currency none.
    """
    transfer, refund = terms.transfer, terms.refund
    return (
        bytes.fromhex(terms_hash(terms)[2:]),
        terms.funding == "escrow",
        ticketed,
        currency_address,
        price_minor,
        terms.cap,
        unix(terms.sale_closes_at),
        refund.guarantee_bp,
        refund.cooling_off_seconds,
        refund.move_window_seconds,
        (
            transfer.allowed,
            unix(transfer.opens_at),
            unix(transfer.closes_at),
            transfer.max_count or 0,
            transfer.frozen_minutes,
        ),
        [(unix(step.until), step.share_bp) for step in refund.steps],
        [
            (part.weight_bp, unix(part.doors_at), unix(part.ends_at), unix(part.settles_at))
            for part in terms.portions
        ],
    )


def unix(moment: datetime | None) -> int:
    """Return Unix seconds; 0, which means "no bound" to the contract, for None."""
    return 0 if moment is None else int(moment.timestamp())
