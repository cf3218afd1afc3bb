"""Refusals of the checkout. None of them has taken money or kept a place."""

from __future__ import annotations

from passes_service.core.errors import DomainError, Kind


class DropNotOpen(DomainError):
    """The Drop opens later."""

    code, title, kind = "drop-not-open", "Not open yet", Kind.CONFLICT
    next_step = "Come back at `opens_at`; the calendar entry of the Drop reminds you."


class DropPaused(DomainError):
    """The organizer has paused the sale."""

    code, title, kind = "drop-paused", "The sale is paused", Kind.CONFLICT
    next_step = "Wait a little and try again: places that you hold stay yours until their time."


class DropOver(DomainError):
    """The Drop is over."""

    code, title, kind = "drop-over", "This Drop is over", Kind.CONFLICT
    next_step = "Look at the organizer's page for what is on sale."


class RaffleInstead(DomainError):
    """Places of this Drop are drawn, not taken."""

    code, title, kind = "raffle-instead", "Places here are drawn", Kind.CONFLICT
    next_step = "Enter the raffle on its page; if you are drawn, come back here."


class PlacesSold(DomainError):
    """Every place is sold."""

    code, title, kind = "places-sold", "Sold out", Kind.CONFLICT
    next_step = "Nothing can come back here; look at the organizer's page for other Drops."


class PlacesHeld(DomainError):
    """Fewer places are left than were asked for; others hold some and may not pay."""

    code, title, kind = "places-held", "Others hold the last places", Kind.CONFLICT
    next_step = "Try again after `retry_after` seconds, or ask for fewer."


class PhaseNotYours(DomainError):
    """No phase that is open now is open to this person."""

    code, title, kind = "phase-not-yours", "Not your phase", Kind.FORBIDDEN
    next_step = "Read in `detail` whom this phase is for, and in `next_phase` when the next opens."


class LimitReached(DomainError):
    """More places than one person may have here."""

    code, title, kind = "limit-reached", "The limit per person is reached", Kind.CONFLICT
    next_step = "Ask for no more than `left_for_you`."


class HoldKeyReused(DomainError):
    """The Idempotency-Key was used for another hold."""

    code, title, kind = "hold-key-reused", "Idempotency-Key reused", Kind.INVALID
    next_step = "Use a new key for a new hold; repeat a call with the same body."


class OrderEnded(DomainError):
    """The order's time is over, or it was cancelled; its places went back."""

    code, title, kind = "order-ended", "This order has ended", Kind.CONFLICT
    next_step = "Nothing was charged for it. Start again on the page of the Drop."


class OrderDone(DomainError):
    """The order is completed: its passes are issued."""

    code, title, kind = "order-done", "This order is completed", Kind.CONFLICT
    next_step = "Nothing more to do: the passes are in the account of the buyer."


class BuyerMissing(DomainError):
    """Nobody is named who gets the passes."""

    code, title, kind = "buyer-missing", "Who gets the passes?", Kind.INVALID
    next_step = "Send an e-mail address in `email`, or sign in."


class PriceChanged(DomainError):
    """The total is not the one that the buyer was shown."""

    code, title, kind = "price-changed", "The price is another one", Kind.CONFLICT
    next_step = "Show the buyer `lines` and `total`, and send that total if they agree."


class CurrencyNotOffered(DomainError):
    """There is no price in this currency."""

    code, title, kind = "currency-not-offered", "No price in this currency", Kind.INVALID
    next_step = "Choose one of `currencies`."


class CouponUnfit(DomainError):
    """The code cannot be used for this order."""

    code, title, kind = "coupon-unfit", "This code cannot be used", Kind.CONFLICT
    next_step = "Check the code, or go on without it."


class OrderNotPlaced(DomainError):
    """The order has no buyer and no price yet."""

    code, title, kind = "order-not-placed", "Nobody is named yet", Kind.CONFLICT
    next_step = "Name the buyer first, then pay what the price decision says."


class WayUnfit(DomainError):
    """The order cannot be paid in the way that was named."""

    code, title, kind = "way-unfit", "Not this way of paying", Kind.INVALID
    next_step = "Use `free` for an order that costs nothing, and no other; choose one for others."


class PaymentOpen(DomainError):
    """Another payment of this order is under way."""

    code, title, kind = "payment-open", "A payment is under way", Kind.CONFLICT
    next_step = "Finish that payment, or wait until it has failed or ended."


class PaymentAlreadyMade(DomainError):
    """The order is paid."""

    code, title, kind = "payment-made", "This is paid", Kind.CONFLICT
    next_step = "Nothing more to pay; see the receipt of the order."


class SumDiffers(DomainError):
    """What was paid is not what the order costs."""

    code, title, kind = "sum-differs", "Another sum was paid", Kind.CONFLICT
    next_step = "The money goes back whole; start the payment again with the sum of the order."


class CouponTaken(DomainError):
    """There is a code of this name."""

    code, title, kind = "coupon-taken", "This code exists", Kind.CONFLICT
    next_step = "Choose another code, or close the one that exists."
