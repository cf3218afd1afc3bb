"""A quiet entry for a feed that has nothing else to say.

GNOME and vdirsyncer ignore an empty calendar and go on showing what the holder just sold.
"""

from datetime import UTC, datetime, timedelta

from ics_feeds.model import Entry

_A_DAY = timedelta(days=1)
_LONG_AGO = datetime(2020, 1, 2, tzinfo=UTC)


def notice(
    *,
    uid: str,
    title: str,
    at: datetime,
    description: str = "",
    sequence: int = 0,
    url: str | None = None,
) -> Entry:
    """Return an all-day entry on the day before `at` that makes nobody busy.

    Args:
        uid: Stable, so that the notice is replaced and never doubled.
        title: What to tell, in the holder's language.
        at: When this began to be so: a stored instant, never the clock.
        description: More words, if they are needed.
        sequence: Grows when the words change.
        url: Page that says more.
    """
    day = at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return Entry(
        uid=uid,
        title=title,
        starts_at=day - _A_DAY,
        ends_at=day,
        time_zone="UTC",
        created_at=at,
        changed_at=at,
        all_day=True,
        sequence=sequence,
        description=description,
        url=url,
        transparent=True,
    )


DEFAULT_NOTICE = notice(
    uid="5f0f7c0e-6a52-4e0b-9a51-3f1d0c3b7a10",
    title="No sessions at the moment",
    description="This calendar is empty now. New sessions will appear here.",
    at=_LONG_AGO,
)
