"""ABIs of what is on chain, as package data.

`EventPass` is everything that an organizer's clone answers, `EventPassDesk` included, for it is
called through the clone; `EventPassFactory` makes clones. `SignatureValidator` is never deployed:
its creation code is sent with a question. Written by `hardhat-local/scripts/export-abi.ts`, never
by hand.
"""

from __future__ import annotations

import json
from importlib import resources
from typing import Any, Final

NAMES: Final = ("EventPass", "EventPassFactory")


def load(name: str) -> list[dict[str, Any]]:
    """Return the ABI of a contract; KeyError if there is none of that name."""
    if name not in NAMES:
        raise KeyError(name)
    entries: list[dict[str, Any]] = json.loads(_read(name))
    return entries


def creation_code(name: str) -> bytes:
    """Return the code that makes a contract, without its arguments; KeyError if not kept here."""
    if name != "SignatureValidator":
        raise KeyError(name)
    code: str = json.loads(_read(name))["creationCode"]
    return bytes.fromhex(code[2:])


def versions() -> dict[str, Any]:
    """Return the compiler's version, and by name the contracts'."""
    found: dict[str, Any] = json.loads(_read("versions"))
    return found


def _read(name: str) -> str:
    return resources.files(__name__).joinpath(f"{name}.json").read_text(encoding="utf-8")
