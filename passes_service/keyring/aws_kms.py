"""A key in AWS KMS: it signs digests there and never leaves."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from coincurve import PublicKey
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP256K1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_public_key,
)

from passes_service.core import ethereum
from passes_service.keyring.errors import SignerBroken, SignerUnavailable
from passes_service.keyring.signers import finish

SECONDS: Final = 2


@dataclass(frozen=True, slots=True)
class KmsSigner:
    """A signer in AWS KMS. `client` is boto3's; it may be shared between threads."""

    address: str
    key_id: str
    client: Any = field(repr=False, compare=False)

    def sign_digest(self, digest: bytes) -> bytes:
        """Return the signature of a digest; KMS draws its own randomness.

        Raises:
            SignerUnavailable: KMS did not answer, or refused.
        """
        try:
            answer = self.client.sign(
                KeyId=self.key_id,
                Message=digest,
                MessageType="DIGEST",
                SigningAlgorithm="ECDSA_SHA_256",
            )
            r, s = decode_dss_signature(answer["Signature"])
        except Exception as error:  # botocore makes its kinds at run time; none may leak a request
            raise SignerUnavailable(f"AWS KMS did not sign ({type(error).__name__}).") from None
        return finish(r, s, digest=digest, address=self.address)


def open_kms(key_id: str, client: Any | None = None) -> KmsSigner:
    """Ask KMS for the public half of a key; region and credentials are those of the machine.

    Raises:
        SignerBroken: No library, or no such key for signing on secp256k1.
        SignerUnavailable: KMS does not answer.
    """
    client = _client() if client is None else client
    try:
        answer = client.get_public_key(KeyId=key_id)
    except Exception as error:  # as above
        raise SignerUnavailable(f"AWS KMS did not answer ({type(error).__name__}).") from None
    if answer.get("KeyUsage") != "SIGN_VERIFY":
        raise SignerBroken("The key in AWS KMS is not for signing.")
    try:
        public = load_der_public_key(answer["PublicKey"])
    except (ValueError, UnsupportedAlgorithm):
        raise SignerBroken("AWS KMS sent no public key.") from None
    if not isinstance(public, EllipticCurvePublicKey) or not isinstance(public.curve, SECP256K1):
        raise SignerBroken("The key in AWS KMS is not of kind ECC_SECG_P256K1.")
    point = public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return KmsSigner(ethereum.address_of(PublicKey(point)), key_id, client)


def _client() -> Any:
    try:
        import boto3
        from botocore.config import Config
    except ImportError:
        raise SignerBroken("AWS KMS needs the extra: install passes-service[kms].") from None
    patience = Config(connect_timeout=SECONDS, read_timeout=SECONDS, retries={"max_attempts": 1})
    try:
        return boto3.client("kms", config=patience)
    except Exception as error:  # no region, a broken profile
        raise SignerBroken(f"AWS KMS cannot be used ({type(error).__name__}).") from None
