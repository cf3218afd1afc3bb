"""Refusals about moving a pass to a wallet."""

from __future__ import annotations

from passes_service.core.errors import DomainError, Kind


class ClaimRefused(DomainError):
    """The pass, or its published Terms, do not allow a claim now."""

    code, title, kind = "claim-refused", "It cannot move to a wallet now", Kind.CONFLICT
    next_step = "See `decision` for the rule that decided and when the answer changes."


class ClaimWalletUnproven(DomainError):
    """The recipient is no wallet that the holder has proven to control."""

    code, title, kind = "claim-wallet-unproven", "Not a wallet of yours", Kind.FORBIDDEN
    next_step = "Link the wallet to your account first: it signs a message, which costs nothing."


class ClaimSeriesAbsent(DomainError):
    """The Series was not opened on that chain."""

    code, title, kind = "claim-series-absent", "Not on that chain", Kind.CONFLICT
    next_step = "Ask the organizer to open this Series on chain; your pass works here as before."


class ClaimSignerUnset(DomainError):
    """The organizer's contract does not let us admit passes."""

    code, title, kind = "claim-signer-unset", "Claims are not set up yet", Kind.CONFLICT
    next_step = "The organizer calls setSigner on the contract with the claim address named here."


class ClaimSignerSpent(DomainError):
    """The contract lets us admit no more passes in this window of time."""

    code, title, kind = "claim-signer-spent", "Too many claims just now", Kind.UNAVAILABLE
    next_step = "Try again when the contract's window has passed, at the latest after `window`."


class ClaimsPaused(DomainError):
    """The organizer has paused sale and claim on chain."""

    code, title, kind = "claims-paused", "Claims are paused", Kind.UNAVAILABLE
    next_step = "Try again after `until`; a pause ends by itself within 7 days."


class ClaimNotThere(DomainError):
    """Nobody has tried to move this pass to a wallet."""

    code, title, kind = "claim-not-there", "No claim for this pass", Kind.NOT_FOUND
    next_step = "Open a claim first, or read another pass."
