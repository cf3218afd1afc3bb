"""Vectors of door codes of all kinds, docs/door-codes.md: what one gate must say to each text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from passes_service.core import base45, pass_id, qr, qr_image
from tests.vectors import bound, codes, steps
from tests.vectors.common import ORGANIZER, SERIES, flip

ABOUT = (
    "Door codes, docs/door-codes.md. Verdicts are those of `gate` at the second `now`. A change is "
    "'verdict offset characters': the text of the sound code with these characters at the offset. "
    "Every text that is shorter than a sound one is MALFORMED."
)
KINDS = {"S": codes, "B": bound, "T": steps}


def build() -> dict[str, Any]:
    return {
        "about": ABOUT,
        "tolerance_seconds": 45,
        "refresh_seconds": 15,
        "context": qr.CONTEXT.hex(),
        "series": str(SERIES),
        "keys": {
            "issuer_private": codes.ISSUER.private_bytes_raw().hex(),
            "issuer_public": codes.PUBLIC.hex(),
            "issuer_key_id": qr.key_id(codes.PUBLIC).hex(),
            "device_private": f"{bound.PHONE.private_numbers().private_value:064x}",
            "device_public": bound.DEVICE_KEY.hex(),
            "device_key_id": qr.key_id(bound.DEVICE_KEY).hex(),
            "step_issuer_secret": steps.ISSUER_SECRET.hex(),
            "step_pass_secret": steps.SECRET.hex(),
            "step_key_id": steps.key_id(steps.SECRET).hex(),
        },
        "gate": {
            "organizer": str(ORGANIZER),
            "organizer_tag": qr.organizer_tag(ORGANIZER).hex(),
            "issuer_keys": [codes.PUBLIC.hex()],
            "passes": [
                _known(137, bound.DEVICE_KEY, steps.SECRET),
                _known(bound.WITHOUT_DEVICE, None, None),
                _known(bound.OF_OTHER_PHONE, bound.OTHER_KEY, steps.pass_secret(140)),
            ],
        },
        "codes": {kind: _case(made.case()) for kind, made in KINDS.items()},
        "checks": [
            {"kind": kind, "name": name, "now": now, "verdict": verdict, "text": said}
            for kind, made in KINDS.items()
            for name, now, verdict, said in made.checks()
        ],
        "changes": {
            "S": _flips(codes.SOUND, codes.flipped),
            "B": _flips(bound.SOUND, bound.flipped),
            "T": _flips(steps.head(), steps.flipped) + steps.other_digits(),
        },
    }


def _known(serial: int, device_key: bytes | None, secret: bytes | None) -> dict[str, Any]:
    return {
        "pass_id": str(pass_id.compose(SERIES, serial)),
        "epoch": 3,
        "device_key": device_key.hex() if device_key else None,
        "step_secret": secret.hex() if secret else None,
    }


def _case(said: dict[str, Any]) -> dict[str, Any]:
    matrix = qr_image.qr_matrix(said["text"])
    return {
        **said,
        "pass_id": str(pass_id.compose(SERIES, said["serial"])),
        "qr_matrix": ["".join("01"[dark] for dark in row) for row in matrix],
    }


def _flips(sound: bytes, verdict: Callable[[int], str]) -> list[str]:
    """Turn each bit of the bytes in its turn, which changes one group of three characters."""
    found = []
    for bit in range(8 * len(sound)):
        group = bit // 16
        pair = flip(sound, bit)[2 * group : 2 * group + 2]
        found.append(f"{verdict(bit)} {4 + 3 * group} {base45.encode(pair)}")
    return found
