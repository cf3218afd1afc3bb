"""A transaction from the wish to a final receipt."""

from __future__ import annotations

import pytest

from passes_service.bootstrap import Services
from tests.chain.local import LocalChain
from tests.relay.stage import stage

pytestmark = pytest.mark.node


def test_a_transaction_is_sent_mined_and_final(services: Services, chain: LocalChain) -> None:
    relay = stage(services, chain)
    asked = relay.ask(data="0x1234")

    first = relay.step(asked.id)
    second = relay.step(asked.id)
    chain.mine(chain.network.finality_depth or 0)
    third = relay.step(asked.id)

    assert [first.state, second.state, third.state] == ["sent", "mined", "final"]
    receipt = chain.rpc("eth_getTransactionReceipt", third.hashes)
    assert receipt["from"].lower() == relay.sender.lower()
    assert third.cost_wei == int(receipt["gasUsed"], 16) * int(receipt["effectiveGasPrice"], 16)
    assert third.nonce == 0
    assert relay.mined_nonces() == 1
