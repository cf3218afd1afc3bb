"""A key in a PKCS#11 token (smart card, HSM, SoftHSM2): it signs there and never leaves."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

from coincurve import PublicKey

from passes_service.core import ethereum
from passes_service.keyring.errors import SignerBroken, SignerUnavailable
from passes_service.keyring.keystore import read_password
from passes_service.keyring.signers import finish

_SECP256K1: Final = "1.3.132.0.10"


@dataclass(frozen=True, slots=True)
class Where:
    """A key as RFC 7512 names it. The PIN is in a file, never in the address."""

    module: Path
    token: str
    label: str
    pin_file: Path


def parse(text: str) -> Where:
    """Read `pkcs11:token=T;object=O?module-path=/lib.so&pin-source=file:/pin`.

    Raises:
        SignerBroken: Something is missing, or the PIN is in it.
    """
    path, _, query = text.removeprefix("pkcs11:").partition("?")
    named = dict(_pairs(path, ";")) | dict(_pairs(query, "&"))
    if "pin-value" in named:
        raise SignerBroken("A PIN does not belong in a setting; name a file by pin-source.")
    try:
        return Where(
            module=Path(named["module-path"]),
            token=named["token"],
            label=named["object"],
            pin_file=Path(named["pin-source"].removeprefix("file:")),
        )
    except KeyError as error:
        raise SignerBroken(f"The PKCS#11 address names no {error.args[0]}.") from None


def _pairs(text: str, separator: str) -> list[tuple[str, str]]:
    split = (part.partition("=") for part in text.split(separator) if part)
    return [(name, unquote(value)) for name, _, value in split]


@dataclass(slots=True)
class TokenSigner:
    """A signer in a token. One session, one signature at a time; a lost session is opened anew."""

    address: str
    _where: Where
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _key: Any = field(default=None, repr=False)

    def sign_digest(self, digest: bytes) -> bytes:
        """Return the signature of a digest; the token draws its own randomness.

        Raises:
            SignerUnavailable: The token is away, or refused.
        """
        import pkcs11

        with self._lock:
            try:
                key = self._key or _open(self._where)[0]
                bare = key.sign(digest, mechanism=pkcs11.Mechanism.ECDSA)
                self._key = key
            except (pkcs11.PKCS11Error, SignerBroken) as error:
                self._key = None
                kind = type(error).__name__
                raise SignerUnavailable(f"The token did not sign ({kind}).") from None
        half = len(bare) // 2
        r, s = int.from_bytes(bare[:half], "big"), int.from_bytes(bare[half:], "big")
        return finish(r, s, digest=digest, address=self.address)


def open_token(text: str) -> TokenSigner:
    """Open the token and look the key up.

    Raises:
        SignerBroken: No library, token, PIN or key as described.
        KeyringMissing, KeyringUnsafe: The file with the PIN.
    """
    where = parse(text)
    key, address = _open(where)
    return TokenSigner(address, where, _key=key)


def _open(where: Where) -> tuple[Any, str]:
    try:
        import pkcs11
    except ImportError:
        raise SignerBroken("PKCS#11 needs the extra: install passes-service[pkcs11].") from None
    pin = read_password(where.pin_file)
    try:
        token = pkcs11.lib(str(where.module)).get_token(token_label=where.token)
        session = _session(token, pin)
        private = session.get_key(pkcs11.ObjectClass.PRIVATE_KEY, label=where.label)
        public = session.get_key(pkcs11.ObjectClass.PUBLIC_KEY, label=where.label)
        return private, _address(bytes(public[pkcs11.Attribute.EC_PARAMS]), public)
    except (pkcs11.PKCS11Error, RuntimeError, OSError) as error:
        kind = type(error).__name__
        raise SignerBroken(f"No key {where.label} in token {where.token} ({kind}).") from None


def _session(token: Any, pin: str) -> Any:
    """Open a session; a process is logged in to a token once for all its keys."""
    import pkcs11

    try:
        return token.open(user_pin=pin)
    except pkcs11.UserAlreadyLoggedIn:
        return token.open()


def _address(parameters: bytes, public: Any) -> str:
    """Return the account of a public key in a token, which wraps the point as DER."""
    import pkcs11
    from asn1crypto.core import ObjectIdentifier, OctetString

    if ObjectIdentifier.load(parameters).dotted != _SECP256K1:
        raise SignerBroken("The key in the token is not on secp256k1.")
    point = OctetString.load(bytes(public[pkcs11.Attribute.EC_POINT])).native
    return ethereum.address_of(PublicKey(point))
