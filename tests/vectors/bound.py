"""Vectors of bound door codes (B): what each text must come to at the gate of the vectors."""

from __future__ import annotations

import struct
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from passes_service.core import qr, qr_bound
from tests.vectors.codes import START, text
from tests.vectors.common import ORGANIZER, OTHER_ORGANIZER, SERIES, device, flip

P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
MADE = START + 7200
PHONE, OTHER_PHONE, THIEF = device("phone"), device("other phone"), device("thief's phone")
DEVICE_KEY = qr_bound.device_key(PHONE.public_key())
OTHER_KEY = qr_bound.device_key(OTHER_PHONE.public_key())
WITHOUT_DEVICE, OF_OTHER_PHONE, NOBODYS = 138, 140, 999


def body(**changed: Any) -> bytes:
    """Lay out the 32 signed bytes, by hand rather than with the code under test."""
    fields = {
        "kind": 0x12,
        "key_id": qr.key_id(DEVICE_KEY),
        "tag": qr.organizer_tag(ORGANIZER),
        "series": SERIES,
        "serial": 137,
        "epoch": 3,
        "made_at": MADE,
    }
    return struct.pack(">B4s7sQIII", *(fields | changed).values())


def signed(
    said: bytes, key: ec.EllipticCurvePrivateKey = PHONE, context: bytes = qr.CONTEXT
) -> bytes:
    """Sign as RFC 6979 does, without chance: the same bytes at every run."""
    algorithm = ec.ECDSA(hashes.SHA256(), deterministic_signing=True)
    return said + pair(*decode_dss_signature(key.sign(context + said, algorithm)))


def pair(r: int, s: int) -> bytes:
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


SOUND = signed(body())
R, S = (int.from_bytes(part, "big") for part in (SOUND[32:64], SOUND[64:]))
MALLEATED = SOUND[:32] + pair(R, P256_ORDER - S)


def case() -> dict[str, Any]:
    """Describe the sound code of this kind."""
    return {
        "serial": 137,
        "epoch": 3,
        "made_at": MADE,
        "bytes": SOUND.hex(),
        "text": text(SOUND),
        "now": MADE,
        "qr_version": 6,
    }


def flipped(bit: int) -> str:
    """Return what the code with one bit turned must come to; pass, then epoch, then signature."""
    byte = bit // 8
    if byte == 0:
        return "MALFORMED"
    if 5 <= byte < 24:  # another organizer's tag, or a pass that nobody has
        return "UNKNOWN"
    return "STALE" if 24 <= byte < 28 else "BAD_SIGNATURE"


def checks() -> list[tuple[str, int, str, str]]:
    """List name, Unix second of the check, verdict and text of every code."""
    skewed = [
        (f"gate {abs(skew)} s {'ahead' if skew > 0 else 'behind'}", skew, verdict)
        for seconds, verdict in ((44, "VALID"), (45, "VALID"), (46, "STALE"), (600, "STALE"))
        for skew in (seconds, -seconds)
    ]
    sound = text(SOUND)
    return [
        ("sound", MADE, "VALID", sound),
        *((name, MADE + skew, verdict, sound) for name, skew, verdict in skewed),
        ("screenshot shown 60 s later", MADE + 60, "STALE", sound),
        ("malleated signature", MADE, "VALID", text(MALLEATED)),
        ("malleated signature, 46 s later", MADE + 46, "STALE", text(MALLEATED)),
        *((name, MADE, verdict, text(data)) for name, verdict, data in _signed_otherwise()),
        *((name, MADE, "BAD_SIGNATURE", text(data)) for name, data in _broken_signatures()),
        *((name, MADE, "MALFORMED", said) for name, said in _malformed()),
    ]


def _signed_otherwise() -> list[tuple[str, str, bytes]]:
    """List codes with a whole signature over something else than is wanted, or by another."""
    thief = qr.key_id(qr_bound.device_key(THIEF.public_key()))
    elsewhere = qr.organizer_tag(OTHER_ORGANIZER)
    bad = "BAD_SIGNATURE"
    return [
        ("other organizer", "UNKNOWN", signed(body(tag=elsewhere))),
        ("pass that nobody has", "UNKNOWN", signed(body(serial=NOBODYS))),
        ("other Series", "UNKNOWN", signed(body(series=SERIES + 1))),
        ("later epoch", "STALE", signed(body(epoch=4))),
        ("earlier epoch", "STALE", signed(body(epoch=2))),
        ("replaced phone, earlier epoch", "STALE", signed(body(epoch=2, key_id=thief), THIEF)),
        ("wrong key", bad, signed(body(), THIEF)),
        ("wrong key under its own id", bad, signed(body(key_id=thief), THIEF)),
        ("other id of the right key, signed", bad, signed(body(key_id=thief))),
        ("pass of another phone", bad, signed(body(serial=OF_OTHER_PHONE))),
        ("pass without a phone", bad, signed(body(serial=WITHOUT_DEVICE))),
        ("other context", bad, signed(body(), context=b"")),
        ("next step, signature kept", bad, body(made_at=MADE + 15) + SOUND[32:]),
        ("malleated, next step", bad, body(made_at=MADE + 15) + MALLEATED[32:]),
        ("forged and out of date", bad, signed(body(made_at=MADE - 600), THIEF)),
    ]


def _broken_signatures() -> list[tuple[str, bytes]]:
    said = SOUND[:32]
    return [
        ("all-zero signature", said + bytes(64)),
        ("all-one signature", said + b"\xff" * 64),
        ("r zero", said + pair(0, S)),
        ("s zero", said + pair(R, 0)),
        ("r the group order", said + pair(P256_ORDER, S)),
        ("s the group order", said + pair(R, P256_ORDER)),
        ("r negated", said + pair(P256_ORDER - R, S)),
        ("r and s swapped", said + pair(S, R)),
        ("bit 300 of the signature", flip(SOUND, 32 * 8 + 300)),
    ]


def _malformed() -> list[tuple[str, str]]:
    """List name and text of what is not a code at all."""
    sound = text(SOUND)
    return [
        ("lower-case", sound.lower()),
        ("lower-case prefix", "ep1:" + sound[4:]),
        ("next prefix", "EP2:" + sound[4:]),
        ("leading space", " " + sound),
        ("trailing newline", sound + "\n"),
        ("trailing byte", text(SOUND + b"\x00")),
        ("missing byte", text(SOUND[:-1])),
        ("group of 65536", sound[:4] + "GGW" + sound[7:]),
        ("last group too large", sound[:-3] + ":::"),
        ("comma", sound[:-1] + ","),
        ("full-width digit", sound[:-1] + "\uff10"),
        ("surrogate pair", sound[:-2] + "\U0001f39f"),
        ("kind zero", text(signed(body(kind=0)))),
        ("kind S in the length of B", text(signed(body(kind=0x11)))),
        ("kind T in the length of B", text(signed(body(kind=0x13)))),
        ("unknown kind", text(signed(body(kind=0x14)))),
        ("next layout", text(signed(body(kind=0x22)))),
        ("series zero", text(signed(body(series=0)))),
        ("serial zero", text(signed(body(serial=0)))),
    ]
