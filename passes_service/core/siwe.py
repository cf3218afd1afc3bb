"""Sign-In with Ethereum: the strict message of EIP-4361, and who signed it (EIP-191).

The parser accepts the EIP's grammar and nothing around it, narrower in two places: the domain is
host[:port] (no user part, which only ever served to deceive) and the address needs its EIP-55
checksum, as the EIP demands. `tests/vectors/siwe.json` has good and hostile messages.

Single use of the nonce is not decided here; whoever stores nonces raises `SiweNonceRefused`.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from passes_service.core import ethereum
from passes_service.core.errors import DomainError, Kind

MAX_LENGTH = 4_096
CLOCK_SKEW = timedelta(seconds=60)
_WANTS = " wants you to sign in with your Ethereum account:"

_CHAR = r"[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=]"  # RFC 3986 unreserved and reserved
_PCHAR = r"(?:[A-Za-z0-9\-._~!$&'()*+,;=:@]|%[0-9A-Fa-f]{2})"
_HOST = r"(?:\[[0-9A-Fa-f:.]+\]|(?:[A-Za-z0-9\-._~!$&'()*+,;=]|%[0-9A-Fa-f]{2})+)(?::[0-9]{1,5})?"
_URI = rf"[A-Za-z][A-Za-z0-9+\-.]*:(?:{_CHAR}|%[0-9A-Fa-f]{{2}})*"
_TIME = r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:[Zz]|[+-]\d\d:\d\d)"
_MESSAGE = re.compile(
    rf"(?:(?P<scheme>[A-Za-z][A-Za-z0-9+\-.]*)://)?(?P<domain>{_HOST}){_WANTS}\n"
    r"(?P<address>0x[0-9a-fA-F]{40})\n\n"
    rf"(?:(?P<statement>(?:{_CHAR}| )+)\n)?\n"
    rf"URI: (?P<uri>{_URI})\n"
    r"Version: 1\n"
    r"Chain ID: (?P<chain_id>[0-9]{1,78})\n"
    r"Nonce: (?P<nonce>[A-Za-z0-9]{8,256})\n"
    rf"Issued At: (?P<issued_at>{_TIME})"
    rf"(?:\nExpiration Time: (?P<expiration_time>{_TIME}))?"
    rf"(?:\nNot Before: (?P<not_before>{_TIME}))?"
    rf"(?:\nRequest ID: (?P<request_id>{_PCHAR}*))?"
    rf"(?:\nResources:(?P<resources>(?:\n- {_URI})*))?",
    re.ASCII,
)
_FRACTION = re.compile(r"\.(\d+)")


class SiweMalformed(DomainError):
    """The text is not a message of EIP-4361."""

    code, title, kind = "siwe-malformed", "Not a sign-in message", Kind.INVALID
    next_step = "Ask for a new sign-in message and sign it unchanged."


class SiweDomainRefused(DomainError):
    """The message is for another site: somebody may be passing it on."""

    code, title, kind = "siwe-domain", "Sign-in for another site", Kind.FORBIDDEN
    next_step = "Sign in from this site's own page, and check the address bar."


class SiweUriRefused(DomainError):
    """The message names a resource that is not ours."""

    code, title, kind = "siwe-uri", "Sign-in for another address", Kind.FORBIDDEN
    next_step = "Sign in from this site's own page, and check the address bar."


class SiweChainRefused(DomainError):
    """The wallet is on a chain that is not served here."""

    code, title, kind = "siwe-chain", "Wallet on another chain", Kind.INVALID
    next_step = "Switch the wallet to one of the chains named and sign again."


class SiweExpired(DomainError):
    """The message is past its expiration, or was issued too long ago."""

    code, title, kind = "siwe-expired", "Sign-in message expired", Kind.GONE
    next_step = "Ask for a new sign-in message."


class SiweNotYet(DomainError):
    """The message is not valid yet."""

    code, title, kind = "siwe-not-yet", "Sign-in message not valid yet", Kind.INVALID
    next_step = "Check the clock of your device and sign in again."


class SiweNonceRefused(DomainError):
    """The nonce is not one that we gave out, or it was used."""

    code, title, kind = "siwe-nonce", "Sign-in message already used", Kind.CONFLICT
    next_step = "Ask for a new sign-in message; each is good for one sign-in."


class SiweSignatureRefused(DomainError):
    """The signature is not by the wallet that the message names."""

    code, title, kind = "siwe-signature", "Signed by another wallet", Kind.UNAUTHENTICATED
    next_step = "Sign with the wallet whose address is in the message."


@dataclass(frozen=True, slots=True, kw_only=True)
class SiweMessage:
    """The fields of a message; times are aware and in UTC."""

    domain: str
    address: str
    uri: str
    chain_id: int
    nonce: str
    issued_at: datetime
    scheme: str | None = None
    statement: str | None = None
    expiration_time: datetime | None = None
    not_before: datetime | None = None
    request_id: str | None = None
    resources: tuple[str, ...] | None = None


def parse(text: str) -> SiweMessage:
    """Return the fields of a sign-in message.

    Raises:
        SiweMalformed: The text departs from the grammar, or a value cannot be.
    """
    if not isinstance(text, str) or len(text) > MAX_LENGTH:
        raise SiweMalformed(f"A sign-in message has at most {MAX_LENGTH} characters.")
    found = _MESSAGE.fullmatch(text)
    if found is None:
        raise SiweMalformed("The message does not follow EIP-4361 to the letter.")
    try:
        ethereum.address_bytes(found["address"])
    except ethereum.AddressMalformed as error:
        raise SiweMalformed(error.detail, field="address") from error
    resources = found["resources"]
    return SiweMessage(
        scheme=found["scheme"],
        domain=found["domain"],
        address=found["address"],
        statement=found["statement"],
        uri=found["uri"],
        chain_id=int(found["chain_id"]),
        nonce=found["nonce"],
        issued_at=_time(found["issued_at"]),
        expiration_time=_optional_time(found["expiration_time"]),
        not_before=_optional_time(found["not_before"]),
        request_id=found["request_id"],
        resources=None if resources is None else tuple(resources.split("\n- ")[1:]),
    )


def build(message: SiweMessage) -> str:
    """Return the text to sign.

    Raises:
        SiweMalformed: A field cannot be written so that it reads back the same.
    """
    scheme = "" if message.scheme is None else f"{message.scheme}://"
    lines = [f"{scheme}{message.domain}{_WANTS}", message.address, ""]
    if message.statement is not None:
        lines.append(message.statement)
    lines += [
        "",
        f"URI: {message.uri}",
        "Version: 1",
        f"Chain ID: {message.chain_id}",
        f"Nonce: {message.nonce}",
        f"Issued At: {_write_time(message.issued_at)}",
    ]
    if message.expiration_time is not None:
        lines.append(f"Expiration Time: {_write_time(message.expiration_time)}")
    if message.not_before is not None:
        lines.append(f"Not Before: {_write_time(message.not_before)}")
    if message.request_id is not None:
        lines.append(f"Request ID: {message.request_id}")
    if message.resources is not None:
        lines += ["Resources:", *(f"- {resource}" for resource in message.resources)]
    text = "\n".join(lines)
    if parse(text) != message:
        raise SiweMalformed("A field of the message cannot be written so that it reads back.")
    return text


def check(
    message: SiweMessage,
    *,
    domain: str,
    uri_origin: str,
    chain_ids: Collection[int],
    now: datetime,
    max_age: timedelta,
    nonce: str | None = None,
) -> None:
    """Refuse a message that is not for this site, these chains and this moment.

    Args:
        message: What `parse` returned.
        domain: Our host, with the port if it is not the usual one, from settings.
        uri_origin: Our origin, scheme://host[:port]; the message's URI must be on it.
        chain_ids: Chains on which we accept wallets.
        now: Aware instant. Another clock may be ahead of ours by a minute.
        max_age: How long after `issued_at` a message is accepted, whatever it says itself.
        nonce: The nonce that was given out, where the caller holds it in a session.

    Raises:
        SiweDomainRefused, SiweUriRefused, SiweChainRefused, SiweNonceRefused, SiweNotYet,
        SiweExpired: The first of these that applies.
    """
    scheme = uri_origin.partition("://")[0]
    if message.domain != domain or message.scheme not in (None, scheme):
        raise SiweDomainRefused("The message is for another site.", expected=domain)
    rest = message.uri.removeprefix(uri_origin)
    if not message.uri.startswith(uri_origin) or rest[:1] not in ("", "/", "?", "#"):
        raise SiweUriRefused("The message names an address elsewhere.", expected=uri_origin)
    if message.chain_id not in chain_ids:
        raise SiweChainRefused("This chain is not served here.", expected=sorted(chain_ids))
    if nonce is not None and message.nonce != nonce:
        raise SiweNonceRefused("This is not the nonce that was given out.")
    _check_time(message, now, max_age)


def recover(message_text: str, signature: bytes) -> str:
    """Return the address whose key signed a text with `personal_sign`, in any wallet's spelling.

    Raises:
        SignatureMalformed: The signature has another length, a high s, another v, or no point.
    """
    spelled = ethereum.canonical_signature(signature)
    return ethereum.recover_signer(ethereum.text_digest(message_text), spelled)


def verify_signature(message_text: str, message: SiweMessage, signature: bytes) -> None:
    """Refuse a signature that is not by the wallet that the message names.

    Raises:
        SiweSignatureRefused: Somebody else signed, or the signature is not one.
    """
    try:
        signer = recover(message_text, signature)
    except ethereum.SignatureMalformed as error:
        raise SiweSignatureRefused(error.detail) from error
    if signer != message.address:
        raise SiweSignatureRefused("Another wallet signed this message.")


def _check_time(message: SiweMessage, now: datetime, max_age: timedelta) -> None:
    """Refuse a message outside of its own time or ours."""
    if now < message.issued_at - CLOCK_SKEW:
        raise SiweNotYet("The message was issued in the future.")
    if message.not_before is not None and now < message.not_before:
        raise SiweNotYet("The message is not valid yet.")
    if message.expiration_time is not None and now >= message.expiration_time:
        raise SiweExpired("The message has expired.")
    if now >= message.issued_at + max_age:
        raise SiweExpired("The message was issued too long ago.")


def _optional_time(text: str | None) -> datetime | None:
    return None if text is None else _time(text)


def _time(text: str) -> datetime:
    """Read an RFC 3339 instant; digits past the microsecond are dropped, leap seconds refused."""
    try:
        micros = _FRACTION.sub(lambda part: f".{part[1][:6]:0<6}", text.upper())
        return datetime.fromisoformat(micros).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise SiweMalformed("A time in the message does not exist.") from error


def _write_time(moment: datetime) -> str:
    """Write an instant in UTC, with a fraction only if it has one."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
