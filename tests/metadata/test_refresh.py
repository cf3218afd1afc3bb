"""Tokens whose metadata changed since the chain was last told are listed, and only those."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from passes_service.bootstrap import Services
from passes_service.catalog import onchain, sessions
from passes_service.metadata import refresh
from tests.chain.local import LocalChain
from tests.fakes import Clock
from tests.indexer.ground import CHAIN_ID, Ground, ground

pytestmark = pytest.mark.node


@pytest.fixture
def sold(services: Services, chain: LocalChain, clock: Clock) -> Ground:
    """Two tokens in the book."""
    here = ground(services, chain, clock)
    here.buy(here.chain.accounts[2], 2)
    here.read()
    return here


def stale(here: Ground) -> Sequence[int]:
    with here.services.database.reading() as session:
        return refresh.stale(session, organizer_id=here.organizer_id, chain_id=CHAIN_ID)


def rename(here: Ground) -> None:
    row = here.season.sessions[0]
    here.clock.now = here.chain.now() + timedelta(hours=1)
    with here.services.database.transaction() as session:
        sessions.change(
            session,
            organizer_id=here.organizer_id,
            session_id=row.id,
            details=replace(sessions.details_of(row), title="Another title"),
            now=here.clock.now,
        )


def test_fresh_tokens_need_nothing(sold: Ground) -> None:
    assert stale(sold) == []


def test_a_changed_session_concerns_every_token_until_the_chain_is_told(sold: Ground) -> None:
    rename(sold)
    assert stale(sold) == [sold.token(1), sold.token(2)]

    sold.chain.go_to(sold.clock.now + timedelta(minutes=1))
    sold.chain.act(sold.owner, sold.contract, "refreshMetadata", [sold.token(1)])
    sold.read()
    assert stale(sold) == [sold.token(2)]

    sold.transfer(sold.chain.accounts[2], sold.chain.accounts[3], sold.token(2))
    sold.read()
    assert stale(sold) == []  # a new owner's wallet reads it anyway


def test_the_owner_sends_one_transaction_for_all_of_them(sold: Ground) -> None:
    rename(sold)
    clone = onchain.clone_of(sold.sold)
    prepared = onchain.refresh_metadata(clone, ids=stale(sold))

    assert "2 tokens" in prepared.says
    sold.chain.go_to(sold.clock.now + timedelta(minutes=1))
    sold.chain.send(sold.owner, prepared.to, prepared.data)
    sold.read()

    assert stale(sold) == []
