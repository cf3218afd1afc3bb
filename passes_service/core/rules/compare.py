"""May an Amendment be published? Only if no holder is worse off at any instant.

Why checking a finite number of instants is exact: everything that depends on time in Terms is
piecewise constant with jumps only at instants that the two documents name (ends of steps, opening
and closing of transfers), half-open on the left. So on each stretch between neighbouring instants
both documents have one value, taken at its beginning, and the instants themselves plus the stretch
before the first of them represent all time. What moves with published changes (doors after a move,
the set of cancelled Portions) can take any value, so for it the parameters are compared:

    share = g*X/10000 + max(g*M/10000, min(step(t), O))

grows with g and step(t) for every X, M and O, and X, M, O are the same under both documents when
Portions keep number, weights, doors and ends. Each comparison is also necessary: were it broken,
some published facts would show a worse answer. The same holds for transfers: open windows must
contain the old ones, pauses must lie within the old ones wherever doors are moved to.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from passes_service.core.rules.canonical import terms_hash
from passes_service.core.rules.instants import FIRST
from passes_service.core.rules.phrases import duration_words, instant_words, share_words
from passes_service.core.rules.terms import RefundRule, Terms, TransferRule

_SAME: Final = ("version", "organizer", "calendar", "pass_type", "time_zone", "funding")


@dataclass(frozen=True)
class Comparison:
    """Whether the new Terms are no worse; if not, a sentence for every way in which they are."""

    ok: bool
    witnesses: tuple[str, ...]


def no_worse_for_holder(old: Terms, new: Terms) -> Comparison:
    """Return whether `new`, which must name `old` in `amends`, leaves no holder worse off.

    "Worse" is judged for every action of `decide`, at every instant, whatever has been or will be
    published, bought, transferred or paid back.
    """
    witnesses = (
        *_identity(old, new),
        *_transfer(old, new),
        *_refund(old, new),
        *_entry(old, new),
        *_promises(old, new),
        *_portions(old, new),
    )
    return Comparison(ok=not witnesses, witnesses=witnesses)


def _identity(old: Terms, new: Terms) -> Iterator[str]:
    if old.funding == "escrow":
        yield "Terms with escrow are never amended."
    if new.amends != terms_hash(old):
        yield "The amendment does not name the terms that it amends."
    for name in _SAME:
        before, after = getattr(old, name), getattr(new, name)
        if before != after:
            yield f"{name.replace('_', ' ').capitalize()} would change from {before} to {after}."


def _transfer(old: Terms, new: Terms) -> Iterator[str]:
    before, after = old.transfer, new.transfer
    if after.fee_minor and not before.fee_minor:
        yield "A transfer fee would appear, and with it the claim to chain would be lost."
    if not before.allowed:
        return
    if not after.allowed:
        yield "Transfers were allowed and would no longer be."
        return
    for moment in _instants(before.opens_at, after.opens_at, before.closes_at, after.closes_at):
        if _open(before, moment) and not _open(after, moment):
            when = instant_words(moment, old.time_zone)
            yield f"On {when} transfers were open and would no longer be."
    most = after.max_count
    if most is not None and (before.max_count is None or most < before.max_count):
        yield f"Fewer transfers would be possible: at most {most}."
    if after.frozen_minutes > before.frozen_minutes:
        yield (
            f"Transfers would pause earlier: {duration_words(60 * after.frozen_minutes)} "
            f"instead of {duration_words(60 * before.frozen_minutes)} before doors."
        )
    if before.fee_minor and after.fee_minor:
        if after.fee_currency != before.fee_currency:
            yield "The currency of the transfer fee would change."
        elif after.fee_minor > before.fee_minor:
            yield "The transfer fee would rise."


def _refund(old: Terms, new: Terms) -> Iterator[str]:
    before, after = old.refund, new.refund
    for moment in _instants(*(step.until for rule in (before, after) for step in rule.steps)):
        was, would_be = _step(before, moment), _step(after, moment)
        if would_be < was:
            when = instant_words(moment, old.time_zone)
            yield (
                f"On {when} giving the pass up paid {share_words(was)} "
                f"and would pay {share_words(would_be)}."
            )
    if after.guarantee_bp < before.guarantee_bp:
        yield (
            f"The guarantee for cancelled parts would fall from {share_words(before.guarantee_bp)} "
            f"to {share_words(after.guarantee_bp)}."
        )
    for name, label in (
        ("cooling_off_seconds", "The cooling-off time"),
        ("move_window_seconds", "The time to react to a move"),
    ):
        was, would_be = getattr(before, name), getattr(after, name)
        if would_be < was:
            yield f"{label} would shrink from {duration_words(was)} to {duration_words(would_be)}."


def _entry(old: Terms, new: Terms) -> Iterator[str]:
    before, after = old.entry, new.entry
    if after.mode not in (before.mode, "unlimited"):
        yield f"Entry would change from {before.mode} to {after.mode}, which can let in less often."
    if before.reentry and not after.reentry and after.mode != "unlimited":
        yield "Coming back in after leaving would no longer be possible."
    if after.doors_minutes_before < before.doors_minutes_before:
        yield "Doors would open later before each session."


def _promises(old: Terms, new: Terms) -> Iterator[str]:
    for line in old.conveys:
        if line not in new.conveys:
            yield f"It would no longer give: {line}"
    for line in new.excludes:
        if line not in old.excludes:
            yield f"It would newly exclude: {line}"
    if new.cap > old.cap:
        yield f"More passes could exist: {new.cap:,} instead of {old.cap:,}."
    if new.sale_closes_at > old.sale_closes_at:
        yield "The sale would close later; it may only close earlier."


def _portions(old: Terms, new: Terms) -> Iterator[str]:
    if len(old.portions) != len(new.portions):
        yield "The number of parts would change."
        return
    for before, after in zip(old.portions, new.portions, strict=True):
        part = f"Part {before.index + 1}, “{before.title}”"
        if before.weight_bp != after.weight_bp:
            yield f"{part}: its share of the price would change."
        if (before.doors_at, before.ends_at) != (after.doors_at, after.ends_at):
            yield f"{part}: its time would change; publish a move instead, which protects holders."
        if after.settles_at < before.settles_at:
            yield f"{part}: it would be settled earlier."
        lost = [one for one in before.session_ids if one not in after.session_ids]
        if lost:
            yield f"{part}: it would no longer open the sessions {', '.join(lost)}."


def _instants(*named: datetime | None) -> list[datetime]:
    return sorted({FIRST, *(moment for moment in named if moment is not None)})


def _step(rule: RefundRule, at: datetime) -> int:
    return next((step.share_bp for step in rule.steps if at < step.until), 0)


def _open(rule: TransferRule, at: datetime) -> bool:
    return (rule.opens_at is None or rule.opens_at <= at) and (
        rule.closes_at is None or at < rule.closes_at
    )
