"""Transactions for the relayer on a real chain, with an account that has gas money."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from passes_service.bootstrap import Services
from passes_service.chain import calls
from passes_service.chain.transactions import Envelope, Signed, sign
from passes_service.db.models import ChainTransaction, new_id
from passes_service.keyring import KeyUse
from passes_service.relay import queue
from passes_service.worker import relay
from tests import people
from tests.chain.local import CHAIN_ID, LocalChain

ETH = 10**18


@dataclass(frozen=True)
class Relay:
    """An organizer whose transactions we pay for, and a contract to call."""

    services: Services
    chain: LocalChain
    organizer_id: UUID
    to: str

    @property
    def sender(self) -> str:
        return self.services.signers(KeyUse.RELAY)[0].address

    def ask(
        self, *, data: str = "0x", expires_at: datetime | None = None, to: str | None = None
    ) -> ChainTransaction:
        with self.services.database.transaction() as session:
            name = queue.enqueue(
                session,
                organizer_id=self.organizer_id,
                chain_id=CHAIN_ID,
                purpose="test",
                subject_id=new_id(),
                to=to or self.to,
                data=data,
                expires_at=expires_at,
                now=self.services.clock(),
            )
        assert name is not None
        return self.row(name)

    def row(self, name: UUID) -> ChainTransaction:
        with self.services.database.reading() as session:
            found = queue.get(session, organizer_id=self.organizer_id, transaction_id=name)
        assert found is not None
        return found

    def work(self, times: int = 1) -> None:
        """Let the worker look at everything, as its timetable says."""
        for _ in range(times):
            relay.advance_all(self.services, self.services.clock())

    def step(self, name: UUID) -> ChainTransaction:
        relay.advance(self.services, self.row(name), self.services.clock())
        return self.row(name)

    def until_signed(self, row: ChainTransaction) -> ChainTransaction:
        """Do the steps of a worker up to its last one before sending."""
        node, now = self.services.node(CHAIN_ID), self.services.clock()
        numbered = relay.start(self.services, node, row, now)
        assert numbered is not None
        signed = relay.first_bytes(self.services, numbered, now)
        assert signed is not None
        return signed

    def replaced(self, row: ChainTransaction) -> ChainTransaction:
        """Sign a row's nonce anew for more, and do not send it."""
        made = relay.replace(self.services, self.services.node(CHAIN_ID), row, cancelling=False)
        assert made is not None
        return made

    def mined_nonces(self) -> int:
        return int(self.chain.rpc("eth_getTransactionCount", self.sender, "latest"), 16)

    def by_hand(self, nonce: int, **changes: Any) -> Signed:
        """Sign a transaction of the relaying account that the book knows nothing of."""
        values: dict[str, Any] = {
            "chain_id": CHAIN_ID, "nonce": nonce, "to": self.chain.accounts[9], "value": 0,
            "data": "0x", "gas": 21_000, "max_fee": 50 * 10**9, "priority_fee": 2 * 10**9,
        }  # fmt: skip
        return sign(Envelope(**(values | changes)), self.services.signers(KeyUse.RELAY)[0])


def stage(services: Services, chain: LocalChain, **network: Any) -> Relay:
    """Give the relaying account of this installation money on the chain."""
    terms = {"relay_daily_wei": ETH} | network
    services = replace(services, networks={CHAIN_ID: chain.network.model_copy(update=terms)})
    sender = services.signers(KeyUse.RELAY)[0].address
    chain.rpc("hardhat_setBalance", sender, hex(100 * ETH))
    organizer, _ = people.organizer(services)
    return Relay(services, chain, organizer.id, chain.accounts[8])


def refused(chain: LocalChain, owner: str, organizer_id: UUID) -> tuple[str, str]:
    """Return a contract and a call that it refuses for good."""
    return chain.contract_for(owner, organizer_id), calls.encode("unpause")
