"""From a setting to signers."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from passes_service.keyring import aws_kms, keystore, pkcs11_token
from passes_service.keyring.errors import SignerBroken
from passes_service.keyring.model import Keyring, KeyUse
from passes_service.keyring.signers import Signer, of_key

PASSWORD_FILE = "?password-file="  # noqa: S105 - the name of a member, not a password


def parts(text: str) -> tuple[str, ...]:
    """Split a setting into its signers, the preferred one first.

    Raises:
        SignerBroken: It names none, or a kind that is not known.
    """
    found = tuple(part.strip() for part in text.split(",") if part.strip())
    for part in found:
        if part != "keyring" and not part.startswith(("keystore:", "pkcs11:", "awskms:")):
            raise SignerBroken("A signer is keyring, keystore:..., pkcs11:... or awskms:...")
    if not found:
        raise SignerBroken("No signer is named.")
    return found


def from_keyring(keys: Keyring, use: KeyUse, now: datetime) -> tuple[Signer, ...]:
    """Return the signers of the directory of keys that are accepted at `now`.

    Raises:
        KeyNotMade: The directory has no key for that use.
    """
    return tuple(of_key(key) for key in keys.signing_keys(use, now))


def open_elsewhere(part: str, password: str | None) -> Signer:
    """Open one signer that is not in the directory of keys. Slow; once per process.

    Args:
        password: For a keystore that names no file with one.

    Raises:
        SignerBroken, SignerUnavailable, KeyringMissing, KeyringUnsafe: It cannot be used.
    """
    if part.startswith("awskms:"):
        return aws_kms.open_kms(part.removeprefix("awskms:"))
    if part.startswith("pkcs11:"):
        return pkcs11_token.open_token(part)
    path, _, secret_file = part.removeprefix("keystore:").partition(PASSWORD_FILE)
    if secret_file:
        password = keystore.read_password(Path(secret_file))
    if password is None:
        raise SignerBroken(
            "The keystore needs a password: ?password-file=... or PASSES_KEYSTORE_PASSWORD."
        )
    return keystore.open_keystore(Path(path), password)
