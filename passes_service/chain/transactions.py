"""EIP-1559 transactions: built from plain numbers, signed by whoever keeps the key."""

from __future__ import annotations

import sys
import threading
from dataclasses import dataclass
from typing import Protocol

from passes_service.core.ethereum import keccak256

_IMPORT = threading.Lock()


class DigestSigner(Protocol):
    """What signing takes; `keyring.signers.Signer` is one."""

    @property
    def address(self) -> str:
        """The account that pays."""

    def sign_digest(self, digest: bytes) -> bytes:
        """Return r || s || v, v 27 or 28."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """A transaction before it is signed. Fees are wei per unit of gas, `data` is 0x-text."""

    chain_id: int
    nonce: int
    to: str
    value: int
    data: str
    gas: int
    max_fee: int
    priority_fee: int


@dataclass(frozen=True, slots=True)
class Signed:
    """The bytes that go to the chain, and the name it gives them; both 0x-text."""

    raw: str
    hash: str


def sign(envelope: Envelope, signer: DigestSigner) -> Signed:
    """Return the signed transaction. Outside of transactions: the key may be far away.

    A dependency of eth-account raises Python's recursion limit at import; it is put back.

    Raises:
        SignerUnavailable: What keeps the key did not sign.
    """
    with _IMPORT:
        limit = sys.getrecursionlimit()
        from eth_account.typed_transactions.dynamic_fee_transaction import (
            DynamicFeeTransaction,
        )

        sys.setrecursionlimit(limit)
    members = {
        "type": 2,
        "chainId": envelope.chain_id,
        "nonce": envelope.nonce,
        "to": envelope.to,
        "value": envelope.value,
        "data": envelope.data,
        "gas": envelope.gas,
        "maxFeePerGas": envelope.max_fee,
        "maxPriorityFeePerGas": envelope.priority_fee,
        "accessList": [],
    }
    signature = signer.sign_digest(DynamicFeeTransaction.from_dict(dict(members)).hash())
    proof = {
        "v": signature[64] - 27,
        "r": int.from_bytes(signature[:32], "big"),
        "s": int.from_bytes(signature[32:64], "big"),
    }
    raw = b"\x02" + DynamicFeeTransaction.from_dict(members | proof).payload()
    return Signed("0x" + raw.hex(), "0x" + keccak256(raw).hex())
