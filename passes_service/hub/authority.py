"""A certificate authority for one venue's network, which can vouch for nothing on the internet."""

from __future__ import annotations

import hashlib
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from passes_service.hub.errors import HubAddressPublic, HubCertificateBroken

AUTHORITY_DAYS: Final = 3 * 365
CERTIFICATE_DAYS: Final = 397
"""Phones refuse certificates that live longer than 398 days."""
_PRIVATE: Final = (
    *("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "127.0.0.0/8"),
    *("fc00::/7", "fe80::/10"),
)
_LOCAL: Final = ("local", "lan", "home.arpa", "internal", "test", "localhost")


@dataclass(frozen=True)
class Files:
    """Where the hub keeps its certificates; secrets are readable by this user only."""

    folder: Path

    @property
    def authority(self) -> Path:
        """The authority's certificate, which phones are told to trust."""
        return self.folder / "authority.crt"

    @property
    def authority_key(self) -> Path:
        """The authority's key. With it anybody can pose as this hub on these phones."""
        return self.folder / "authority.key"

    @property
    def certificate(self) -> Path:
        """The hub's own certificate."""
        return self.folder / "hub.crt"

    @property
    def key(self) -> Path:
        """The key of the hub's own certificate."""
        return self.folder / "hub.key"


def make(files: Files, hosts: Sequence[str], *, name: str, now: datetime) -> bool:
    """Make a certificate for these names and addresses; tell whether the authority is new.

    The authority is bound to private addresses and local names (RFC 5280, 4.2.1.10): whoever
    steals its key cannot pose as any site on the internet.

    Raises:
        HubAddressPublic: A host is no private address and no local name.
        HubCertificateBroken: The folder holds something that is no authority of ours.
    """
    names = [general_name(host) for host in hosts]
    files.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = not files.authority.exists()
    if fresh:
        _make_authority(files, name, now)
    try:
        authority = x509.load_pem_x509_certificate(files.authority.read_bytes())
        signer = serialization.load_pem_private_key(files.authority_key.read_bytes(), None)
    except (OSError, ValueError) as error:
        raise HubCertificateBroken(f"{files.folder} holds no readable authority.") from error
    if not isinstance(signer, ec.EllipticCurvePrivateKey):
        raise HubCertificateBroken(f"{files.authority_key} is not a key of ours.")
    key = ec.generate_private_key(ec.SECP256R1())
    last = min(now + timedelta(days=CERTIFICATE_DAYS), authority.not_valid_after_utc)
    made = (
        x509.CertificateBuilder()
        # No host name here: some would hold it against the constraints on names.
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Gate hub")]))
        .issuer_name(authority.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(last)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()),
            critical=False,
        )
        .sign(signer, hashes.SHA256())
    )
    _write(files.key, _private(key))
    _write(files.certificate, _public(made) + _public(authority))
    return fresh


def fingerprint(files: Files) -> str:
    """Return SHA-256 of the authority's certificate as phones show it, to compare by eye."""
    found = x509.load_pem_x509_certificate(files.authority.read_bytes())
    raw = hashlib.sha256(found.public_bytes(serialization.Encoding.DER)).hexdigest().upper()
    return " ".join(raw[at : at + 2] for at in range(0, len(raw), 2))


def called(files: Files) -> str:
    """Return what phones call the authority in their settings."""
    found = x509.load_pem_x509_certificate(files.authority.read_bytes())
    return str(found.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value)


def der(files: Files) -> bytes:
    """Return the authority's certificate as phones install it."""
    found = x509.load_pem_x509_certificate(files.authority.read_bytes())
    return found.public_bytes(serialization.Encoding.DER)


def general_name(host: str) -> x509.GeneralName:
    """Return a host as certificates name it.

    Raises:
        HubAddressPublic: It is no private address and no local name.
    """
    try:
        address = ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        text = host.lower().rstrip(".")
        if text.rpartition(".")[2] in _LOCAL or text.endswith(".home.arpa"):
            return x509.DNSName(text)
        raise HubAddressPublic(f"{host} is no name of a local network.") from None
    if not any(address in network for network in map(ipaddress.ip_network, _PRIVATE)):
        raise HubAddressPublic(f"{host} is not an address of a private network.")
    return x509.IPAddress(address)


def _make_authority(files: Files, name: str, now: datetime) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Gate hub “{name}”"[:64])])
    permitted: list[x509.GeneralName] = [
        x509.IPAddress(ipaddress.ip_network(network)) for network in _PRIVATE
    ]
    permitted += [x509.DNSName(local) for local in _LOCAL]
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=AUTHORITY_DAYS))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(
            x509.KeyUsage(
                key_cert_sign=True,
                crl_sign=True,
                **dict.fromkeys(_OTHER_USES, False),
            ),
            critical=True,
        )
        .add_extension(x509.NameConstraints(permitted, None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    _write(files.authority_key, _private(key))
    _write(files.authority, _public(made))


_OTHER_USES: Final = (
    *("digital_signature", "content_commitment", "key_encipherment", "data_encipherment"),
    *("key_agreement", "encipher_only", "decipher_only"),
)


def _private(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _public(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _write(path: Path, content: bytes) -> None:
    path.touch(mode=0o600)
    path.write_bytes(content)
