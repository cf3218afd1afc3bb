"""Smaller cases: each simpler than the given one in one respect, boldest first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from passes_service.core.rules.errors import TermsInvalid
from passes_service.core.rules.schema import parse, to_document
from passes_service.core.rules.terms import Portion, Terms
from tests.contracts.equality.cases import Case, Series

SHARES = (10_000, 5_000, 0)


def smaller(case: Case) -> Iterator[Case]:
    """Yield valid cases that are one step simpler."""
    for series in _series(case.series):
        try:
            parse(to_document(series.terms))
        except TermsInvalid:
            continue
        yield replace(case, series=series)
    probe = case.probe
    if probe.paid_back:
        yield replace(case, probe=replace(probe, paid_back=0))
    for transfers in (0, 1):
        if transfers < probe.transfers:
            yield replace(case, probe=replace(probe, transfers=transfers))
    moved_twice = len({move.index for move in case.series.moves}) < len(case.series.moves)
    if probe.remembered and not moved_twice:  # else Python could not work it out
        yield replace(case, probe=replace(probe, remembered=False))


def _series(series: Series) -> Iterator[Series]:
    for index in range(len(series.terms.portions)):
        if len(series.terms.portions) > 1:
            yield _without(series, index)
    for index in range(len(series.moves)):
        yield replace(series, moves=series.moves[:index] + series.moves[index + 1 :])
    for portion in series.cancelled:
        yield replace(series, cancelled=series.cancelled - {portion})
    for price in (0, 1, 10_000, series.price // 2):
        if price < series.price:
            yield replace(series, price=price)
    for terms in (*_refunds(series.terms), *_transfers(series.terms)):
        yield replace(series, terms=terms)


def _refunds(terms: Terms) -> Iterator[Terms]:
    rule = terms.refund
    for index in range(len(rule.steps)):
        steps = rule.steps[:index] + rule.steps[index + 1 :]
        yield replace(terms, refund=replace(rule, steps=steps))
    if rule.cooling_off_seconds:
        yield replace(terms, refund=replace(rule, cooling_off_seconds=0))
    if rule.move_window_seconds:
        yield replace(terms, refund=replace(rule, move_window_seconds=0))
    for share in SHARES[: SHARES.index(rule.guarantee_bp) if rule.guarantee_bp in SHARES else None]:
        yield replace(terms, refund=replace(rule, guarantee_bp=share))


def _transfers(terms: Terms) -> Iterator[Terms]:
    rule = terms.transfer
    for plain in (
        replace(rule, opens_at=None),
        replace(rule, closes_at=None),
        replace(rule, max_count=None),
        replace(rule, frozen_minutes=0),
    ):
        if plain != rule:
            yield replace(terms, transfer=plain)
    if terms.funding != "escrow":
        yield replace(terms, funding="escrow")


def _without(series: Series, gone: int) -> Series:
    """Return the Series without one Portion; a neighbour takes its weight."""
    portions = series.terms.portions
    heir = gone - 1 if gone else 1
    kept: list[Portion] = []
    for part in portions:
        if part.index == gone:
            continue
        weight = part.weight_bp + (portions[gone].weight_bp if part.index == heir else 0)
        kept.append(replace(part, index=len(kept), weight_bp=weight))

    def renumbered(index: int) -> int:
        return index - (index > gone)

    return replace(
        series,
        terms=replace(
            series.terms,
            portions=tuple(kept),
            sale_closes_at=min(series.terms.sale_closes_at, max(part.ends_at for part in kept)),
        ),
        moves=tuple(
            replace(move, index=renumbered(move.index))
            for move in series.moves
            if move.index != gone
        ),
        cancelled=frozenset(renumbered(i) for i in series.cancelled if i != gone),
    )
