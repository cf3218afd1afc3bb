"""A key in an encrypted file: Web3 Secret Storage version 3 with scrypt, as wallets export it."""

from __future__ import annotations

import json
from pathlib import Path

from passes_service.keyring import files
from passes_service.keyring.errors import SignerBroken
from passes_service.keyring.late import eth_account
from passes_service.keyring.signers import KeySigner, of_key

LEAST_N = 2**12
"""What is cheaper than this to try is no protection; wallets use 2**13 to 2**18."""
MOST_N = 2**20


def open_keystore(path: Path, password: str) -> KeySigner:
    """Decrypt a keystore file. Takes about a second and some memory, once at the start.

    Raises:
        KeyringMissing, KeyringUnsafe: The file is not there, or others could read or replace it.
        SignerBroken: It is no such file, not by scrypt, or the password is another one.
    """
    from coincurve import PrivateKey

    with files.opened_directory(path.parent) as directory:
        content = files.read(directory, path.name)
    try:
        document = json.loads(content)
        crypto = document.get("crypto") or document["Crypto"]
        cost = crypto["kdfparams"]["n"] if crypto["kdf"] == "scrypt" else 0
        version = document["version"]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise SignerBroken(f"{path} is not a keystore file.") from None
    if version != 3 or not isinstance(cost, int) or not LEAST_N <= cost <= MOST_N:
        raise SignerBroken(f"{path} is not a version 3 keystore with a sound scrypt cost.")
    try:
        secret = bytes(eth_account().Account.decrypt(document, password))
        return of_key(PrivateKey(secret))
    except Exception:  # the library raises many; none may carry bytes of the file or the password
        raise SignerBroken(f"{path} does not open with this password.") from None


def read_password(path: Path) -> str:
    """Return the password in a file, without the line end at its end.

    Raises:
        KeyringMissing, KeyringUnsafe: The file is not there, or others could read or replace it.
        SignerBroken: It holds no text.
    """
    with files.opened_directory(path.parent) as directory:
        content = files.read(directory, path.name)
    try:
        return content.decode("utf-8").rstrip("\r\n")
    except UnicodeDecodeError:
        raise SignerBroken(f"{path} holds no text.") from None
