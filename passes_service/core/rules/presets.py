"""Three named sets of rules that the Terms editor starts from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

DAY: Final = 86_400


@dataclass(frozen=True)
class Preset:
    """A starting point: its name, what it says in one sentence, and its draft sections."""

    name: str
    title: str
    summary: str
    transfer: Mapping[str, Any]
    refund: Mapping[str, Any]
    entry: Mapping[str, Any]


PRESETS: Final[Mapping[str, Preset]] = MappingProxyType(
    {
        "flexible": Preset(
            name="flexible",
            title="Flexible",
            summary=(
                "Everything back until a day before the first session, then 80 % of what is "
                "still to come; transfers without limit; come and go at the door."
            ),
            transfer={"allowed": True, "frozen_minutes": 60},
            refund={
                "steps": [
                    {"before_days": 1, "share_bp": 10_000},
                    {"before_days": 1, "of": "last_session", "share_bp": 8_000},
                ],
                "cooling_off_seconds": 14 * DAY,
                "guarantee_bp": 10_000,
                "move_window_seconds": 14 * DAY,
            },
            entry={"mode": "once_per_session", "reentry": True, "doors_minutes_before": 60},
        ),
        "standard": Preset(
            name="standard",
            title="Standard",
            summary=(
                "Everything back until a week before the first session, half until a day before; "
                "up to three transfers; one entry per session."
            ),
            transfer={"allowed": True, "max_count": 3, "frozen_minutes": 120},
            refund={
                "steps": [
                    {"before_days": 7, "share_bp": 10_000},
                    {"before_days": 1, "share_bp": 5_000},
                ],
                "cooling_off_seconds": DAY,
                "guarantee_bp": 10_000,
                "move_window_seconds": 7 * DAY,
            },
            entry={"mode": "once_per_session", "reentry": False, "doors_minutes_before": 60},
        ),
        "strict": Preset(
            name="strict",
            title="Strict",
            summary=(
                "Personal and final: no transfers, money back only for cancelled or moved "
                "sessions; one entry per session."
            ),
            transfer={"allowed": False},
            refund={
                "steps": [],
                "cooling_off_seconds": 0,
                "guarantee_bp": 10_000,
                "move_window_seconds": 3 * DAY,
            },
            entry={"mode": "once_per_session", "reentry": False, "doors_minutes_before": 60},
        ),
    }
)
