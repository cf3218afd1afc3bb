"""An organizer's credentials at Stripe: three small files, read by whoever wires the service.

    <PASSES_STRIPE_DIR>/<organizer id>/   secret-key  publishable-key  webhook-secret

`webhook-secret` may hold two lines while it is being replaced: both are believed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from passes_service.core.errors import DomainError
from passes_service.payments.errors import PaymentProviderBroken, ProviderNotConfigured
from passes_service.payments.stripe_calls import open_account
from passes_service.payments.stripe_provider import Stripe

NAMES: Final = ("secret-key", "publishable-key", "webhook-secret")
_SECRET = re.compile(r"[sr]k_(test|live)_[A-Za-z0-9_]{4,200}")
_PUBLIC = re.compile(r"pk_(test|live)_[A-Za-z0-9_]{4,200}")
_WEBHOOK = re.compile(r"whsec_[!-~]{4,200}")
MOST_SECRETS: Final = 2


def open_stripe(found: Mapping[str, bytes], *, api_base: str | None) -> Stripe:
    """Return the provider for the content of the three files.

    Raises:
        PaymentProviderBroken: One of them is not what it should be, or test and live are mixed.
    """
    try:
        secret, public, webhooks = (found[name].decode("ascii").split() for name in NAMES)
        [secret_key], [publishable_key] = secret, public
        kinds = [_SECRET.fullmatch(secret_key), _PUBLIC.fullmatch(publishable_key)]
    except ValueError:
        raise PaymentProviderBroken("A credential for Stripe cannot be read.") from None
    if kinds[0] is None or kinds[1] is None or kinds[0][1] != kinds[1][1]:
        raise PaymentProviderBroken("The keys for Stripe are no pair of test or of live keys.")
    if not 1 <= len(webhooks) <= MOST_SECRETS or not all(map(_WEBHOOK.fullmatch, webhooks)):
        raise PaymentProviderBroken("The webhook secret of Stripe starts with whsec_.")
    return Stripe(
        open_account(
            secret_key=secret_key,
            publishable_key=publishable_key,
            webhook_secrets=tuple(webhooks),
            api_base=api_base,
        )
    )


def unreadable(error: DomainError, *, there: bool) -> DomainError:
    """Return the refusal for a folder that could not be read; `there` is whether there is one."""
    if there:
        return PaymentProviderBroken(error.detail)
    return ProviderNotConfigured("The organizer does not take payments by Stripe.")
