"""Phones that enrol as gates, as the scanner page does it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from starlette.testclient import TestClient

from passes_service.core import binary, enrolment


def point(key: ec.EllipticCurvePrivateKey) -> bytes:
    """Return the uncompressed public half."""
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def sign(key: ec.EllipticCurvePrivateKey, message: bytes) -> bytes:
    """Return r then s."""
    r, s = decode_dss_signature(key.sign(message, ec.ECDSA(SHA256())))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def new_key() -> ec.EllipticCurvePrivateKey:
    """Make a key of P-256."""
    return ec.generate_private_key(ec.SECP256R1())


@dataclass(frozen=True)
class GatePhone:
    """A phone with keys of its own."""

    signing: ec.EllipticCurvePrivateKey = field(default_factory=new_key)
    agreement: ec.EllipticCurvePrivateKey = field(default_factory=new_key)
    secret: bytes = field(default_factory=lambda: secrets.token_bytes(32))

    def body(self, link: str) -> dict[str, str]:
        """Return what the phone sends to become the gate of a link."""
        message = enrolment.message(link, point(self.signing), point(self.agreement))
        return {
            "public_key": binary.to_text(point(self.signing)),
            "agreement_key": binary.to_text(point(self.agreement)),
            "secret": binary.to_text(self.secret),
            "proof": binary.to_text(sign(self.signing, message)),
        }

    def enrol(self, client: TestClient, link: str, **changed: str) -> Any:
        """Ask to become the gate of a link."""
        sent = self.body(link) | changed
        return client.post("/api/v1/gates/enrolments", json=sent, headers=as_gate(link))


def as_gate(token: str) -> dict[str, str]:
    """Return the header of a gate."""
    return {"Authorization": f"Bearer {token}"}
