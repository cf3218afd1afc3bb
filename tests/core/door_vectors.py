"""The published vectors of door codes, as every reader must pass them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from passes_service.core import qr_form
from tests.vectors import bound

PATH = Path(__file__).parents[1] / "vectors" / "door_codes.json"
VECTORS: dict[str, Any] = json.loads(PATH.read_text(encoding="utf-8"))

# No device key: off the curve, compressed, nothing at all, zero.
NO_KEYS = (b"\x04" + b"\x01" * 64, b"\x02" + bound.DEVICE_KEY[1:33], b"", bytes(65))


class Told(NamedTuple):
    """A text, the Unix second at which it is shown, and what must be said to it."""

    name: str
    now: int
    verdict: str
    text: str


def every_text() -> Iterator[Told]:
    """Yield each check, each change of a sound code and each text that is cut short."""
    for check in VECTORS["checks"]:
        name = f"{check['kind']} {check['name']}"
        yield Told(name, check["now"], check["verdict"], check["text"])
    for kind, changes in VECTORS["changes"].items():
        code = VECTORS["codes"][kind]
        for change in changes:
            verdict, offset, characters = change.split(" ", 2)
            text, at = code["text"], int(offset)
            said = text[:at] + characters + text[at + len(characters) :]
            yield Told(f"{kind} changed: {change}", code["now"], verdict, said)
        for length in range(len(code["text"])):
            name = f"{kind} cut to {length}"
            yield Told(name, code["now"], "MALFORMED", code["text"][:length])


def naming(key: bytes) -> str:
    """Return a code of the published phone that names another key."""
    return qr_form.text_of(bound.signed(bound.body(key_id=qr_form.key_id(key))))
