"""Does a certificate fit the address that phones will ask for? Found out before they do."""

from __future__ import annotations

import ipaddress
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)


def trouble(certificate: Path, key: Path, *, host: str, now: datetime) -> str:
    """Return a sentence that says why phones would refuse this certificate, or nothing."""
    try:
        found = x509.load_pem_x509_certificates(certificate.read_bytes())[0]
    except (OSError, ValueError):
        return f"{certificate} is no readable certificate in PEM."
    try:
        mine = load_pem_private_key(key.read_bytes(), None).public_key()
    except (OSError, ValueError, TypeError):  # TypeError: it has a password
        return f"{key} is no readable key in PEM without a password."
    if _public(mine) != _public(found.public_key()):
        return f"{key} is not the key of {certificate}."
    if not found.not_valid_before_utc <= now < found.not_valid_after_utc:
        since, until = found.not_valid_before_utc, found.not_valid_after_utc
        return f"{certificate} is good from {since:%Y-%m-%d} to {until:%Y-%m-%d} only."
    named = _names(found)
    if not any(_is(host, one) for one in named):
        return f"{certificate} is for {', '.join(named) or 'no address'}, not for {host}."
    return ""


def _public(key: object) -> bytes:
    raw: bytes = key.public_bytes(  # type: ignore[attr-defined]  # every public key has it
        Encoding.DER, PublicFormat.SubjectPublicKeyInfo
    )
    return raw


def _names(certificate: x509.Certificate) -> list[str]:
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    addresses = [str(one) for one in names.get_values_for_type(x509.IPAddress)]
    return [*names.get_values_for_type(x509.DNSName), *addresses]


def _is(host: str, named: str) -> bool:
    """Tell whether a name of a certificate covers a host; `*` stands for one label, the first."""
    try:
        return ipaddress.ip_address(host.strip("[]")) == ipaddress.ip_address(named)
    except ValueError:
        asked, known = host.lower().rstrip("."), named.lower()
    return asked == known or (known[:2] == "*." and asked.partition(".")[2] == known[2:] != "")
