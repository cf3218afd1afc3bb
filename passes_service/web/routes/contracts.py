"""The organizer's contracts: bind one per chain, and have transactions prepared for the owner."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from passes_service.accounts.errors import FieldRefused, NotAllowed, NotFound, NotSignedIn
from passes_service.catalog import contracts, escrow
from passes_service.catalog.errors import (
    ContractBound,
    ContractForeign,
    ContractMissing,
    NotClaimable,
    OnChainAlready,
)
from passes_service.catalog.escrow import Placed
from passes_service.catalog.onchain import Prepared
from passes_service.chain.errors import ChainMismatch, ChainUnknown, NodeUnavailable
from passes_service.chain.networks import Network
from passes_service.db.models import ChainContract
from passes_service.web import chain_acts, chain_calls, problems, shapes
from passes_service.web.chain_acts import Address, Wanted
from passes_service.web.deps import CurrentStaff, Reading, StaffCall, TheServices
from passes_service.web.idempotency import created, ok

router = APIRouter(
    prefix="/api/v1",
    tags=["Contracts"],
    responses=problems.declare(NotSignedIn, NotAllowed, NotFound),
)


class ContractBind(shapes.Body):
    """The address of the organizer's clone; where its logs begin if the node cannot tell."""

    address: Address
    first_block: int | None = Field(default=None, ge=0, lt=2**53)


class ContractRead(BaseModel):
    """A chain that is served here, and the organizer's contract on it if one is bound."""

    chain_id: int
    chain: str
    factory: str
    currencies: list[str]
    address: str | None
    owner: str | None
    first_block: int | None

    @staticmethod
    def of(network: Network, row: ChainContract | None) -> ContractRead:
        """Return the shape of a chain with its contract."""
        return ContractRead(
            chain_id=network.chain_id,
            chain=network.name,
            factory=network.factory,
            currencies=["ETH", *sorted(network.currencies)],
            address=None if row is None else row.address,
            owner=None if row is None else row.owner,
            first_block=None if row is None else row.first_block,
        )


class PreparedRead(BaseModel):
    """A transaction for the owner's wallet, and what a dry run says the contract would refuse."""

    act: str
    title: str
    says: str
    chain_id: int
    to: str
    data: str
    value: str
    refused: str | None

    @staticmethod
    def of(found: Prepared, refused: str | None) -> PreparedRead:
        """Return the shape of a prepared transaction."""
        return PreparedRead(
            act=found.act,
            title=found.title,
            says=found.says,
            chain_id=found.chain_id,
            to=found.to,
            data=found.data,
            value=str(found.value),
            refused=refused,
        )


class PlaceNew(shapes.Body):
    """On which chain holders may claim the passes of a Series."""

    chain_id: int


class PlaceRead(BaseModel):
    """A Series' place on a chain: what was asked for, and what the log says so far."""

    series_id: UUID
    series_no: str
    chain_id: int
    contract: str
    state: str
    ticketed: bool
    currency_address: str
    sale_closes_at: datetime
    minted: int
    burned: int
    escrow_minor: str

    @staticmethod
    def of(found: Placed) -> PlaceRead:
        """Return the shape of a place."""
        return PlaceRead(
            series_id=found.series.id,
            series_no=str(found.series.series_no),
            chain_id=found.place.chain_id,
            contract=found.contract.address,
            state=found.place.state,
            ticketed=found.place.ticketed,
            currency_address=found.place.currency_address,
            sale_closes_at=found.place.sale_closes_at,
            minted=found.place.minted,
            burned=found.place.burned,
            escrow_minor=str(found.place.escrow_minor),
        )


@router.get("/organizer/contracts")
def every(caller: CurrentStaff, session: Reading, services: TheServices) -> list[ContractRead]:
    """List the chains served here and the organizer's contract on each."""
    caller.require("catalog:read")
    rows = contracts.every(session, organizer_id=caller.organizer_id)
    bound = {row.chain_id: row for row in rows}
    return [
        ContractRead.of(network, bound.get(chain_id))
        for chain_id, network in sorted(services.networks.items())
    ]


@router.put(
    "/organizer/contracts/{chain_id}",
    response_model=ContractRead,
    responses=problems.declare(
        ChainUnknown, ContractForeign, ContractBound, NodeUnavailable, ChainMismatch
    ),
)
def bind(chain_id: int, body: ContractBind, call: StaffCall) -> Response:
    """Bind the organizer's clone on a chain, after the chain has shown that it is theirs."""
    call.caller.require("catalog:write")
    finished = call.finished()
    if finished is not None:
        return finished
    network = chain_calls.network_of(call.services, chain_id)
    clone, born = contracts.seen(
        call.services.node(chain_id), organizer_id=call.caller.organizer_id, address=body.address
    )
    # An earlier block than the first costs time only, a later one would lose logs.
    first = born if body.first_block is None else min(body.first_block, born)
    return call.run(
        lambda session: ok(
            ContractRead.of(
                network,
                contracts.bind(
                    session, chain_id=chain_id, clone=clone, first_block=first, now=call.now
                ),
            )
        )
    )


@router.post(
    "/organizer/contracts/{chain_id}/transactions",
    responses=problems.declare(ChainUnknown, ContractMissing, FieldRefused),
)
def prepare(
    chain_id: int, body: Wanted, caller: CurrentStaff, services: TheServices
) -> PreparedRead:
    """Prepare a transaction for the owner's own wallet. Stores nothing, needs no key."""
    caller.require("catalog:write")
    network = chain_calls.network_of(services, chain_id)
    found, sender = chain_acts.prepare(services, network, caller.organizer_id, body)
    return PreparedRead.of(found, chain_acts.refused(services, found, sender))


@router.post(
    "/series/{series_id}/chain",
    status_code=201,
    response_model=PlaceRead,
    responses=problems.declare(ChainUnknown, ContractMissing, NotClaimable, OnChainAlready),
)
def put_on_chain(series_id: UUID, body: PlaceNew, call: StaffCall) -> Response:
    """Let the passes of a Series of the book be claimed on a chain."""
    call.caller.require("catalog:write")
    network = chain_calls.network_of(call.services, body.chain_id)
    return call.run(
        lambda session: created(
            PlaceRead.of(
                escrow.put_on_chain(
                    session,
                    organizer_id=call.caller.organizer_id,
                    series_id=series_id,
                    network=network,
                    now=call.now,
                )
            )
        )
    )


@router.get("/series/{series_id}/chain")
def place(series_id: UUID, caller: CurrentStaff, session: Reading) -> PlaceRead:
    """Read the place of a Series on a chain, as the log tells it."""
    caller.require("catalog:read")
    return PlaceRead.of(
        escrow.placed(session, organizer_id=caller.organizer_id, series_id=series_id)
    )
