"""An organizer with an escrow Series and a claimable one on a real local chain, and its reader."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from coincurve import PrivateKey
from sqlmodel import Session, SQLModel, col, select

from passes_service.bootstrap import Services
from passes_service.catalog import contracts, escrow, onchain, terms
from passes_service.catalog.escrow import Placed
from passes_service.chain.node import Node
from passes_service.core import ethereum
from passes_service.core.contract_data import ContractDomain, MintClaim
from passes_service.core.money import Money
from passes_service.core.pass_id import compose
from passes_service.db.models import (
    ChainCursor,
    ChainLog,
    ChainSeries,
    Holder,
    HolderWallet,
    OutboxEvent,
    Pass,
    PassClaim,
    PassEvent,
    Series,
)
from passes_service.passes.queries import Held
from passes_service.worker.chain_reader import Reader
from tests import season as seasons
from tests.chain.local import LocalChain
from tests.fakes import Clock
from tests.season import DRAFT, Season, season

PRICE = Money(10**16, "ETH")
SIGNER = PrivateKey(b"\x11" * 32)
CHAIN_ID = 31337


@dataclass
class Ground:
    """What `ground` made. `reader` is a worker's, and `other` another worker's."""

    services: Services
    chain: LocalChain
    clock: Clock
    season: Season
    sold: Placed
    claimable: Placed
    reader: Reader

    @property
    def organizer_id(self) -> UUID:
        return self.season.organizer_id

    @property
    def owner(self) -> str:
        return self.chain.accounts[1]

    @property
    def contract(self) -> str:
        return self.sold.contract.address

    @property
    def series_no(self) -> int:
        return self.sold.series.series_no

    def token(self, serial: int) -> int:
        """Return the id of a pass that was sold on chain."""
        return compose(self.series_no, serial)

    def buy(self, buyer: str, quantity: int = 1) -> dict[str, Any]:
        return self.chain.act(
            buyer, self.contract, "buy", self.series_no, quantity, buyer,
            value=quantity * PRICE.minor,
        )  # fmt: skip

    def transfer(self, sender: str, receiver: str, token: int) -> dict[str, Any]:
        move = (sender, receiver, token, 1, b"")
        return self.chain.act(sender, self.contract, "safeTransferFrom", *move)

    def refund(self, holder: str, token: int) -> dict[str, Any]:
        return self.chain.act(holder, self.contract, "refund", token, holder)

    def lock(self, email: str = "fan@example.org", recipient: str = "") -> tuple[Held, PassClaim]:
        """Issue a pass of the book and lock it for a claim, as the claims feature does."""
        held = seasons.issue(self.services, self.season, email)
        now = self.services.clock()
        with self.services.database.transaction() as session:
            row = session.get_one(Pass, (self.organizer_id, held.row.id))
            row.state = "claiming"
            claim = PassClaim(
                organizer_id=self.organizer_id,
                pass_row_id=row.id,
                contract_id=self.claimable.contract.id,
                chain_id=CHAIN_ID,
                recipient=recipient or self.chain.accounts[5],
                epoch=row.epoch,
                transfers=row.transfers,
                terms_hash=held.series.terms_hash,
                not_before=self.chain.now(),
                deadline=self.chain.now() + timedelta(minutes=10),
                created_at=now,
            )
            session.add_all([row, claim])
        return held, claim

    def claim(self, claim: PassClaim, pass_id: int) -> dict[str, Any]:
        """Submit a signed claim."""
        said = MintClaim(
            pass_id=pass_id,
            to=claim.recipient,
            epoch=claim.epoch,
            transfers=claim.transfers,
            terms_hash=bytes.fromhex(claim.terms_hash[2:]),
            not_before=int(claim.not_before.timestamp()),
            deadline=int(claim.deadline.timestamp()),
        )
        domain = ContractDomain(CHAIN_ID, self.contract)
        signature = ethereum.sign_digest(said.digest(domain), SIGNER)
        struct = (
            said.pass_id, said.to, said.epoch, said.transfers, said.terms_hash, said.not_before,
            said.deadline,
        )  # fmt: skip
        return self.chain.act(claim.recipient, self.contract, "claim", struct, signature)

    def read(self, reader: Reader | None = None) -> int:
        """Read until there is nothing new; return how many steps that took."""
        mine = reader or self.reader
        for count in range(500):
            if mine.step() in ("idle", "busy"):
                return count
        raise AssertionError("it never comes to an end")

    def another(self, node: Node | None = None) -> Reader:
        """Return the reader of another worker."""
        return Reader(self.services, CHAIN_ID, node or self.reader.node)

    def row(self, token: int) -> Pass:
        with self.services.database.reading() as session:
            return session.exec(select(Pass).where(Pass.pass_id == token)).one()

    def holder_of(self, wallet: str) -> UUID:
        with self.services.database.reading() as session:
            return session.exec(
                select(HolderWallet.holder_id).where(HolderWallet.address == wallet)
            ).one()

    def version(self, wallet: str) -> int:
        with self.services.database.reading() as session:
            return session.get_one(Holder, (self.organizer_id, self.holder_of(wallet))).feed_version

    def every(self, model: type[SQLModel]) -> list[Any]:
        with Session(self.services.database.reader) as session:
            return list(session.exec(select(model)))

    def cursor(self) -> ChainCursor:
        with self.services.database.reading() as session:
            return session.get_one(ChainCursor, CHAIN_ID)

    def cursor_number(self) -> int:
        rows = self.every(ChainCursor)
        return rows[0].number if rows else -1

    def place(self, series: Series | None = None) -> ChainSeries:
        with self.services.database.reading() as session:
            wanted = series or self.sold.series
            return session.get_one(ChainSeries, (self.organizer_id, wanted.id))

    def series(self) -> Series:
        with self.services.database.reading() as session:
            return session.get_one(Series, (self.organizer_id, self.sold.series.id))

    def events(self, *types: str) -> list[OutboxEvent]:
        with self.services.database.reading() as session:
            rows = session.exec(select(OutboxEvent).order_by(col(OutboxEvent.id)))
            return [row for row in rows if not types or row.type in types]

    def counts(self) -> Counter[str]:
        return Counter(row.type for row in self.events())

    def history(self, token: int) -> list[PassEvent]:
        with self.services.database.reading() as session:
            return list(
                session.exec(
                    select(PassEvent)
                    .where(PassEvent.pass_row_id == self.row(token).id)
                    .order_by(col(PassEvent.id))
                )
            )

    def logs(self) -> list[ChainLog]:
        return sorted(
            self.every(ChainLog), key=lambda row: (row.block_number, row.log_index, row.position)
        )


def on(services: Services, chain: LocalChain, **changed: Any) -> Services:
    """Return the wiring with the chain connected."""
    network = chain.network.model_copy(update=changed)
    return replace(services, networks={network.chain_id: network})


def ground(
    services: Services, chain: LocalChain, clock: Clock, *, finality: int = 8, cap: int = 50,
    slug: str = "nocturne",
    **draft: Any,
) -> Ground:  # fmt: skip
    """Open an escrow Series and a claimable one; both are created on chain, and read."""
    services = on(services, chain, finality_depth=finality)
    network = services.networks[CHAIN_ID]
    made = season(services, slug, cap=cap, **draft)
    owner = chain.accounts[1]
    address = chain.contract_for(owner, made.organizer_id)
    clone, first = contracts.seen(chain.node, organizer_id=made.organizer_id, address=address)
    now = services.clock()
    scope: dict[str, Any] = {"organizer_id": made.organizer_id}
    with services.database.transaction() as session:
        contracts.bind(session, chain_id=CHAIN_ID, clone=clone, first_block=first, now=now)
        typed = {**DRAFT, "funding": "escrow", "title": "Token pass", "cap": cap, **draft}
        document = terms.draft(session, **scope, calendar_id=made.calendar.id, typed=typed)
        name = terms.publish(
            session, **scope, calendar_id=made.calendar.id, document=document, now=now
        )
        sold = escrow.open_series(
            session, **scope, terms_hash=name, price=PRICE, network=network, ticketed=False, now=now
        )
        claimable = escrow.put_on_chain(
            session, **scope, series_id=made.series.id, network=network, now=now
        )
    for placed in (sold, claimable):
        prepared = onchain.create_series(placed)
        chain.send(owner, prepared.to, prepared.data)
    signer = ethereum.address_of(SIGNER.public_key)
    chain.act(owner, address, "setSigner", signer, 1_000, 3_600)
    chain.go_to(max(clock.now, chain.now() + timedelta(seconds=1)))
    reader = Reader(services, CHAIN_ID, Node(network, seconds=20))
    return Ground(services, chain, clock, made, sold, claimable, reader)
