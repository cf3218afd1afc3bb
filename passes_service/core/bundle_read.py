"""Reading bundles as a gate does: nothing of one is used before all of it was checked."""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Final, Literal
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from passes_service.core.bundle import (
    CONTEXT,
    ENTRY,
    ENTRY_KEY,
    MAGIC,
    RECORD,
    RECORD_KEY,
    SIGNED_FROM,
    Content,
    Facts,
    GateLine,
    Header,
    SeriesLine,
    SessionLine,
    chain_of,
)
from passes_service.core.errors import DomainError, Kind
from passes_service.core.qr_form import key_id

Why = Literal["malformed", "unsigned", "foreign", "expired", "older", "gap"]
_LENGTH: Final = struct.Struct(">I")
_DIGEST: Final = hashlib.sha256().digest_size
_AT: Final = slice(8, 12)  # of an entry: when it was


class BundleRefused(DomainError):
    """A bundle that a gate must not decide by; `why` tells what to do about it.

    `gap` asks for the full bundle, `older` keeps the one that is held, all others are faults.
    """

    code, title, kind = "bundle-refused", "This bundle cannot be used", Kind.INVALID
    next_step = "Fetch the full bundle again; if it is refused too, enrol the gate anew."

    def __init__(self, why: Why, detail: str) -> None:
        super().__init__(detail, why=why)
        self.why: Why = why


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle that was checked; a delta has only what is new or changed."""

    header: Header
    content: Content


def split(body: bytes) -> Iterator[bytes]:
    """Yield the bundles of an answer.

    Raises:
        BundleRefused: It was cut.
    """
    at = 0
    while at < len(body):
        start = at + _LENGTH.size
        end = start + int.from_bytes(body[at:start], "big")
        if start > len(body) or end > len(body):
            raise BundleRefused("malformed", "The bundles arrived incomplete.")
        yield body[start:end]
        at = end


def read(
    data: bytes,
    *,
    issuer_keys: Collection[bytes],
    organizer_id: UUID,
    session_id: UUID,
    now: int,
    held_sequence: int = 0,
) -> Bundle:
    """Return a bundle that may be used at the Unix second `now`; a delta is for `apply` then.

    Args:
        issuer_keys: The pinned keys, 32 raw bytes each.
        held_sequence: Of the bundle that is held; 0 if none.

    Raises:
        BundleRefused: Malformed, not signed by a pinned key, of another organizer or session, out
            of date, or not newer than what is held.
    """
    found = parse(data)
    if not any(key_id(key) == data[4:8] and _signed_by(key, data) for key in issuer_keys):
        raise BundleRefused("unsigned", "No pinned key signed this bundle.")
    header = found.header
    if (header.facts.organizer, header.facts.session.id) != (organizer_id, session_id):
        raise BundleRefused("foreign", "This bundle is for another door.")
    if now >= header.not_after:
        raise BundleRefused("expired", "This bundle is out of date.")
    if header.sequence <= held_sequence:
        raise BundleRefused("older", "This bundle is not newer than the one that is held.")
    link = chain_of(header.previous, header.sequence, header.issued_at, header.state)
    if link != header.chain:
        raise BundleRefused("malformed", "The chain does not lead here.")
    if header.kind == "full" and found.content.state != header.state:
        raise BundleRefused("malformed", "The state is not that of its records.")
    return found


def apply(held: Bundle, delta: Bundle) -> Bundle:
    """Return what is held after a delta that `read` has checked, as its full bundle would say.

    Raises:
        BundleRefused: It builds upon another bundle, or does not lead to the state it names.
    """
    header = delta.header
    if header.kind != "delta" or header.base != held.header.sequence:
        raise BundleRefused("gap", "This change builds upon another bundle.")
    merged = Content(
        b"".join(_merged(held.content.records, delta.content.records, RECORD.size, RECORD_KEY)),
        b"".join(
            one
            for one in _merged(held.content.entries, delta.content.entries, ENTRY.size, ENTRY_KEY)
            if any(one[_AT])
        ),
    )
    if merged.state != header.state:
        raise BundleRefused("gap", "This change does not lead to the state it names.")
    full = replace(header, kind="full", base=None, count=merged.count, entries=merged.entry_count)
    return Bundle(full, merged)


def pieces(data: bytes, size: int) -> Iterator[bytes]:
    """Yield the records or entries of a list."""
    return (data[at : at + size] for at in range(0, len(data), size))


def _merged(held: bytes, fresh: bytes, size: int, key: int) -> list[bytes]:
    known = {one[:key]: one for one in pieces(held, size)}
    known.update((one[:key], one) for one in pieces(fresh, size))
    return sorted(known.values())


def parse(data: bytes) -> Bundle:
    """Return what the bytes say, without checking who signed them.

    Raises:
        BundleRefused: They are no bundle.
    """
    start = SIGNED_FROM + _LENGTH.size
    if data[:4] != MAGIC or len(data) < start:
        raise BundleRefused("malformed", "This is no bundle.")
    end = start + int.from_bytes(data[SIGNED_FROM:start], "big")
    try:
        header = _header(json.loads(data[start:end].decode()))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise BundleRefused("malformed", "The header does not say what it should.") from error
    middle = end + header.count * RECORD.size
    found = Content(data[end:middle], data[middle:])
    if middle > len(data) or len(data) != middle + header.entries * ENTRY.size:
        raise BundleRefused("malformed", "The bundle is not as long as its header says.")
    if not (
        _ascending(found.records, RECORD.size, RECORD_KEY)
        and _ascending(found.entries, ENTRY.size, ENTRY_KEY)
    ):
        raise BundleRefused("malformed", "Records or entries are not in order.")
    return Bundle(header, found)


def _ascending(data: bytes, size: int, key: int) -> bool:
    keys = [one[:key] for one in pieces(data, size)]
    return all(one < other for one, other in pairwise(keys))


def _signed_by(key: bytes, data: bytes) -> bool:
    try:
        public = Ed25519PublicKey.from_public_bytes(key)
        public.verify(data[8:SIGNED_FROM], CONTEXT + data[SIGNED_FROM:])
    except (InvalidSignature, ValueError):
        return False
    return True


def _header(said: dict[str, Any]) -> Header:
    kind = said["kind"]
    if said["v"] != 1 or kind not in ("full", "delta"):
        raise ValueError
    return Header(
        kind=kind,
        base=_whole(said["base"]) if kind == "delta" else None,
        facts=Facts(
            organizer=UUID(said["organizer"]),
            session=_session(said["session"]),
            series=tuple(_series(one) for one in said["series"]),
            gates=tuple(GateLine(UUID(one["id"]), _text(one["name"])) for one in said["gates"]),
            issuer_keys=tuple(bytes.fromhex(one) for one in said["issuer_keys"]),
        ),
        sequence=_whole(said["sequence"]),
        issued_at=_whole(said["issued_at"]),
        not_after=_whole(said["not_after"]),
        previous=_digest(said["previous"]),
        chain=_digest(said["chain"]),
        state=_digest(said["state"]),
        count=_whole(said["count"]),
        entries=_whole(said["entries"]),
    )


def _session(said: dict[str, Any]) -> SessionLine:
    return SessionLine(
        id=UUID(said["id"]),
        title=_text(said["title"]),
        starts_at=_whole(said["starts_at"]),
        ends_at=_whole(said["ends_at"]),
        time_zone=_text(said["time_zone"]),
        location=_text(said["location"]),
        capacity=None if said["capacity"] is None else _whole(said["capacity"]),
        cancelled=_truth(said["cancelled"]),
    )


def _series(said: dict[str, Any]) -> SeriesLine:
    return SeriesLine(
        series=int(_text(said["series"])),
        title=_text(said["title"]),
        cap=_whole(said["cap"]),
        terms_hash=_text(said["terms_hash"]),
        mode=_text(said["mode"]),
        reentry=_truth(said["reentry"]),
        doors_at=_whole(said["doors_at"]),
        day_zone=_text(said["day_zone"]),
        cancelled=_truth(said["cancelled"]),
    )


def _whole(value: object) -> int:
    if type(value) is not int or not 0 <= value < 2**53:
        raise ValueError
    return value


def _truth(value: object) -> bool:
    if type(value) is not bool:
        raise ValueError
    return value


def _text(value: object) -> str:
    if type(value) is not str:
        raise ValueError
    return value


def _digest(value: str) -> bytes:
    raw = bytes.fromhex(value)
    if len(raw) != _DIGEST:
        raise ValueError
    return raw
