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


class DeviceNotThere(DomainError):
    """No device shows the code of this pass."""

    code, title, kind = "device-not-there", "No device is bound", Kind.NOT_FOUND
    next_step = "Read the code of the pass: it can be printed. Or bind a device."


class CodeOnDevice(DomainError):
    """The pass shows its code on a device, so there is none that could be printed."""

    code, title, kind = "code-on-device", "A phone shows the code of this pass", Kind.CONFLICT
    next_step = "Show the code on that phone, or end the binding to get a code on paper."


class BindingClosed(DomainError):
    """Gates may already have fetched what they decide by."""

    code, title, kind = "binding-closed", "Too close to the doors for this", Kind.CONFLICT
    next_step = (
        "What opens the door now keeps doing so. If you lost it, ask the hosts at the door: they "
        "let you in by the number of the pass."
    )


class BoundTooOften(DomainError):
    """Each binding ends the codes before it; so many a day are no change of phones."""

    code, title, kind = "bound-too-often", "Bound too often in a day", Kind.RATE_LIMITED
    next_step = "The last device stays bound. Wait for the seconds in Retry-After to change it."


class RenewedTooOften(DomainError):
    """Each renewal ends the codes before it; so many at one door are no lost phone."""

    code, title, kind = "renewed-too-often", "Renewed too often in a day", Kind.RATE_LIMITED
    next_step = "The last code stays good. To let the person in without one, force with a reason."
