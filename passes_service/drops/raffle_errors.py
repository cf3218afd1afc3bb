"""Refusals of raffles."""

from __future__ import annotations

from passes_service.core.errors import DomainError, Kind


class NoRaffle(DomainError):
    """The Drop is sold without a draw."""

    code, title, kind = "no-raffle", "Nothing is drawn here", Kind.NOT_FOUND
    next_step = "Order on the page of the Drop instead."


class RaffleOdd(DomainError):
    """A draw cannot be held like this."""

    code, title, kind = "raffle-odd", "The draw does not fit", Kind.INVALID
    next_step = "Correct the field named in `field`; nothing was stored."


class RaffleNotOpen(DomainError):
    """Entries are not taken at this moment, and will be later."""

    code, title, kind = "raffle-not-open", "Entries are not open", Kind.CONFLICT
    next_step = "Come back when entries open; the page of the raffle says when."


class RaffleOver(DomainError):
    """Entries have closed; their root is fixed, and nobody can be added any more."""

    code, title, kind = "raffle-over", "Entries have closed", Kind.GONE
    next_step = "Look at the page of the raffle for the draw."


class RaffleUnproved(DomainError):
    """The account has no address that anybody proved."""

    code, title, kind = "raffle-unproved", "An address is missing", Kind.FORBIDDEN
    next_step = "Confirm an e-mail address or a wallet in your account, then enter."


class RaffleEntryUnknown(DomainError):
    """The account did not enter."""

    code, title, kind = "raffle-not-entered", "You have not entered", Kind.NOT_FOUND
    next_step = "Enter on the page of the raffle while entries are open."
