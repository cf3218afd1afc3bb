"""What the page of a pass says about moving it to a wallet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from passes_service.accounts.callers import Caller
from passes_service.bootstrap import Services
from passes_service.chain.networks import Network
from passes_service.claims import service, signing
from passes_service.claims.signing import Signable
from passes_service.core.rules.decision import Decision
from passes_service.db.models import ChainSeries, ChainTransaction, HolderWallet
from passes_service.passes.queries import Held
from passes_service.web import claiming


@dataclass(frozen=True)
class Moving:
    """What the page says about moving a pass to a wallet.

    Attributes:
        network: Where it can go; None if the Series is in our book only.
        decision: Whether it may now.
        wallets: The holder's proven wallets.
        found, relay: The claim under way, and our transaction for it.
        call: What the wallet sends for it, once it is signed.
        over: Whether its time has passed.
    """

    network: Network | None
    decision: Decision
    wallets: Sequence[str]
    found: Signable | None
    relay: ChainTransaction | None
    call: dict[str, Any] | None
    over: bool

    @property
    def choices(self) -> list[tuple[str, str]]:
        """The wallets as a field of a form offers them."""
        return [(address, f"{address[:8]}…{address[-6:]}") for address in self.wallets]


def of(
    session: Session, caller: Caller, held: Held, services: Services, *, now: datetime
) -> Moving:
    """Return what the page of a pass says about moving it."""
    series = session.get(ChainSeries, (caller.organizer_id, held.series.id))
    open_there = series is not None and series.state == "open"
    found = relay = call = None
    if held.row.state == "claiming":
        found, relay = claiming.latest(session, held)
        call = signing.transaction(found) if found.claim.signature else None
    wallets = session.exec(
        select(HolderWallet.address)
        .where(
            HolderWallet.organizer_id == caller.organizer_id,
            HolderWallet.holder_id == caller.id,
            col(HolderWallet.verified_at).is_not(None),
        )
        .order_by(col(HolderWallet.id))
    ).all()
    return Moving(
        network=services.networks.get(series.chain_id) if series and open_there else None,
        decision=service.check(session, held, now=now),
        wallets=wallets,
        found=found,
        relay=relay,
        call=call,
        over=found is not None and found.claim.deadline <= now,
    )
