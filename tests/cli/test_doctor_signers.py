"""`passes doctor` opens what signs on chains, and looks whether there is money for gas."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chain.local import LocalChain
from tests.cli.installed import Installed
from tests.cli.test_doctor import diagnosis
from tests.cli.test_doctor_chains import chains

pytestmark = pytest.mark.node


def test_keys_of_the_directory_and_gas_money(nocturne: Installed, chain: LocalChain) -> None:
    keys = nocturne.keys().public()
    paying = chains(rpc=[chain.url], factory=chain.factory, relay_daily_wei=10**18)

    assert keys.claim_address in diagnosis(nocturne, "claim signer", "ok", **paying)
    assert keys.relay_address in diagnosis(nocturne, "relay signer", "ok", **paying)
    assert "send it some more" in diagnosis(nocturne, "gas money 31337", "warn", **paying)

    chain.rpc("hardhat_setBalance", keys.relay_address, hex(10**18))
    assert "1.000000 ETH" in diagnosis(nocturne, "gas money 31337", "ok", **paying)


def test_a_key_that_was_never_made_and_one_that_does_not_open(
    nocturne: Installed, chain: LocalChain, tmp_path: Path
) -> None:
    here = chains(rpc=[chain.url], factory=chain.factory)
    wrong = {"PASSES_CLAIM_SIGNER": f"keystore:{tmp_path}/none.json"}
    assert "password" in diagnosis(nocturne, "claim signer", "FAIL", **here, **wrong)

    (nocturne.keys_dir / "claim.json").unlink()
    assert "passes keys add" in diagnosis(nocturne, "claim signer", "FAIL", **here)
