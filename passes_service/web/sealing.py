"""Secrets in answers that are kept for replay: stored encrypted, so that no row holds them.

An answer that shows a secret once must still replay byte for byte under its Idempotency-Key. It
is stored with the secret sealed (AES-256-GCM under a key derived from the session key) and opened
on its way out, first time and replay alike.
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from fastapi import Response

from passes_service.core.errors import DomainError, Kind
from passes_service.web.idempotency import Call

_NONCE_LENGTH = 12
# Only in the member `token`, so that nobody's name for a thing can pass for a sealed secret.
_SEALED = re.compile(rb'(?<="token":")sealed\.([A-Za-z0-9_-]{40,400})\.(?=")')


class SecretGone(DomainError):
    """The answer held a secret, and the keys that could show it again have been rotated."""

    code, title, kind = "secret-gone", "The secret cannot be shown again", Kind.GONE
    next_step = "Revoke what this call made and make a new one, with a new Idempotency-Key."


def _cipher(key: bytes) -> AESGCM:
    derived = HKDF(SHA256(), 32, salt=None, info=b"passes-service sealed answer 1").derive(key)
    return AESGCM(derived)


def seal(secret: str, call: Call) -> str:
    """Return a stand-in for `secret` to put in the stored answer of `call`."""
    nonce = call.services.random_bytes(_NONCE_LENGTH)
    box = _cipher(call.services.keyring.session_key).encrypt(
        nonce, secret.encode(), call.fingerprint
    )
    return f"sealed.{urlsafe_b64encode(nonce + box).rstrip(b'=').decode()}."


def opened(response: Response, call: Call) -> Response:
    """Put the secrets back into the answer of `call`.

    Raises:
        SecretGone: It is a replay, and the key that sealed it is no longer accepted.
    """

    def secret(found: re.Match[bytes]) -> bytes:
        raw = urlsafe_b64decode(found[1] + b"=" * (-len(found[1]) % 4))
        for key in call.services.keyring.session_keys(call.now):
            try:
                return _cipher(key).decrypt(
                    raw[:_NONCE_LENGTH], raw[_NONCE_LENGTH:], call.fingerprint
                )
            except InvalidTag:
                continue
        raise SecretGone("The secret in this answer can no longer be read.")

    response.body = _SEALED.sub(secret, bytes(response.body))
    response.headers["Content-Length"] = str(len(response.body))
    return response
