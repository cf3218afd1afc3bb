"""Vectors of static door codes (S): bytes, text, and the verdict that each text must get."""

from __future__ import annotations

import struct
from typing import Any

from passes_service.core import base45, pass_id, qr
from passes_service.core.instants import to_seconds
from tests.vectors.common import EXPIRES, ISSUED, ORGANIZER, OTHER_ORGANIZER, SERIES, flip, gate

ED25519_ORDER = 2**252 + 27742317777372353535851937790883648493
START, END = to_seconds(ISSUED), to_seconds(EXPIRES)
ISSUER, THIEF = gate("gate"), gate("thief")
PUBLIC = ISSUER.public_key().public_bytes_raw()


def body(**changed: Any) -> bytes:
    """Lay out the 36 signed bytes, by hand rather than with the code under test."""
    fields = {
        "kind": 0x11,
        "key_id": qr.key_id(PUBLIC),
        "tag": qr.organizer_tag(ORGANIZER),
        "series": SERIES,
        "serial": 137,
        "epoch": 3,
        "issued": START,
        "expires": END,
    }
    return struct.pack(">B4s7sQIIII", *(fields | changed).values())


def signed(said: bytes, key: Any = ISSUER, context: bytes = qr.CONTEXT) -> bytes:
    return said + bytes(key.sign(context + said))


def text(data: bytes) -> str:
    return "EP1:" + base45.encode(data)


SOUND = signed(body())


def case() -> dict[str, Any]:
    """Describe the sound code of this kind."""
    code = text(SOUND)
    made = qr.sign_static(
        pass_number=pass_id.compose(SERIES, 137),
        epoch=3,
        organizer_id=ORGANIZER,
        issued_at=ISSUED,
        expires_at=EXPIRES,
        key=ISSUER,
    )
    if made != code:
        raise AssertionError("The service lays a code out differently from these vectors.")
    return {
        "serial": 137,
        "epoch": 3,
        "issued_at": START,
        "expires_at": END,
        "bytes": SOUND.hex(),
        "text": code,
        "now": START,
        "qr_version": 6,
    }


def flipped(bit: int) -> str:
    """Return what the code with one bit turned must come to."""
    data = flip(SOUND, bit)
    issued, expires = struct.unpack_from(">II", data, 28)
    return "MALFORMED" if bit < 8 or issued >= expires else "BAD_SIGNATURE"


def _malleated() -> bytes:
    s = int.from_bytes(SOUND[-32:], "little") + ED25519_ORDER
    return SOUND[:-32] + s.to_bytes(32, "little")


def checks() -> list[tuple[str, int, str, str]]:
    """List name, Unix second of the check, verdict and text of every code."""
    dated = [
        ("sound", START, "VALID", SOUND),
        ("last second", END - 1, "VALID", SOUND),
        ("first second past", END, "EXPIRED", SOUND),
        ("gate clock behind", START - 600, "VALID", SOUND),
        ("expired and forged", END, "BAD_SIGNATURE", flip(SOUND, 8 * 50)),
    ]
    forged = [
        ("wrong key", signed(body(), THIEF)),
        ("wrong key under its own id", signed(body(key_id=_thief_id()), THIEF)),
        ("other id of the right key, signed", signed(body(key_id=_thief_id()))),
        ("other context", signed(body(), context=b"")),
        ("other epoch, signature kept", body(epoch=4) + SOUND[36:]),
        ("malleated signature", _malleated()),
        ("all-zero signature", body() + bytes(64)),
        *((f"bit {bit} of the signature", flip(SOUND, bit)) for bit in (288, 543, 544, 799)),
        *((f"bit {bit} of the key id", flip(SOUND, bit)) for bit in (8, 39)),
        *((f"bit {bit} of the tag", flip(SOUND, bit)) for bit in (40, 95)),
        *((f"bit {bit} of the series", flip(SOUND, bit)) for bit in (96, 159)),
        *((f"bit {bit} of the serial", flip(SOUND, bit)) for bit in (184, 191)),
        *((f"bit {bit} of the epoch", flip(SOUND, bit)) for bit in (192, 223)),
        ("bit 248 of the issue", flip(SOUND, 248)),
        ("bit 280 of the expiry", flip(SOUND, 280)),
    ]
    foreign = signed(body(tag=qr.organizer_tag(OTHER_ORGANIZER)))
    binary = [
        *dated,
        *((name, START, "BAD_SIGNATURE", data) for name, data in forged),
        ("other organizer", START, "UNKNOWN", foreign),
    ]
    return [(name, now, verdict, text(data)) for name, now, verdict, data in binary] + [
        (name, START, "MALFORMED", said) for name, said in _malformed()
    ]


def _thief_id() -> bytes:
    return qr.key_id(THIEF.public_key().public_bytes_raw())


def _malformed() -> list[tuple[str, str]]:
    """List name and text of what is not a code at all."""
    sound = text(SOUND)
    return [
        ("empty", ""),
        ("prefix only", "EP1:"),
        ("lower-case", sound.lower()),
        ("lower-case prefix", "ep1:" + sound[4:]),
        ("next prefix", "EP2:" + sound[4:]),
        ("no prefix", sound[4:]),
        ("leading space", " " + sound),
        ("trailing newline", sound + "\n"),
        ("trailing byte", text(SOUND + b"\x00")),
        ("missing byte", text(SOUND[:-1])),
        ("missing character", sound[:-1]),
        ("group too large (:::)", sound[:4] + ":::" + sound[7:]),
        ("group of 65536", sound[:4] + "GGW" + sound[7:]),
        ("comma", sound[:-1] + ","),
        ("full-width digit", sound[:-1] + "\uff10"),
        ("Cyrillic letter", sound[:-1] + "\u0410"),
        ("web address", "https://passes.example/p/137"),
        ("kind zero", text(signed(body(kind=0)))),
        ("kind B in the length of S", text(signed(body(kind=0x12)))),
        ("kind T in the length of S", text(signed(body(kind=0x13)))),
        ("next layout", text(signed(body(kind=0x21)))),
        ("series zero", text(signed(body(series=0)))),
        ("serial zero", text(signed(body(serial=0)))),
        ("expires when issued", text(signed(body(expires=START)))),
        ("4000 characters", "EP1:" + "0" * 3996),
    ]
