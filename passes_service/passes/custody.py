"""The book follows the chain: what happened to tokens is applied to passes, many at once.

`follow` applies happenings in order, as they come. `settle` (in `passes.settling`) moves passes to
where the whole log says they stand, after a reorganisation or a repair.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlmodel import Session

from passes_service.accounts import seen_wallets
from passes_service.core.chain_events import PassClaimed, PassEndedOnChain, TokensMinted
from passes_service.core.events import PassIssued, PassTransferred
from passes_service.core.money import Money, format_amount, format_money
from passes_service.core.pass_id import split
from passes_service.db.models import Series
from passes_service.passes import claim_rows
from passes_service.passes.desk import Desk, Line
from passes_service.passes.tokens import Happening, HappeningKind, short


def follow(
    session: Session,
    *,
    organizer_id: UUID,
    chain_id: int,
    what: Sequence[Happening],
    series: Mapping[int, Series],
    now: datetime,
) -> list[str]:
    """Apply what happened to tokens, in order; return where the book had it otherwise.

    Args:
        series: By number, those whose passes follow this chain. What happens to passes of others
            is told as a difference and changes nothing.

    Raises:
        HolderMerged: An account was joined with another one just now; try again.
    """
    if not what:
        return []
    desk = Desk(session, organizer_id, series, now)
    desk.load({each.pass_id for each in what})
    accounts = {each.receiver for each in what if each.receiver}
    holder_of = seen_wallets.holders_of(
        session, organizer_id=organizer_id, addresses=accounts, now=now
    )
    claimed: list[claim_rows.Minted] = []
    for each in what:
        if each.series_no not in series:
            desk.differs(f"Token {each.pass_id} belongs to no Series of this chain in the book.")
        elif each.kind == "minted":
            claimed += _minted(desk, each, holder_of[each.receiver])
        elif each.pass_id not in desk.lines:
            desk.differs(f"Token {each.pass_id} was {each.kind}, but the book has no such pass.")
        else:
            _AFTER_MINT[each.kind](desk, each, holder_of)
    desk.events += purchases(desk, chain_id, what)
    desk.write()
    claim_rows.mark_minted(session, organizer_id=organizer_id, minted=claimed, now=now)
    return desk.differences


def _minted(desk: Desk, each: Happening, holder_id: UUID) -> list[claim_rows.Minted]:
    series, line = desk.series[each.series_no], desk.lines.get(each.pass_id)
    if series.funding == "escrow":
        bought(desk, each, holder_id)
        return []
    if line is None:
        desk.differs(f"Token {each.pass_id} was claimed, but the book never issued that pass.")
        return []
    if line.state != "claiming":
        desk.differs(
            f"Pass {each.pass_id} became a token in block {each.block_number} while the book had "
            f"it as {line.state.replace('_', ' ')}.",
            line,
        )
    return [claim(desk, line, each, holder_id)]


def bought(desk: Desk, each: Happening, holder_id: UUID) -> None:
    """Take a purchase into the book."""
    line = desk.lines.get(each.pass_id)
    if line is None:
        line = desk.create(each.pass_id, owner=each.receiver, holder_id=holder_id, at=each.at)
    else:  # sold before in a block that was replaced
        _rebuy(desk, line, each, holder_id)
    series = desk.series[each.series_no]
    price = format_money(Money(series.price_minor, series.currency))
    number = split(each.pass_id).serial
    said = f"Bought on chain as {number} of {series.cap}, {price}, in block {each.block_number}."
    desk.note(line, "issued", said)
    desk.holders.add(holder_id)
    desk.events.append(
        PassIssued(organizer_id=desk.organizer_id, pass_id=str(each.pass_id), holder_id=holder_id)
    )


def _rebuy(desk: Desk, line: Line, each: Happening, holder_id: UUID) -> None:
    """Let a pass whose purchase was taken back be bought anew, perhaps by somebody else."""
    if line.state == "void":
        desk.issued[line.series_id] += 1
    desk.holders.add(line.holder_id)
    line.state, line.epoch, line.transfers, line.paid_back_minor = "on_chain", line.epoch + 1, 0, 0
    line.wallet, line.holder_id, line.payer_id = each.receiver, holder_id, holder_id
    line.bought_at = each.at
    line.next_doors_at = desk.doors_after(desk.series[each.series_no], each.at)
    line.moved = line.rebought = True


def claim(desk: Desk, line: Line, each: Happening, holder_id: UUID) -> claim_rows.Minted:
    """Let a pass of the book become a token of the account that it was claimed for."""
    before = claim_rows.Minted(line.id, line.holder_id, line.wallet)
    _hand_over(desk, line, each.receiver, holder_id)
    line.state = "on_chain"
    said = f"Became a token of {short(each.receiver)} in block {each.block_number}."
    desk.note(line, "claimed", f"{said} Earlier codes no longer open the door.")
    desk.events.append(
        PassClaimed(
            organizer_id=desk.organizer_id,
            pass_id=str(line.pass_id),
            holder_id=holder_id,
            epoch=line.epoch,
        )
    )
    return before


def _hand_over(desk: Desk, line: Line, wallet: str, holder_id: UUID) -> None:
    desk.holders |= {line.holder_id, holder_id}
    line.wallet, line.holder_id, line.epoch = wallet, holder_id, line.epoch + 1
    line.moved = True


def _check(desk: Desk, line: Line, each: Happening) -> None:
    """Notice where the book did not stand where the chain did: a log must have been missed."""
    if line.state != "on_chain" or (each.sender and line.wallet != each.sender):
        whose = short(line.wallet) if line.wallet else "no wallet"
        had = f"{line.state.replace('_', ' ')} of {whose}"
        desk.differs(
            f"Pass {each.pass_id} was {each.kind} in block {each.block_number}"
            f"{f' by {short(each.sender)}' if each.sender else ''}; the book had it as {had}. "
            "`passes reindex` reads it all anew.",
            line,
        )


def _transferred(desk: Desk, each: Happening, holder_of: Mapping[str, UUID]) -> None:
    line = desk.lines[each.pass_id]
    _check(desk, line, each)
    giver = line.holder_id
    _hand_over(desk, line, each.receiver, holder_of[each.receiver])
    if line.state != "void":  # what was withdrawn stays so in other hands
        line.state = "on_chain"
    line.transfers += 1
    said = f"Changed hands on chain in block {each.block_number}"
    desk.note(line, "transferred", f"{said}; earlier codes no longer open the door.")
    desk.events.append(
        PassTransferred(
            organizer_id=desk.organizer_id,
            pass_id=str(line.pass_id),
            from_holder_id=giver,
            to_holder_id=line.holder_id,
            epoch=line.epoch,
        )
    )


def _ended(desk: Desk, each: Happening, _: Mapping[str, UUID]) -> None:
    line = desk.lines[each.pass_id]
    _check(desk, line, each)
    line.state, line.moved = each.kind, True
    line.pay_back(each.amount)
    desk.note(line, "refund" if each.kind == "refunded" else each.kind, _end_words(desk, each))
    desk.holders.add(line.holder_id)
    desk.events.append(
        PassEndedOnChain(
            organizer_id=desk.organizer_id,
            pass_id=str(line.pass_id),
            holder_id=line.holder_id,
            how=each.kind,
        )
    )


def _end_words(desk: Desk, each: Happening) -> str:
    if each.kind == "surrendered":
        return (
            f"Given up on chain in block {each.block_number}; what its Terms owe goes to the payer "
            "once that block is final."
        )
    amount = format_amount(Money(each.amount, desk.series[each.series_no].currency))
    return f"Given up on chain in block {each.block_number}: the contract paid {amount}."


def _drawn(desk: Desk, each: Happening, _: Mapping[str, UUID]) -> None:
    line = desk.lines[each.pass_id]
    _check(desk, line, each)
    line.pay_back(each.amount)
    line.moved = True
    desk.holders.add(line.holder_id)
    amount = format_amount(Money(each.amount, desk.series[each.series_no].currency))
    said = f"Drawn on chain in block {each.block_number} for what was cancelled: {amount}."
    desk.note(line, "draw", said)


def purchases(desk: Desk, chain_id: int, what: Sequence[Happening]) -> list[TokensMinted]:
    """Return one event for each transaction that bought passes of a Series."""
    bought: dict[tuple[UUID, str, str], list[str]] = {}
    for each in what:
        sold = desk.series.get(each.series_no)
        if each.kind == "minted" and sold is not None and sold.funding == "escrow":
            key = (sold.id, each.transaction_hash, each.receiver)
            bought.setdefault(key, []).append(str(each.pass_id))
    return [
        TokensMinted(
            organizer_id=desk.organizer_id,
            series_id=series_id,
            chain_id=chain_id,
            transaction_hash=transaction,
            buyer=buyer,
            pass_ids=ids,
        )
        for (series_id, transaction, buyer), ids in bought.items()
    ]


_AFTER_MINT: Final[dict[HappeningKind, Callable[[Desk, Happening, Mapping[str, UUID]], None]]] = {
    "transferred": _transferred,
    "refunded": _ended,
    "surrendered": _ended,
    "drawn": _drawn,
}
