"""An organizer who sells on a real local chain, a holder with a wallet, and what was read of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from eth_abi.abi import encode
from sqlmodel import Session

from passes_service.accounts import holders
from passes_service.bootstrap import Services
from passes_service.catalog import contracts, escrow, onchain, terms
from passes_service.catalog.escrow import Placed
from passes_service.chain.networks import Network
from passes_service.chain_orders import service, tickets
from passes_service.chain_orders.tickets import Bill
from passes_service.core import ethereum
from passes_service.core.money import Money
from passes_service.db.models import ChainOrder, Holder, Series
from passes_service.web.chain_calls import claim_signer
from passes_service.worker import chain_orders as following
from passes_service.worker import loop
from passes_service.worker.chain_reader import Reader
from tests.chain.local import LocalChain
from tests.season import DRAFT, Season, season

ETH = Money(5 * 10**16, "ETH")
USDC = Money(25_000_000, "USDC")


@dataclass(frozen=True)
class Sale:
    """An escrow Series that its owner has created on chain, and people around it."""

    services: Services
    chain: LocalChain
    season: Season
    found: Placed
    owner: str
    buyer: str
    holder: Holder
    reader: Reader

    @property
    def organizer_id(self) -> UUID:
        return self.season.organizer_id

    @property
    def series(self) -> Series:
        return self.found.series

    @property
    def contract(self) -> str:
        return self.found.contract.address

    def order(self, quantity: int = 1, **changed: Any) -> ChainOrder:
        """Place an order, by default of the holder for their own wallet."""
        with self.services.database.transaction() as session:
            return self.place(session, quantity, **changed)

    def place(self, session: Session, quantity: int = 1, **changed: Any) -> ChainOrder:
        asked: dict[str, Any] = {
            "organizer_id": self.organizer_id,
            "series_id": self.series.id,
            "holder_id": self.holder.id,
            "wallet": self.buyer,
            "quantity": quantity,
            "random": self.services.random_bytes,
            "now": self.services.clock(),
        }
        return service.place(session, **{**asked, **changed})

    def now(self, order: ChainOrder) -> ChainOrder:
        """Return an order as it stands."""
        with self.services.database.reading() as session:
            return service.get(session, organizer_id=self.organizer_id, order_id=order.id)

    def state(self, order: ChainOrder) -> str:
        return self.now(order).state

    def bill(self, order: ChainOrder) -> Bill:
        """Return an order as its payment needs it, its ticket signed."""
        row = self.now(order)
        with self.services.database.reading() as session:
            found = escrow.placed(
                session, organizer_id=self.organizer_id, series_id=order.series_id
            )
        bill = Bill(row, found)
        if found.place.ticketed and not row.signature:
            row.signature = tickets.sign(bill, claim_signer(self.services))
        return bill

    def pay(self, order: ChainOrder, sender: str = "") -> dict[str, Any]:
        """Buy as the order prepares it, in ETH or out of the allowance."""
        bill = self.bill(order)
        allow = tickets.approval(bill)
        if allow is not None:
            self.send(allow, sender)
        return self.send(tickets.purchase(bill), sender)

    def finish(self) -> None:
        """Let everything that is on chain become final, and read it."""
        self.chain.mine(self.chain.network.finality_depth or 0)
        self.read()

    def send(self, transaction: Any, sender: str = "") -> dict[str, Any]:
        """Let a wallet send what was prepared."""
        return self.chain.send(
            sender or self.buyer, transaction.to, transaction.data, transaction.value
        )

    def read(self) -> None:
        """Have the chain read, and everything done that follows from it."""
        while self.reader.step() not in ("idle", "busy"):
            pass
        while loop.drain(self.services, self.services.clock()):
            pass
        following.follow_orders(self.services, self.services.clock())


def on(chain: LocalChain, services: Services, **currencies: str) -> Services:
    """Return the wiring with the chain connected."""
    network = chain.network.model_copy(update={"currencies": currencies})
    return replace(services, networks={network.chain_id: network})


def network_of(services: Services) -> Network:
    return next(iter(services.networks.values()))


def sale(
    services: Services,
    chain: LocalChain,
    *,
    price: Money = ETH,
    ticketed: bool = False,
    cap: int = 5,
    token: str = "",
) -> Sale:
    """Open an escrow Series, have its owner create it on chain, and let a buyer sign in."""
    owner, buyer = chain.accounts[1], chain.accounts[2]
    made = season(services)
    found = prepared(services, chain, made, owner, price=price, ticketed=ticketed, cap=cap)
    if token:
        chain.act(owner, found.contract.address, "setCurrency", token, True)
    create = onchain.create_series(found)
    chain.send(owner, create.to, create.data)
    if ticketed:
        signer = claim_signer(services).address
        chain.act(owner, found.contract.address, "setSigner", signer, 100, 3600)
    chain.go_to(max(services.clock(), chain.now() + timedelta(seconds=1)))
    with services.database.transaction() as session:
        holder = holders.for_wallet(
            session, organizer_id=made.organizer_id, address=buyer, now=services.clock()
        )
    reader = Reader(services, 31337, services.node(31337, seconds=20))
    running = Sale(services, chain, made, found, owner, buyer, holder, reader)
    running.read()
    with services.database.reading() as session:
        created = escrow.placed(session, organizer_id=made.organizer_id, series_id=found.series.id)
    return replace(running, found=created)


def prepared(
    services: Services,
    chain: LocalChain,
    made: Season,
    owner: str,
    *,
    price: Money = ETH,
    ticketed: bool = False,
    cap: int = 5,
) -> Placed:
    """Bind the organizer's clone and open an escrow Series in the book."""
    clone, first = contracts.seen(
        chain.node,
        organizer_id=made.organizer_id,
        address=chain.contract_for(owner, made.organizer_id),
    )
    now = services.clock()
    with services.database.transaction() as session:
        contracts.bind(session, chain_id=31337, clone=clone, first_block=first, now=now)
        return escrow.open_series(
            session,
            organizer_id=made.organizer_id,
            terms_hash=published(session, made, now=now, cap=cap),
            price=price,
            network=network_of(services),
            ticketed=ticketed,
            now=now,
        )


def published(session: Session, made: Season, *, now: datetime, **draft: Any) -> str:
    """Publish Terms whose money lies in the contract."""
    scope = {"organizer_id": made.organizer_id, "calendar_id": made.calendar.id}
    typed = {**DRAFT, "funding": "escrow", "title": "Token pass", **draft}
    document = terms.draft(session, **scope, typed=typed)
    return terms.publish(session, **scope, document=document, now=now)


def another_holder(sale_: Sale, wallet: str) -> Holder:
    """Let somebody else sign in with a wallet."""
    services = sale_.services
    with services.database.transaction() as session:
        return holders.for_wallet(
            session, organizer_id=sale_.organizer_id, address=wallet, now=services.clock()
        )


def coin(chain: LocalChain, *rich: str) -> str:
    """Deploy a currency with ERC-3009 and give some of it away."""
    token = chain.deploy("Tokens.sol/MockToken")
    for account in rich:
        data = token_call("mint(address,uint256)", ("address", "uint256"), account, 10**12)
        chain.send(chain.accounts[0], token, data)
    return token


def token_call(signature: str, types: tuple[str, ...], *args: Any) -> str:
    return "0x" + (ethereum.keccak256(signature.encode())[:4] + encode(types, args)).hex()
