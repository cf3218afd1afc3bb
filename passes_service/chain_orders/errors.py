"""Refusals about buying on chain."""

from __future__ import annotations

from passes_service.core.errors import DomainError, Kind


class NotOnSale(DomainError):
    """The Series cannot be bought on chain now."""

    code, title, kind = "not-on-sale", "Not on sale", Kind.CONFLICT
    next_step = "Look at the organizer's page for what is on sale."


class PlacesTaken(DomainError):
    """Fewer places are left than were asked for; held ones may come back."""

    code, title, kind = "places-taken", "Not that many are left", Kind.CONFLICT
    next_step = "Order fewer, or try again: places that are held and not paid come back."


class OrderOpen(DomainError):
    """The holder has an open order for this Series."""

    code, title, kind = "order-open", "You have an open order", Kind.CONFLICT
    next_step = "Pay the order named in `order_id`, or wait until its time is over."


class WalletNotYours(DomainError):
    """The wallet is not one that the holder has proved."""

    code, title, kind = "wallet-not-yours", "Not one of your wallets", Kind.INVALID
    next_step = "Add this wallet to your account first, or buy with one that is there."


class OrderOver(DomainError):
    """The order's time is over, or it is bought already."""

    code, title, kind = "order-over", "This order is over", Kind.CONFLICT
    next_step = "Look at the order for what became of it; place a new one to buy again."


class AuthorizationUnfit(DomainError):
    """A signed payment is not the one that this order asked for."""

    code, title, kind = "authorization-unfit", "Not the payment of this order", Kind.INVALID
    next_step = "Sign the payment again in the wallet that the order names, unchanged."
