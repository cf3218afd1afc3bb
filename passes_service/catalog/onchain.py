"""What the organizer's own wallet sends: prepared here, signed and paid for there.

The service has no key that could do any of this.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from passes_service.catalog.errors import RefusedOnChain
from passes_service.catalog.escrow import Placed
from passes_service.chain import calls, refusals
from passes_service.chain.errors import NodeRefused
from passes_service.chain.networks import Network
from passes_service.chain.node import Node
from passes_service.chain.refusals import Refusal
from passes_service.chain.series_terms import Struct, unix
from passes_service.core import pass_id
from passes_service.core.money import Money, format_amount

NAME_BYTES, SYMBOL_BYTES = 32, 16


@dataclass(frozen=True, slots=True)
class Prepared:
    """A transaction for somebody's own wallet, with what it does in a plain sentence."""

    act: str
    title: str
    says: str
    chain_id: int
    to: str
    data: str
    value: int = 0
    currency: str = ""


@dataclass(frozen=True, slots=True)
class Clone:
    """Where the organizer's contract is."""

    chain_id: int
    address: str

    def prepare(self, act: str, title: str, says: str, function: str, *args: object) -> Prepared:
        """Return a call of the contract."""
        data = calls.encode(function, *args)
        return Prepared(act, title, says, self.chain_id, self.address, data)


def clone_of(found: Placed) -> Clone:
    """Return where a Series is."""
    return Clone(found.contract.chain_id, found.contract.address)


def create(network: Network, *, organizer_id: UUID, owner: str, name: str, slug: str) -> Prepared:
    """Make the organizer's contract; whoever sends it becomes part of its address."""
    title, symbol = _cut(name, NAME_BYTES), _cut(slug.upper(), SYMBOL_BYTES)
    data = calls.encode(
        "create", organizer_id.bytes, owner, title, symbol, contract="EventPassFactory"
    )
    return Prepared(
        "create",
        "Create the contract",
        f"Makes your contract “{title}” ({symbol}) on {network.name}, owned by {owner}. Nobody, "
        "not even we, can change its rules afterwards.",
        network.chain_id,
        network.factory,
        data,
    )


def create_series(found: Placed) -> Prepared:
    """Create a Series under its Terms."""
    series = found.series
    kind = (
        f"{series.cap:,} passes at {Money(series.price_minor, series.currency)}"
        if series.funding == "escrow"
        else f"up to {series.cap:,} passes that holders may claim; nothing is sold here"
    )
    return clone_of(found).prepare(
        "create-series",
        f"Create “{series.title}”",
        f"Publishes the Terms on chain for ever: {kind}. Price, number and rules cannot change "
        "after that.",
        "createSeries",
        series.series_no,
        found.struct,
    )


def probe(clone: Clone, struct: Struct) -> Prepared:
    """Create a Series of a number of no meaning: asked in a dry run before one is opened."""
    number = pass_id.new_series_number(secrets.randbits)
    return clone.prepare("create-series", "Create a Series", "", "createSeries", number, struct)


def set_signer(clone: Clone, *, signer: str, cap: int, window: timedelta) -> Prepared:
    """Let our key admit claims and held places, up to `cap` passes per `window`."""
    hours = window // timedelta(hours=1)
    says = (
        f"Lets our key {signer} admit at most {cap:,} passes per {hours} hours: claims of passes "
        "that you issued, and places that we hold for buyers. It cannot move money or passes."
        if cap
        else f"Ends what our key {signer} may admit. What is on chain stays as it is."
    )
    title = "Name our signer" if cap else "Dismiss our signer"
    seconds = int(window.total_seconds()) if cap else 0
    return clone.prepare("set-signer", title, says, "setSigner", signer, cap, seconds)


def set_currency(clone: Clone, *, currency: str, token: str) -> Prepared:
    """Accept an ERC-20 for Series that are created from now on."""
    says = (
        f"Lets new Series be priced in {currency} ({token}). You answer for this choice: a "
        "currency that blocks accounts or changes balances could not be paid out."
    )
    return clone.prepare("set-currency", f"Accept {currency}", says, "setCurrency", token, True)


def close_sale(found: Placed, *, closes_at: datetime) -> Prepared:
    """Close the sale earlier than the Terms say."""
    return clone_of(found).prepare(
        "close-sale",
        "Close the sale",
        f"Nobody can buy “{found.series.title}” from {closes_at:%d %B %Y, %H:%M} UTC on. It cannot "
        "be opened again; holders keep every promise.",
        "closeSale",
        found.series.series_no,
        unix(closes_at),
    )


def cancel_portion(found: Placed, *, index: int) -> Prepared:
    """Cancel a Portion."""
    part = found.document.portions[index]
    return clone_of(found).prepare(
        "cancel-portion",
        f"Cancel “{part.title}”",
        f"“{part.title}” will not take place: its holders may take the guarantee for it, and the "
        "sale closes. This cannot be taken back.",
        "cancelPortion",
        found.series.series_no,
        index,
    )


def cancel_series(found: Placed) -> Prepared:
    """Cancel every Portion that is not settled."""
    return clone_of(found).prepare(
        "cancel-series",
        "Cancel all of it",
        f"Everything of “{found.series.title}” that is not settled will not take place: holders "
        "may take the guarantee, and the sale closes. This cannot be taken back.",
        "cancelSeries",
        found.series.series_no,
    )


def move_portion(found: Placed, *, index: int, doors_at: datetime, ends_at: datetime) -> Prepared:
    """Move a Portion to later; it settles as long after its end as the Terms say."""
    part = found.document.portions[index]
    settles_at = ends_at + (part.settles_at - part.ends_at)
    return clone_of(found).prepare(
        "move-portion",
        f"Move “{part.title}”",
        f"“{part.title}” opens its doors on {doors_at:%d %B %Y, %H:%M} UTC instead. Holders may "
        "give their pass up in the window that the Terms grant. On chain it only moves to later.",
        "movePortion",
        found.series.series_no,
        index,
        unix(doors_at),
        unix(ends_at),
        unix(settles_at),
    )


def withdraw(found: Placed, *, amount: int, to: str) -> Prepared:
    """Take what no holder can be owed any more."""
    text = format_amount(Money(amount, found.series.currency))
    made = clone_of(found).prepare(
        "withdraw",
        f"Withdraw {text}",
        f"Pays {text} of “{found.series.title}” to {to}. What holders can be owed stays.",
        "withdraw",
        found.series.series_no,
        amount,
        to,
    )
    return replace(made, currency=found.series.currency)


def pause(clone: Clone, *, length: timedelta) -> Prepared:
    """Rest sale and claim for at most 7 days."""
    hours = int(length.total_seconds()) // 3600
    return clone.prepare(
        "pause",
        f"Pause for {hours} hours",
        f"Nobody can buy or claim for {hours} hours. Transfers and refunds go on. The next pause "
        "is possible 30 days after this one.",
        "pause",
        int(length.total_seconds()),
    )


def unpause(clone: Clone) -> Prepared:
    """End a pause early."""
    says = "Sale and claim go on at once. The 30 days until the next pause stay."
    return clone.prepare("unpause", "End the pause", says, "unpause")


def refresh_metadata(clone: Clone, *, ids: Sequence[int]) -> Prepared:
    """Tell wallets and marketplaces to read the metadata of some tokens again."""
    says = (
        f"Tells wallets and marketplaces to read what {len(ids)} tokens show again. Moves nothing; "
        "about 5,000 gas for each token."
    )
    return clone.prepare(
        "refresh-metadata", "Refresh what wallets show", says, "refreshMetadata", list(ids)
    )


def dry_run(node: Node, prepared: Prepared, sender: str) -> Refusal | None:
    """Return why the contract would refuse, None if it would not. Not in a transaction.

    Raises:
        NodeUnavailable, ChainMismatch: The node did not answer.
    """
    sent = {
        "from": sender,
        "to": prepared.to,
        "data": prepared.data,
        "value": hex(prepared.value),
    }
    try:
        node.call("eth_call", sent, calls.BLOCK_LATEST)
    except NodeRefused as error:
        return refusals.in_words(error, currency=prepared.currency)
    return None


def require(node: Node, prepared: Prepared, sender: str) -> None:
    """Refuse what the contract would refuse.

    Raises:
        RefusedOnChain: With the contract's reason.
        NodeUnavailable, ChainMismatch: The node did not answer.
    """
    refused = dry_run(node, prepared, sender)
    if refused is not None:
        raise RefusedOnChain(f"{refused.sentence} {refused.next}", contract_error=refused.name)


def _cut(text: str, most: int) -> str:
    """Return as much of a name as fits into `most` bytes, whole characters."""
    return text.encode()[:most].decode(errors="ignore").strip()
