"""What other pages call: `chain.js` by itself, in a page of ours and under its policy."""

from __future__ import annotations

import pytest

from passes_service.core import ethereum
from passes_service.core.contract_data import ContractDomain, SaleTicket
from tests.browser.scripted import DECLINED, ScriptedWallet
from tests.browser.wallet.conftest import LOGIN, Open, in_page
from tests.chain.local import CHAIN_ID, LocalChain

pytestmark = [pytest.mark.node, pytest.mark.usefixtures("organizer_id")]


class TestTransactions:
    SEND = "return chain.sendTransaction(wallet.provider, given);"

    def test_are_sent_by_the_wallet_on_the_right_chain(
        self, enter: Open, wallet: ScriptedWallet, chain: LocalChain
    ) -> None:
        wallet.chain_id, to = 1, chain.accounts[7]
        before = int(chain.rpc("eth_getBalance", to, "latest"), 16)
        page = enter(LOGIN, wallet)
        sent = {"from": wallet.account, "to": to, "value": "12345678901234567890"}

        name = in_page(page, self.SEND, chainId=CHAIN_ID, **sent)

        assert chain.rpc("eth_getTransactionReceipt", name)["status"] == "0x1"
        after = int(chain.rpc("eth_getBalance", to, "latest"), 16)
        assert after - before == 12345678901234567890
        assert wallet.chain_id == CHAIN_ID

    def test_on_a_chain_that_the_wallet_does_not_know_name_it(
        self, enter: Open, wallet: ScriptedWallet
    ) -> None:
        wallet.chain_id, wallet.known = 1, {1}
        page = enter(LOGIN, wallet)
        sent = {"from": wallet.account, "to": wallet.account}

        words = in_page(page, self.SEND, chainId=CHAIN_ID, chainName="Hardhat", **sent)

        assert words == (
            "WalletTrouble 4902: This happens on Hardhat (chain 31337). "
            "The wallet does not know it yet: add it there, then try again."
        )
        methods = {method for method, _ in wallet.asked}
        assert methods == {"eth_chainId", "wallet_switchEthereumChain"}  # no RPC address was told

    @pytest.mark.parametrize(
        ("error", "words"),
        [
            (DECLINED, "You declined in the wallet"),
            ((-32000, "insufficient funds for gas * price + value"), "There is not enough in this"),
            ((4100, "Unauthorized"), "does not let this site use that account"),
            ((4900, "Disconnected"), "has no connection to any chain"),
            ((-32603, "Internal <b>error</b>"), "It said: “Internal <b>error</b>”"),
        ],
    )
    def test_that_fail_say_why(
        self, enter: Open, wallet: ScriptedWallet, error: tuple[int, str], words: str
    ) -> None:
        wallet.refusals["eth_sendTransaction"] = error
        page = enter(LOGIN, wallet)
        sent = {"from": wallet.account, "to": wallet.account}

        assert words in in_page(page, self.SEND, chainId=CHAIN_ID, **sent)

    def test_for_one_account_are_not_sent_from_another(
        self, enter: Open, wallet: ScriptedWallet, chain: LocalChain
    ) -> None:
        page = enter(LOGIN, wallet)
        body = "return chain.connect(wallet.provider, given.wanted);"

        words = in_page(page, body, wanted=chain.accounts[9])
        assert words.startswith("WalletTrouble other-account: This is for the account 0x")
        found = in_page(page, body, wanted=wallet.account.upper().replace("0X", "0x"))
        assert found == {"account": wallet.account, "chainId": CHAIN_ID}

    def test_typed_data_is_signed_as_it_stands(
        self, enter: Open, wallet: ScriptedWallet, chain: LocalChain
    ) -> None:
        domain = ContractDomain(CHAIN_ID, chain.accounts[8])
        ticket = SaleTicket(series=5, buyer=chain.accounts[4], quantity=2, nonce=2**255, deadline=9)
        page = enter(LOGIN, wallet)
        body = "return chain.signTypedData(wallet.provider, given.account, given.data);"

        signature = in_page(page, body, account=wallet.account, data=ticket.typed_data(domain))
        raw = ethereum.parse_signature(signature)
        assert ethereum.recover_signer(ticket.digest(domain), raw) == chain.accounts[4]

    def test_a_token_is_offered_to_the_wallets_list_and_a_no_is_quiet(
        self, enter: Open, wallet: ScriptedWallet, chain: LocalChain
    ) -> None:
        page = enter(LOGIN, wallet)
        body = "return chain.watchAsset(wallet.provider, given);"
        token = {"address": chain.factory, "tokenId": str(1 << 96)}

        assert in_page(page, body, **token) is False
        method, params = wallet.asked[-1]
        assert method == "wallet_watchAsset"
        assert params == {"type": "ERC1155", "options": token}
