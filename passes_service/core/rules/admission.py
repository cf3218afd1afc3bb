"""Admission: may this pass enter now."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from passes_service.core.rules.actions import Admission, Enter
from passes_service.core.rules.decision import Code, Verdict
from passes_service.core.rules.facts import PassFacts
from passes_service.core.rules.instants import seconds, whole_second
from passes_service.core.rules.phrases import instant_words
from passes_service.core.rules.terms import Terms

_LONGEST_SESSION_DAYS = 60  # midnights looked at; a session longer than that is a mistake


def doors(action: Enter, terms: Terms) -> datetime:
    """Return when the doors of the Session open."""
    if action.doors_at is not None:
        return whole_second(action.doors_at)
    before = seconds(60 * terms.entry.doors_minutes_before)
    return whole_second(action.session_starts_at) - before


def entry_day(moment: datetime, terms: Terms) -> date:
    """Return the local day that is the entry scope when entry is per day."""
    return moment.astimezone(ZoneInfo(terms.time_zone)).date()


def edges(action: Enter, terms: Terms) -> Iterator[datetime]:
    """Yield every instant at which the answer at the door can change."""
    opens, ends = doors(action, terms), whole_second(action.session_ends_at)
    yield opens
    yield ends
    if terms.entry.mode == "per_day":
        zone, day = ZoneInfo(terms.time_zone), entry_day(opens, terms)
        for number in range(1, _LONGEST_SESSION_DAYS):
            midnight = datetime.combine(day + timedelta(days=number), time(), zone)
            moment = whole_second(midnight)
            if moment >= ends:
                break
            yield moment


def come_in(action: Enter, terms: Terms, facts: PassFacts, at: datetime) -> Verdict:
    """Return whether the pass opens this Session's door at `at` under one document."""
    home = next((p for p in terms.portions if action.session_id in p.session_ids), None)
    if home is None:
        return _no(Code.ENTER_WRONG_SESSION, "portions", "This pass does not open this session.")
    if action.session_cancelled or home.index in facts.cancelled:
        return _no(Code.ENTER_CANCELLED, "portions", "This session is cancelled.")
    opens, ends = doors(action, terms), whole_second(action.session_ends_at)
    if at < opens:
        when = instant_words(opens, terms.time_zone)
        return _no(Code.ENTER_TOO_EARLY, "entry.doors_minutes_before", f"Doors open on {when}.")
    if at >= ends:
        when = instant_words(ends, terms.time_zone)
        return _no(Code.ENTER_TOO_LATE, "portions", f"This session ended on {when}.")
    return _count(_in_scope(action.admissions, terms, at), terms)


def _in_scope(
    admissions: tuple[Admission, ...], terms: Terms, at: datetime
) -> tuple[Admission, ...]:
    if terms.entry.mode != "per_day":
        return admissions
    today = entry_day(at, terms)
    return tuple(one for one in admissions if entry_day(one.at, terms) == today)


def _count(admissions: tuple[Admission, ...], terms: Terms) -> Verdict:
    if not admissions:
        return Verdict(
            allowed=True, code=Code.ENTER_ADMIT, rule="entry", reason="Welcome, come in."
        )
    last = instant_words(max(one.at for one in admissions), terms.time_zone)
    if terms.entry.mode == "unlimited":
        reason = f"Welcome back, come in; last entry {last}."
        return Verdict(allowed=True, code=Code.ENTER_READMIT, rule="entry.mode", reason=reason)
    inside = any(one.exited_at is None for one in admissions)
    if not inside and terms.entry.reentry:
        reason = f"Welcome back, come in; last entry {last}."
        return Verdict(allowed=True, code=Code.ENTER_READMIT, rule="entry.reentry", reason=reason)
    scope = "today" if terms.entry.mode == "per_day" else "to this session"
    why = "no exit was recorded since" if inside else "coming back in is not part of it"
    return _no(
        Code.ENTER_DUPLICATE,
        "entry.mode" if inside else "entry.reentry",
        f"This pass already let someone in {scope}, on {last}, and {why}.",
    )


def _no(code: Code, rule: str, reason: str) -> Verdict:
    return Verdict(allowed=False, code=code, rule=rule, reason=reason)
