"""Contract wallets for tests: deployed, coming, delegated, and odd ones (`mocks/Wallets.sol`)."""

from __future__ import annotations

import sys

from coincurve import PrivateKey
from eth_abi.abi import encode

from passes_service.chain import smart_accounts
from passes_service.core import ethereum
from tests.chain.local import LocalChain

OWNER = PrivateKey(b"\x31" * 32)
STRANGER = PrivateKey(b"\x32" * 32)
OWNER_ADDRESS = ethereum.address_of(OWNER)
DIGEST = ethereum.text_digest("passes.test wants you to sign in")
ODD = (
    "Short",
    "Long",
    "Dirty",
    "Word",
    "Nothing",
    "Huge",
    "Reverts",
    "RevertsWithMagic",
    "BurnsGas",
    "Writes",
    "TrustsNobody",
)


def sign(key: PrivateKey = OWNER, digest: bytes = DIGEST) -> bytes:
    return ethereum.sign_digest(digest, key)


def wallet(chain: LocalChain, owner: str = OWNER_ADDRESS) -> str:
    return chain.deploy("mocks/Wallets.sol/ContractWallet", ("address",), owner)


def odd(chain: LocalChain, manner: str) -> str:
    number = 0 if manner == "Yes" else 1 + ODD.index(manner)
    return chain.deploy("mocks/Wallets.sol/OddWallet", ("uint8",), number)


def selector(signature: str) -> bytes:
    return ethereum.keccak256(signature.encode())[:4]


def wrapped(factory: str, preparation: bytes, signature: bytes) -> bytes:
    values = (factory, preparation, signature)
    return encode(("address", "bytes", "bytes"), values) + smart_accounts.MARK


class Coming:
    """A wallet of `OWNER` that its factory has not made yet."""

    def __init__(self, chain: LocalChain) -> None:
        self.chain = chain
        self.factory = chain.deploy("mocks/Wallets.sol/ContractWalletFactory")
        asked = selector("walletOf(address)") + encode(("address",), (OWNER_ADDRESS,))
        question = {"to": self.factory, "data": "0x" + asked.hex()}
        answer = chain.rpc("eth_call", question, "latest")
        self.address = ethereum.normalize_address("0x" + answer[-40:])
        self.creation = selector("create(address)") + encode(("address",), (OWNER_ADDRESS,))

    def made(self) -> bool:
        return bool(self.chain.rpc("eth_getCode", self.address, "latest") != "0x")


def delegated(chain: LocalChain, key: PrivateKey, delegate: str) -> None:
    """Let the account of a key delegate to a contract, by a transaction of its own."""
    limit = sys.getrecursionlimit()
    from eth_account import Account

    sys.setrecursionlimit(limit)  # eth_account raises it at import
    account = Account.from_key(key.secret)
    chain.send(chain.accounts[0], account.address, value=10**18)
    allowed = account.sign_authorization({"chainId": 31337, "address": delegate, "nonce": 1})
    signed = account.sign_transaction(
        {
            "type": 4,
            "chainId": 31337,
            "nonce": 0,
            "to": chain.accounts[0],
            "value": 0,
            "gas": 200_000,
            "maxFeePerGas": 10**10,
            "maxPriorityFeePerGas": 10**9,
            "authorizationList": [allowed],
        }
    )
    name = chain.rpc("eth_sendRawTransaction", "0x" + signed.raw_transaction.hex())
    assert chain.rpc("eth_getTransactionReceipt", name)["status"] == "0x1"
