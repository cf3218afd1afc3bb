"""Refusals about passes in wallet apps."""

from __future__ import annotations

from passes_service.core.errors import DomainError, Kind


class WalletNotOffered(DomainError):
    """The organizer has no credentials with the company behind this wallet app."""

    code, title, kind = "wallet-not-offered", "Not offered for this wallet app", Kind.NOT_FOUND
    next_step = "Make your phone the ticket, or print the pass: both are on its page."


class WalletBroken(DomainError):
    """The credentials for a wallet app are there and cannot be used."""

    code, title, kind = "wallet-broken", "The wallet app cannot be served now", Kind.UNAVAILABLE
    next_step = (
        "Make your phone the ticket, or print the pass. The operator sees why in passes doctor."
    )
