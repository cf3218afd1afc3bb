"""Feeds rendered before their next fetch, at the pace of the worker and never all at once."""

from __future__ import annotations

from collections import deque
from datetime import datetime
from typing import Final

import structlog

from passes_service.bootstrap import Services
from passes_service.feeds import copies, links, sweep
from passes_service.feeds.sweep import Place

log = structlog.get_logger("feeds")
PER_TURN: Final = 100


class Sweeper:
    """Goes round all stored feeds; what it has found and not rendered waits for the next turn.

    A feed that somebody fetched meanwhile is rendered already: that is seen under its lock.
    """

    def __init__(self) -> None:
        self._after: Place | None = None
        self._waiting: deque[Place] = deque()

    def turn(self, services: Services, now: datetime) -> int:
        """Render at most `PER_TURN` outdated feeds; return how many."""
        if not self._waiting:
            with services.database.reading() as session:
                stretch = sweep.look(session, after=self._after, now=now)
            self._after = stretch.end
            self._waiting.extend(stretch.outdated)
        count = min(PER_TURN, len(self._waiting))
        for _ in range(count):
            self._render(services, self._waiting.popleft(), now)
        return count

    def _render(self, services: Services, place: Place, now: datetime) -> None:
        organizer_id, link_id = place
        try:
            with services.database.transaction() as session:
                copies.refresh(
                    session,
                    organizer_id=organizer_id,
                    link_id=link_id,
                    origin=services.settings.origin,
                    now=now,
                )
        except Exception as error:  # one broken feed must not hold up the others
            log.error("feed not rendered", link_id=str(link_id), kind=type(error).__name__)


_SWEEPER = Sweeper()


def render_some(services: Services, now: datetime) -> None:
    """Render some outdated feeds."""
    _SWEEPER.turn(services, now)


def forget_links(services: Services, now: datetime) -> None:
    """Delete calendar links that were revoked long ago."""
    with services.database.transaction() as session:
        links.forget(session, now=now)
