"""What the chain says of a transaction that a browser named: shown, never believed by an order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from passes_service.chain import erc20, logs, refusals
from passes_service.chain.errors import ChainMismatch, NodeRefused, NodeUnavailable
from passes_service.chain.node import Node, quantity
from passes_service.chain_orders.tickets import Bill
from passes_service.core import ethereum
from passes_service.core.money import Money, format_amount

Status = Literal[
    "unknown",
    "pending",
    "refused",
    "bought",
    "bought-elsewhere",
    "allowed",
    "sent-astray",
    "other",
    "unreachable",
]


@dataclass(frozen=True, slots=True)
class Said:
    """What became of a transaction, in words, and what to do now."""

    status: Status
    sentence: str
    next: str


UNREACHABLE = Said(
    "unreachable",
    "The chain cannot be asked right now.",
    "Look again in a minute: what was paid is safe, and the order follows by itself.",
)
_UNKNOWN = Said(
    "unknown",
    "The chain does not know this transaction yet.",
    "Wait a minute. If your wallet says that it was dropped, send it again in time.",
)
_PENDING = Said(
    "pending", "The transaction waits for its block.", "Nothing is to be done; this page follows."
)
_ALLOWED = Said(
    "allowed", "The contract may take the exact price now.", "Now send the purchase itself."
)
_OTHER = Said(
    "other",
    "This transaction bought nothing here.",
    "Check its hash, or send what this order prepared while there is time.",
)
_SILENT = Said(
    "refused",
    "The transaction failed, and the contract does not say why; perhaps its gas did not last.",
    "Nothing was paid, only the network fee. Place a new order.",
)


def ask(node: Node, bill: Bill, transaction_hash: str) -> Said:
    """Return what the chain says of a transaction, in view of an order.

    A node that is down, slow or makes no sense is one of the answers. Not in a transaction.
    """
    try:
        receipt, sent = node.batch(
            [
                ("eth_getTransactionReceipt", (transaction_hash,)),
                ("eth_getTransactionByHash", (transaction_hash,)),
            ]
        )
        if receipt is None:
            return _UNKNOWN if sent is None else _PENDING
        if quantity(receipt["status"]) == 0:
            return _why(node, sent, receipt)
        return _what(bill, receipt)
    except (NodeUnavailable, ChainMismatch, NodeRefused):
        return UNREACHABLE
    except (KeyError, TypeError, AttributeError, IndexError, ValueError):  # it made no sense
        return UNREACHABLE


def _why(node: Node, sent: dict[str, Any], receipt: dict[str, Any]) -> Said:
    """Send it again without sending it: after its block first, where the time is its own."""
    call = {
        "from": sent["from"],
        "to": sent["to"],
        "data": sent["input"],
        "value": sent["value"],
        "gas": sent["gas"],
    }
    number = quantity(receipt["blockNumber"])
    tried = [("eth_call", (call, hex(block))) for block in (number, number - 1)]
    for answer in node.try_batch(tried):
        found = refusals.in_words(answer) if isinstance(answer, NodeRefused) else None
        if found is not None and found.name:
            return Said("refused", found.sentence, found.next)
    return _SILENT


def _what(bill: Bill, receipt: dict[str, Any]) -> Said:
    contract = bill.found.contract.address
    receivers = [
        receiver
        for log in receipt["logs"]
        if log["address"].lower() == contract.lower()
        for receiver in _minted(bill, log)
    ]
    if receivers:
        return _bought(bill, receivers, quantity(receipt["blockNumber"]))
    if any(_pays(log, bill) for log in receipt["logs"]):
        return _astray(bill)
    if bill.token.lower() == str(receipt["to"]).lower():
        return _ALLOWED
    return _OTHER


def _minted(bill: Bill, log: dict[str, Any]) -> list[str]:
    """Return who got a pass of this Series by a log, once for each."""
    event = logs.decode(log)
    if event is None or event.args.get("from") != ethereum.ZERO_ADDRESS:
        return []
    ids = event.args.get("ids", [event.args.get("id")])
    number = bill.found.series.series_no
    return [event.args["to"] for one in ids if one >> 32 & (2**64 - 1) == number]


def _bought(bill: Bill, receivers: list[str], block: int) -> Said:
    ours = receivers.count(bill.order.buyer)
    if ours == 0:
        other = receivers[0]
        return Said(
            "bought-elsewhere",
            f"This bought passes for {other}, not for {bill.order.buyer} as ordered.",
            "They are that wallet's. Sign in with it, or add it to your account, to see them here.",
        )
    if ours != bill.order.quantity:
        return Said(
            "bought",
            f"This bought {ours} passes where {bill.order.quantity} were ordered.",
            "They are yours and appear among your passes. This order ends by itself.",
        )
    return Said(
        "bought", f"The purchase is in block {block:,}.", "This page follows as soon as it is read."
    )


def _pays(log: dict[str, Any], bill: Bill) -> bool:
    """Tell whether a log moves the currency of the order to the contract."""
    topics = log["topics"]
    return (
        log["address"].lower() == bill.token.lower()
        and len(topics) == 3
        and topics[0] == erc20.TRANSFER_TOPIC
        and topics[2][-40:] == bill.found.contract.address[2:].lower()
    )


def _astray(bill: Bill) -> Said:
    price = format_amount(Money(bill.cost, bill.order.currency))
    return Said(
        "sent-astray",
        "This sent money straight to the contract without buying anything. It stays in the "
        "contract: nobody can take it out, neither you nor the organizer nor we.",
        f"Write to the organizer before you do anything else. Buying costs {price} once more, by "
        "the transaction that this order prepares.",
    )
