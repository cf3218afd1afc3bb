"""Calling Stripe through its own library: patience, retries, and what its errors mean to us.

The library repeats what failed on the way (twice, waiting longer each time, under the same
Idempotency-Key). What is still unanswered then may or may not have happened.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final, NoReturn

import requests
import stripe

from passes_service.core.errors import DomainError
from passes_service.payments.errors import (
    CurrencyNotTaken,
    PaymentProviderBroken,
    PaymentProviderUnavailable,
    PaymentRefused,
)

API_VERSION: Final = "2026-10-28.endive"
"""The version of Stripe's API this was written for; the webhook endpoint is set to it too."""
CONNECT_SECONDS: Final = 3.0
READ_SECONDS: Final = 10.0
RETRIES: Final = 2
MOST_WORDS: Final = 200
_RETRY_SECONDS: Final = 5

logging.getLogger("stripe").setLevel(logging.WARNING)  # below that it writes addresses of payers
stripe.enable_telemetry = False


@dataclass(frozen=True, slots=True)
class Account:
    """One organizer's account with Stripe."""

    client: stripe.StripeClient = field(repr=False, compare=False)
    publishable_key: str
    webhook_secrets: tuple[str, ...] = field(repr=False, compare=False)


def open_account(
    *,
    secret_key: str,
    publishable_key: str,
    webhook_secrets: tuple[str, ...],
    api_base: str | None = None,
    seconds: float = READ_SECONDS,
    retries: int = RETRIES,
) -> Account:
    """Return a client of an account. Nothing connects yet.

    Args:
        api_base: A local peer in place of Stripe; no proxy of the machine is used for it.
        seconds: How long each answer may take; with the retries a call takes up to three times
            as long, and a few seconds of waiting in between.
    """
    session = None
    if api_base is not None:
        session = requests.Session()
        session.trust_env = False
    client = stripe.StripeClient(
        secret_key,
        stripe_version=API_VERSION,
        base_addresses={"api": api_base} if api_base is not None else {},
        max_network_retries=retries,
        http_client=stripe.RequestsClient(
            timeout=(min(CONNECT_SECONDS, seconds), seconds), session=session
        ),
    )
    return Account(client, publishable_key, webhook_secrets)


@contextmanager
def refusals() -> Iterator[None]:
    """Turn the library's errors into ours. No message of ours holds a key.

    Raises:
        PaymentProviderUnavailable: No answer, or Stripe asks for patience.
        PaymentProviderBroken: Stripe does not know the organizer's key, or forbids this to it.
        PaymentRefused, CurrencyNotTaken: Stripe will not do it.
    """
    try:
        yield
    except stripe.StripeError as error:
        _refuse(error)


def missing(error: DomainError) -> bool:
    """Tell whether Stripe refused because it knows no such object."""
    cause = error.__cause__
    return isinstance(cause, stripe.InvalidRequestError) and cause.http_status == 404


def _refuse(error: stripe.StripeError) -> NoReturn:
    if isinstance(error, stripe.AuthenticationError | stripe.PermissionError):
        raise PaymentProviderBroken("Stripe does not accept the organizer's key.") from error
    if isinstance(error, stripe.IdempotencyError):
        raise PaymentRefused("This was asked before with other words.") from error
    if isinstance(error, stripe.CardError | stripe.InvalidRequestError):
        said = (error.user_message or "Stripe gave no reason.")[:MOST_WORDS]
        code = (error.code or "")[:60]
        if error.param == "currency":
            raise CurrencyNotTaken(f"Stripe refused: {said}", provider_code=code) from error
        raise PaymentRefused(f"Stripe refused: {said}", provider_code=code) from error
    patience = _patience(error)
    if isinstance(error, stripe.RateLimitError):
        said = "Stripe is asked too often just now."
    elif isinstance(error, stripe.APIConnectionError):
        said = "Stripe did not answer in time."
    else:
        said = f"Stripe answered with status {error.http_status}."
    raise PaymentProviderUnavailable(said, retry_after=patience) from error


def _patience(error: stripe.StripeError) -> int:
    """Return the seconds Stripe asks us to wait, within reason."""
    headers = {str(key).lower(): value for key, value in (error.headers or {}).items()}
    asked = str(headers.get("retry-after", ""))
    return min(int(asked), 3600) if asked.isascii() and asked.isdigit() else _RETRY_SECONDS


def plain(found: stripe.StripeObject) -> dict[str, Any]:
    """Return an object of the library as plain data."""
    return dict(found.to_dict())
