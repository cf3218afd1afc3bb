"""Bundles: which passes open a session and who is inside, signed (docs/offline-gate.md).

    EPB1 | key id 4 | Ed25519 signature 64 over CONTEXT || the rest | header length 4
    | header, JSON | records, 44 bytes each | entries, 18 bytes each

Records and entries stay bytes, sorted: their first bytes are their keys, so sorting, comparing and
hashing fifty thousand of them needs no object for each. Reading is in `bundle_read`.
"""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final, Literal
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from passes_service.core.qr_form import key_id

MAGIC: Final = b"EPB1"
CONTEXT: Final = b"EventPass bundle 1\x00"
MEDIA_TYPE: Final = "application/vnd.eventpass.bundles"
SIGNED_FROM: Final = 72
NO_CHAIN: Final = bytes(32)
"""What the first bundle of a session names as the one before."""
NO_GATE: Final = 0xFFFF
LIVE: Final = 1
RESERVED: Final = 2
_LENGTH: Final = struct.Struct(">I")
_CHAIN: Final = struct.Struct(">32sII32s")
RECORD: Final = struct.Struct(">HIIB33s")
RECORD_KEY: Final = 6
ENTRY: Final = struct.Struct(">HIHIIH")
ENTRY_KEY: Final = 8
NO_DEVICE: Final = bytes(33)


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesLine:
    """A Series that opens the session. `doors_at` is in Unix seconds, `series` its number."""

    series: int
    title: str
    cap: int
    terms_hash: str
    mode: str
    reentry: bool
    doors_at: int
    day_zone: str
    cancelled: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionLine:
    """The session itself; instants are Unix seconds."""

    id: UUID
    title: str
    starts_at: int
    ends_at: int
    time_zone: str
    location: str
    capacity: int | None
    cancelled: bool


@dataclass(frozen=True, slots=True)
class GateLine:
    """A gate that entries may name."""

    id: UUID
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a header says that does not change by itself.

    Attributes:
        issuer_keys: Raw public keys that are good now.
    """

    organizer: UUID
    session: SessionLine
    series: tuple[SeriesLine, ...]
    gates: tuple[GateLine, ...]
    issuer_keys: tuple[bytes, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """The header of a bundle; instants are Unix seconds, `base` is None in a full one."""

    kind: Literal["full", "delta"]
    base: int | None
    facts: Facts
    sequence: int
    issued_at: int
    not_after: int
    previous: bytes
    chain: bytes
    state: bytes
    count: int
    entries: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One pass: `series` is an index into the header's list, `device_key` compressed or None."""

    series: int
    serial: int
    epoch: int
    flags: int
    device_key: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One admission; Unix seconds. `exited_at` 0 is inside; `at` 0, in a delta, taken out."""

    series: int
    serial: int
    number: int
    at: int
    exited_at: int = 0
    gate: int = NO_GATE


@dataclass(frozen=True, slots=True)
class Content:
    """Records and entries of a bundle as bytes, sorted."""

    records: bytes
    entries: bytes

    @property
    def state(self) -> bytes:
        """Return the digest by which two gates know that they hold the same."""
        state = hashlib.sha256(self.records)
        state.update(self.entries)
        return state.digest()

    @property
    def count(self) -> int:
        """Return how many passes there are."""
        return len(self.records) // RECORD.size

    @property
    def entry_count(self) -> int:
        """Return how many entries there are."""
        return len(self.entries) // ENTRY.size

    def every_record(self) -> Iterator[Record]:
        """Yield the passes."""
        for series, serial, epoch, flags, key in RECORD.iter_unpack(self.records):
            yield Record(
                series=series,
                serial=serial,
                epoch=epoch,
                flags=flags,
                device_key=None if key == NO_DEVICE else key,
            )

    def every_entry(self) -> Iterator[Entry]:
        """Yield the entries."""
        for series, serial, number, at, exited_at, gate in ENTRY.iter_unpack(self.entries):
            yield Entry(
                series=series, serial=serial, number=number, at=at, exited_at=exited_at, gate=gate
            )


def content(records: Iterable[bytes], entries: Iterable[bytes]) -> Content:
    """Return packed records and entries, sorted."""
    return Content(b"".join(sorted(records)), b"".join(sorted(entries)))


def pack_record(one: Record) -> bytes:
    """Return the 44 bytes of a pass."""
    return RECORD.pack(one.series, one.serial, one.epoch, one.flags, one.device_key or NO_DEVICE)


def pack_entry(one: Entry) -> bytes:
    """Return the 18 bytes of an entry."""
    return ENTRY.pack(one.series, one.serial, one.number, one.at, one.exited_at, one.gate)


def compressed(public_key: bytes) -> bytes:
    """Return the 33 bytes of an uncompressed point of P-256 (SEC 1, 2.3.3)."""
    return (b"\x03" if public_key[64] & 1 else b"\x02") + public_key[1:33]


def chain_of(previous: bytes, sequence: int, issued_at: int, state: bytes) -> bytes:
    """Return the link of the chain of a session's bundles."""
    return hashlib.sha256(_CHAIN.pack(previous, sequence, issued_at, state)).digest()


def write(header: Header, body: Content, *, key: Ed25519PrivateKey) -> bytes:
    """Return the bytes of a bundle, signed with an issuer key."""
    said = json.dumps(to_json(header), ensure_ascii=False, separators=(",", ":")).encode()
    rest = b"".join((_LENGTH.pack(len(said)), said, body.records, body.entries))
    named = key_id(key.public_key().public_bytes_raw())
    return b"".join((MAGIC, named, key.sign(CONTEXT + rest), rest))


def joined(bundles: Iterable[bytes]) -> bytes:
    """Return the body of an answer: each bundle after its length."""
    return b"".join(part for one in bundles for part in (_LENGTH.pack(len(one)), one))


def to_json(header: Header) -> dict[str, Any]:
    """Return a header as its JSON says it."""
    base = {} if header.base is None else {"base": header.base}
    facts = facts_json(header.facts)
    return {
        "v": 1,
        "kind": header.kind,
        **base,
        "organizer": facts.pop("organizer"),
        "session": facts.pop("session"),
        "sequence": header.sequence,
        "issued_at": header.issued_at,
        "not_after": header.not_after,
        "previous": header.previous.hex(),
        "chain": header.chain.hex(),
        "state": header.state.hex(),
        "count": header.count,
        "entries": header.entries,
        **facts,
    }


def facts_json(facts: Facts) -> dict[str, Any]:
    """Return that part of a header which says the same until something changes."""
    return {
        "organizer": str(facts.organizer),
        "session": _plain(facts.session) | {"id": str(facts.session.id)},
        "series": [_plain(one) | {"series": str(one.series)} for one in facts.series],
        "gates": [{"id": str(one.id), "name": one.name} for one in facts.gates],
        "issuer_keys": [key.hex() for key in facts.issuer_keys],
    }


def _plain(line: SeriesLine | SessionLine) -> dict[str, Any]:
    return {name: getattr(line, name) for name in line.__slots__}
