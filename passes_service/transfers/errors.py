"""Refusals about transfers."""

from __future__ import annotations

from passes_service.core.errors import DomainError, Kind


class TransferRefused(DomainError):
    """The published Terms do not allow this transfer now."""

    code, title, kind = "transfer-refused", "The Terms do not allow this now", Kind.CONFLICT
    next_step = "See `decision` for the rule and since or until when it holds."


class AlreadyOffered(DomainError):
    """The pass is held out to someone already."""

    code, title, kind = "already-offered", "The pass is already on offer", Kind.CONFLICT
    next_step = "Withdraw the open offer first, or wait until it is answered or expires."


class OfferEnded(DomainError):
    """The offer was accepted, declined, withdrawn, has expired, or the pass moved on."""

    code, title, kind = "offer-ended", "This offer has ended", Kind.CONFLICT
    next_step = "Ask the holder for a new offer if the pass is still theirs."
