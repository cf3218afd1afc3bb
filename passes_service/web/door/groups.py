"""Scans that wait are decided together, see `web.gathering`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final
from uuid import UUID

import structlog

from passes_service.bootstrap import Services
from passes_service.checkin import many
from passes_service.checkin.many import Asked, Keys
from passes_service.checkin.outcome import Outcome
from passes_service.web.gathering import Gathering, Waiting

log = structlog.get_logger("door")

AT_ONCE: Final = 16
"""Of 32 gates half are decided while the others' answers go out: quicker than all in step."""
_Scan = Waiting[Asked, Outcome]


class Groups:
    """Decisions on a thread of its own, for one process."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._told: Counter[str] = Counter()
        self._scans: Gathering[Asked, Outcome] = Gathering(
            "door", self._decide, at_once=AT_ONCE, quiet=self._tell
        )

    async def decide(self, asked: Asked) -> Outcome | None:
        """Return the decision, written and committed; None if the scan has to go the ordinary way.

        That is so for everything that is no plain decision, and whenever a group failed: nothing
        of it was kept then, or its nonces say what was.
        """
        return await self._scans.ask(asked)

    def close(self) -> None:
        """End the thread, once it has decided what waited; the next scan starts it again."""
        self._scans.close()

    def _decide(self, some: Sequence[_Scan]) -> None:
        owners: dict[UUID, list[_Scan]] = {}
        for each in some:
            owners.setdefault(each.asked.organizer_id, []).append(each)
        for these in owners.values():
            try:
                self._settle(these)
            except Exception as error:  # a deadlock, a connection that broke, one of them is odd
                log.warning("group not settled", kind=type(error).__name__, scans=len(these))

    def _settle(self, these: Sequence[_Scan]) -> None:
        services = self._services
        now, ring = services.clock(), services.keyring
        keys = Keys(public_keys=ring.gate_public_keys(now), step_keys=ring.step_keys(now))
        asked = [each.asked for each in these]
        before = many.readings(asked, keys, now)
        with services.database.transaction() as session:
            found = many.settle_all(session, asked, before, keys=keys, now=now)
        for each, outcome in zip(these, found, strict=True):
            each.answer = outcome
            if outcome is not None:
                self._told[outcome.code.value] += 1

    def _tell(self) -> None:
        """Log counts and not a line for each scan: every scan is a row of its own."""
        told, self._told = self._told, Counter()
        if told:
            log.info("scans", **told)
