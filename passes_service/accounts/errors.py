"""Refusals about who is acting."""

from __future__ import annotations

from passes_service.core.errors import DomainError, Kind


class NotSignedIn(DomainError):
    """No credential, or one that is unknown, expired or revoked."""

    code, title, kind = "not-signed-in", "Not signed in", Kind.UNAUTHENTICATED
    next_step = "Sign in again, or send a valid API key as a Bearer token."


class NotAllowed(DomainError):
    """The caller is known but may not do this."""

    code, title, kind = "not-allowed", "Not allowed", Kind.FORBIDDEN
    next_step = "Ask an owner of this organizer for the permission named here."


class NotFound(DomainError):
    """There is no such thing here; another organizer's things look the same."""

    code, title, kind = "not-found", "Not found", Kind.NOT_FOUND
    next_step = "Check the address or id; ids of other organizers are not visible here."


class FieldRefused(DomainError):
    """A value cannot be what the field says."""

    code, title, kind = "field-refused", "A field does not fit", Kind.INVALID
    next_step = "Correct the field named in `field`."


class SlugTaken(DomainError):
    """Another organizer goes by this short name."""

    code, title, kind = "slug-taken", "Short name taken", Kind.CONFLICT
    next_step = "Choose another short name for the address."


class LastOwner(DomainError):
    """The organizer would be left without an owner."""

    code, title, kind = "last-owner", "The last owner stays", Kind.CONFLICT
    next_step = "Make someone else an owner first."


class AlreadyStaff(DomainError):
    """The address belongs to a present member of staff."""

    code, title, kind = "already-staff", "Already on the team", Kind.CONFLICT
    next_step = "Change the role of this member instead."


class RateLimited(DomainError):
    """Too many attempts in a short time."""

    code, title, kind = "rate-limited", "Too many attempts", Kind.RATE_LIMITED
    next_step = "Wait for the seconds in Retry-After, then try again."


class LinkRefused(DomainError):
    """A magic link that was never ours, was used, or is too old: all look the same."""

    code, title, kind = "link-refused", "This link no longer works", Kind.GONE
    next_step = "Ask for a new link; each works once and only for a short time."


class OtherAccount(DomainError):
    """What should be linked opens an account of its own."""

    code, title, kind = "other-account", "This belongs to another account of yours", Kind.CONFLICT
    next_step = "Repeat with `merge` set to true to join both accounts; that cannot be undone."


class HolderMerged(DomainError):
    """The account was joined with another one while it was being used."""

    code, title, kind = "holder-merged", "Accounts were just joined", Kind.CONFLICT
    next_step = "Reload and try again: everything is in the other account now."


class LastAddress(DomainError):
    """Without this address nobody could sign in to the account again."""

    code, title, kind = "last-address", "The last address stays", Kind.CONFLICT
    next_step = "Add and confirm another e-mail address or wallet first."


class WalletInUse(DomainError):
    """Passes are in the wallet as tokens, or on their way there."""

    code, title, kind = "wallet-in-use", "Passes are in this wallet", Kind.CONFLICT
    next_step = "Move these passes to another wallet, or wait for open claims and orders to end."
