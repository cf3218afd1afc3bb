"""What phones would refuse is refused at the start: another address, expired, another key."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from passes_service.hub import authority, certificates
from passes_service.hub.authority import Files

NOW = datetime(2027, 3, 5, tzinfo=UTC)


@pytest.mark.parametrize("host", ["192.168.1.20", "hub.local", "fd00::7"])
def test_what_init_made_fits_its_own_address_only(tmp_path: Path, host: str) -> None:
    files = Files(tmp_path)
    authority.make(files, [host], name="Cellar", now=NOW)

    def trouble(asked: str, now: datetime = NOW) -> str:
        return certificates.trouble(files.certificate, files.key, host=asked, now=now)

    assert trouble(host) == ""
    assert trouble("192.168.1.33").endswith(f"is for {host}, not for 192.168.1.33.")
    late = NOW + timedelta(days=authority.CERTIFICATE_DAYS)
    assert "is good from 2027-03-04 to 2028-04-05 only" in trouble(host, late)


@pytest.mark.parametrize(
    ("named", "host", "fits"),
    [
        ("door.example.org", "door.example.org", True),
        ("door.example.org", "DOOR.example.org.", True),
        ("*.example.org", "door.example.org", True),
        ("*.example.org", "example.org", False),
        ("*.example.org", "a.door.example.org", False),
        ("*.example.org", "192.168.1.20", False),
        ("door.example.org", "other.example.org", False),
        ("", "door.example.org", False),
    ],
)
def test_certificate_of_ones_own_fits_as_browsers_see_it(
    tmp_path: Path, named: str, host: str, *, fits: bool
) -> None:
    chain, key = own(tmp_path, named)

    assert (certificates.trouble(chain, key, host=host, now=NOW) == "") is fits


def test_files_that_are_none_or_do_not_belong_together_are_named(tmp_path: Path) -> None:
    chain, key = own(tmp_path, "door.example.org")
    (tmp_path / "other").mkdir()
    _, foreign = own(tmp_path / "other", "door.example.org")

    def trouble(certificate: Path, secret: Path) -> str:
        return certificates.trouble(certificate, secret, host="door.example.org", now=NOW)

    assert trouble(key, key) == f"{key} is no readable certificate in PEM."
    assert trouble(chain, chain) == f"{chain} is no readable key in PEM without a password."
    assert trouble(chain, foreign) == f"{foreign} is not the key of {chain}."


def own(folder: Path, name: str) -> tuple[Path, Path]:
    """Make a certificate as somebody brings it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(NOW - timedelta(days=1))
        .not_valid_after(NOW + timedelta(days=30))
    )
    if name:
        names = x509.SubjectAlternativeName([x509.DNSName(name)])
        builder = builder.add_extension(names, critical=False)
    chain, secret = folder / "chain.pem", folder / "key.pem"
    chain.write_bytes(builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM))
    secret.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return chain, secret
