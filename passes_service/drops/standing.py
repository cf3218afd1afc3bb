"""Where a Drop stands at an instant: by its times, its pause and its stock, not by what a job did.

The stored state says what was announced last. 20:00 is 20:00 sharp, whenever the job runs.
"""

from __future__ import annotations

from datetime import datetime

from passes_service.db.models import Drop

OVER = ("closed", "settled")


def standing(drop: Drop, *, left: int, held: int, now: datetime) -> str:
    """Return one of DROP_STATES.

    Args:
        left: Units that can be taken now.
        held: Units that come back if those who hold them do not pay.
    """
    if drop.state in OVER:
        return drop.state
    if now >= drop.closes_at:
        return "closed"
    if drop.state == "paused":
        return "paused"
    if now < drop.opens_at or not drop.agreed:
        return "scheduled"
    if left == held == 0:
        return "sold_out"
    return "open"
