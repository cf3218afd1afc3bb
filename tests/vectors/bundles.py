"""Vectors of bundles and of what is sealed for a gate: what each must come to at one gate.

Layouts are written by hand here rather than with the code under test, which has to read them.
"""

from __future__ import annotations

import hashlib
import json
import struct
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.vectors.common import ORGANIZER, OTHER_ORGANIZER, SERIES, device, flip, gate, secret

SESSION = "01940000-0000-7000-8000-0000000000c3"
OTHER_SESSION = "01940000-0000-7000-8000-0000000000d4"
GATES = [
    {"id": "01940000-0000-7000-8000-0000000000e5", "name": "Main door"},
    {"id": "01940000-0000-7000-8000-0000000000f6", "name": "Side entrance, “Süd”"},
]
DOORS = 1_800_212_400
STARTS, ENDS = DOORS + 1_800, DOORS + 9_000
ISSUED = DOORS - 3_600
NOT_AFTER = ENDS + 12 * 3_600
NOW = DOORS
FIRST_SEQUENCE = 7
ISSUER, FOREIGN = gate("bundle issuer"), gate("foreign bundle issuer")


def point(key: ec.EllipticCurvePrivateKey, *, short: bool = False) -> bytes:
    form = PublicFormat.CompressedPoint if short else PublicFormat.UncompressedPoint
    return key.public_key().public_bytes(Encoding.X962, form)


def record(series: int, serial: int, epoch: int, flags: int, key: bytes = bytes(33)) -> bytes:
    return struct.pack(">HIIB", series, serial, epoch, flags) + key


def entry(series: int, serial: int, number: int, at: int, left: int = 0, where: int = 0) -> bytes:
    return struct.pack(">HIHIIH", series, serial, number, at, left, where)


KEYS = [point(device(f"bundle device {n}"), short=True) for n in range(2)]
RECORDS = [
    record(0, 1, 1, 1),
    record(0, 2, 3, 1, KEYS[0]),
    record(0, 3, 1, 0),
    record(0, 499, 1, 2),
    record(1, 1, 2**31 - 1, 1, KEYS[1]),
]
ENTRIES = [
    entry(0, 2, 1, DOORS - 60, DOORS - 30, 1),
    entry(0, 2, 2, DOORS - 10),
    entry(1, 1, 1, DOORS - 5, 0, 0xFFFF),
]
CHANGED = [record(0, 1, 2, 1, KEYS[1]), record(0, 2, 3, 0), record(1, 2, 1, 1)]
CHANGED_ENTRIES = [entry(0, 1, 1, DOORS + 5), entry(0, 2, 2, 0), entry(1, 1, 1, DOORS - 5, DOORS)]
AFTER = [CHANGED[0], CHANGED[1], RECORDS[2], RECORDS[3], RECORDS[4], CHANGED[2]]
ENTRIES_AFTER = [CHANGED_ENTRIES[0], ENTRIES[0], CHANGED_ENTRIES[2]]


def state_of(records: list[bytes], entries: list[bytes]) -> bytes:
    return hashlib.sha256(b"".join(records + entries)).digest()


def chain_of(previous: bytes, sequence: int, issued: int, state: bytes) -> bytes:
    return hashlib.sha256(previous + struct.pack(">II", sequence, issued) + state).digest()


STATE, STATE_AFTER = state_of(RECORDS, ENTRIES), state_of(AFTER, ENTRIES_AFTER)
PREVIOUS = hashlib.sha256(b"what came before").digest()
CHAIN = chain_of(PREVIOUS, FIRST_SEQUENCE, ISSUED, STATE)


def header(**changed: Any) -> dict[str, Any]:
    said: dict[str, Any] = {
        "v": 1,
        "kind": "full",
        "organizer": str(ORGANIZER),
        "session": {
            "id": SESSION,
            "title": "Evening 1",
            "starts_at": STARTS,
            "ends_at": ENDS,
            "time_zone": "Europe/Berlin",
            "location": "The cellar",
            "capacity": None,
            "cancelled": False,
        },
        "sequence": FIRST_SEQUENCE,
        "issued_at": ISSUED,
        "not_after": NOT_AFTER,
        "previous": PREVIOUS.hex(),
        "state": STATE.hex(),
        "count": len(RECORDS),
        "entries": len(ENTRIES),
        "series": [
            _series(SERIES, "Season pass", "once_per_session", reentry=True),
            _series(SERIES + 1, "Festival week", "per_day", reentry=False),
        ],
        "gates": GATES,
        "issuer_keys": [ISSUER.public_key().public_bytes_raw().hex()],
    } | changed
    link = chain_of(
        bytes.fromhex(said["previous"]),
        said["sequence"],
        said["issued_at"],
        bytes.fromhex(said["state"]),
    )
    return {"chain": link.hex()} | said


def _series(number: int, title: str, mode: str, *, reentry: bool) -> dict[str, Any]:
    return {
        "series": str(number),
        "title": title,
        "cap": 500,
        "terms_hash": "0x" + hashlib.sha256(title.encode()).hexdigest(),
        "mode": mode,
        "reentry": reentry,
        "doors_at": DOORS,
        "day_zone": "Europe/Berlin",
        "cancelled": False,
    }


def sealed_up(said: dict[str, Any], rest: bytes, key: Ed25519PrivateKey = ISSUER) -> bytes:
    text = json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()
    signed = struct.pack(">I", len(text)) + text + rest
    named = hashlib.sha256(key.public_key().public_bytes_raw()).digest()[:4]
    return b"EPB1" + named + key.sign(b"EventPass bundle 1\x00" + signed) + signed


def full(
    records: list[bytes] = RECORDS,
    entries: list[bytes] = ENTRIES,
    key: Ed25519PrivateKey = ISSUER,
    **changed: Any,
) -> bytes:
    known = {
        "state": state_of(records, entries).hex(),
        "count": len(records),
        "entries": len(entries),
    }
    return sealed_up(header(**(known | changed)), b"".join(records + entries), key)


def delta(records: list[bytes] = CHANGED, key: Ed25519PrivateKey = ISSUER, **changed: Any) -> bytes:
    known = {
        "kind": "delta",
        "base": FIRST_SEQUENCE,
        "sequence": FIRST_SEQUENCE + 1,
        "issued_at": ISSUED + 60,
        "previous": CHAIN.hex(),
        "state": STATE_AFTER.hex(),
        "count": len(records),
        "entries": len(CHANGED_ENTRIES),
    }
    return sealed_up(header(**(known | changed)), b"".join(records + CHANGED_ENTRIES), key)


def checks() -> list[dict[str, Any]]:
    """List every bundle with what reading it at the gate must come to."""
    sound, change = full(), delta()
    start = 76 + int.from_bytes(sound[72:76], "big")
    elsewhere = header()["session"] | {"id": OTHER_SESSION}
    wrong_key = sound[:4] + FOREIGN.public_key().public_bytes_raw()[:4] + sound[8:]
    told: list[tuple[str, str, bytes, int, int]] = [
        ("full", "ok", sound, 0, NOW),
        ("delta", "ok", change, FIRST_SEQUENCE, NOW),
        ("full, empty", "ok", full([], []), 0, NOW),
        ("full, with a newer one held", "older", sound, FIRST_SEQUENCE + 1, NOW),
        ("full, replayed", "older", sound, FIRST_SEQUENCE, NOW),
        ("delta, replayed", "older", change, FIRST_SEQUENCE + 1, NOW),
        ("last second", "ok", sound, 0, NOT_AFTER - 1),
        ("expired", "expired", sound, 0, NOT_AFTER),
        ("foreign key", "unsigned", full(key=FOREIGN), 0, NOW),
        ("key id of a foreign key", "unsigned", wrong_key, 0, NOW),
        ("other organizer", "foreign", full(organizer=str(OTHER_ORGANIZER)), 0, NOW),
        ("other session", "foreign", full(session=elsewhere), 0, NOW),
        ("one byte short", "malformed", sound[:-1], 0, NOW),
        ("trailing byte", "malformed", sound + b"\x00", 0, NOW),
        ("trailing byte, signed", "malformed", _longer(), 0, NOW),
        ("half of it", "malformed", sound[: len(sound) // 2], 0, NOW),
        ("nothing", "malformed", b"", 0, NOW),
        ("other magic", "malformed", b"EPB2" + sound[4:], 0, NOW),
        ("version 2", "malformed", full(v=2), 0, NOW),
        ("kind unknown", "malformed", full(kind="half"), 0, NOW),
        ("header that is no JSON", "malformed", sound[:76] + b"]" + sound[77:], 0, NOW),
        ("one record more than there are", "malformed", full(count=len(RECORDS) + 1), 0, NOW),
        ("records not in order", "malformed", full([RECORDS[1], RECORDS[0]]), 0, NOW),
        ("a record twice", "malformed", full([RECORDS[0], RECORDS[0]]), 0, NOW),
        ("entries not in order", "malformed", full(entries=ENTRIES[::-1]), 0, NOW),
        ("state of other records", "malformed", full(state=STATE_AFTER.hex()), 0, NOW),
        ("chain that does not lead here", "malformed", full(chain=PREVIOUS.hex()), 0, NOW),
        *(
            (f"bit {bit} flipped", "unsigned", flip(sound, bit), 0, NOW)
            for bit in (32, 64, 64 + 511, start * 8 + 70, start * 8 + 100, len(sound) * 8 - 1)
        ),
    ]
    return [
        {"name": name, "verdict": verdict, "held_sequence": held, "now": now, "bytes": data.hex()}
        for name, verdict, data, held, now in told
    ]


def _longer() -> bytes:
    return sealed_up(header(), b"".join(RECORDS + ENTRIES) + b"\x00")


def applied() -> list[dict[str, Any]]:
    """List deltas that read well, and what applying them to the full bundle must come to."""
    told = [
        ("delta", "ok", delta()),
        ("other base", "gap", delta(base=FIRST_SEQUENCE - 1, sequence=FIRST_SEQUENCE + 2)),
        ("state that it does not lead to", "gap", delta(state=STATE.hex())),
        ("record left out", "gap", delta(CHANGED[:-1])),
        ("full bundle as if it were one", "gap", full(sequence=FIRST_SEQUENCE + 1)),
    ]
    return [{"name": name, "verdict": said, "bytes": data.hex()} for name, said, data in told]


AGREEMENT, EPHEMERAL = device("bundle agreement"), device("bundle ephemeral")
DOCUMENT = {
    "v": 1,
    "gate": GATES[0]["id"],
    "session": SESSION,
    "issued_at": ISSUED,
    "delete_at": ENDS + 86_400,
    "names": [[str(SERIES), 1, "Zoë Ångström"]],
    "step_secrets": [[str(SERIES), 2, 3, "AAECAwQFBgcICQoLDA0ODxAREhM"]],
    "blocks": [],
}


def sealed(key: Ed25519PrivateKey = ISSUER) -> bytes:
    """Seal the document for the gate of the vectors, by hand."""
    said = json.dumps(DOCUMENT, ensure_ascii=False, separators=(",", ":")).encode()
    named = hashlib.sha256(key.public_key().public_bytes_raw()).digest()[:4]
    inside = b"EPS1" + named + key.sign(b"EventPass sealed 1\x00" + said) + said
    info = b"EventPass sealed 1\x00" + bytes.fromhex(GATES[0]["id"].replace("-", ""))
    shared = EPHEMERAL.exchange(ec.ECDH(), AGREEMENT.public_key())
    nonce = secret("bundle nonce")[:12]
    box = AESGCM(HKDF(SHA256(), 32, salt=None, info=info).derive(shared))
    return point(EPHEMERAL) + nonce + box.encrypt(nonce, inside, None)


def build() -> dict[str, Any]:
    """Return the whole file."""
    return {
        "about": "Bundles of docs/offline-gate.md. Public test keys: never use them.",
        "gate": {
            "issuer_keys": [ISSUER.public_key().public_bytes_raw().hex()],
            "organizer": str(ORGANIZER),
            "session": SESSION,
            "now": NOW,
        },
        "checks": checks(),
        "held": full().hex(),
        "applied": applied(),
        "state_after": STATE_AFTER.hex(),
        "device_keys": [
            {"compressed": KEYS[n].hex(), "uncompressed": point(device(f"bundle device {n}")).hex()}
            for n in range(2)
        ],
        "sealed": {
            "gate": GATES[0]["id"],
            "agreement_scalar": secret("bundle agreement").hex(),
            "agreement_key": point(AGREEMENT).hex(),
            "document": DOCUMENT,
            "checks": [
                {"name": "sound", "opens": True, "bytes": sealed().hex()},
                {"name": "foreign issuer", "opens": False, "bytes": sealed(FOREIGN).hex()},
                {"name": "cut", "opens": False, "bytes": sealed()[:-1].hex()},
                {"name": "bit flipped", "opens": False, "bytes": flip(sealed(), 700).hex()},
                {"name": "nothing", "opens": False, "bytes": ""},
            ],
        },
    }
