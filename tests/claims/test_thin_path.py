"""Lock, sign, mint: the whole way of a pass to a wallet, on a real chain."""

from __future__ import annotations

import pytest

from passes_service.bootstrap import Services
from passes_service.claims import readiness, signing
from passes_service.keyring import KeyUse
from tests.chain.local import CHAIN_ID, LocalChain
from tests.claims import stage

pytestmark = pytest.mark.node


def test_a_pass_becomes_a_token_of_the_wallet_that_was_proven(
    services: Services, chain: LocalChain
) -> None:
    here = stage.on_chain(services, chain)
    signer = readiness.choose_signer(
        here.services.node(CHAIN_ID),
        here.contract.address,
        here.services.signers(KeyUse.CLAIM),
        now=services.clock(),
    )

    signed = here.sign(here.open(signer=signer.address))
    sent = signing.transaction(signed)
    anyone = chain.accounts[5]
    receipt = chain.send(anyone, sent["to"], sent["data"])

    assert here.again().row.state == "claiming"
    assert receipt["status"] == "0x1"
    number = here.held.row.pass_id
    assert chain.view(here.contract.address, "balanceOf", here.wallet, number) == 1
    assert chain.view(here.contract.address, "passOf", number)["holder"] == here.wallet
