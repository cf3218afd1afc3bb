"""Certificates of a hub: good for the venue's network, for nothing on the internet."""

from __future__ import annotations

import ssl
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from passes_service.hub import authority
from passes_service.hub.authority import Files
from passes_service.hub.errors import HubAddressPublic, HubCertificateBroken

NOW = datetime(2027, 3, 5, tzinfo=UTC)


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path / "hub")


def load(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificates(path.read_bytes())[0]


@pytest.mark.parametrize("host", ["192.168.1.20", "10.0.0.7", "hub.local", "door.home.arpa"])
def test_phones_that_trust_the_authority_accept_the_hub_at_its_address(
    files: Files, host: str
) -> None:
    assert authority.make(files, [host], name="Cellar", now=NOW)

    context = ssl.create_default_context(cafile=str(files.authority))
    assert context.get_ca_certs()[0]["subject"]
    certificate = load(files.certificate)
    assert certificate.not_valid_after_utc - certificate.not_valid_before_utc <= timedelta(398)
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert list(names) == [authority.general_name(host)]
    load(files.authority).public_key()
    certificate.verify_directly_issued_by(load(files.authority))


def test_the_stolen_authority_cannot_pose_as_a_site_on_the_internet(files: Files) -> None:
    authority.make(files, ["hub.local"], name="Cellar", now=NOW)
    issuer = load(files.authority)
    signer = serialization.load_pem_private_key(files.authority_key.read_bytes(), None)
    assert isinstance(signer, ec.EllipticCurvePrivateKey)
    key = ec.generate_private_key(ec.SECP256R1())
    names = x509.SubjectAlternativeName([x509.DNSName("bank.example.com")])
    forged = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Bank")]))
        .issuer_name(issuer.subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(NOW)
        .not_valid_after(NOW + timedelta(days=30))
        .add_extension(names, critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()),
            critical=False,
        )
        .sign(signer, hashes.SHA256())
    )
    verifier = (
        PolicyBuilder()
        .store(Store([issuer]))
        .time(NOW + timedelta(days=1))
        .build_server_verifier(x509.DNSName("bank.example.com"))
    )

    with pytest.raises(VerificationError):
        verifier.verify(forged, [])


@pytest.mark.parametrize(
    "host", ["8.8.8.8", "passes.example.org", "2001:4860::1", "local.evil.com"]
)
def test_addresses_of_the_internet_are_refused(files: Files, host: str) -> None:
    with pytest.raises(HubAddressPublic):
        authority.make(files, [host], name="Cellar", now=NOW)
    assert not files.authority.exists()


def test_another_address_keeps_the_authority_that_phones_trust(files: Files) -> None:
    authority.make(files, ["10.0.0.7"], name="Cellar", now=NOW)
    before = authority.fingerprint(files)

    assert not authority.make(files, ["10.0.0.8"], name="Cellar", now=NOW)

    assert authority.fingerprint(files) == before
    assert stat.S_IMODE(files.authority_key.stat().st_mode) == 0o600
    assert stat.S_IMODE(files.key.stat().st_mode) == 0o600


def test_a_folder_with_something_else_in_it_is_named(files: Files) -> None:
    files.folder.mkdir()
    files.authority.write_text("nothing")

    with pytest.raises(HubCertificateBroken):
        authority.make(files, ["10.0.0.8"], name="Cellar", now=NOW)
