"""The published vectors of door codes, as every reader must pass them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

PATH = Path(__file__).parents[1] / "vectors" / "door_codes.json"
VECTORS: dict[str, Any] = json.loads(PATH.read_text(encoding="utf-8"))


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
