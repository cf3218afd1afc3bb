"""Refusals about refunds."""

from __future__ import annotations

from passes_service.core.errors import DomainError, Kind


class RefundRefused(DomainError):
    """The published Terms pay nothing for this pass now."""

    code, title, kind = "refund-refused", "Nothing comes back now", Kind.CONFLICT
    next_step = "See `decision` for the rule that decided and when the answer changes."


class QuoteChanged(DomainError):
    """The amount is no longer the one that was quoted."""

    code, title, kind = "quote-changed", "The amount has changed", Kind.CONFLICT
    next_step = "Read the new quote, and ask for it if you agree. The pass is unchanged."


class RefundSettledAlready(DomainError):
    """The refund was settled before."""

    code, title, kind = "refund-settled", "The refund is settled", Kind.CONFLICT
    next_step = "Nothing more to do; the money went once."
