"""Claims: a holder moves a pass of the book to their own wallet, once."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field, StringConstraints
from sqlmodel import Session

from passes_service.accounts.errors import FieldRefused, NotFound, NotSignedIn
from passes_service.chain.errors import ChainMismatch, ChainUnknown, NodeUnavailable
from passes_service.claims import service, signing
from passes_service.claims.errors import (
    ClaimNotThere,
    ClaimRefused,
    ClaimSeriesAbsent,
    ClaimSignerSpent,
    ClaimSignerUnset,
    ClaimsPaused,
    ClaimWalletUnproven,
)
from passes_service.claims.signing import Signable
from passes_service.core import ethereum
from passes_service.db.models import ChainTransaction
from passes_service.keyring import KeyNotMade, SignerBroken, SignerUnavailable
from passes_service.passes.errors import PassMoved
from passes_service.relay.errors import RelayBudgetSpent, RelayOff
from passes_service.web import claiming, problems, shapes
from passes_service.web.deps import CurrentHolder, HolderCall, Reading
from passes_service.web.idempotency import Reply, created
from passes_service.web.routes.chain_orders import TransactionRead

router = APIRouter(
    prefix="/api/v1/me", tags=["Claims"], responses=problems.declare(NotSignedIn, NotFound)
)


class ClaimNew(shapes.Body):
    """Which of my wallets, on which chain, and whether the service pays the gas."""

    chain_id: int = Field(gt=0, lt=2**53)
    wallet: Annotated[str, StringConstraints(min_length=42, max_length=42)]
    relayed: bool = False


class RelayRead(BaseModel):
    """What became of the transaction that the service sends; `hash` is the newest one."""

    state: str
    hash: str | None
    reason: str

    @staticmethod
    def of(row: ChainTransaction) -> RelayRead:
        """Return the shape of a transaction of ours."""
        hashes = row.hashes.split()
        return RelayRead(state=row.state, hash=hashes[-1] if hashes else None, reason=row.error)


class ClaimRead(BaseModel):
    """A pass on its way to a wallet. Until it is over nothing else can happen to the pass.

    open: to be mined until `deadline`. minted: it is a token. released: it lapsed, the pass is
    back. `transaction` mints it; anyone may send it, it goes to `wallet` only.
    """

    id: UUID
    pass_id: str
    chain_id: int
    contract: str
    wallet: str
    state: str
    relayed: bool
    deadline: datetime
    created_at: datetime
    ended_at: datetime | None
    signer: str
    signature: str | None
    typed_data: dict[str, Any]
    transaction: TransactionRead | None
    relay: RelayRead | None

    @staticmethod
    def of(found: Signable, relay: ChainTransaction | None = None) -> ClaimRead:
        """Return the shape of a claim, signed or not yet."""
        claim = found.claim
        sent = signing.transaction(found) if claim.signature and claim.state == "open" else None
        return ClaimRead(
            id=claim.id,
            pass_id=str(found.pass_id),
            chain_id=claim.chain_id,
            contract=found.contract,
            wallet=claim.recipient,
            state=claim.state,
            relayed=claim.relayed,
            deadline=claim.deadline,
            created_at=claim.created_at,
            ended_at=claim.ended_at,
            signer=claim.signer,
            signature=claim.signature or None,
            typed_data=found.document.typed_data(found.domain),
            transaction=None
            if sent is None
            else TransactionRead(
                chain_id=claim.chain_id, to=sent["to"], data=sent["data"], value="0"
            ),
            relay=None if relay is None else RelayRead.of(relay),
        )


@router.post(
    "/passes/{pass_id}/claims",
    status_code=201,
    response_model=ClaimRead,
    responses=problems.declare(
        ChainUnknown,
        ClaimRefused,
        ClaimSeriesAbsent,
        ClaimWalletUnproven,
        ClaimSignerUnset,
        ClaimSignerSpent,
        ClaimsPaused,
        PassMoved,
        RelayOff,
        RelayBudgetSpent,
        NodeUnavailable,
        ChainMismatch,
        KeyNotMade,
        SignerBroken,
        SignerUnavailable,
    ),
)
def claim(pass_id: str, body: ClaimNew, call: HolderCall) -> Response:
    """Lock my pass and get what mints it in my wallet; it comes back by itself if nothing does.

    Until then it cannot be transferred, given up or shown at a door. The signature follows the
    commit of the lock; the same call again gives the same claim.
    """
    number = shapes.pass_number(pass_id)
    try:
        wallet = ethereum.normalize_address(body.wallet)
    except ethereum.AddressMalformed as error:
        raise FieldRefused(error.detail, field="wallet") from error
    signer = claiming.ask_contract(
        call.services, call.caller, number, chain_id=body.chain_id, now=call.now
    )

    def work(session: Session) -> Reply:
        row, _ = claiming.lock(
            session,
            call,
            number,
            chain_id=body.chain_id,
            wallet=wallet,
            relayed=body.relayed,
            signer=signer,
        )
        return created(ClaimRead.of(signing.read(session, row)))

    answer = call.run(work)
    if answer.status_code != 201:
        return answer
    shown = ClaimRead.model_validate_json(bytes(answer.body))
    with call.services.database.reading() as session:
        row = service.get(session, organizer_id=call.caller.organizer_id, claim_id=shown.id)
    done = ClaimRead.of(claiming.signed(call.services, row, now=call.now))
    answer.body = json.dumps(done.model_dump(mode="json")).encode()
    answer.headers["Content-Length"] = str(len(answer.body))
    return answer


@router.get("/passes/{pass_id}/claim", responses=problems.declare(ClaimNotThere))
def read(pass_id: str, caller: CurrentHolder, session: Reading) -> ClaimRead:
    """Read what became of the newest claim of my pass."""
    held = claiming.held_by(session, caller, shapes.pass_number(pass_id))
    found, relay = claiming.latest(session, held)
    return ClaimRead.of(found, relay)
