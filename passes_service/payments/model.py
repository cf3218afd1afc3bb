"""What is asked of a payment provider and what it answers, whichever provider it is.

Providers are asked outside of any transaction. A payment is named by our own id everywhere; its
`reference` is the provider's name for it, "" before the provider has answered. A provider may
give a better reference later (a checkout page, then the payment made on it): keep the newest.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Final, Literal, Protocol
from uuid import UUID

from passes_service.core.money import Money

PaymentState = Literal["pending", "succeeded", "failed", "cancelled", "unknown"]
RefundState = Literal["pending", "settled", "failed"]
DisputeState = Literal["", "open", "won", "lost"]
Way = Literal["intent", "session"]

NOTHING: Final[Mapping[str, str]] = MappingProxyType({})


@dataclass(frozen=True, kw_only=True)
class PaymentAsked:
    """Money wanted for one order. The same payment id is always asked with the same words.

    `words` is what the payer reads, `way` where they pay: on our page ("intent") or on the
    provider's ("session"), from which they come back to `return_url` or `cancel_url`.
    """

    payment_id: UUID
    order_id: UUID
    organizer_id: UUID
    money: Money
    words: str
    email: str | None
    way: Way
    return_url: str
    cancel_url: str
    expires_at: datetime


@dataclass(frozen=True, kw_only=True)
class PaymentAnswer:
    """How a payment stands. `unknown`: the provider knows of none; asking again is safe.

    pending, failed: the payer may still pay it (after `failed`, by other means); nothing else
    than `cancel` ends that. succeeded and cancelled are final; succeeded may be refunded.
    `money` is what was paid if anything was, else what is asked; None where it is not known.
    `client` is what a browser needs: client_secret and publishable_key, or url.
    `error_code` and `error` say why it failed, the words for the payer.
    """

    state: PaymentState
    reference: str
    money: Money | None = None
    client: Mapping[str, str] = field(default_factory=lambda: NOTHING)
    error_code: str = ""
    error: str = ""
    payment_id: UUID | None = None


@dataclass(frozen=True, kw_only=True)
class RefundAsked:
    """Money that goes back to whoever paid `reference`. `reason` is for the book, not the payer."""

    refund_id: UUID
    reference: str
    money: Money
    reason: str


@dataclass(frozen=True, kw_only=True)
class RefundAnswer:
    """How a refund stands; settled means that the provider has sent it on its way."""

    state: RefundState
    reference: str
    error: str = ""


@dataclass(frozen=True, kw_only=True)
class Told:
    """One message of a provider, verified. The same message may come twice: same `event_id`.

    `reference` and `payment_id` name the payment (either may be missing; not both, unless `kind`
    is "other"). For refunds `refund_reference`, `refund_id` and `refund_state` name the refund,
    and `money` is what goes back by it; where only the payment's total is told
    (charge.refunded), `refunded` says it and the three are empty. `disputed` is what a dispute is
    about. `happened_at` is the provider's time: messages may come out of order.
    """

    event_id: str
    kind: Literal["payment", "refund", "dispute", "other"]
    type: str
    happened_at: datetime
    reference: str = ""
    payment_id: UUID | None = None
    state: PaymentState = "unknown"
    money: Money | None = None
    refunded: Money | None = None
    refund_reference: str = ""
    refund_id: UUID | None = None
    refund_state: RefundState | None = None
    dispute: DisputeState = ""
    error_code: str = ""
    error: str = ""


@dataclass(frozen=True, kw_only=True)
class Known:
    """One payment in a provider's own list, for reconciliation.

    `organizer_id` and `payment_id` are what we gave along: an account may hold the payments of
    several organizers and of others.
    """

    reference: str
    payment_id: UUID | None
    state: PaymentState
    money: Money
    refunded: Money
    disputed: bool
    created_at: datetime
    organizer_id: UUID | None = None


class Provider(Protocol):
    """Who takes money. Every call may be repeated; none is made inside a transaction.

    All but `read_event` may raise PaymentProviderUnavailable (ask again later: what was asked may
    or may not have happened) and PaymentRefused (asking again the same changes nothing).
    """

    @property
    def name(self) -> str:
        """One of `sales.PROVIDERS`."""

    def ask(self, asked: PaymentAsked) -> PaymentAnswer:
        """Ask for money, once per `payment_id` however often this is called.

        Raises:
            CurrencyNotTaken: Not in this currency, or not such fractions of it.
        """

    def look(self, reference: str, payment_id: UUID) -> PaymentAnswer:
        """Return how a payment stands now; `unknown` without a reference: `ask` again then."""

    def cancel(self, reference: str, payment_id: UUID) -> PaymentAnswer:
        """Make sure that nobody can pay any more; the answer says if somebody already has."""

    def refund(self, asked: RefundAsked) -> RefundAnswer:
        """Send money back, once per `refund_id` however often this is called."""

    def look_refund(self, reference: str, refund_id: UUID) -> RefundAnswer:
        """Return how a refund stands now; `reference` is the refund's own."""

    def listing(self, since: datetime) -> Iterator[Known]:
        """Go through all payments made since an instant, however many pages there are."""

    def read_event(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> Told:
        """Verify a message and return what it says.

        Raises:
            EventForged: It is not signed with the organizer's secret, or is not readable.
            EventStale: It is signed, but more than five minutes away from `now`.
        """
