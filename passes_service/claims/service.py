"""Lock, then sign, then mint or release: a pass on its way from our book to a wallet.

While a claim is open the pass is `claiming`, and nothing else can happen to it. It ends in one of
two ways only: the indexer sees the mint, or the release rule (`release.py`) sees at finality that
no mint can come any more.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import update
from sqlmodel import Session, col, select

from passes_service.accounts import versions
from passes_service.claims.errors import (
    ClaimNotThere,
    ClaimRefused,
    ClaimSeriesAbsent,
    ClaimWalletUnproven,
)
from passes_service.core.chain_events import PassClaimOpened
from passes_service.core.rules.actions import Claim
from passes_service.core.rules.decide import decide
from passes_service.core.rules.decision import Decision
from passes_service.db import outbox
from passes_service.db.models import (
    ChainContract,
    ChainSeries,
    HolderWallet,
    Pass,
    PassClaim,
    TransferOffer,
)
from passes_service.passes import facts
from passes_service.passes.queries import Held
from passes_service.passes.service import note, swap

PURPOSE: Final = "claim"
"""What the relayer calls the transactions of claims."""
LIFE: Final = timedelta(minutes=10)
"""From asking to the deadline. The contract accepts at most 15 minutes, `SKEW` included."""
SKEW: Final = timedelta(minutes=1)
"""How far a chain's clock may be behind ours."""
SHORTEST: Final = timedelta(minutes=2)
"""With less time left before doors a claim would only lock the pass for nothing."""


@dataclass(frozen=True)
class Ground:
    """Where a pass can be claimed."""

    contract: ChainContract
    series: ChainSeries


def check(session: Session, held: Held, *, now: datetime) -> Decision:
    """Answer "may this pass move to a wallet now?"."""
    return decide(Claim(), facts.of(session, held), now=now)


def ground(session: Session, held: Held, *, chain_id: int) -> Ground:
    """Return the contract on which the Series of a pass is open.

    Raises:
        ClaimSeriesAbsent: It is not open on that chain.
    """
    key = (held.row.organizer_id, held.series.id)
    series = session.get(ChainSeries, key)
    if series is None or series.chain_id != chain_id or series.state != "open":
        raise ClaimSeriesAbsent(f"{held.series.title} is not open on chain {chain_id}.")
    contract = session.get_one(ChainContract, (held.row.organizer_id, series.contract_id))
    return Ground(contract, series)


def open_claim(
    session: Session,
    *,
    held: Held,
    recipient: str,
    chain_id: int,
    relayed: bool,
    signer: str,
    actor: str,
    now: datetime,
) -> PassClaim:
    """Lock a pass and write down what may be signed for it. Signing comes after the commit.

    Args:
        recipient: A wallet that the holder has proven, with its checksum.
        signer: Who will sign, as the contract knows them.

    Raises:
        ClaimRefused: The pass is not active, its Terms say no, or doors are near.
        ClaimSeriesAbsent: The Series is not open on that chain.
        ClaimWalletUnproven: The recipient is not a wallet of the holder.
        PassMoved: Another change of the pass came first.
    """
    decision = check(session, held, now=now)
    deadline = _deadline(decision, now)
    where = ground(session, held, chain_id=chain_id)
    _require_wallet(session, held.row, recipient)
    # Offers before the pass, as who accepts one does: the other order would deadlock with them.
    _end_offers(session, held.row, now=now)
    row = swap(session, held.row, {"state": "claiming"})
    claim = PassClaim(
        organizer_id=row.organizer_id,
        pass_row_id=row.id,
        contract_id=where.contract.id,
        chain_id=chain_id,
        recipient=recipient,
        epoch=row.epoch,
        transfers=row.transfers,
        terms_hash=held.series.terms_hash,
        not_before=now.replace(microsecond=0) - SKEW,
        deadline=deadline,
        signer=signer,
        relayed=relayed,
        created_at=now,
    )
    session.add(claim)
    session.flush()
    said = f"On its way to wallet {_short(recipient)}; locked until that is done or has lapsed."
    note(session, row, "claiming", said, actor=actor, now=now)
    versions.bump(session, organizer_id=row.organizer_id, holder_ids=[row.holder_id])
    event = PassClaimOpened(organizer_id=row.organizer_id, claim_id=claim.id)
    outbox.add(session, event, now=now)
    return claim


def get(session: Session, *, organizer_id: UUID, claim_id: UUID) -> PassClaim:
    """Return a claim of this organizer.

    Raises:
        ClaimNotThere: There is none.
    """
    found = session.get(PassClaim, (organizer_id, claim_id))
    if found is None:
        raise ClaimNotThere("There is no such claim here.")
    return found


def latest(session: Session, held: Held) -> PassClaim | None:
    """Return the newest claim of a pass, whatever became of it."""
    return session.exec(
        select(PassClaim)
        .where(
            PassClaim.organizer_id == held.row.organizer_id,
            PassClaim.pass_row_id == held.row.id,
        )
        .order_by(col(PassClaim.id).desc())
        .limit(1)
    ).first()


def _deadline(decision: Decision, now: datetime) -> datetime:
    """Return the deadline: what is signed must be over when claims close before doors."""
    if not decision.allowed:
        raise ClaimRefused(decision.reason, decision=_told(decision))
    longest = now.replace(microsecond=0) + LIFE
    deadline = longest if decision.until is None else min(longest, decision.until)
    if deadline - now < SHORTEST:
        raise ClaimRefused(
            "Claims close within two minutes, before the doors.",
            decision=_told(decision),
        )
    return deadline


def _require_wallet(session: Session, row: Pass, recipient: str) -> None:
    proven = session.exec(
        select(HolderWallet.id).where(
            HolderWallet.organizer_id == row.organizer_id,
            HolderWallet.holder_id == row.holder_id,
            HolderWallet.address == recipient,
            col(HolderWallet.verified_at).is_not(None),
        )
    ).first()
    if proven is None:
        raise ClaimWalletUnproven(f"{recipient} is not linked to your account.", field="wallet")


def _end_offers(session: Session, row: Pass, *, now: datetime) -> None:
    """Take back what is held out to others: the pass cannot go two ways."""
    session.execute(
        update(TransferOffer)
        .where(
            col(TransferOffer.organizer_id) == row.organizer_id,
            col(TransferOffer.pass_row_id) == row.id,
            col(TransferOffer.state) == "offered",
        )
        .values(state="withdrawn", ended_at=now)
    )


def _short(address: str) -> str:
    return f"{address[:6]}…{address[-4:]}"


def _told(decision: Decision) -> dict[str, object]:
    return {
        "code": decision.code,
        "rule": decision.rule,
        "since": decision.since,
        "until": decision.until,
    }
