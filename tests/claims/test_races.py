"""Claim, refund, transfer and claim again at the same moment: exactly one happens."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from sqlmodel import Session

from passes_service.bootstrap import Services
from passes_service.claims import service
from passes_service.core.errors import DomainError
from passes_service.db.models import Pass
from passes_service.passes.queries import Held
from passes_service.transfers import service as transfers
from tests import people
from tests.chain.local import CHAIN_ID
from tests.claims.stage import Stage, stage
from tests.claims.test_locking import WALLET, refund
from tests.season import PRICE
from tests.transfers import acts


@pytest.fixture
def here(services: Services) -> Stage:
    return stage(services, WALLET)


class TestAtOnce:
    """Real threads on both databases; each holds what it read when the gate opens."""

    def run(self, here: Stage, *acts_: Callable[[Session, Held], Any]) -> Counter[str]:
        gate = Barrier(len(acts_))

        def one(act: Callable[[Session, Held], Any]) -> str:
            held = here.again()
            gate.wait()
            try:
                with here.services.database.transaction() as session:
                    act(session, held)
            except DomainError as error:
                return error.code
            return "done"

        with ThreadPoolExecutor(len(acts_)) as pool:
            return Counter(pool.map(one, acts_))

    def claim(self, here: Stage) -> Callable[[Session, Held], Any]:
        return lambda session, held: service.open_claim(
            session,
            held=held,
            recipient=WALLET,
            chain_id=CHAIN_ID,
            relayed=False,
            signer="",
            actor="race",
            now=here.services.clock(),
        )

    def test_of_many_claims_one_locks(self, here: Stage) -> None:
        said = self.run(here, *[self.claim(here)] * 6)

        assert said == {"done": 1, "pass-moved": 5}

    @pytest.mark.parametrize("turn", range(6))
    def test_of_claim_and_refund_one_happens(self, here: Stage, turn: int) -> None:
        def give_up(session: Session, held: Held) -> Any:
            return refund(session, held, here.services)

        acts_ = [self.claim(here), give_up] if turn % 2 else [give_up, self.claim(here)]
        said = self.run(here, *acts_)

        assert said["done"] == 1
        row = here.again().row
        assert (row.state, row.paid_back_minor) in (("claiming", 0), ("refunded", PRICE.minor))

    @pytest.mark.parametrize("turn", range(6))
    def test_of_claim_and_transfer_one_happens(self, here: Stage, turn: int) -> None:
        made = acts.offer(here.services, here.held)
        friend = people.holder(here.services, here.made.organizer_id, acts.FRIEND)

        def accept(session: Session, held: Held) -> Any:
            return transfers.accept(
                session,
                organizer_id=made.organizer_id,
                holder_id=friend.id,
                offer_id=made.id,
                now=here.services.clock(),
            )

        said = self.run(here, accept, self.claim(here))

        assert said["done"] == 1
        row: Pass = here.again().row
        assert (row.state, row.holder_id) in (
            ("claiming", here.held.row.holder_id),
            ("active", friend.id),
        )
