"""A season whose passes can be claimed: contract, Series and signer on a real chain, a wallet."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from passes_service.bootstrap import Services
from passes_service.catalog import terms
from passes_service.chain.networks import ETHER, Network
from passes_service.chain.series_terms import series_terms
from passes_service.claims import service, signing
from passes_service.claims.signing import Signable
from passes_service.db.models import (
    ChainContract,
    ChainCursor,
    ChainLog,
    ChainSeries,
    HolderWallet,
    Pass,
    PassClaim,
)
from passes_service.keyring import KeyUse
from passes_service.passes import queries
from passes_service.passes.queries import Held
from passes_service.worker import claims as worker
from passes_service.worker.chain_reader import Reader
from tests import season
from tests.chain.local import CHAIN_ID, LocalChain

NOWHERE = Network(
    chain_id=CHAIN_ID, name="Nowhere", rpc=("http://127.0.0.1:9",), factory="0x" + "0" * 40
)


@dataclass(frozen=True)
class Stage:
    """A pass of a guest with a proven wallet, and where it can go."""

    services: Services
    made: season.Season
    contract: ChainContract
    held: Held
    wallet: str
    owner: str

    @property
    def signer(self) -> str:
        return self.services.signers(KeyUse.CLAIM)[0].address

    def again(self) -> Held:
        """Read the pass anew."""
        row = self.held.row
        with self.services.database.reading() as session:
            return queries.by_pass_id(session, organizer_id=row.organizer_id, pass_id=row.pass_id)

    def open(self, **changes: Any) -> Signable:
        """Open a claim as the API does, and leave it unsigned."""
        values: dict[str, Any] = {
            "held": self.again(),
            "recipient": self.wallet,
            "chain_id": CHAIN_ID,
            "relayed": False,
            "signer": self.signer,
            "actor": "test",
            "now": self.services.clock(),
        }
        with self.services.database.transaction() as session:
            claim = service.open_claim(session, **(values | changes))
            return signing.read(session, claim)

    def sign(self, signable: Signable) -> Signable:
        return worker.signed(self.services, signable, self.services.clock())

    def claim(self, signable: Signable) -> PassClaim:
        with self.services.database.reading() as session:
            return session.get_one(PassClaim, (signable.claim.organizer_id, signable.claim.id))


def stage(
    services: Services, wallet: str, *, address: str = "0x" + "1" * 40, **draft: Any
) -> Stage:
    """Make a season with one pass, in the book only: no node is asked."""
    made = season.season(services, **draft)
    held = season.issue(services, made)
    now = services.clock()
    contract = ChainContract(
        organizer_id=made.organizer_id,
        chain_id=CHAIN_ID,
        address=address,
        owner=wallet,
        first_block=0,
        read_to=10**9,
        created_at=now,
    )
    with services.database.transaction() as session:
        session.add(contract)
        session.flush()
        session.add(
            ChainSeries(
                organizer_id=made.organizer_id,
                series_id=made.series.id,
                contract_id=contract.id,
                chain_id=CHAIN_ID,
                state="open",
                currency_address=ETHER,
                sale_closes_at=now,
                created_at=now,
            )
        )
        session.add(
            HolderWallet(
                organizer_id=made.organizer_id,
                holder_id=held.row.holder_id,
                address=wallet,
                verified_at=now,
                created_at=now,
            )
        )
    return Stage(services, made, contract, held, wallet, wallet)


def on_chain(services: Services, chain: LocalChain) -> Stage:
    """Make such a season on a real chain, whose clock is taken to that of the test."""
    services = replace(services, networks={CHAIN_ID: chain.network})
    if chain.now() < services.clock():
        chain.go_to(services.clock())
    owner, wallet = chain.accounts[1], chain.accounts[2]
    plan = stage(services, wallet)
    address = chain.contract_for(owner, plan.made.organizer_id)
    with services.database.transaction() as session:
        contract = session.merge(plan.contract)
        contract.address, contract.owner, contract.read_to = address, owner, 0
    with services.database.reading() as session:
        document = terms.get(
            session,
            organizer_id=plan.made.organizer_id,
            terms_hash=plan.made.series.terms_hash,
        )
    struct = series_terms(document, price_minor=0, currency_address=ETHER, ticketed=False)
    chain.act(owner, address, "createSeries", plan.made.series.series_no, struct)
    chain.act(owner, address, "setSigner", plan.signer, 100, 3600)
    here = replace(plan, services=services, contract=contract, owner=owner)
    read_chain(here)
    return here


def finalize(
    services: Services, until: datetime, *, number: int = 100, finalized: int = 100
) -> None:
    """Say that the indexer has read up to `number`, and that `finalized` is of that time."""
    with services.database.transaction() as session:
        session.merge(
            ChainCursor(
                chain_id=CHAIN_ID,
                number=number,
                hash="0x" + "0" * 64,
                head=number,
                finalized=finalized,
                finalized_time=until,
            )
        )


def read_chain(stage: Stage) -> None:
    """Let the real indexer read all that there is."""
    reader = Reader(stage.services, CHAIN_ID, stage.services.node(CHAIN_ID))
    for _ in range(200):
        if reader.step() == "idle":
            break
    reader.release()


def mint_seen(stage: Stage, signable: Signable) -> None:
    """Do what the indexer does when it sees the mint of a claim."""
    now = stage.services.clock()
    with stage.services.database.transaction() as session:
        row = session.get_one(Pass, (signable.claim.organizer_id, signable.claim.pass_row_id))
        claim = session.get_one(PassClaim, (signable.claim.organizer_id, signable.claim.id))
        session.add(
            ChainLog(
                organizer_id=row.organizer_id,
                chain_id=CHAIN_ID,
                block_number=1,
                block_hash="0x" + "1" * 64,
                block_time=now,
                log_index=0,
                transaction_hash="0x" + "2" * 64,
                name="TransferSingle",
                token_id=row.pass_id,
                args="{}",
            )
        )
        row.state, row.epoch, row.wallet = "on_chain", row.epoch + 1, claim.recipient
        claim.state, claim.ended_at = "minted", now


def late(signable: Signable) -> datetime:
    """Return a moment past the deadline of a claim."""
    return signable.claim.deadline + timedelta(seconds=1)
