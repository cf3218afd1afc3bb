"""Refusals about passes."""

from __future__ import annotations

from passes_service.core.errors import DomainError, Kind


class SoldOut(DomainError):
    """The cap is reached; it never moves."""

    code, title, kind = "sold-out", "No passes are left", Kind.CONFLICT
    next_step = "Nothing was issued. The cap of a Series never changes; open another Series."


class SaleClosed(DomainError):
    """The Terms say until when passes are sold, and that is over."""

    code, title, kind = "sale-closed", "The sale has closed", Kind.CONFLICT
    next_step = "Publish new Terms for what is still to come, and open a Series under them."


class PassMoved(DomainError):
    """The pass changed between reading and acting, or a rule now forbids the action."""

    code, title, kind = "pass-moved", "The pass has changed meanwhile", Kind.CONFLICT
    next_step = "Read the pass again and decide anew; nothing was changed."


class PassInactive(DomainError):
    """The pass was given up, withdrawn or is held elsewhere."""

    code, title, kind = "pass-inactive", "The pass is not active", Kind.CONFLICT
    next_step = "See the history of the pass for what happened and when."


class PaidTooMuch(DomainError):
    """More was recorded as paid than the list price of the Series."""

    code, title, kind = "paid-too-much", "Paid more than the list price", Kind.INVALID
    next_step = "Send what was paid for one pass after discounts, at most its list price."
