"""Numbers that a gate may be handing out without a network: let in, and confirmed by its log.

A reserved number has a signed code and no pass yet. Whoever shows it may have bought it a minute
ago at a gate that we cannot hear, so it opens the door once, provisionally.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from sqlmodel import Session, col, select

from passes_service.catalog import terms
from passes_service.checkin.judge import Judgement, scope_of
from passes_service.checkin.known import Entered, Known, PassRow
from passes_service.checkin.looking import Case
from passes_service.checkin.outcome import ScanCode
from passes_service.core import pass_id as pass_numbers
from passes_service.core.qr import StaticCode
from passes_service.db.models import Gate, PortionChange, ReservedPass, Scan, Series
from passes_service.passes import facts

SENTENCE = "Come in. It is from a gate that may be selling without a network; its log confirms it."
RULE = "reserved"


def look_up(session: Session, cases: Sequence[Case], *, hold: bool) -> None:
    """Fill in what is known of reserved numbers among cases that found no pass.

    With `hold` their rows are held, so two scans of one number follow each other. Only a code that
    we signed counts; a typed number that is nobody's yet stays unknown, and so does one that was
    given to a gate which is revoked: no log will ever confirm it.
    """
    found: dict[UUID, Known] = {}
    # In one order for everybody: two groups cannot wait for each other.
    for case in sorted(cases, key=lambda one: one.reading.pass_id or 0):
        code = case.reading.code
        if case.known is not None or case.elsewhere or case.reading.refusal is not None:
            continue
        if isinstance(code, StaticCode):
            row = _reserved(session, case, code, hold=hold)
            if row is None:
                continue
            if row.state == "handed":  # a moment ago: whoever looks again finds the pass
                case.elsewhere = True
                continue
            if row.id not in found:
                found[row.id] = _known(session, row, case)
            case.known, case.reserved_id = found[row.id], row.id


def judged(verdict: Judgement) -> Judgement:
    """Return a decision on a pass as one on a number that may not be sold yet."""
    known = replace(verdict, first=None)  # an earlier scan, and no admission to refer to
    if verdict.code is not ScanCode.ADMIT:
        return known
    return replace(known, code=ScanCode.ADMIT_PROVISIONAL, sentence=SENTENCE, rule=RULE)


def came_in(case: Case, verdict: Judgement) -> None:
    """Let the scans after this one know, which may be of the same group."""
    if verdict.code is ScanCode.ADMIT_PROVISIONAL and case.known is not None:
        ask, row = case.ask, case.known.row
        case.known.entries.append(
            Entered(row.id, row.id, verdict.scope, verdict.number, ask.now, None, ask.gate.name)
        )


def _reserved(session: Session, case: Case, code: StaticCode, *, hold: bool) -> ReservedPass | None:
    statement = (
        select(ReservedPass)
        .join(
            Series,
            (col(Series.organizer_id) == col(ReservedPass.organizer_id))
            & (col(Series.id) == col(ReservedPass.series_id)),
        )
        .join(
            Gate,
            (col(Gate.organizer_id) == col(ReservedPass.organizer_id))
            & (col(Gate.id) == col(ReservedPass.gate_id)),
        )
        .where(
            col(Gate.revoked_at).is_(None) | (ReservedPass.state == "handed"),
            ReservedPass.organizer_id == case.ask.organizer_id,
            Series.series_no == code.series,
            ReservedPass.serial == code.serial,
            ReservedPass.epoch == code.epoch,
            col(ReservedPass.state).in_(("reserved", "handed")),
        )
        .execution_options(populate_existing=True)
    )
    if hold:
        statement = statement.with_for_update(of=ReservedPass, key_share=True)
    return session.exec(statement).first()


def _known(session: Session, row: ReservedPass, case: Case) -> Known:
    series = session.get_one(Series, (row.organizer_id, row.series_id))
    document = terms.get(session, organizer_id=row.organizer_id, terms_hash=series.terms_hash)
    stands_for = PassRow(
        organizer_id=row.organizer_id,
        id=row.id,
        pass_id=pass_numbers.compose(series.series_no, row.serial),
        series_id=row.series_id,
        serial=row.serial,
        holder_id=row.gate_id,
        state="active",
        epoch=row.epoch,
        transfers=0,
        paid_minor=0,
        paid_back_minor=0,
        currency=series.currency,
        bought_at=row.created_at,
        next_doors_at=None,
    )
    changes = session.exec(
        select(PortionChange)
        .where(
            PortionChange.organizer_id == row.organizer_id,
            PortionChange.series_id == series.id,
        )
        .order_by(col(PortionChange.id))
    ).all()
    return Known(
        row=stands_for,
        title=series.title,
        cap=series.cap,
        terms_hash=series.terms_hash,
        holder_name="",
        facts=facts.assemble(stands_for, document, changes),
        devices={},
        entries=_entries(session, row, scope_of(case.at, document, case.ask.now)),
        others=[],
    )


def _entries(session: Session, row: ReservedPass, scope: str) -> list[Entered]:
    """Return the earlier scans that let this number in, as the entries that they will become."""
    rows = session.execute(
        select(Scan, col(Gate.name))
        .join(
            Gate,
            (col(Gate.organizer_id) == col(Scan.organizer_id))
            & (col(Gate.id) == col(Scan.gate_id)),
        )
        .where(
            Scan.organizer_id == row.organizer_id,
            Scan.reserved_id == row.id,
            Scan.code == ScanCode.ADMIT_PROVISIONAL.value,
            Scan.scope == scope,
        )
        .order_by(col(Scan.created_at), col(Scan.id))
    )
    return [
        Entered(one[0].id, row.id, scope, number, one[0].created_at, None, one[1])
        for number, one in enumerate(rows, 1)
    ]
