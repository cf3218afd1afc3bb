"""Holds that wait are decided together, see `web.gathering`; the stock is locked once for all."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

import structlog
from sqlmodel import Session

from passes_service.accounts import authenticate
from passes_service.bootstrap import Services
from passes_service.checkout import holding, limits
from passes_service.checkout.holding import HoldAsked
from passes_service.core.errors import DomainError
from passes_service.core.tokens import OpaqueToken
from passes_service.db.models import Drop, Order
from passes_service.web import buyers, problems
from passes_service.web.gathering import Gathering, Waiting
from passes_service.web.routes.holds import HoldRead

log = structlog.get_logger("holds")

AT_ONCE: Final = 32
"""Of 64 buyers half are decided while the others' answers go out."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody asks, and the login that says who they are, if they have one."""

    hold: HoldAsked
    login: OpaqueToken | None
    path: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back."""

    status: int
    body: bytes
    media_type: bytes
    retry_after: int | None = None


_Hold = Waiting[Asked, Answer]


class Groups:
    """Holds on a thread of its own, for one process."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._told: Counter[str] = Counter()
        self._holds: Gathering[Asked, Answer] = Gathering(
            "holds", self._decide, at_once=AT_ONCE, quiet=self._tell
        )

    async def decide(self, asked: Asked) -> Answer | None:
        """Return the answer, committed; None if the call has to go the ordinary way.

        That is so for a login that is not good any more, and whenever a group failed: nothing of
        it was kept then, or its keys find what was.
        """
        return await self._holds.ask(asked)

    def close(self) -> None:
        """End the thread, once it has decided what waited."""
        self._holds.close()

    def _decide(self, some: Sequence[_Hold]) -> None:
        owners: dict[UUID, list[_Hold]] = {}
        for each in some:
            owners.setdefault(each.asked.hold.organizer_id, []).append(each)
        for these in owners.values():
            try:
                self._settle(these)
            except Exception as error:  # a deadlock, a key used twice at once, a broken connection
                log.warning("group not settled", kind=type(error).__name__, holds=len(these))

    def _settle(self, these: Sequence[_Hold]) -> None:
        services = self._services
        now = services.clock()
        keys = services.keyring.session_keys(now)
        with services.database.transaction() as session:
            logins = [each.asked.login for each in these if each.asked.login is not None]
            holders = authenticate.holders_of(session, logins, now=now) if logins else {}
            known = [
                each
                for each in these
                if each.asked.login is None or each.asked.login.digest in holders
            ]
            asked = [_named(each.asked, holders) for each in known]
            if not asked:
                return
            found = holding.hold_all(session, asked, keys=keys, now=now)
            seconds = _hold_seconds(session, found)
            answers = [
                _answer(one, each.asked.path, seconds, services.keyring.session_key)
                for each, one in zip(known, found, strict=True)
            ]
        for each, one, answer in zip(known, found, answers, strict=True):
            each.answer = answer
            self._told["held" if isinstance(one, Order) else one.code] += 1

    def _tell(self) -> None:
        """Log and count sums: every hold is a row of its own, and refusals come in thousands."""
        told, self._told = self._told, Counter()
        if told:
            log.info("holds", **told)
        for name, count in told.items():
            self._services.metrics.held(name, count)


def _named(asked: Asked, holders: dict[bytes, UUID]) -> HoldAsked:
    """Return what is asked, by the holder behind the login if there is one."""
    if asked.login is None:
        return asked.hold
    holder_id = holders[asked.login.digest]
    subject, hold = limits.subject_of(holder_id), asked.hold
    agreed = buyers.fingerprint(hold.offer_id, hold.quantity, subject)
    return replace(hold, subject=subject, holder_id=holder_id, fingerprint=agreed)


def _hold_seconds(session: Session, found: Sequence[Order | DomainError]) -> dict[UUID, int]:
    """Return for how long each Drop holds places; each is asked for once."""
    keys = {(one.organizer_id, one.drop_id) for one in found if isinstance(one, Order)}
    return {key[1]: session.get_one(Drop, key).hold_seconds for key in keys}


def _answer(found: Order | DomainError, path: str, seconds: dict[UUID, int], key: bytes) -> Answer:
    if isinstance(found, Order):
        body = HoldRead.of(found, seconds[found.drop_id], key).model_dump_json().encode()
        return Answer(201, body, b"application/json")
    status, told = problems.document(found, path)
    body = json.dumps(told, default=str).encode()
    wait = found.members.get("retry_after")
    return Answer(status, body, problems.MEDIA_TYPE.encode(), wait)
