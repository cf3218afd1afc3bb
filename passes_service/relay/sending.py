"""What the relayer asks of a node to get a transaction on its way. Never in a transaction."""

from __future__ import annotations

from typing import Final

from passes_service.chain import calls
from passes_service.chain.errors import NodeRefused
from passes_service.chain.node import Node, quantity
from passes_service.chain.transactions import Envelope, Signed, sign
from passes_service.db.models import ChainTransaction
from passes_service.keyring.signers import Signer
from passes_service.relay.fees import Fees

CANCEL_GAS: Final = 21_000
_PASSES_BY_ITSELF: Final = ("ClaimTooEarly", "Paused", "SignerCapReached")
_THERE_ALREADY: Final = ("known", "already imported", "nonce too low", "underpriced")


class WillFail(Exception):
    """The contract would refuse the transaction; `lasting` if waiting does not help."""

    def __init__(self, reason: str, *, lasting: bool) -> None:
        super().__init__(reason)
        self.lasting = lasting


def gas_for(node: Node, row: ChainTransaction, sender: str) -> int:
    """Return the gas to allow: what it takes now and a quarter more.

    Raises:
        WillFail: The contract refuses.
        NodeUnavailable, ChainMismatch: The node does not say.
    """
    asked = {"from": sender, "to": row.recipient, "data": row.data, "value": hex(row.value_wei)}
    try:
        needed = quantity(node.call("eth_estimateGas", asked))
    except NodeRefused as error:
        refusal = calls.refusal(error)
        if refusal is None:  # no money for gas, or a node's own trouble
            raise WillFail(error.detail or "The node refused.", lasting=False) from error
        name = refusal[0]
        raise WillFail(name, lasting=name not in _PASSES_BY_ITSELF) from error
    return needed + needed // 4


def pending_nonce(node: Node, sender: str) -> int:
    """Return how many transactions of an account the chain knows, waiting ones included."""
    return quantity(node.call("eth_getTransactionCount", sender, "pending"))


def signed(row: ChainTransaction, signer: Signer, fees: Fees, *, cancelling: bool) -> Signed:
    """Return the bytes of a row with a nonce: its call, or a transfer of nothing to ourselves.

    Raises:
        SignerUnavailable: What keeps the key did not sign.
    """
    if row.nonce is None or row.gas_limit is None:
        raise ValueError("a row without a nonce has no bytes")
    envelope = Envelope(
        chain_id=row.chain_id,
        nonce=row.nonce,
        to=row.sender if cancelling else row.recipient,
        value=0 if cancelling else row.value_wei,
        data="0x" if cancelling else row.data,
        gas=CANCEL_GAS if cancelling else row.gas_limit,
        max_fee=fees.most,
        priority_fee=fees.tip,
    )
    return sign(envelope, signer)


def broadcast(node: Node, raw: str) -> None:
    """Send signed bytes; sending the same ones again is fine.

    Raises:
        NodeRefused: The node does not take them, such as for want of money.
        NodeUnavailable, ChainMismatch: It did not answer; they may have arrived.
    """
    try:
        node.call("eth_sendRawTransaction", raw)
    except NodeRefused as error:
        if not any(word in error.detail.lower() for word in _THERE_ALREADY):
            raise
