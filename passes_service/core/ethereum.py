"""Ethereum's primitives: keccak, addresses (EIP-55), recoverable signatures, signed text (EIP-191).

Signatures are r || s || v, 65 bytes, with s in the lower half (EIP-2) and v 27 or 28, so a
signature has one spelling only.
"""

from __future__ import annotations

import re
from functools import lru_cache

from coincurve import PrivateKey, PublicKey
from eth_hash.auto import keccak

from passes_service.core.errors import DomainError, Kind

ZERO_ADDRESS = "0x" + "0" * 40
SIGNATURE_LENGTH = 65
_CURVE_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
_HALF_ORDER = (_CURVE_ORDER // 2).to_bytes(32, "big")
_HEX_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")
_HEX_SIGNATURE = re.compile(r"0x[0-9a-fA-F]{130}")


class AddressMalformed(DomainError):
    """The text is not an Ethereum address with its EIP-55 checksum."""

    code, title, kind = "address-malformed", "Not an Ethereum address", Kind.INVALID
    next_step = "Copy the address from the wallet again, with its capital letters."


class SignatureMalformed(DomainError):
    """The bytes are not a signature, or not in the one form that is accepted."""

    code, title, kind = "signature-malformed", "Not a wallet signature", Kind.INVALID
    next_step = "Sign again and send the 65 bytes as the wallet returned them, in hexadecimal."


def keccak256(data: bytes) -> bytes:
    """Return the Keccak-256 hash of `data` (Ethereum's, not SHA3-256)."""
    return keccak(data)


@lru_cache(maxsize=4096)
def checksum_address(raw: bytes) -> str:
    """Return 20 bytes as an address with the EIP-55 checksum."""
    if len(raw) != 20:
        raise AddressMalformed("An address has 20 bytes.")
    digits = raw.hex()
    check = keccak(digits.encode()).hex()
    return "0x" + "".join(
        digit.upper() if nibble > "7" else digit
        for digit, nibble in zip(digits, check, strict=False)
    )


def address_bytes(text: str) -> bytes:
    """Return the 20 bytes of an address, which must be written with its EIP-55 checksum.

    Raises:
        AddressMalformed: It is anything else; all-lower-case is refused as well.
    """
    if not isinstance(text, str) or _HEX_ADDRESS.fullmatch(text) is None:
        raise AddressMalformed("An address is 0x and 40 hexadecimal digits.")
    raw = bytes.fromhex(text[2:])
    if checksum_address(raw) != text:
        raise AddressMalformed("The capital letters of the address do not match its digits.")
    return raw


def normalize_address(text: str) -> str:
    """Return an address with its checksum; one in a single case gets it, a wrong one is refused.

    Raises:
        AddressMalformed: It is not an address, or its mixed case is wrong.
    """
    if not isinstance(text, str) or _HEX_ADDRESS.fullmatch(text) is None:
        raise AddressMalformed("An address is 0x and 40 hexadecimal digits.")
    digits = text[2:]
    checksummed = checksum_address(bytes.fromhex(digits))
    if checksummed != text and digits not in (digits.lower(), digits.upper()):
        raise AddressMalformed("The capital letters of the address do not match its digits.")
    return checksummed


def address_of(key: PrivateKey | PublicKey) -> str:
    """Return the address that a key signs for."""
    public = key.public_key if isinstance(key, PrivateKey) else key
    return checksum_address(keccak(public.format(compressed=False)[1:])[12:])


def sign_digest(digest: bytes, key: PrivateKey | bytes) -> bytes:
    """Sign a 32-byte digest; the same digest and key give the same signature (RFC 6979).

    Give a `PrivateKey` where many are signed: making one from bytes costs more than signing.
    """
    signer = key if isinstance(key, PrivateKey) else PrivateKey(key)
    signed = signer.sign_recoverable(digest, hasher=None)
    return signed[:64] + (b"\x1c" if signed[64] else b"\x1b")


def recover_signer(digest: bytes, signature: bytes) -> str:
    """Return the address whose key signed `digest`.

    Raises:
        SignatureMalformed: Not 65 bytes, s in the upper half, v not 27 or 28, or no such point.
    """
    if len(signature) != SIGNATURE_LENGTH:
        raise SignatureMalformed("A signature has 65 bytes.")
    if signature[64] not in (27, 28):
        raise SignatureMalformed("The last byte of a signature is 27 or 28.")
    if signature[32:64] > _HALF_ORDER:
        raise SignatureMalformed("The signature is the malleated twin of another one.")
    compact = signature[:64] + (b"\x01" if signature[64] == 28 else b"\x00")
    try:
        public = PublicKey.from_signature_and_message(compact, digest, hasher=None)
    except ValueError as error:
        raise SignatureMalformed("No key can have made this signature.") from error
    return checksum_address(keccak(public.format(compressed=False)[1:])[12:])


def parse_signature(text: str) -> bytes:
    """Return the 65 bytes of a signature written as 0x and 130 hexadecimal digits.

    Raises:
        SignatureMalformed: It is written in any other way.
    """
    if not isinstance(text, str) or _HEX_SIGNATURE.fullmatch(text) is None:
        raise SignatureMalformed("A signature is 0x and 130 hexadecimal digits.")
    return bytes.fromhex(text[2:])


def canonical_signature(signature: bytes) -> bytes:
    """Return a signature as a wallet may spell it in our one form; others come back unchanged.

    Some hardware wallets write v as 0 or 1, some wallets write 64 bytes r || v,s (EIP-2098).
    """
    if len(signature) == SIGNATURE_LENGTH - 1:
        odd, s = signature[32] >> 7, bytes([signature[32] & 0x7F]) + signature[33:]
        return signature[:32] + s + bytes([27 + odd])
    if len(signature) == SIGNATURE_LENGTH and signature[64] in (0, 1):
        return signature[:64] + bytes([27 + signature[64]])
    return signature


def text_digest(text: str) -> bytes:
    """Return what a wallet signs for a text (EIP-191 version E, `personal_sign`)."""
    data = text.encode()
    return keccak(b"\x19Ethereum Signed Message:\n" + str(len(data)).encode() + data)
