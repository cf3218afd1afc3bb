"""Orders: a holder buys on chain with their own wallet; the log says what became of it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field, StringConstraints
from sqlmodel import Session

from passes_service.accounts.errors import FieldRefused, NotFound, NotSignedIn
from passes_service.chain_orders import service
from passes_service.chain_orders.asking import Said
from passes_service.chain_orders.errors import (
    AuthorizationUnfit,
    NotOnSale,
    OrderOpen,
    OrderOver,
    PlacesTaken,
    WalletNotYours,
)
from passes_service.chain_orders.paying import Way
from passes_service.chain_orders.tickets import Transaction
from passes_service.core import ethereum
from passes_service.db.models import ChainOrder
from passes_service.web import buying, problems, shapes
from passes_service.web.deps import CurrentHolder, HolderCall, Now, Reading, TheServices
from passes_service.web.idempotency import Reply, created, ok

router = APIRouter(
    prefix="/api/v1/chain-orders",
    tags=["Chain orders"],
    responses=problems.declare(NotSignedIn, NotFound),
)


class OrderNew(shapes.Body):
    """How many passes of which Series, for which of the holder's own wallets."""

    series_id: UUID
    wallet: Annotated[str, StringConstraints(min_length=42, max_length=42)]
    quantity: int = Field(default=1, ge=1, le=service.MOST_AT_ONCE)


class Told(shapes.Body):
    """The transaction that the browser says it sent."""

    hash: str = Field(pattern="^0x[0-9a-f]{64}$")


class Authorization(shapes.Body):
    """The wallet's signature over the payment's typed data."""

    signature: Annotated[str, StringConstraints(min_length=132, max_length=132)]


class OrderRead(BaseModel):
    """An order. `state` follows the log of the chain, never a browser.

    open: to be paid until `deadline`. seen: bought, not final yet. completed: bought for good.
    expired: not paid in time; the place went back.
    """

    id: UUID
    series_id: UUID
    chain_id: int
    buyer: str
    quantity: int
    price: shapes.MoneyRead
    total: shapes.MoneyRead
    terms_hash: str
    state: str
    deadline: datetime
    transaction_hash: str | None
    told_hash: str | None
    created_at: datetime

    @staticmethod
    def of(row: ChainOrder) -> OrderRead:
        """Return the shape of an order."""
        return OrderRead(
            id=row.id,
            series_id=row.series_id,
            chain_id=row.chain_id,
            buyer=row.buyer,
            quantity=row.quantity,
            price=shapes.MoneyRead.of(row.price_minor, row.currency),
            total=shapes.MoneyRead.of(row.price_minor * row.quantity, row.currency),
            terms_hash=row.terms_hash,
            state=row.state,
            deadline=row.deadline,
            transaction_hash=row.transaction_hash,
            told_hash=row.told_hash,
            created_at=row.created_at,
        )


class TransactionRead(BaseModel):
    """What a wallet is asked to send; `value` in wei, as a decimal string."""

    chain_id: int
    to: str
    data: str
    value: str

    @staticmethod
    def of(found: Transaction) -> TransactionRead:
        """Return the shape of a transaction."""
        return TransactionRead(
            chain_id=found.chain_id, to=found.to, data=found.data, value=str(found.value)
        )


class StepRead(BaseModel):
    """One thing that the wallet is asked for; `submit` gets its transaction from the signature."""

    name: str
    kind: str
    says: str
    transaction: TransactionRead | None
    typed_data: dict[str, Any] | None


class WayRead(BaseModel):
    """One way to pay, as steps in order."""

    name: str
    says: str
    steps: list[StepRead]

    @staticmethod
    def of(way: Way) -> WayRead:
        """Return the shape of a way to pay."""
        return WayRead(
            name=way.name,
            says=way.says,
            steps=[
                StepRead(
                    name=step.name,
                    kind=step.kind,
                    says=step.says,
                    transaction=(
                        None if step.transaction is None else TransactionRead.of(step.transaction)
                    ),
                    typed_data=step.typed_data,
                )
                for step in way.steps
            ],
        )


class SaidRead(BaseModel):
    """What became of a transaction, in words, and what to do now."""

    hash: str
    status: str
    sentence: str
    next: str

    @staticmethod
    def of(name: str, said: Said) -> SaidRead:
        """Return the shape of an answer of the chain."""
        return SaidRead(hash=name, status=said.status, sentence=said.sentence, next=said.next)


@router.post(
    "",
    status_code=201,
    response_model=OrderRead,
    responses=problems.declare(
        NotOnSale,
        PlacesTaken,
        OrderOpen,
        WalletNotYours,
        ethereum.AddressMalformed,
        FieldRefused,
    ),
)
def place(body: OrderNew, call: HolderCall) -> Response:
    """Order passes that are sold on chain: the price and, where one is held, the place are kept.

    Nothing is paid yet. `GET .../steps` says what the wallet has to send before `deadline`.
    """

    def work(session: Session) -> Reply:
        row = service.place(
            session,
            organizer_id=call.caller.organizer_id,
            series_id=body.series_id,
            holder_id=call.caller.id,
            wallet=body.wallet,
            quantity=body.quantity,
            random=call.services.random_bytes,
            now=call.now,
        )
        return created(OrderRead.of(row), location=f"/api/v1/chain-orders/{row.id}")

    return call.run(work)


@router.get("")
def every(caller: CurrentHolder, session: Reading) -> list[OrderRead]:
    """List my orders, newest first."""
    rows = service.of_holder(session, organizer_id=caller.organizer_id, holder_id=caller.id)
    return [OrderRead.of(row) for row in rows]


@router.get("/{order_id}")
def read(order_id: UUID, caller: CurrentHolder, session: Reading) -> OrderRead:
    """Read one of my orders: its state is what the log of the chain says."""
    return OrderRead.of(
        service.mine(
            session, organizer_id=caller.organizer_id, holder_id=caller.id, order_id=order_id
        )
    )


@router.get("/{order_id}/steps", responses=problems.declare(OrderOver))
def steps(order_id: UUID, caller: CurrentHolder, services: TheServices, now: Now) -> list[WayRead]:
    """Say what the wallet has to send or sign, in order; the first way is the shortest."""
    bill = buying.bill_of(services, caller, order_id)
    return [WayRead.of(way) for way in buying.ways(services, bill, now=now)]


@router.get("/{order_id}/transaction")
def transaction(
    order_id: UUID,
    caller: CurrentHolder,
    services: TheServices,
    name: Annotated[str | None, Query(alias="hash", pattern="^0x[0-9a-f]{64}$")] = None,
) -> SaidRead:
    """Ask the chain, for two seconds at most, about a transaction; by default the one told.

    The answer is for the page. The order itself follows the log.
    """
    bill = buying.bill_of(services, caller, order_id)
    asked = name or bill.order.told_hash
    if asked is None:
        raise NotFound("No transaction was named for this order yet.")
    return SaidRead.of(asked, buying.ask(services, bill, asked))


@router.post(
    "/{order_id}/authorization",
    responses=problems.declare(AuthorizationUnfit, OrderOver, ethereum.SignatureMalformed),
)
def authorize(
    order_id: UUID, body: Authorization, caller: CurrentHolder, services: TheServices, now: Now
) -> TransactionRead:
    """Get the transaction that submits a signed payment. Stores nothing, needs no key."""
    bill = buying.bill_of(services, caller, order_id)
    return TransactionRead.of(buying.submission(services, bill, body.signature, now=now))


@router.post("/{order_id}/hash", response_model=OrderRead, responses=problems.declare(OrderOver))
def tell(order_id: UUID, body: Told, call: HolderCall) -> Response:
    """Say which transaction was sent, so that the chain can be asked about it.

    It proves nothing: the order moves when the purchase is in the log.
    """

    def work(session: Session) -> Reply:
        scope = {"organizer_id": call.caller.organizer_id, "order_id": order_id}
        row = service.mine(session, **scope, holder_id=call.caller.id)
        service.tell_hash(session, row, body.hash)
        session.refresh(row)
        return ok(OrderRead.of(row))

    return call.run(work)
