"""Credentials for tests: a service account and a pass type certificate, nobody's real ones."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

ISSUER_ID = "3388000000012345678"
ACCOUNT = "passes@nocturne.iam.example"
PASS_TYPE = "pass.example.nocturne"
TEAM = "A1B2C3D4E5"
YEAR = timedelta(days=365)


@cache
def key(name: str) -> rsa.RSAPrivateKey:
    """Return a key, the same for one name throughout a run: making one takes a while."""
    return rsa.generate_private_key(65537, 2048)


def pem(secret: rsa.RSAPrivateKey) -> str:
    return secret.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


def put(folder: Path, name: str, content: str | bytes, mode: int = 0o600) -> None:
    """Write a file as an operator would."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    path.chmod(mode)


def google(place: Path, slug: str = "nocturne") -> Path:
    """Write the credentials for Google Wallet; return the directory of the setting."""
    account = {
        "type": "service_account",
        "client_email": ACCOUNT,
        "private_key": pem(key("google")),
        "private_key_id": "0123456789abcdef0123456789abcdef01234567",
    }
    put(place / "google" / slug, "service-account.json", json.dumps(account))
    put(place / "google" / slug, "issuer-id", f"{ISSUER_ID}\n")
    return place / "google"


def apple(place: Path, now: datetime, slug: str = "nocturne", ends: timedelta = YEAR) -> Path:
    """Write the credentials for Apple Wallet and, beside them, the root that vouches for them."""
    folder = place / "apple" / slug
    root = _certificate("Test root", "root", "root", None, now, now + YEAR)
    above = _certificate("Test WWDR", "wwdr", "root", root, now, now + YEAR)
    signed = _certificate("Test pass", "pass", "wwdr", above, now, now + ends)
    for name, one in (("certificate.pem", signed), ("intermediate.pem", above)):
        put(folder, name, one.public_bytes(serialization.Encoding.PEM))
    put(folder, "key.pem", pem(key("pass")))
    put(place, "root.pem", root.public_bytes(serialization.Encoding.PEM))
    return place / "apple"


def _certificate(
    name: str,
    own: str,
    by: str,
    above: x509.Certificate | None,
    now: datetime,
    ends: datetime,
) -> x509.Certificate:
    parts = [x509.NameAttribute(NameOID.COMMON_NAME, name)]
    if own == "pass":
        parts += [
            x509.NameAttribute(NameOID.USER_ID, PASS_TYPE),
            x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, TEAM),
        ]
    subject = x509.Name(parts)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject if above is None else above.subject)
        .public_key(key(own).public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(ends)
        .add_extension(x509.BasicConstraints(ca=own != "pass", path_length=None), critical=True)
        .sign(key(by), hashes.SHA256())
    )
