"""AWS KMS: what is asked of it is checked by botocore, what it answers is signed for real."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from botocore.stub import Stubber
from coincurve import PrivateKey
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from passes_service.core import ethereum
from passes_service.keyring import SignerBroken, SignerUnavailable
from passes_service.keyring.aws_kms import open_kms

KEY = "arn:aws:kms:eu-central-1:111122223333:key/claim"
DIGESTS = [ethereum.keccak256(bytes([number])) for number in range(24)]
ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


def published(curve: ec.EllipticCurve, secret: int) -> dict[str, Any]:
    """Return KMS's answer to GetPublicKey."""
    public = ec.derive_private_key(secret, curve).public_key()
    der = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return {"KeyId": KEY, "KeyUsage": "SIGN_VERIFY", "PublicKey": der}


class Kms:
    """Stands in for the service: DER signatures with s in either half, as the real one makes them.

    The mock that is usual for AWS hashes digests a second time, so it cannot be used here.
    """

    def __init__(self, key: PrivateKey) -> None:
        self.key = key
        self.high = False

    def get_public_key(self, **asked: Any) -> dict[str, Any]:
        return published(ec.SECP256K1(), int.from_bytes(self.key.secret, "big"))

    def sign(self, **asked: Any) -> dict[str, Any]:
        assert asked["MessageType"] == "DIGEST"
        low = ethereum.sign_digest(asked["Message"], self.key)
        r, s = int.from_bytes(low[:32], "big"), int.from_bytes(low[32:64], "big")
        self.high = not self.high
        return {"Signature": encode_dss_signature(r, ORDER - s if self.high else s)}


def test_signs_for_its_address() -> None:
    key = PrivateKey()
    signer = open_kms(KEY, Kms(key))

    assert signer.address == ethereum.address_of(key)
    for digest in DIGESTS:
        assert ethereum.recover_signer(digest, signer.sign_digest(digest)) == signer.address
    assert "client" not in repr(signer)


@pytest.fixture
def stubbed() -> Any:
    """A client of the real library, whose requests are checked and never leave."""
    client = boto3.client(
        "kms", region_name="eu-central-1", aws_access_key_id="x", aws_secret_access_key="x"
    )
    with Stubber(client) as stubber:
        yield client, stubber


def test_asks_as_kms_wants_to_be_asked(stubbed: Any) -> None:
    client, stubber = stubbed
    key, digest = PrivateKey(), DIGESTS[0]
    low = ethereum.sign_digest(digest, key)
    r, s = int.from_bytes(low[:32], "big"), int.from_bytes(low[32:64], "big")
    stubber.add_response(
        "get_public_key",
        published(ec.SECP256K1(), int.from_bytes(key.secret, "big")),
        {"KeyId": KEY},
    )
    stubber.add_response(
        "sign",
        {"KeyId": KEY, "Signature": encode_dss_signature(r, s)},
        {
            "KeyId": KEY,
            "Message": digest,
            "MessageType": "DIGEST",
            "SigningAlgorithm": "ECDSA_SHA_256",
        },
    )

    assert open_kms(KEY, client).sign_digest(digest) == low
    stubber.assert_no_pending_responses()


def test_that_refuses_is_unavailable_and_its_words_are_not_passed_on(stubbed: Any) -> None:
    client, stubber = stubbed
    stubber.add_client_error("get_public_key", "AccessDeniedException", "for user secret-name")

    with pytest.raises(SignerUnavailable) as told:
        open_kms(KEY, client)
    assert "secret-name" not in told.value.detail


def test_that_signs_with_another_key_is_not_believed() -> None:
    kms = Kms(PrivateKey())
    signer = open_kms(KEY, kms)
    kms.key = PrivateKey()

    with pytest.raises(SignerUnavailable):
        signer.sign_digest(DIGESTS[0])


@pytest.mark.parametrize(
    "answer",
    [
        published(ec.SECP256R1(), 7),
        published(ec.SECP256K1(), 7) | {"KeyUsage": "ENCRYPT_DECRYPT"},
        published(ec.SECP256K1(), 7) | {"PublicKey": b"nothing"},
    ],
    ids=["curve", "usage", "bytes"],
)
def test_key_of_another_kind_is_refused(stubbed: Any, answer: dict[str, Any]) -> None:
    client, stubber = stubbed
    stubber.add_response("get_public_key", answer, {"KeyId": KEY})

    with pytest.raises(SignerBroken):
        open_kms(KEY, client)
