"""The decision at the door: the pass, the published rules and who is inside. Nothing is read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from passes_service.checkin.identify import Shown
from passes_service.checkin.known import Entered, Known, SessionRow
from passes_service.checkin.outcome import OUTDATED, ScanCode
from passes_service.core.rules import admission
from passes_service.core.rules.actions import Admission, Enter
from passes_service.core.rules.decide import decide
from passes_service.core.rules.decision import Code
from passes_service.core.rules.phrases import instant_words
from passes_service.core.rules.terms import Terms
from passes_service.db.models import CalendarSession

_CODES = {
    Code.ENTER_ADMIT: ScanCode.ADMIT,
    Code.ENTER_READMIT: ScanCode.ADMIT,
    Code.ENTER_DUPLICATE: ScanCode.DUPLICATE,
    Code.ENTER_WRONG_SESSION: ScanCode.WRONG_SESSION,
    Code.ENTER_CANCELLED: ScanCode.WRONG_SESSION,
    Code.ENTER_TOO_EARLY: ScanCode.TOO_EARLY,
    Code.ENTER_TOO_LATE: ScanCode.TOO_LATE,
}


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """A decision, and where an admission would be written if it is one.

    Attributes:
        scope, number: The place of the next entry of this pass; empty when there is no pass.
        first: The entry that stands in the way.
    """

    code: ScanCode
    sentence: str
    rule: str
    scope: str = ""
    number: int = 1
    first: Entered | None = None


def judge(*, at: SessionRow, shown: Shown, now: datetime) -> Judgement:
    """Decide whether what was shown may come in to a session now."""
    known = shown.held
    if known is None:
        code, sentence = shown.refusal or (ScanCode.UNKNOWN, "We do not know this pass.")
        return Judgement(code=code, sentence=sentence, rule="code")
    scope = scope_of(at, known.facts.terms, now)
    earlier = known.within(scope)
    place = Judgement(
        code=ScanCode.ADMIT,
        sentence="Welcome, come in.",
        rule="entry",
        scope=scope,
        number=max((one.number for one in earlier), default=0) + 1,
    )
    against = _against_the_code(shown, known)
    if against is not None:
        return replace(place, code=against[0], sentence=against[1], rule="code")
    return _by_the_rules(place, known, at, earlier, now)


def scope_of(at: SessionRow | CalendarSession, terms: Terms, now: datetime) -> str:
    """Return within what a pass admits once: the session, or the local day. Never the epoch."""
    if terms.entry.mode == "per_day":
        return f"day:{admission.entry_day(now, terms).isoformat()}"
    return f"session:{at.id}"


def opens(terms: Terms, session_id: UUID) -> bool:
    """Tell whether a pass under these Terms opens a session at all."""
    name = str(session_id)
    return any(name in portion.session_ids for portion in terms.portions)


def _duplicate_sentence(first: Entered, at: SessionRow, now: datetime) -> str:
    """Say where and when the entry happened that stands in the way."""
    zone = ZoneInfo(at.time_zone)
    then = first.created_at.astimezone(zone)
    same_day = then.date() == now.astimezone(zone).date()
    when = f"{then:%H:%M}" if same_day else f"{then:%H:%M} on {then.day} {then:%B}"
    where = f" at {first.gate}" if first.gate else ""
    return f"This pass already came in at {when}{where}."


def _against_the_code(shown: Shown, known: Known) -> tuple[ScanCode, str] | None:
    """Return what speaks against the code itself; a pass that is gone speaks louder."""
    if known.row.state not in ("active", "on_chain"):
        return None
    if shown.refusal is not None:
        return shown.refusal
    if shown.epoch is not None and shown.epoch != known.row.epoch:
        return ScanCode.STALE, OUTDATED
    return None


def _by_the_rules(
    place: Judgement,
    known: Known,
    at: SessionRow,
    earlier: Sequence[Entered],
    now: datetime,
) -> Judgement:
    enter = Enter(
        session_id=str(at.id),
        session_starts_at=at.starts_at,
        session_ends_at=at.ends_at,
        session_cancelled=at.status == "cancelled",
        admissions=tuple(Admission(one.created_at, one.exited_at) for one in earlier),
    )
    decision = decide(enter, known.facts, now=now)
    code = _CODES.get(decision.code, ScanCode.REVOKED)
    found = replace(place, code=code, rule=decision.rule)
    match code:
        case ScanCode.ADMIT:
            sentence = "Welcome back, come in." if earlier else "Welcome, come in."
        case ScanCode.DUPLICATE:
            first = next((one for one in earlier if one.exited_at is None), earlier[-1])
            found = replace(found, first=first)
            sentence = _duplicate_sentence(first, at, now)
        case ScanCode.TOO_EARLY:
            doors = instant_words(admission.doors(enter, known.facts.terms), at.time_zone)
            sentence = f"Doors are not open yet. They open on {doors}."
        case ScanCode.TOO_LATE:
            ended = instant_words(at.ends_at, at.time_zone)
            sentence = f"This session is over. It ended on {ended}."
        case ScanCode.WRONG_SESSION if decision.code is Code.ENTER_WRONG_SESSION:
            sentence = _other_session(known, now)
        case _:
            sentence = decision.reason
    return replace(found, sentence=sentence)


def _other_session(known: Known, now: datetime) -> str:
    """Say which session the pass does open, the next one if there is one."""
    coming = [row for row in known.others if row.ends_at > now and row.status != "cancelled"]
    if not coming:
        return "This pass is for other sessions, and they are over."
    when = instant_words(coming[0].starts_at, coming[0].time_zone)
    return f"This pass is not for this session. Its next one is “{coming[0].title[:120]}”, {when}."
