"""What a gate that is alone must say, from the real rules in the order of docs/offline-gate.md."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid5
from zoneinfo import ZoneInfo

from passes_service.checkin.outcome import FORCEABLE, NOT_LIVE, ON_PHONE, OUTDATED, ScanCode
from passes_service.core import pass_id, qr, qr_read
from passes_service.core.entry_order import Passage, play
from passes_service.core.pass_id import PassIdMalformed
from passes_service.core.qr import StaticCode
from passes_service.core.qr_form import SENTENCES, CodeMalformed, CodeVerdict, organizer_tag
from passes_service.core.qr_read import UNKNOWN_NUMBER, DoorCode, KnownPass
from passes_service.core.rules.actions import Admission, Enter
from passes_service.core.rules.decide import decide
from passes_service.core.rules.decision import Code
from passes_service.core.rules.phrases import instant_words
from passes_service.core.rules.terms import Terms
from tests.core.rules.examples import held
from tests.vectors import bound, codes
from tests.vectors.common import ISSUED, ORGANIZER, SERIES
from tests.vectors.offline_worlds import EPOCH, GATES, Known, Record, Scan, scope, secret_of

GONE = "This pass was given up, withdrawn or moved to a wallet; it does not open the door."
_NUMBER = re.compile(r"(?:No |#)?([0-9]{1,9})")
_CODES = {
    Code.ENTER_ADMIT: "ADMIT_PROVISIONAL",
    Code.ENTER_READMIT: "ADMIT_PROVISIONAL",
    Code.ENTER_DUPLICATE: "DUPLICATE",
    Code.ENTER_CANCELLED: "WRONG_SESSION",
    Code.ENTER_TOO_EARLY: "TOO_EARLY",
    Code.ENTER_TOO_LATE: "TOO_LATE",
}


@dataclass(frozen=True)
class Shown:
    """A pass that was found, and what speaks against what was shown."""

    found: tuple[int, Record] | None = None
    against: tuple[str, str, str] | None = None
    epoch: int | None = None


def expected(scan: Scan) -> dict[str, Any]:
    """Return the decision: code, sentence, rule, pass, number and scope of the entry."""
    shown = _identify(scan)
    told: dict[str, Any] = {"pass": None, "number": None, "scope": "", "forceable": False}
    if shown.found is not None:
        index, record = shown.found
        told["pass"] = str(pass_id.compose(SERIES + index, record.serial))
    if scan.way == "out":
        return told | _leave(scan, shown)
    if shown.against is not None:
        return told | _against(shown.against, told["pass"])
    assert shown.found is not None
    return told | _enter(scan, *shown.found)


def _against(said: tuple[str, str, str], number: str | None) -> dict[str, Any]:
    code, sentence, rule = said
    forceable = number is not None and ScanCode(code) in FORCEABLE
    return {"code": code, "sentence": sentence, "rule": rule, "forceable": forceable}


def _identify(scan: Scan) -> Shown:
    shown = _scanned(scan) if scan.text.startswith(qr.PREFIX) else _typed(scan)
    entering = scan.way == "in"
    if entering and shown.found and not shown.against and not shown.found[1].good:
        return Shown(shown.found, ("REVOKED", GONE, "state"))
    return shown


def _no(code: CodeVerdict | str, sentence: str, rule: str = "code") -> Shown:
    return Shown(None, (str(code), sentence, rule))


def _typed(scan: Scan) -> Shown:
    try:
        parts = pass_id.split(pass_id.parse_decimal(scan.text))
    except PassIdMalformed:
        pass
    else:
        found = scan.world.find(parts.series, parts.serial)
        return Shown(found) if found else _no("UNKNOWN", UNKNOWN_NUMBER)
    match = _NUMBER.fullmatch(scan.text)
    if match is None:
        return _no("MALFORMED", SENTENCES[CodeVerdict.MALFORMED])
    serial = int(match[1])
    every = [scan.world.find(SERIES + index, serial) for index in range(len(scan.world.terms))]
    there = [one for one in every if one]
    if len(there) > 1:
        sentence = f"There are several passes with number {serial} here. Please scan the code."
        return _no("MALFORMED", sentence)
    if not there:
        return _no("UNKNOWN", f"No pass with number {serial} opens this session.")
    return Shown(there[0])


def _scanned(scan: Scan) -> Shown:
    try:
        code = qr_read.read(scan.text)
    except CodeMalformed:
        return _no("MALFORMED", SENTENCES[CodeVerdict.MALFORMED])
    found = scan.world.find(code.series, code.serial)
    if isinstance(code, StaticCode):
        return _static(scan, code, found)
    if code.organizer_tag != organizer_tag(ORGANIZER):
        return _no("UNKNOWN", SENTENCES[CodeVerdict.UNKNOWN])
    if found is None:
        return _no("UNKNOWN", UNKNOWN_NUMBER)
    if scan.way == "in" and not found[1].good:
        return Shown(found)
    if code.epoch != EPOCH:
        return _no("STALE", OUTDATED)
    checked = qr_read.check(
        scan.text,
        public_keys=[codes.PUBLIC],
        organizer_id=ORGANIZER,
        find=lambda one: _known(one, *found),
        now=scan.now,
    )
    if checked.verdict is CodeVerdict.BAD_SIGNATURE:
        return _no("BAD_SIGNATURE", _bad(code))
    return Shown(found, None if checked.ok else ("STALE", NOT_LIVE, "code"))


def _bad(code: DoorCode) -> str:
    checked = qr_read.check(
        codes.text(bound.signed(bound.body(), bound.THIEF)),
        public_keys=[],
        organizer_id=ORGANIZER,
        find=lambda _: KnownPass(epoch=EPOCH, device_key=bound.DEVICE_KEY),
        now=ISSUED,
    )
    return checked.sentence if hasattr(code, "signature") else SENTENCES[CodeVerdict.BAD_SIGNATURE]


def _known(_: DoorCode, index: int, record: Record) -> KnownPass:
    return KnownPass(
        epoch=EPOCH,
        device_key=bound.DEVICE_KEY if record.kind == "bound" else None,
        step_secret=secret_of(index, record.serial) if record.kind == "step" else None,
    )


def _static(scan: Scan, code: StaticCode, found: tuple[int, Record] | None) -> Shown:
    checked = qr.verify(code, public_keys=[codes.PUBLIC], organizer_id=ORGANIZER, now=scan.now)
    if checked.verdict is CodeVerdict.EXPIRED:
        return Shown(found, ("EXPIRED", checked.sentence, "code"))
    if not checked.ok:
        return _no(checked.verdict, checked.sentence)
    if found is None:
        listed = 0 <= code.series - SERIES < len(scan.world.terms)
        if listed:
            return _no("UNKNOWN", UNKNOWN_NUMBER)
        return _no("WRONG_SESSION", "This pass is not for this session.", "portions")
    if not found[1].good:
        return Shown(found)
    if code.epoch != EPOCH:
        return Shown(found, ("STALE", OUTDATED, "code"))
    return Shown(found, ("STALE", ON_PHONE, "code") if found[1].kind == "bound" else None)


def _played(scan: Scan, terms: Terms) -> dict[str, list[Known]]:
    """Return who came in, per scope; an exit with nobody inside that day ends the latest entry."""
    scopes: dict[str, list[Passage]] = {}
    for place, (at, where, leaving, counted) in enumerate(_passages(scan, terms)):
        if leaving and where is None:
            where = _whose_exit(scopes, scope(at, terms), terms)
        passage = Passage(
            at=at,
            gate=GATES[0][0],
            sequence=place,
            key=uuid5(GATES[0][0], str(place)),
            leaving=leaving,
            forced=counted,
        )
        scopes.setdefault(where or scope(at, terms), []).append(passage)
    return {where: _standing(some, terms) for where, some in scopes.items()}


def _passages(scan: Scan, terms: Terms) -> list[tuple[datetime, str | None, bool, bool]]:
    """Return instant, scope if it is known, whether leaving, whether it counts in any case."""
    found: list[tuple[datetime, str | None, bool, bool]] = []
    for one in scan.known:
        where = scope(one.at, terms)
        found.append((one.at, where, False, True))
        if one.exited_at is not None:
            found.append((one.exited_at, where, True, False))
    found += [(one.at, None, one.leaving, one.forced and not one.leaving) for one in scan.events]
    return sorted(found, key=lambda one: one[0])


def _whose_exit(scopes: dict[str, list[Passage]], where: str, terms: Terms) -> str:
    inside = {
        found: [one for one in _standing(some, terms)[-1:] if one.exited_at is None]
        for found, some in scopes.items()
    }
    if inside.get(where):
        return where
    late = [(some[-1].at, found) for found, some in inside.items() if some]
    return max(late)[1] if late else where


def _standing(some: Sequence[Passage], terms: Terms) -> list[Known]:
    places = play(some, mode=terms.entry.mode, reentry=terms.entry.reentry)
    at = {one.key: one.at for one in some}
    return [
        Known(place.number, at[key], place.exited_at)
        for key, place in places.items()
        if place.conflict_of is None
    ]


def _enter(scan: Scan, index: int, record: Record) -> dict[str, Any]:
    world, terms = scan.world, scan.world.terms[index]
    mine = (index, record.serial) == (scan.index, scan.serial)
    there = _played(scan, terms) if mine else {}
    today = there.get(scope(scan.now, terms), [])
    enter = Enter(
        session_id="s0",
        session_starts_at=world.starts_at,
        session_ends_at=world.ends_at,
        session_cancelled=world.cancelled,
        admissions=tuple(Admission(one.at, one.exited_at) for one in today),
        doors_at=world.doors_at,
    )
    home = next(one.index for one in terms.portions if "s0" in one.session_ids)
    cancelled = frozenset({home}) if index in world.cancelled_series else frozenset()
    decision = decide(enter, held(terms, cancelled=cancelled), now=scan.now)
    code = _CODES[decision.code]
    told = {
        "code": code,
        "rule": decision.rule,
        "sentence": _sentence(scan, decision.code, decision.reason, today),
        "scope": scope(scan.now, terms),
        "forceable": code != "ADMIT_PROVISIONAL" and ScanCode(code) in FORCEABLE,
    }
    if code == "ADMIT_PROVISIONAL":
        told["number"] = max((one.number for one in today), default=0) + 1
    return told


def _sentence(scan: Scan, code: Code, reason: str, today: Sequence[Known]) -> str:
    """Return the words of `checkin.judge`."""
    world = scan.world
    match code:
        case Code.ENTER_ADMIT | Code.ENTER_READMIT:
            return "Welcome back, come in." if today else "Welcome, come in."
        case Code.ENTER_TOO_EARLY:
            opens = instant_words(world.doors_at, world.zone)
            return f"Doors are not open yet. They open on {opens}."
        case Code.ENTER_TOO_LATE:
            return f"This session is over. It ended on {instant_words(world.ends_at, world.zone)}."
        case Code.ENTER_DUPLICATE:
            first = next((one for one in today if one.exited_at is None), today[-1])
            zone = ZoneInfo(world.zone)
            then = first.at.astimezone(zone)
            same_day = then.date() == scan.now.astimezone(zone).date()
            when = f"{then:%H:%M}" if same_day else f"{then:%H:%M} on {then.day} {then:%B}"
            return f"This pass already came in at {when} at West."
        case _:
            return reason


def _leave(scan: Scan, shown: Shown) -> dict[str, Any]:
    if shown.found is None:
        assert shown.against is not None
        return _against(shown.against, None)
    index, record = shown.found
    terms = scan.world.terms[index]
    mine = (index, record.serial) == (scan.index, scan.serial)
    there = _played(scan, terms) if mine else {}
    inside = [one.at for some in there.values() for one in some if one.exited_at is None]
    if not inside:
        sentence = "This pass is not inside: no entry without an exit is recorded."
        return {"code": "NOT_INSIDE", "sentence": sentence, "rule": "entry"}
    back = terms.entry.reentry or terms.entry.mode == "unlimited"
    sentence = "Goodbye. " + ("Come back any time." if back else "This entry is used up.")
    return {
        "code": "EXIT",
        "sentence": sentence,
        "rule": "entry.reentry",
        "scope": scope(max(inside), terms),
    }
