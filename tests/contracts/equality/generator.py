"""Random cases: valid Terms, published changes, and seconds near the edges of the rules."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from random import Random
from typing import Final

from passes_service.core.rules.schema import parse, to_document
from passes_service.core.rules.terms import (
    EntryRule,
    Portion,
    RefundRule,
    RefundStep,
    Terms,
    TransferRule,
)
from tests.contracts.equality.cases import Case, Move, Probe, Series, instant, unix

START: Final = 1_804_874_400  # 2027-03-12 18:00
HOUR: Final = 3_600
DAY: Final = 24 * HOUR
PRICES: Final = (1, 2, 3, 7, 9_999, 10_000, 10_001, 1_000_003, 10**18 + 9, 2**95, 2**96 - 17)
PROBES: Final = 16
ACTIONS: Final = ("refund",) * 11 + ("transfer",) * 9 + ("draw",) * 3 + ("claim",)


def cases(seed: str, count: int) -> Iterator[Case]:
    """Yield `count` cases, the same ones for the same seed; neighbours share a Series."""
    luck = Random(seed)
    while count > 0:
        series = _series(luck)
        for _ in range(min(PROBES, count)):
            yield Case(series, _probe(luck, series))
        count -= PROBES


def edges(series: Series, probe: Probe) -> list[int]:
    """Return the seconds at which the rules may answer `probe` differently, from their words."""
    terms = series.terms
    latest = {move.index: move for move in series.moves}
    doors = [_doors(latest, part) for part in terms.portions]
    if probe.action == "refund":
        cooling = terms.refund.cooling_off_seconds
        windows = [move.window(terms) for move in latest.values()]
        return [
            *(unix(step.until) for step in terms.refund.steps),
            *doors,
            *(unix(edge) for window in windows for edge in (window.opened_at, window.closes_at)),
            *([probe.bought_at + cooling] if cooling else []),
        ]
    if probe.action == "transfer" and terms.transfer.allowed:
        rule = terms.transfer
        return [
            *(unix(bound) for bound in (rule.opens_at, rule.closes_at) if bound),
            *(opening - 60 * rule.frozen_minutes for opening in doors),
            *(_ends(latest, part) for part in terms.portions),
        ]
    return []


def _series(luck: Random) -> Series:
    terms = _terms(luck)
    price = luck.choice(
        (0, luck.choice(PRICES), luck.choice(PRICES), luck.randrange(10**6), luck.randrange(2**96))
    )
    moves = _moves(luck, terms) if luck.random() < 0.5 else ()
    chance = luck.choice((0, 0, 0.2, 0.5, 1))
    cancelled = (part.index for part in terms.portions if luck.random() < chance)
    return Series(terms, price, moves, frozenset(cancelled))


def _terms(luck: Random) -> Terms:
    portions = _portions(luck)
    return parse(
        to_document(
            Terms(
                organizer="Ada",
                calendar="Nights",
                pass_type="season",
                title="Pass",
                time_zone="UTC",
                cap=luck.choice((1, 50, 2**32 - 1)),
                transfer=_transfer(luck),
                refund=_refund(luck, portions),
                entry=EntryRule(),
                portions=portions,
                conveys=(),
                excludes=(),
                sale_closes_at=portions[0].doors_at,
                funding=luck.choice(("escrow", "external")),
            )
        )
    )


def _portions(luck: Random) -> tuple[Portion, ...]:
    count = luck.choice((1, 2, 3, 16, luck.randint(1, 16)))
    if luck.random() < 0.2:  # all but one weigh next to nothing
        weights = [1] * count
        weights[luck.randrange(count)] += 10_000 - count
    else:
        cuts = [0, *sorted(luck.sample(range(1, 10_000), count - 1)), 10_000]
        weights = [after - before for before, after in pairwise(cuts)]
    found, doors = [], START + DAY * luck.randrange(4)
    for index, weight in enumerate(weights):
        length = luck.choice((1, 3 * HOUR, 3 * HOUR + 1, DAY, 9 * DAY))
        found.append(
            Portion(
                index=index,
                title=f"Night {index}",
                session_ids=(f"s{index}",),
                weight_bp=weight,
                doors_at=instant(doors),
                ends_at=instant(doors + length),
                settles_at=instant(doors + length + luck.choice((0, DAY))),
            )
        )
        doors += luck.choice((0, 1, DAY // 2, DAY, 7 * DAY))
    return tuple(found)


def _transfer(luck: Random) -> TransferRule:
    if luck.random() < 0.08:
        return TransferRule(allowed=False)
    opens, closes = sorted(luck.sample(range(-40, 120), 2))
    return TransferRule(
        allowed=True,
        opens_at=instant(START + opens * DAY // 4) if luck.random() < 0.4 else None,
        closes_at=instant(START + closes * DAY // 4) if luck.random() < 0.4 else None,
        max_count=luck.choice((None, None, 1, 3, 2**32 - 1)),
        frozen_minutes=luck.choice((0, 0, 1, 120, 1_440, 30 * 1_440)),
    )


def _refund(luck: Random, portions: tuple[Portion, ...]) -> RefundRule:
    count = luck.choice((0, 1, 2, 3, 16))
    untils = sorted(luck.sample(range(-20, 80), count))
    shares = sorted(luck.sample(range(1, 10_001), count), reverse=True)
    if shares and luck.random() < 0.4:
        shares[0] = 10_000
    guarantee = luck.choice((0, 1, 3_333, 9_999, 10_000, 10_000, luck.randint(1, 10_000)))
    if luck.random() < 0.2:  # a step that pays what the move of a Portion pays
        untils = [luck.randrange(20, 80)]
        shares = [max(1, guarantee * luck.choice(portions).weight_bp // 10_000)]
    return RefundRule(
        steps=tuple(
            RefundStep(until=instant(START + until * DAY // 4), share_bp=share)
            for until, share in zip(untils, shares, strict=True)
        ),
        cooling_off_seconds=luck.choice((0, 0, 1, HOUR, 2 * DAY, 14 * DAY, 366 * DAY)),
        guarantee_bp=guarantee,
        move_window_seconds=luck.choice((0, 1, DAY, 7 * DAY, 366 * DAY)) if guarantee else 0,
    )


def _moves(luck: Random, terms: Terms) -> tuple[Move, ...]:
    """Return moves in their order; one that is moved twice goes later, as the contract wants.

    In the book a Portion may move earlier too. After that and a second move, `PassFacts` cannot
    tell "no doors were left at purchase" from "not stored", so no Portion here does both.
    """
    found: dict[int, list[Move]] = {}
    opened = START + luck.randint(-40, 20) * DAY // 4
    moves = []
    for _ in range(luck.randint(1, 4)):
        opened += luck.choice((0, 1, DAY, 3 * DAY))
        part = luck.choice(terms.portions)
        before = found.setdefault(part.index, [])
        from_doors = before[-1].doors_at if before else unix(part.doors_at)
        if from_doors < unix(part.doors_at):
            continue
        earlier = 0 if before else luck.choice((0, 0, 0, 2 * DAY))
        doors = from_doors + luck.choice((0, 1, DAY // 4, 7 * DAY)) - earlier
        closes = opened + luck.choice((0, 1, DAY)) if luck.random() < 0.1 else 0
        ends = doors + luck.choice((1, 3 * HOUR, DAY))
        move = Move(part.index, opened, closes, doors, ends)
        before.append(move)
        moves.append(move)
    return tuple(moves)


def _probe(luck: Random, series: Series) -> Probe:
    terms, action = series.terms, luck.choice(ACTIONS)
    bought = START + luck.randint(-60, 40) * DAY // 4 + luck.randrange(HOUR)
    if luck.random() < 0.4:
        known = [unix(part.doors_at) for part in terms.portions]
        known += [edge for move in series.moves for edge in (move.opened_at, move.doors_at)]
        cooling = terms.refund.cooling_off_seconds
        bought = luck.choice(known) + luck.randint(-1, 1) - luck.choice((0, cooling))
    moved_twice = len({move.index for move in series.moves}) < len(series.moves)
    most = terms.transfer.max_count or 1
    probe = Probe(
        action=action,
        now=0,
        bought_at=bought,
        paid_back=_paid_back(luck, series),
        transfers=luck.choice((0, 0, 0, 1, 2, most - 1, most)),
        to_self=action == "transfer" and luck.random() < 0.05,
        remembered=moved_twice or luck.random() < 0.5,
    )
    near = edges(series, probe)
    if action == "refund" and series.moves and luck.random() < 0.3:
        window = luck.choice(series.moves).window(terms)
        near = [unix(window.opened_at), unix(window.closes_at)]
    if near and luck.random() < 0.6:
        return replace(probe, now=luck.choice(near) + luck.randint(-1, 1))
    first = min(bought, START - 10 * DAY)
    return replace(probe, now=luck.randint(first, START + 40 * DAY))


def _paid_back(luck: Random, series: Series) -> int:
    """Return nothing, what draws pay, one beside it, or anything."""
    g = series.terms.refund.guarantee_bp
    weight = sum(series.terms.portions[index].weight_bp for index in series.cancelled)
    drawn = series.price * (g * weight // 10_000) // 10_000
    return luck.choice(
        (0, 0, 0, drawn, drawn + 1, max(0, drawn - 1), luck.randint(0, series.price))
    )


def _doors(latest: dict[int, Move], part: Portion) -> int:
    return latest[part.index].doors_at if part.index in latest else unix(part.doors_at)


def _ends(latest: dict[int, Move], part: Portion) -> int:
    return latest[part.index].ends_at if part.index in latest else unix(part.ends_at)
