"""What only one gate may read: signed like a bundle, then sealed for its agreement key.

Outside: ephemeral P-256 key 65 | nonce 12 | AES-256-GCM. Key: HKDF-SHA256 of the ECDH secret, no
salt, info = CONTEXT and the 16 bytes of the gate's id (docs/offline-gate.md).
Inside: `EPS1` | key id 4 | Ed25519 signature 64 over CONTEXT || the rest | JSON.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from typing import Any, Final
from uuid import UUID

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from passes_service.core.errors import DomainError, Kind
from passes_service.core.qr_form import key_id

CONTEXT: Final = b"EventPass sealed 1\x00"
MAGIC: Final = b"EPS1"
MEDIA_TYPE: Final = "application/vnd.eventpass.sealed"
_CURVE: Final = ec.SECP256R1()
_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_POINT, _NONCE, _TAG, _SIGNED_FROM = 65, 12, 16, 72
_WIDE: Final = 48  # bytes per scalar: 128 bits more than the order, so none is likelier


class SealedRefused(DomainError):
    """The bytes were not sealed for this gate, or not by the service."""

    code, title, kind = "sealed-refused", "This cannot be opened here", Kind.INVALID
    next_step = "Fetch it again with this gate's own token."


def seal(
    document: dict[str, Any],
    *,
    key: Ed25519PrivateKey,
    agreement_key: bytes,
    gate_id: UUID,
    random: Callable[[int], bytes],
) -> bytes:
    """Return a document that only the gate with `agreement_key` (65 bytes) can open."""
    said = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
    named = key_id(key.public_key().public_bytes_raw())
    inside = b"".join((MAGIC, named, key.sign(CONTEXT + said), said))
    scalar = int.from_bytes(random(_WIDE), "big") % (_ORDER - 1) + 1
    ephemeral = ec.derive_private_key(scalar, _CURVE)
    peer = ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, agreement_key)
    nonce = random(_NONCE)
    box = _cipher(ephemeral.exchange(ec.ECDH(), peer), gate_id).encrypt(nonce, inside, None)
    public = ephemeral.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return public + nonce + box


def unseal(
    data: bytes,
    *,
    agreement: ec.EllipticCurvePrivateKey,
    gate_id: UUID,
    issuer_keys: Collection[bytes],
) -> dict[str, Any]:
    """Return what was sealed for a gate, as the gate does it.

    Raises:
        SealedRefused: It was sealed for another gate, changed, or not signed by a pinned key.
    """
    if len(data) < _POINT + _NONCE + _TAG:
        raise SealedRefused("This is too short.")
    try:
        peer = ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, data[:_POINT])
        cipher = _cipher(agreement.exchange(ec.ECDH(), peer), gate_id)
        inside = cipher.decrypt(data[_POINT : _POINT + _NONCE], data[_POINT + _NONCE :], None)
    except (ValueError, InvalidTag) as error:
        raise SealedRefused("This was sealed for another gate, or changed.") from error
    said = inside[_SIGNED_FROM:]
    known = any(key_id(key) == inside[4:8] and _signed_by(key, inside) for key in issuer_keys)
    if inside[:4] != MAGIC or not known:
        raise SealedRefused("No pinned key signed this.")
    document: dict[str, Any] = json.loads(said)
    return document


def _cipher(secret: bytes, gate_id: UUID) -> AESGCM:
    info = CONTEXT + gate_id.bytes
    return AESGCM(HKDF(SHA256(), 32, salt=None, info=info).derive(secret))


def _signed_by(key: bytes, inside: bytes) -> bool:
    try:
        public = Ed25519PublicKey.from_public_bytes(key)
        public.verify(inside[8:_SIGNED_FROM], CONTEXT + inside[_SIGNED_FROM:])
    except (InvalidSignature, ValueError):
        return False
    return True
