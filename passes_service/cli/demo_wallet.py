"""Wallets for the play: accounts that the local node holds the keys of. They work nowhere else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from passes_service.chain import calls
from passes_service.chain.node import Node, quantity
from passes_service.cli.demo_client import Visitor

GAS = hex(5_000_000)


@dataclass(frozen=True)
class Wallet:
    """One person's wallet, and the browser it is in."""

    node: Node
    address: str
    visitor: Visitor

    def sign_in(self, organizer: str) -> None:
        """Sign in with the wallet alone (EIP-4361)."""
        given = self.visitor.must_post(
            "/api/v1/logins/siwe/nonce",
            {
                "organizer": organizer,
                "address": self.address,
                "chain_id": self.node.network.chain_id,
            },
        )
        self.visitor.must_post(
            "/api/v1/logins/siwe", {"organizer": organizer, **self.signed(given["message"])}
        )

    def signed(self, text: str) -> dict[str, str]:
        """Return a text and the wallet's signature over it (EIP-191)."""
        said = "0x" + text.encode().hex()
        return {
            "message": text,
            "signature": str(self.node.call("personal_sign", said, self.address)),
        }

    def send(self, transaction: dict[str, Any]) -> dict[str, Any]:
        """Send what the service prepared; return the receipt.

        Raises:
            NodeRefused: The contract refused.
        """
        return self.call(transaction["to"], transaction["data"], int(transaction["value"]))

    def act(self, contract: str, function: str, *args: object) -> dict[str, Any]:
        """Call a function of the contract, as a wallet's own page would."""
        return self.call(contract, calls.encode(function, *args))

    def call(self, to: str, data: str, value: int = 0) -> dict[str, Any]:
        """Send a transaction and return its receipt; the local node mines at once.

        Raises:
            NodeRefused: The contract refused.
        """
        sent = {"from": self.address, "to": to, "data": data, "value": hex(value), "gas": GAS}
        name = self.node.call("eth_sendTransaction", sent)
        receipt: dict[str, Any] = self.node.call("eth_getTransactionReceipt", name)
        return receipt

    def balance(self) -> int:
        """Return how much ETH it has, in wei."""
        return quantity(self.node.call("eth_getBalance", self.address, "latest"))


def align(node: Node, now: datetime) -> None:
    """Let the next block be mined at `now`, if that is ahead of the chain."""
    block = node.call("eth_getBlockByNumber", "latest", False)
    moment = int(now.timestamp())
    if moment > quantity(block["timestamp"]):
        node.call("evm_setNextBlockTimestamp", hex(moment))


def finalize(node: Node) -> None:
    """Mine as many blocks as the settings call final."""
    node.call("hardhat_mine", hex((node.network.finality_depth or 1) + 1))
