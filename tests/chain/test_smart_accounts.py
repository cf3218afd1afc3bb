"""Contract wallets on a real node: what they accept counts, and nothing else does."""

from __future__ import annotations

from typing import Any

import pytest
from eth_abi.abi import encode

from passes_service.chain import abi, smart_accounts
from passes_service.chain.errors import ChainMismatch, NodeUnavailable
from passes_service.chain.networks import Network
from passes_service.chain.node import Node
from passes_service.core import ethereum
from passes_service.core.ethereum import SignatureMalformed
from tests.chain.contract_wallets import (
    DIGEST,
    ODD,
    OWNER,
    OWNER_ADDRESS,
    STRANGER,
    Coming,
    delegated,
    odd,
    selector,
    sign,
    wallet,
    wrapped,
)
from tests.chain.local import LocalChain

pytestmark = pytest.mark.node
ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


class TestAKey:
    """No node is asked: this one is not there."""

    node = Node(
        Network(chain_id=1, name="Gone", rpc=("http://127.0.0.1:9",), factory="0x" + "0" * 40)
    )

    @pytest.mark.parametrize("spelling", ["27 or 28", "0 or 1", "compact"])
    def test_counts_however_the_wallet_spells_it(self, spelling: str) -> None:
        for number in range(8):  # both parities
            digest = ethereum.keccak256(bytes([number]))
            signature = sign(digest=digest)
            odd_y = signature[64] - 27
            if spelling == "0 or 1":
                signature = signature[:64] + bytes([odd_y])
            elif spelling == "compact":
                packed = bytes([signature[32] | odd_y << 7]) + signature[33:64]
                signature = signature[:32] + packed
            assert smart_accounts.verify(self.node, OWNER_ADDRESS, digest, signature)

    def test_of_another_does_not_and_nobody_can_be_asked(self) -> None:
        with pytest.raises(NodeUnavailable):
            smart_accounts.verify(self.node, OWNER_ADDRESS, DIGEST, sign(STRANGER))

    def test_with_a_high_s_does_not_count(self) -> None:
        signature = sign()
        s = ORDER - int.from_bytes(signature[32:64], "big")
        twin = signature[:32] + s.to_bytes(32, "big") + bytes([55 - signature[64]])
        assert not smart_accounts.by_key(OWNER_ADDRESS, DIGEST, twin)


class TestAnAddressWithoutCode:
    def test_accepts_its_own_key_only(self, chain: LocalChain) -> None:
        assert smart_accounts.verify(chain.node, OWNER_ADDRESS, DIGEST, sign())
        assert not smart_accounts.verify(chain.node, OWNER_ADDRESS, DIGEST, sign(STRANGER))

    @pytest.mark.parametrize("number", [1, 2, 4, 9])
    def test_that_is_a_precompile_accepts_nothing(self, chain: LocalChain, number: int) -> None:
        address = ethereum.checksum_address(number.to_bytes(20, "big"))
        assert not smart_accounts.verify(chain.node, address, DIGEST, sign())


class TestAContractWallet:
    def test_accepts_what_its_owner_signs(self, chain: LocalChain) -> None:
        address = wallet(chain)

        assert smart_accounts.verify(chain.node, address, DIGEST, sign())
        assert not smart_accounts.verify(chain.node, address, DIGEST, sign(STRANGER))
        assert not smart_accounts.verify(chain.node, address, b"\x01" * 32, sign())

    def test_that_changed_hands_follows_the_new_owner(self, chain: LocalChain) -> None:
        address = wallet(chain, chain.accounts[3])
        next_owner = encode(("address",), (OWNER_ADDRESS,))
        assert not smart_accounts.verify(chain.node, address, DIGEST, sign())

        data = selector("setOwner(address)") + next_owner
        chain.send(chain.accounts[3], address, "0x" + data.hex())

        assert smart_accounts.verify(chain.node, address, DIGEST, sign())

    def test_may_accept_bytes_of_any_length(self, chain: LocalChain) -> None:
        address = odd(chain, "Yes")

        assert smart_accounts.verify(chain.node, address, DIGEST, b"passkey" * 1000)
        assert not smart_accounts.verify(
            chain.node, address, DIGEST, bytes(smart_accounts.LONGEST + 1)
        )

    @pytest.mark.parametrize("manner", ODD)
    def test_that_answers_oddly_is_refused(self, chain: LocalChain, manner: str) -> None:
        assert not smart_accounts.verify(chain.node, odd(chain, manner), DIGEST, sign())


class TestAWalletThatIsNotDeployedYet:
    def test_is_made_for_the_question_and_accepts_its_owner(self, chain: LocalChain) -> None:
        coming = Coming(chain)
        brought = wrapped(coming.factory, coming.creation, sign())

        assert smart_accounts.verify(chain.node, coming.address, DIGEST, brought)
        assert not coming.made()  # nothing was sent
        theirs = wrapped(coming.factory, coming.creation, sign(STRANGER))
        assert not smart_accounts.verify(chain.node, coming.address, DIGEST, theirs)
        assert not smart_accounts.verify(chain.node, coming.address, DIGEST, sign())

    def test_is_still_good_once_it_is_deployed(self, chain: LocalChain) -> None:
        coming = Coming(chain)
        chain.send(chain.accounts[0], coming.factory, "0x" + coming.creation.hex())
        assert coming.made()

        brought = wrapped(coming.factory, coming.creation, sign())
        assert smart_accounts.verify(chain.node, coming.address, DIGEST, brought)
        assert smart_accounts.verify(chain.node, coming.address, DIGEST, sign())

    def test_of_another_address_is_refused(self, chain: LocalChain) -> None:
        coming = Coming(chain)
        brought = wrapped(coming.factory, coming.creation, sign())

        victim = ethereum.address_of(STRANGER)
        assert not smart_accounts.verify(chain.node, victim, DIGEST, brought)

    def test_whose_factory_makes_nothing_or_is_none_is_refused(self, chain: LocalChain) -> None:
        coming = Coming(chain)

        for factory, call in ((coming.factory, b"\x00"), (chain.accounts[5], coming.creation)):
            brought = wrapped(factory, call, sign())
            assert not smart_accounts.verify(chain.node, coming.address, DIGEST, brought)

    def test_whose_factory_burns_all_gas_is_refused(self, chain: LocalChain) -> None:
        coming = Coming(chain)
        brought = wrapped(odd(chain, "BurnsGas"), b"", sign())

        assert not smart_accounts.verify(chain.node, coming.address, DIGEST, brought)

    @pytest.mark.parametrize(
        "torn",
        [
            smart_accounts.MARK,
            b"\xff" * 64 + smart_accounts.MARK,
            b"\xff" * 32 * 3 + smart_accounts.MARK,
            sign() + smart_accounts.MARK,
        ],
    )
    def test_in_a_torn_wrapping_is_refused(self, chain: LocalChain, torn: bytes) -> None:
        assert not smart_accounts.verify(chain.node, wallet(chain), DIGEST, torn)


class TestADelegatedAccount:
    """EIP-7702: an account with a key of its own, and code that it delegates to."""

    @pytest.fixture
    def account(self, chain: LocalChain) -> str:
        session_key = ethereum.address_of(STRANGER)
        delegate = chain.deploy("mocks/Wallets.sol/DelegateWallet", ("address",), session_key)
        delegated(chain, OWNER, delegate)
        code = chain.rpc("eth_getCode", OWNER_ADDRESS, "latest")
        assert code == "0xef0100" + delegate[2:].lower()
        return OWNER_ADDRESS

    def test_signs_with_its_own_key(self, chain: LocalChain, account: str) -> None:
        assert smart_accounts.verify(chain.node, account, DIGEST, sign())

    def test_signs_as_its_code_says(self, chain: LocalChain, account: str) -> None:
        bound = ethereum.keccak256(encode(("address", "bytes32"), (account, DIGEST)))

        assert smart_accounts.verify(chain.node, account, DIGEST, sign(STRANGER, bound))
        assert not smart_accounts.verify(chain.node, account, DIGEST, sign(STRANGER))


class TestANode:
    def test_that_is_down_refuses_nobody(self, chain: LocalChain) -> None:
        network = chain.network.model_copy(update={"rpc": ("http://127.0.0.1:9",)})

        with pytest.raises(NodeUnavailable):
            smart_accounts.verify(Node(network), wallet(chain), DIGEST, sign())

    def test_of_another_chain_is_not_asked(self, chain: LocalChain) -> None:
        wrong = chain.network.model_copy(update={"chain_id": 1})

        with pytest.raises(ChainMismatch):
            smart_accounts.verify(Node(wrong), wallet(chain), DIGEST, sign())

    def test_that_will_not_answer_the_question_refuses_nobody(self, chain: LocalChain) -> None:
        class Unwilling(Node):
            def call(self, method: str, *params: Any) -> Any:
                sent = params[0] | {"gas": "0x5208"}  # too little to begin with
                return super().call(method, sent, *params[1:])

        with pytest.raises(NodeUnavailable):
            smart_accounts.verify(Unwilling(chain.network), wallet(chain), DIGEST, sign())


class TestParse:
    @pytest.mark.parametrize("length", [64, 65, 66, 8192])
    def test_takes_signatures_of_all_accounts(self, length: int) -> None:
        assert len(smart_accounts.parse("0x" + "aB" * length)) == length

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "0x",
            "ab" * 65,
            "0x" + "ab" * 63,
            "0x" + "ab" * 8193,
            "0x" + "a" * 131,
            "0x" + "zz" * 65,
            "0X" + "ab" * 65,
            "0x" + "ab " * 65,
            "0x" + "ab" * 65 + "\n",
            "0x" + "\uff11" * 130,
        ],
    )
    def test_refuses_everything_else(self, text: str) -> None:
        with pytest.raises(SignatureMalformed):
            smart_accounts.parse(text)


def test_the_question_fits_what_nodes_take() -> None:
    # EIP-3860: initcode has at most 49,152 bytes.
    assert len(abi.creation_code("SignatureValidator")) + smart_accounts.LONGEST + 500 < 49_152
