"""Refusals about Drops."""

from __future__ import annotations

from passes_service.core.errors import DomainError, Kind


class DropInvalid(DomainError):
    """A field of the plan does not fit the others, or what it names."""

    code, title, kind = "drop-invalid", "This Drop cannot be scheduled like this", Kind.INVALID
    next_step = "Correct the field named in `field`; nothing was stored."


class DropSlugTaken(DomainError):
    """Another Drop of this organizer has the address."""

    code, title, kind = "drop-slug-taken", "Address taken by another Drop", Kind.CONFLICT
    next_step = "Choose another short name for the address of this Drop."


class DropSoldElsewhere(DomainError):
    """The Series is sold by a contract on a chain, not by a Drop."""

    code, title, kind = "drop-escrow-series", "This Series is sold on chain", Kind.CONFLICT
    next_step = "Sell it on the page “On chain”, or choose a Series whose money you take yourself."


class DropTooMany(DomainError):
    """The Series has fewer places left than the Drop should sell."""

    code, title, kind = "drop-too-many", "Not that many places left", Kind.CONFLICT
    next_step = "Lower the quantity to what is left, or close the Drop that set them aside."


class DropStateUnfit(DomainError):
    """What was asked is not possible in the Drop's present state."""

    code, title, kind = "drop-state-unfit", "Not possible in this state", Kind.CONFLICT
    next_step = "Look at the Drop again: it stands elsewhere than you thought."


class DropInUse(DomainError):
    """Somebody is buying at this moment, or has bought."""

    code, title, kind = "drop-in-use", "People are buying", Kind.CONFLICT
    next_step = "Pause the Drop, wait until nothing is held, and try again."


class AudienceInUse(DomainError):
    """A phase that is not over reads this list."""

    code, title, kind = "audience-in-use", "A phase uses this list", Kind.CONFLICT
    next_step = "Close the Drop first, or take single people off the list."


class EditionUnfit(DomainError):
    """The Series does not fit the Edition."""

    code, title, kind = "edition-unfit", "This Series does not fit the Edition", Kind.CONFLICT
    next_step = "Choose Series of the same calendar whose caps add up to the Edition's cap."


class ShareUnfit(DomainError):
    """The shares of a Drop cannot be like this, or not any more."""

    code, title, kind = "share-unfit", "This share cannot be", Kind.CONFLICT
    next_step = "Agree on shares that add up to at most 100 % before anyone has bought."
