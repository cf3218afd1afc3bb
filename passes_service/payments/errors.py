"""Refusals about paying. No message names a secret."""

from __future__ import annotations

from passes_service.core.errors import DomainError, Kind


class ProviderNotConfigured(DomainError):
    """The organizer has no account with this payment provider here."""

    code, title, kind = "provider-not-configured", "Not offered for paying", Kind.NOT_FOUND
    next_step = "Choose another way to pay, or ask the organizer which one they take."


class PaymentProviderBroken(DomainError):
    """The organizer's credentials with a provider are there and cannot be used."""

    code, title, kind = "payment-provider-broken", "Paying does not work now", Kind.UNAVAILABLE
    next_step = "Nothing was charged. Choose another way to pay, or tell the organizer."


class PaymentProviderUnavailable(DomainError):
    """The provider did not answer, or asked for patience: what was asked may have happened."""

    code, title, kind = (
        "payment-provider-unavailable",
        "The payment provider does not answer",
        Kind.UNAVAILABLE,
    )
    next_step = "Try again in a minute with the same order: you are not charged twice."


class PaymentRefused(DomainError):
    """The provider will not do this, however often it is asked."""

    code, title, kind = "payment-refused", "The payment provider refused", Kind.CONFLICT
    next_step = "Read what it said, then pay in another way or ask the organizer."


class CurrencyNotTaken(DomainError):
    """The provider does not take this currency, or not this amount of it."""

    code, title, kind = "currency-not-taken", "This currency is not taken here", Kind.INVALID
    next_step = "Choose another currency or another way to pay."


class EventForged(DomainError):
    """A message in a provider's name is not signed by it, or cannot be read."""

    code, title, kind = "event-forged", "This message is not signed", Kind.UNAUTHENTICATED
    next_step = "Sign the exact body with the organizer's secret for webhooks."


class EventStale(DomainError):
    """A signed message is too old, or from the future."""

    code, title, kind = "event-stale", "This message is too old", Kind.UNAUTHENTICATED
    next_step = "Send it again with a new timestamp and signature, and check the sender's clock."
