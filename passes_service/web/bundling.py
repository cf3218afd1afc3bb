"""Bundles as gates ask for them: made anew when the door changed, by whoever asks first.

The database is read, then let go; what was made and signed is stored in one short transaction.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from threading import Lock
from uuid import UUID

from passes_service.accounts.errors import NotFound
from passes_service.bootstrap import Services
from passes_service.checkin.offline import bundle_store, bundles
from passes_service.db.models import CalendarSession, DoorBundle

Door = tuple[UUID, UUID]
_MOST_DOORS = 10_000


class _Looked:
    """When this process last compared each door with its bundle. Looking costs a second of work."""

    def __init__(self) -> None:
        self._at: dict[Door, datetime] = {}
        self._lock = Lock()

    def begin(self, door: Door, *, now: datetime, pause: timedelta) -> bool:
        """Tell whether it is time to look again; whoever asks meanwhile takes what there is."""
        with self._lock:
            before = self._at.get(door)
            if before is not None and timedelta() <= now - before < pause:
                return False
            if len(self._at) >= _MOST_DOORS:
                self._at.clear()
            self._at[door] = now
            return True

    def forget(self, door: Door) -> None:
        """Let the next one look: this one came to nothing."""
        with self._lock:
            self._at.pop(door, None)


_LOOKED = _Looked()


def current(
    services: Services,
    *,
    organizer_id: UUID,
    session_id: UUID,
    now: datetime,
    refresh: timedelta = bundle_store.REFRESH,
) -> DoorBundle:
    """Return a session's bundle, no older than `refresh` where anything changed.

    Raises:
        NotFound: The session is not this organizer's.
    """
    door = (organizer_id, session_id)
    scope = {"organizer_id": organizer_id, "session_id": session_id}
    with services.database.reading() as session:
        last = bundle_store.latest(session, **scope)
    usable = last is not None and now < last.not_after
    fresh = last is not None and timedelta() <= now - last.created_at < refresh
    may_look = _LOOKED.begin(door, now=now, pause=refresh)
    if last is not None and usable and (fresh or not may_look):
        return last
    try:
        found = _refreshed(services, last, door, now)
    except BaseException:
        _LOOKED.forget(door)
        raise
    return found


def _refreshed(
    services: Services, last: DoorBundle | None, door: Door, now: datetime
) -> DoorBundle:
    organizer_id, session_id = door
    with services.database.reading() as session:
        at = session.get(CalendarSession, (organizer_id, session_id))
        if at is None:
            raise NotFound("There is no such session here.")
        keys = services.keyring.gate_public_keys(now)
        facts, content = bundles.gather(session, at, issuer_keys=keys, now=now)
    key = services.keyring.gate_announcer(now).private_key
    made = bundles.following(last, facts, content, now=now, key=key)
    if made is None and last is not None:
        return last
    if made is not None:
        with services.database.transaction() as session:
            bundle_store.keep(session, organizer_id=organizer_id, session_id=session_id, made=made)
    with services.database.reading() as session:
        found = bundle_store.latest(session, organizer_id=organizer_id, session_id=session_id)
    assert found is not None  # noqa: S101 - this process or another one stored it
    return found


def answer(services: Services, row: DoorBundle, since: int | None) -> Iterable[bytes]:
    """Return what a gate that holds the sequence `since` needs: deltas, or the full bundle."""
    if since is not None and since >= row.sequence:
        return []
    deltas = None
    if since:
        with services.database.reading() as session:
            deltas = bundle_store.since(
                session, organizer_id=row.organizer_id, session_id=row.session_id, sequence=since
            )
    return deltas or [row.full or b""]
