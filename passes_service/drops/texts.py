"""What a Drop says about itself, and its limits: one spelling or a refusal by field."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any, Final

from passes_service.accounts import fields
from passes_service.drops.errors import DropInvalid

LONGEST_SUMMARY: Final = 4_000
HOLD_SECONDS: Final = range(60, 3_601)
MOST_PER_HOLDER: Final = 100
MOST_PLACES: Final = 10_000_000
_LONGEST_ADDRESS: Final = 300
_IMAGE: Final = re.compile(r"https://[A-Za-z0-9][!-~]*")


def refuse(said: str, field: str) -> DropInvalid:
    """Return the refusal of one field."""
    return DropInvalid(said, field=field)


def checked(stated: dict[str, Any]) -> dict[str, Any]:
    """Return the stated fields of a Drop row in their one spelling.

    Raises:
        DropInvalid, FieldRefused: One of them does not fit.
    """
    found = dict(stated)
    for name, shortest, longest in (("title", 1, 160), ("proof", 0, 300)):
        if name in found:
            found[name] = fields.line(found[name], field=name, longest=longest, shortest=shortest)
    if "slug" in found:
        fields.slug(found["slug"])
    if len(found.get("summary", "")) > LONGEST_SUMMARY:
        raise refuse(f"Say it in at most {LONGEST_SUMMARY} characters.", "summary")
    address = found.get("image_url")
    if address and (len(address) > _LONGEST_ADDRESS or not _IMAGE.fullmatch(address)):
        raise refuse("Give an https address of up to 300 plain characters, or none.", "image_url")
    if not 1 <= found.get("per_holder", 1) <= MOST_PER_HOLDER:
        raise refuse(f"A person may buy 1 to {MOST_PER_HOLDER} places.", "per_holder")
    if found.get("hold_seconds", HOLD_SECONDS.start) not in HOLD_SECONDS:
        raise refuse("Places are held for 60 to 3600 seconds while somebody pays.", "hold_seconds")
    return found


def check_times(opens_at: datetime, closes_at: datetime, *, now: datetime) -> None:
    """Refuse times that are turned round, or already over.

    Raises:
        DropInvalid: They are.
    """
    if closes_at - opens_at < timedelta(minutes=1):
        raise refuse("A Drop is open for at least a minute: close after opening.", "closes_at")
    if closes_at <= now:
        raise refuse("This closing time has passed already.", "closes_at")
