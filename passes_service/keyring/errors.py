"""Refusals about the directory of keys. No message names a secret."""

from __future__ import annotations

from passes_service.core.errors import DomainError, Kind


class KeyringExists(DomainError):
    """There is something where new keys should go; keys are never overwritten."""

    code, title, kind = "keyring-exists", "Keys exist already", Kind.CONFLICT
    next_step = "Use the keys that are there, rotate them, or name another directory."


class KeyringMissing(DomainError):
    """There are no keys where the settings say."""

    code, title, kind = "keyring-missing", "No keys", Kind.UNAVAILABLE
    next_step = "Run `passes init`, or correct the directory in the settings."


class KeyringUnsafe(DomainError):
    """Somebody other than the service could read or replace the keys."""

    code, title, kind = "keyring-unsafe", "Keys are not safe", Kind.UNAVAILABLE
    next_step = (
        "Give the directory mode 700 and its files mode 600, owned by the service's user, "
        "with no symbolic links. If others could read the keys, rotate them."
    )


class KeyringDamaged(DomainError):
    """A key file does not hold what it should."""

    code, title, kind = "keyring-damaged", "Keys are damaged", Kind.UNAVAILABLE
    next_step = "Restore the directory from its backup."


class KeyNotMade(DomainError):
    """The directory of keys was made before this use was thought of."""

    code, title, kind = "key-not-made", "No key for this yet", Kind.UNAVAILABLE
    next_step = "Run `passes keys add` with the use that is named, then restart the service."


class SignerBroken(DomainError):
    """A signer is described wrongly, or what it names cannot be used."""

    code, title, kind = "signer-broken", "A signing key cannot be used", Kind.UNAVAILABLE
    next_step = "Correct PASSES_CLAIM_SIGNER or PASSES_RELAY_SIGNER, then run passes doctor."


class SignerUnavailable(DomainError):
    """The token or service that holds a key did not sign."""

    code, title, kind = "signer-unavailable", "The signing key does not answer", Kind.UNAVAILABLE
    next_step = "Try again in a minute; nothing was lost. The operator sees why in passes doctor."
