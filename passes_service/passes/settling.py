"""Passes are moved to where the log says their tokens stand: after a reorganisation, or a repair.

Only what really differs is touched: a transaction that is mined again in the new chain changes
nothing, and nobody's code dies of it. What does differ gets a new epoch, never an old one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from passes_service.accounts import seen_wallets
from passes_service.core.chain_events import PassEndedOnChain, PassRestored
from passes_service.core.events import Event, PassVoided
from passes_service.db.models import PassClaim, Series
from passes_service.passes import claim_rows, custody
from passes_service.passes.desk import Desk, Line
from passes_service.passes.tokens import Happening, TokenState, short

_TOKEN_STATES = ("on_chain", "refunded", "surrendered")


@dataclass(frozen=True, slots=True)
class _Where:
    """What a pass should look like."""

    state: str
    wallet: str | None
    holder_id: UUID
    transfers: int
    paid_back: int


@dataclass
class _Work:
    """What settling one token needs to know; `claimed` grows."""

    desk: Desk
    series: Mapping[int, Series]
    holder_of: Mapping[str, UUID]
    claims: Mapping[UUID, PassClaim]
    why: str
    claimed: list[claim_rows.Minted] = field(default_factory=list)


def settle(
    session: Session,
    *,
    organizer_id: UUID,
    chain_id: int,
    states: Mapping[int, TokenState | None],
    came: Sequence[Happening] = (),
    series: Mapping[int, Series],
    why: str,
    now: datetime,
) -> list[str]:
    """Move passes to where their tokens stand; return what differed, in words.

    Args:
        states: By pass id; None where no mint of it is in the chain (any more).
        came: What happened to these tokens in blocks that were read just now.
        why: Begins the line in each history, such as "The chain was reorganised".

    Raises:
        HolderMerged: An account was joined with another one just now; try again.
    """
    desk = Desk(session, organizer_id, series, now)
    desk.load(states)
    accounts = {state.owner for state in states.values() if state}
    accounts |= {state.minted.receiver for state in states.values() if state}
    holder_of = seen_wallets.holders_of(
        session, organizer_id=organizer_id, addresses=accounts, now=now
    )
    claims = claim_rows.latest(
        session, organizer_id=organizer_id, pass_row_ids=[line.id for line in desk.lines.values()]
    )
    work = _Work(desk, series, holder_of, claims, why)
    for pass_id, state in states.items():
        _settle_one(work, pass_id, state)
    desk.events += custody.purchases(desk, chain_id, came)
    desk.write()
    claim_rows.mark_minted(session, organizer_id=organizer_id, minted=work.claimed, now=now)
    return desk.differences


def _settle_one(work: _Work, pass_id: int, state: TokenState | None) -> None:
    desk, line = work.desk, work.desk.lines.get(pass_id)
    claim = None if line is None else work.claims.get(line.id)
    if state is None:
        if line is not None:
            _take_back(desk, line, claim, work.why)
        return
    if state.minted.series_no not in work.series:
        desk.differs(f"Token {pass_id} belongs to no Series of this chain in the book.")
        return
    escrow = work.series[state.minted.series_no].funding == "escrow"
    if line is None and not escrow:
        desk.differs(f"Token {pass_id} was claimed, but the book never issued that pass.")
        return
    if line is None:
        line = _find(desk, state, work.holder_of)
    elif escrow:
        _same_purchase(desk, line, state, work.holder_of)
    elif line.state not in _TOKEN_STATES:
        receiver = work.holder_of[state.minted.receiver]
        work.claimed.append(custody.claim(desk, line, state.minted, receiver))
    base = 0 if escrow else claim.transfers if claim else line.transfers - state.transfers
    where = _Where(
        "void" if line.state == "void" else state.in_book,  # what was withdrawn stays so
        state.owner,
        work.holder_of[state.owner],
        max(0, base) + state.transfers,
        min(line.paid_minor, state.paid_back) if escrow else line.paid_back_minor,
    )
    _move(desk, line, where, work.why)


def _find(desk: Desk, state: TokenState, holder_of: Mapping[str, UUID]) -> Line:
    """Take a purchase into the book that it never heard of."""
    mint = state.minted
    desk.differs(f"Pass {mint.pass_id} was bought in block {mint.block_number}; the book had none.")
    custody.bought(desk, mint, holder_of[mint.receiver])
    return desk.lines[mint.pass_id]


def _same_purchase(
    desk: Desk, line: Line, state: TokenState, holder_of: Mapping[str, UUID]
) -> None:
    """Let the purchase be the one that is in the chain now: its time decides about cooling-off."""
    mint = state.minted
    if line.was_taken_back:
        custody.bought(desk, mint, holder_of[mint.receiver])
        return
    payer_id = holder_of[mint.receiver]
    if (line.payer_id, line.bought_at) != (payer_id, mint.at):
        line.payer_id, line.bought_at = payer_id, mint.at
        line.next_doors_at = desk.doors_after(desk.series[mint.series_no], mint.at)
        line.rebought = True
        desk.holders.add(line.holder_id)


def _take_back(desk: Desk, line: Line, claim: PassClaim | None, why: str) -> None:
    """Undo a mint that is not in the chain any more."""
    if line.state not in _TOKEN_STATES:
        return
    if line.is_onchain_sale:
        desk.issued[line.series_id] -= 1
        where = _Where("void", None, line.holder_id, line.transfers, line.paid_back_minor)
        _move(desk, line, where, why)
        return
    if claim is None:
        desk.differs(
            f"Pass {line.pass_id} has no token on chain, and no claim to go back to.", line
        )
        return
    # The same signed claim may be mined again until it lapses: back to where that is waited for.
    claim_rows.reopen(desk.session, claim)
    holder_id = claim.from_holder_id or line.holder_id
    where = _Where("claiming", claim.from_wallet, holder_id, claim.transfers, line.paid_back_minor)
    _move(desk, line, where, why)


def _move(desk: Desk, line: Line, where: _Where, why: str) -> None:
    now = _Where(line.state, line.wallet, line.holder_id, line.transfers, line.paid_back_minor)
    if now == where:
        return
    other_hands = (now.state, now.wallet, now.holder_id) != (
        where.state, where.wallet, where.holder_id,
    )  # fmt: skip
    desk.holders |= {line.holder_id, where.holder_id}
    line.state, line.wallet, line.holder_id = where.state, where.wallet, where.holder_id
    line.transfers, line.paid_back_minor, line.moved = where.transfers, where.paid_back, True
    if not other_hands:
        return
    line.epoch += 1
    said = f"{why}: {_words(now)} before, {_words(where)} now."
    desk.note(line, "restored", f"{said} Earlier codes no longer open the door.")
    desk.differences.append(f"Pass {line.pass_id}: {_words(now)} before, {_words(where)} now.")
    desk.events.append(_event(desk, line))


def _words(where: _Where) -> str:
    held = f" of {short(where.wallet)}" if where.wallet else ""
    match where.state:
        case "on_chain":
            return f"a token{held}"
        case "void":
            return "not bought"
        case "claiming":
            return "on its way to the chain"
        case "refunded" | "surrendered":
            return f"{where.state}{held}"
        case _:
            return where.state


def _event(desk: Desk, line: Line) -> Event:
    organizer_id, pass_id, holder_id = desk.organizer_id, str(line.pass_id), line.holder_id
    if line.state == "void":
        return PassVoided(organizer_id=organizer_id, pass_id=pass_id)
    if line.state in ("refunded", "surrendered"):
        return PassEndedOnChain(
            organizer_id=organizer_id, pass_id=pass_id, holder_id=holder_id, how=line.state
        )
    return PassRestored(
        organizer_id=organizer_id, pass_id=pass_id, holder_id=holder_id, epoch=line.epoch
    )
