"""Vectors of wallet sign-in messages: texts, signatures, and the refusal each must get."""

from __future__ import annotations

from typing import Any

from passes_service.core import ethereum
from tests.vectors.common import wallet

ADDRESS = ethereum.address_of(wallet("holder"))
NOW = "2027-01-15T18:00:30Z"
FULL = f"""passes.example wants you to sign in with your Ethereum account:
{ADDRESS}

Sign in to see your passes.

URI: https://passes.example/sign-in
Version: 1
Chain ID: 1
Nonce: a1B2c3D4e5F6
Issued At: 2027-01-15T18:00:00Z
Expiration Time: 2027-01-15T18:10:00Z
Not Before: 2027-01-15T18:00:00Z
Request ID: r-1
Resources:
- https://passes.example/terms
- ipfs://bafybeiemxf5abjwjbikoz4mc3a3dla6ual3jsgpdr4cjr3oz3evfyavhwq/"""
SHORT = f"""passes.example wants you to sign in with your Ethereum account:
{ADDRESS}


URI: https://passes.example
Version: 1
Chain ID: 1
Nonce: a1B2c3D4
Issued At: 2027-01-15T18:00:00.123Z"""
PORT = SHORT.replace("passes.example", "localhost:8000").replace("https:", "http:")


Changed = tuple[str, str, str, str]


def _changes() -> list[Changed]:
    """List name, refusal, and what is replaced by what in the full message."""
    uri, broken = "https://passes.example/sign-in", "siwe-malformed"
    return _not_for_us(uri, broken) + _misspelled(ADDRESS, uri, broken)


def _not_for_us(uri: str, broken: str) -> list[Changed]:
    """List messages that are well written, but for another place or time."""
    return [
        ("another site", "siwe-domain", "passes.example wants", "evil.example wants"),
        ("our name inside another", "siwe-domain", "passes.example w", "passes.example.evil.io w"),
        ("another port", "siwe-domain", "passes.example wants", "passes.example:8443 wants"),
        ("another scheme", "siwe-domain", "passes.example wants", "http://passes.example wants"),
        ("user part", broken, "passes.example wants", "passes.example@evil.example wants"),
        ("address of another site", "siwe-uri", uri, "https://evil.example/sign-in"),
        ("origin as a beginning", "siwe-uri", uri, "https://passes.example.evil.io/sign-in"),
        ("origin as a user", "siwe-uri", uri, "https://passes.example@evil.io/sign-in"),
        ("plain http", "siwe-uri", uri, "http://passes.example/sign-in"),
        ("another chain", "siwe-chain", "Chain ID: 1", "Chain ID: 5"),
        ("expired", "siwe-expired", "2027-01-15T18:10:00Z", "2027-01-15T18:00:30Z"),
        ("too old", "siwe-expired", "Issued At: 2027-01-15T18:00", "Issued At: 2027-01-15T17:00"),
        (
            "issued later",
            "siwe-not-yet",
            "Issued At: 2027-01-15T18:00",
            "Issued At: 2027-01-15T18:02",
        ),
        (
            "not before",
            "siwe-not-yet",
            "Before: 2027-01-15T18:00:00Z",
            "Before: 2027-01-15T18:00:31Z",
        ),
    ]


def _misspelled(address: str, uri: str, broken: str) -> list[Changed]:
    """List messages that some parser would let pass."""
    return [
        ("lower-case address", broken, address, address.lower()),
        ("wrong checksum", broken, address, address.swapcase().replace("0X", "0x")),
        ("short address", broken, address, address[:-1]),
        ("short nonce", broken, "a1B2c3D4e5F6", "a1B2c3D"),
        ("nonce with a sign", broken, "a1B2c3D4e5F6", "a1B2-c3D4e5"),
        ("version 2", broken, "Version: 1", "Version: 2"),
        ("chain in hex", broken, "Chain ID: 1", "Chain ID: 0x1"),
        ("chain in other digits", broken, "Chain ID: 1", "Chain ID: \u0661"),
        ("negative chain", broken, "Chain ID: 1", "Chain ID: -1"),
        ("carriage returns", broken, "\n", "\r\n"),
        ("trailing newline", broken, "avhwq/", "avhwq/\n"),
        ("leading space", broken, "passes.example wants", " passes.example wants"),
        ("two lines of statement", broken, "your passes.", "your\npasses."),
        ("statement with quotes", broken, "your passes.", 'your "passes".'),
        ("statement in Greek", broken, "your passes.", "\u03b1."),
        ("no blank line", broken, "passes.\n\nURI", "passes.\nURI"),
        ("no URI", broken, f"URI: {uri}\n", ""),
        ("relative URI", broken, uri, "/sign-in"),
        ("URI with a space", broken, uri, uri + " x"),
        ("fields in another order", broken, "Version: 1\nChain ID: 1", "Chain ID: 1\nVersion: 1"),
        ("field twice", broken, "Version: 1", "Version: 1\nVersion: 1"),
        ("lower-case label", broken, "Nonce:", "nonce:"),
        ("no space after label", broken, "Nonce: ", "Nonce:"),
        ("extra field", broken, "Request ID", "Role: admin\nRequest ID"),
        ("February 30th", broken, "2027-01-15T18:10:00Z", "2027-02-30T18:10:00Z"),
        ("leap second", broken, "2027-01-15T18:10:00Z", "2027-01-15T18:10:60Z"),
        ("no time zone", broken, "2027-01-15T18:10:00Z", "2027-01-15T18:10:00"),
        ("date only", broken, "2027-01-15T18:10:00Z", "2027-01-15"),
        ("year zero", broken, "2027-01-15T18:10:00Z", "0000-01-15T18:10:00Z"),
        ("before year one", broken, "2027-01-15T18:10:00Z", "0001-01-01T00:00:00+23:59"),
        ("request id with a space", broken, "r-1", "r 1"),
        ("resource without a dash", broken, "- ipfs", "ipfs"),
        ("resource that is no URI", broken, "- ipfs://", "- "),
        ("4097 characters", broken, "/terms", "/" + "t" * 4097),
    ]


def build() -> dict[str, Any]:
    key = wallet("holder")
    return {
        "about": "EIP-4361; checks use domain passes.example, origin https://passes.example, "
        "chain 1, at most 600 s old",
        "private_key": key.secret.hex(),
        "address": ADDRESS,
        "now": NOW,
        "sound": [
            {
                "name": name,
                "text": text,
                "signature": ethereum.sign_digest(ethereum.text_digest(text), key).hex(),
            }
            for name, text in (("every field", FULL), ("fewest fields", SHORT), ("port", PORT))
        ],
        "hostile": [
            {"name": name, "refusal": refusal, "text": FULL.replace(old, new)}
            for name, refusal, old, new in _changes()
        ]
        + [{"name": "empty", "refusal": "siwe-malformed", "text": ""}],
    }
