"""Refusals of the relayer."""

from __future__ import annotations

from passes_service.core.errors import DomainError, Kind


class RelayOff(DomainError):
    """Nobody pays gas for others on this chain."""

    code, title, kind = "relay-off", "No relaying on this chain", Kind.CONFLICT
    next_step = "Send the transaction from your own wallet: ask again without `relayed`."


class RelayBudgetSpent(DomainError):
    """What may be spent for this organizer today is spent or promised."""

    code, title, kind = "relay-budget-spent", "No relaying any more today", Kind.CONFLICT
    next_step = "Send the transaction from your own wallet, or ask again tomorrow (UTC)."


class FeesTooHigh(DomainError):
    """Gas costs more just now than the relayer may pay."""

    code, title, kind = "fees-too-high", "Gas is too expensive now", Kind.UNAVAILABLE
    next_step = "Send the transaction from your own wallet, or wait: it goes out when gas is cheap."


class RelayKeyGone(DomainError):
    """A transaction belongs to an account whose key is not here any more."""

    code, title, kind = "relay-key-gone", "The key of a transaction is gone", Kind.UNAVAILABLE
    next_step = "Name the older signer after the new one in PASSES_RELAY_SIGNER until it is done."
