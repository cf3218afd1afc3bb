"""Vectors of time-step door codes (T): what each text must come to at the gate of the vectors."""

from __future__ import annotations

import hashlib
import hmac
import struct
from typing import Any

from passes_service.core import qr
from tests.vectors.bound import MADE, NOBODYS, WITHOUT_DEVICE
from tests.vectors.codes import text
from tests.vectors.common import ORGANIZER, OTHER_ORGANIZER, SERIES, secret

ISSUER_SECRET = secret("time steps")
SHOWN = MADE + 7
OF_OTHER_SECRET = 140


def pass_secret(serial: int = 137, epoch: int = 3) -> bytes:
    """Derive the secret of a pass, by hand rather than with the code under test."""
    tag = qr.organizer_tag(ORGANIZER)
    scope = struct.pack(">B7sQII", 0x13, tag, SERIES, serial, epoch)
    return hmac.digest(ISSUER_SECRET, b"EventPass door code 1\x00" + scope, "sha256")[:20]


def key_id(of: bytes) -> bytes:
    return hashlib.sha256(b"EventPass door code 1\x00\x13" + of).digest()[:4]


SECRET = pass_secret()


def head(**changed: Any) -> bytes:
    """Lay out the 28 bytes, by hand rather than with the code under test."""
    fields = {
        "kind": 0x13,
        "key_id": key_id(SECRET),
        "tag": qr.organizer_tag(ORGANIZER),
        "series": SERIES,
        "serial": 137,
        "epoch": 3,
    }
    return struct.pack(">B4s7sQII", *(fields | changed).values())


def digits(second: int = SHOWN, of: bytes = SECRET, period: int = 15) -> str:
    mac = hmac.new(of, struct.pack(">Q", second // period), hashlib.sha1).digest()
    (number,) = struct.unpack_from(">I", mac, mac[19] & 15)
    return f"{second:010d}{(number & 0x7FFFFFFF) % 100_000_000:08d}"


HEAD = text(head())
ZERO_LED = next(at for at in range(SHOWN, SHOWN + 10**6, 15) if digits(at)[10] == "0")
SOUND = HEAD + digits()


def case() -> dict[str, Any]:
    """Describe the sound code of this kind."""
    return {
        "serial": 137,
        "epoch": 3,
        "shown_at": SHOWN,
        "made_at": MADE,
        "bytes": head().hex(),
        "pattern": HEAD + "{totp_timestamp_seconds}{totp_value_0}",
        "text": SOUND,
        "now": MADE,
        "qr_version": 4,
    }


def flipped(bit: int) -> str:
    """Return what the code with one bit of its head turned must come to."""
    byte = bit // 8
    if byte == 0:
        return "MALFORMED"
    if byte < 5:
        return "BAD_SIGNATURE"
    return "UNKNOWN" if byte < 24 else "STALE"


def other_digits() -> list[str]:
    """Turn each digit into the next: 'verdict offset character'; the last of the time is free."""
    found = []
    for at in range(len(HEAD), len(SOUND)):
        changed = str((int(SOUND[at]) + 1) % 10)
        second = int(SOUND[len(HEAD) : at] + changed + SOUND[at + 1 :][: len(HEAD) + 9 - at])
        in_time = at < len(HEAD) + 10
        same_step = in_time and second // 15 == SHOWN // 15
        found.append(f"{'VALID' if same_step else 'BAD_SIGNATURE'} {at} {changed}")
    return found


def checks() -> list[tuple[str, int, str, str]]:
    """List name, Unix second of the check, verdict and text of every code."""
    skewed = [
        (f"gate {abs(skew)} s {'past' if skew > 0 else 'before'} the step", skew, verdict)
        for seconds, verdict in ((44, "VALID"), (45, "VALID"), (46, "STALE"), (600, "STALE"))
        for skew in (seconds, -seconds)
    ]
    bad, other = "BAD_SIGNATURE", pass_secret(OF_OTHER_SECRET)
    elsewhere = text(head(tag=qr.organizer_tag(OTHER_ORGANIZER))) + digits()
    old = pass_secret(epoch=2)
    told = [
        ("sound", "VALID", SOUND),
        ("first second of the step", "VALID", HEAD + digits(MADE)),
        ("last second of the step", "VALID", HEAD + digits(MADE + 14)),
        ("step before", "VALID", HEAD + digits(MADE - 1)),
        ("other second of the step, digits kept", "VALID", HEAD + digits(MADE)[:10] + SOUND[56:]),
        ("next step, digits kept", bad, HEAD + f"{MADE + 15}" + SOUND[56:]),
        ("step before, digits kept", bad, HEAD + f"{MADE - 1}" + SOUND[56:]),
        ("steps of 30 seconds", bad, HEAD + digits(period=30)),
        ("secret of another pass", bad, HEAD + digits(of=other)),
        ("other secret under its own id", bad, text(head(key_id=key_id(other))) + digits(of=other)),
        ("other id of the secret", bad, text(head(key_id=key_id(other))) + digits()),
        ("pass without a secret", bad, text(head(serial=WITHOUT_DEVICE)) + digits()),
        ("other organizer", "UNKNOWN", elsewhere),
        ("pass that nobody has", "UNKNOWN", text(head(serial=NOBODYS)) + digits()),
        ("later epoch", "STALE", text(head(epoch=4)) + digits()),
        ("earlier epoch", "STALE", text(head(epoch=2, key_id=key_id(old))) + digits(of=old)),
    ]
    return [
        *((name, MADE, verdict, said) for name, verdict, said in told),
        *((name, MADE + skew, verdict, SOUND) for name, skew, verdict in skewed),
        ("digits that begin with zero", ZERO_LED, "VALID", HEAD + digits(ZERO_LED)),
        ("screenshot shown 60 s later", MADE + 60, "STALE", SOUND),
        *((name, MADE, "MALFORMED", said) for name, said in _malformed()),
    ]


def _malformed() -> list[tuple[str, str]]:
    """List name and text of what is not a code at all."""
    return [
        ("lower-case", SOUND.lower()),
        ("next prefix", "EP2:" + SOUND[4:]),
        ("leading space", " " + SOUND),
        ("trailing newline", SOUND + "\n"),
        ("newline for the last digit", SOUND[:-1] + "\n"),
        ("trailing digit", SOUND + "0"),
        ("missing digit", SOUND[:-1]),
        ("trailing byte in the head", text(head() + b"\x00") + digits()),
        ("pattern not filled in", HEAD + "{totp_timestamp_seconds}{totp_value_0}"),
        ("time past 32 bits", HEAD + "4294967296" + SOUND[56:]),
        ("time with a blank", HEAD + " " + SOUND[47:]),
        ("time with a sign", HEAD + "+" + SOUND[47:]),
        ("letter for a digit", SOUND[:-1] + "A"),
        ("Arabic digit", SOUND[:-1] + "\u0660"),
        ("full-width digit", SOUND[:-1] + "\uff10"),
        ("group of 65536", SOUND[:4] + "GGW" + SOUND[7:]),
        ("kind S in the length of T", text(head(kind=0x11)) + digits()),
        ("kind B in the length of T", text(head(kind=0x12)) + digits()),
        ("unknown kind", text(head(kind=0x14)) + digits()),
        ("next layout", text(head(kind=0x23)) + digits()),
        ("series zero", text(head(series=0)) + digits()),
        ("serial zero", text(head(serial=0)) + digits()),
    ]
