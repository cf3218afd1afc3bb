"""Refusals about what is sold."""

from __future__ import annotations

from passes_service.core.errors import DomainError, Kind


class SessionInvalid(DomainError):
    """A session's fields do not make sense together."""

    code, title, kind = "session-invalid", "This session does not make sense", Kind.INVALID
    next_step = "Correct the field named in `field`."


class SessionOver(DomainError):
    """A session that has ended or was cancelled cannot be changed any more."""

    code, title, kind = "session-over", "This session is over", Kind.CONFLICT
    next_step = "Create a new session; holders keep what the published rules owe them."


class TermsUnfit(DomainError):
    """Terms speak of sessions that this calendar does not have, or at other times."""

    code, title, kind = "terms-unfit", "The Terms do not fit the calendar", Kind.INVALID
    next_step = "Open the Terms editor again: it proposes Portions from the present sessions."


class TermsSold(DomainError):
    """Terms say how many passes will ever exist, so one Series sells under them."""

    code, title, kind = "terms-sold", "These Terms have their Series", Kind.CONFLICT
    next_step = "Issue from that Series, or publish Terms of their own for another one."


class SeriesClosed(DomainError):
    """The Series issues no more passes."""

    code, title, kind = "series-closed", "This Series is closed", Kind.CONFLICT
    next_step = "Issue from another Series, or open a new one."


class CurrencyUnfit(DomainError):
    """The price and the transfer fee of the Terms are in different currencies."""

    code, title, kind = "currency-unfit", "Price and fee differ in currency", Kind.INVALID
    next_step = "Price the Series in the currency of the fee, or publish Terms with another fee."


class EscrowNotHere(DomainError):
    """An escrow Series is born on chain, not in this book."""

    code, title, kind = "escrow-not-here", "Escrow Series are created on chain", Kind.INVALID
    next_step = "Publish the Terms with external funding, or deploy the Series with the contract."
