"""Who signs for Ethereum: one small interface, whatever keeps the key.

Settings describe signers, the preferred one first, older ones after it while they overlap:

    keyring                                     the directory of keys, with its rotation
    keystore:/path/claim.json?password-file=... Web3 Secret Storage v3
    pkcs11:token=...;object=...?module-path=... a token, RFC 7512
    awskms:<key id, ARN or alias>               AWS KMS
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Protocol

from coincurve import PrivateKey

from passes_service.core import ethereum
from passes_service.keyring.errors import SignerUnavailable

_ORDER: Final = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


class Signer(Protocol):
    """A secp256k1 key that signs digests. Signing may be a network call: never in a transaction."""

    @property
    def address(self) -> str:
        """The account that it signs for."""

    def sign_digest(self, digest: bytes) -> bytes:
        """Return r || s || v of 32 bytes, s in the lower half, v 27 or 28.

        Raises:
            SignerUnavailable: What keeps the key did not sign.
        """


@dataclass(frozen=True, slots=True)
class KeySigner:
    """A key in our own memory; its signatures are deterministic (RFC 6979)."""

    address: str
    private_key: PrivateKey = field(repr=False, compare=False)

    def sign_digest(self, digest: bytes) -> bytes:
        """Return the signature of a digest."""
        return ethereum.sign_digest(digest, self.private_key)


def of_key(key: PrivateKey) -> KeySigner:
    """Return the signer of a key in memory."""
    return KeySigner(ethereum.address_of(key), key)


def finish(r: int, s: int, *, digest: bytes, address: str) -> bytes:
    """Make an Ethereum signature out of the bare r and s that tokens and services return.

    They know neither the lower half of s nor v: s is turned over where needed, and v is the one
    that leads back to the account.

    Raises:
        SignerUnavailable: Another key made it, or it is no signature.
    """
    if not (0 < r < _ORDER and 0 < s < _ORDER):
        raise SignerUnavailable("What came back is no signature.")
    body = r.to_bytes(32, "big") + min(s, _ORDER - s).to_bytes(32, "big")
    for v in (27, 28):
        made = body + bytes([v])
        try:
            if ethereum.recover_signer(digest, made) == address:
                return made
        except ethereum.SignatureMalformed:
            continue
    raise SignerUnavailable(f"What came back was not signed by the key of {address}.")
