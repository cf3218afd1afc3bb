"""The organizer's own credentials with Google and Apple: one directory per organizer's slug.

    <PASSES_GOOGLE_WALLET_DIR>/<slug>/   service-account.json  issuer-id
    <PASSES_APPLE_WALLET_DIR>/<slug>/    certificate.pem  key.pem  intermediate.pem

Without a directory there are no buttons; what is in one that others can read is not used.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509.oid import NameOID

from passes_service.core.errors import DomainError
from passes_service.keyring import files
from passes_service.wallet_passes.errors import WalletBroken, WalletNotOffered

_ISSUER = re.compile(r"[0-9]{1,32}")


@dataclass(frozen=True, slots=True, kw_only=True)
class GoogleAccount:
    """A service account of Google Cloud that may issue passes for `issuer_id`."""

    issuer_id: str
    email: str
    key_id: str
    key: RSAPrivateKey = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class AppleSigner:
    """A pass type certificate; both identifiers are read from its subject."""

    pass_type: str
    team: str
    certificate: x509.Certificate
    intermediate: x509.Certificate
    key: RSAPrivateKey = field(repr=False)


def offered(directory: Path | None, slug: str) -> bool:
    """Tell whether there are credentials for an organizer, good or not."""
    return directory is not None and (directory / slug).is_dir()


def google(directory: Path | None, slug: str) -> GoogleAccount:
    """Return the organizer's service account.

    Raises:
        WalletNotOffered: There is none.
        WalletBroken: A file is missing, unsafe, or not what it should be.
    """
    account, issuer = _read(directory, slug, "service-account.json", "issuer-id")
    try:
        said = json.loads(account)
        key = load_pem_private_key(said["private_key"].encode(), None)
        issuer_id = issuer.decode("ascii").strip()
        if not isinstance(key, RSAPrivateKey) or not _ISSUER.fullmatch(issuer_id):
            raise ValueError
        return GoogleAccount(
            issuer_id=issuer_id,
            email=str(said["client_email"]),
            key_id=str(said["private_key_id"]),
            key=key,
        )
    except (ValueError, TypeError, KeyError, AttributeError):
        raise WalletBroken("The service account or the issuer id cannot be read.") from None


def apple(directory: Path | None, slug: str, *, now: datetime) -> AppleSigner:
    """Return the organizer's pass type certificate with its key.

    Raises:
        WalletNotOffered: There is none.
        WalletBroken: A file is missing, unsafe, does not fit the others, or out of date.
    """
    names = ("certificate.pem", "key.pem", "intermediate.pem")
    signed, secret, above = _read(directory, slug, *names)
    try:
        certificate, intermediate = map(x509.load_pem_x509_certificate, (signed, above))
        key = load_pem_private_key(secret, None)
        if not isinstance(key, RSAPrivateKey) or key.public_key() != certificate.public_key():
            raise ValueError
        found = AppleSigner(
            pass_type=_named(certificate, NameOID.USER_ID),
            team=_named(certificate, NameOID.ORGANIZATIONAL_UNIT_NAME),
            certificate=certificate,
            intermediate=intermediate,
            key=key,
        )
    except (ValueError, TypeError, IndexError):
        raise WalletBroken("The certificate, its key or the intermediate is not usable.") from None
    if not certificate.not_valid_before_utc <= now < certificate.not_valid_after_utc:
        raise WalletBroken("The pass type certificate is out of date.")
    return found


def _named(certificate: x509.Certificate, oid: x509.ObjectIdentifier) -> str:
    return str(certificate.subject.get_attributes_for_oid(oid)[0].value)


def _read(directory: Path | None, slug: str, *names: str) -> list[bytes]:
    """Read the files of an organizer; they hold secrets and are kept like our own keys."""
    if directory is None or not offered(directory, slug):
        raise WalletNotOffered("The organizer does not offer passes for this wallet app.")
    try:
        with files.opened_directory(directory / slug) as descriptor:
            return [files.read(descriptor, name) for name in names]
    except DomainError as error:
        raise WalletBroken(error.detail) from error
