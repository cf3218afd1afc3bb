"""A session changed: everyone whose pass opens it hears what is new, and what is owed.

Of several changes in a row the newest event tells, and tells all of it: the state at the time of
writing beside the last one that holders were told.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import groupby
from uuid import UUID

from sqlmodel import Session, col, select

from passes_service.accounts import holders, organizers
from passes_service.catalog import news
from passes_service.catalog.news import Known, Pending
from passes_service.core.rules.actions import Draw, Refund
from passes_service.core.rules.decide import decide
from passes_service.core.rules.facts import PassFacts
from passes_service.db.models import CalendarSession, OutboxEvent, Pass, Series, SeriesSession
from passes_service.mail import change_letters, notices, urgency
from passes_service.mail.change_letters import Change
from passes_service.mail.notices import Payload
from passes_service.passes import facts
from passes_service.passes.queries import Held

_LIVE = ("active", "claiming", "on_chain")


def holders_of(session: Session, event: OutboxEvent, payload: Payload) -> list[UUID]:
    """Return whose living passes open the session, in a stable order; none if nothing is new."""
    changed = _session(session, event, payload)
    if changed is None or _pending(session, changed, payload) is None:
        return []
    rows = session.exec(
        select(Pass.holder_id)
        .join(
            SeriesSession,
            (col(SeriesSession.organizer_id) == col(Pass.organizer_id))
            & (col(SeriesSession.series_id) == col(Pass.series_id)),
        )
        .where(
            Pass.organizer_id == event.organizer_id,
            SeriesSession.session_id == changed.id,
            col(Pass.state).in_(_LIVE),
        )
        .distinct()
        .order_by(col(Pass.holder_id))
    )
    return list(rows)


def tell(
    session: Session,
    event: OutboxEvent,
    payload: Payload,
    origin: str,
    holder_ids: list[UUID],
    now: datetime,
) -> None:
    """Write to some of the holders; whoever has been told already is not told again.

    A letter about a right or money goes to each of them, another to who wants such mail.
    """
    changed = _session(session, event, payload)
    if changed is None:
        return
    pending = _pending(session, changed, payload)
    if pending is None:  # a later event tells it, or another worker has
        return
    found = _change(pending, changed, event, now)
    if found is None:
        return
    change, news_to_all = found
    organizer = organizers.get(session, organizer_id=event.organizer_id)
    for holder_id, passes in _passes(session, event, changed, holder_ids):
        known = [(held, portion, facts.of(session, held)) for held, portion in passes]
        right = change.kind != "place" and any(_right(at, each, now) for _, at, each in known)
        holder = holders.get(session, organizer_id=event.organizer_id, holder_id=holder_id)
        if not right and not (news_to_all and holder.change_mail):
            continue
        letter = change_letters.about(
            organizer.name,
            change,
            owed=tuple(filter(None, (_owed(held, each, now) for held, _, each in known))),
            anyway=right,
            url=notices.page_url(origin, organizer, "/me"),
            calendar_url=notices.page_url(origin, organizer, "/me%23calendar"),
        )
        notices.to_holder(
            session, event, holder.id, letter, now, may_stop=not right, session_id=changed.id
        )


def told(session: Session, event: OutboxEvent, payload: Payload) -> None:
    """Record that all were told, so that the next change is compared with this one."""
    changed = _session(session, event, payload)
    if changed is not None and payload.get("sequence") is not None:
        news.told(session, changed, sequence=payload["sequence"])


def _session(session: Session, event: OutboxEvent, payload: Payload) -> CalendarSession | None:
    key = (event.organizer_id, UUID(payload["session_id"]))
    return session.get(CalendarSession, key, populate_existing=True)


def _pending(session: Session, changed: CalendarSession, payload: Payload) -> Pending | None:
    said = {"change": payload["change"], "sequence": payload.get("sequence")}
    return news.pending(session, changed, **said)


def _change(
    pending: Pending, changed: CalendarSession, event: OutboxEvent, now: datetime
) -> tuple[Change, bool] | None:
    """Return the change and whether it is news to all; else only to those it gives a right."""
    was, is_now = pending.was, news.known(changed)
    kind = _kind(was, is_now)
    to_all = bool(kind) or pending.alone
    if not kind and (is_now.status != "cancelled" or pending.alone):
        kind = pending.unsaid
    if kind not in ("place", *news.WEIGHTY):
        return None
    urgent = urgency.first_word(was, is_now, changed.time_zone, published=event.created_at, now=now)
    over = max(was.ends_at, is_now.ends_at) <= now
    if over or (kind == "place" and not urgent):
        to_all = False
    ends = was.starts_at == is_now.starts_at and was.ends_at != is_now.ends_at
    before, after = (
        urgency.span(state, changed.time_zone, all_day=changed.all_day, ends=ends)
        for state in (was, is_now)
    )
    change = Change(
        kind=kind,
        session=changed.title,
        was=before,
        now=after,
        zone=changed.time_zone,
        place_was=was.location,
        place=is_now.location,
        urgent="" if over else urgent,
    )
    return change, to_all


def _kind(was: Known, is_now: Known) -> str:
    if is_now.status == "cancelled":
        return "" if was.status == "cancelled" else "cancelled"
    if was.status == "cancelled":
        return "reinstated"
    if (was.starts_at, was.ends_at) != (is_now.starts_at, is_now.ends_at):
        return "moved"
    return "" if was.location == is_now.location else "place"


def _passes(
    session: Session, event: OutboxEvent, changed: CalendarSession, holder_ids: list[UUID]
) -> Iterator[tuple[UUID, list[tuple[Held, int]]]]:
    rows = session.exec(
        select(Pass, Series, SeriesSession.portion)
        .join(
            Series,
            (col(Series.organizer_id) == col(Pass.organizer_id))
            & (col(Series.id) == col(Pass.series_id)),
        )
        .join(
            SeriesSession,
            (col(SeriesSession.organizer_id) == col(Pass.organizer_id))
            & (col(SeriesSession.series_id) == col(Pass.series_id)),
        )
        .where(
            Pass.organizer_id == event.organizer_id,
            SeriesSession.session_id == changed.id,
            col(Pass.state).in_(_LIVE),
            col(Pass.holder_id).in_(holder_ids),
        )
        .order_by(col(Pass.holder_id), col(Pass.id))
    ).all()
    held = [(Held(row, series), portion) for row, series, portion in rows]
    for holder_id, passes in groupby(held, key=lambda each: each[0].row.holder_id):
        yield holder_id, list(passes)


def _right(portion: int, known: PassFacts, now: datetime) -> bool:
    """Tell whether the cancelled or moved Portion gives the holder of a pass something now.

    Money may be due for it, in the book or from the contract, or the window after a move is open.
    """
    if portion in known.cancelled:
        draw = decide(Draw(), known, now=now)
        return draw.allowed or (known.state == "on_chain" and known.paid > known.paid_back)
    window = known.moved.get(portion)
    opened = window is not None and window.opened_at <= now < window.closes_at
    return opened and known.paid > known.paid_back


def _owed(held: Held, known: PassFacts, now: datetime) -> str:
    """Return what the Terms owe for one pass now, in their own words, or nothing."""
    answers = (decide(action, known, now=now) for action in (Draw(), Refund()))
    said = " ".join(answer.reason for answer in answers if answer.allowed)
    return f"“{held.series.title}”, number {held.label}: {said}" if said else ""
