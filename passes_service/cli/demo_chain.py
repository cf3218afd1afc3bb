"""The same evening with tokens: a contract that keeps the money, told aloud while it happens."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from passes_service.bootstrap import Services
from passes_service.chain import calls, refusals
from passes_service.chain.errors import NodeRefused
from passes_service.chain.node import Node, quantity
from passes_service.cli.demo_client import Visitor
from passes_service.cli.demo_clock import DemoClock
from passes_service.cli.demo_seed import SLUG, World
from passes_service.cli.demo_tell import Teller
from passes_service.cli.demo_wallet import Wallet, align, finalize
from passes_service.core.money import Money, format_amount
from passes_service.indexer.audit import Comparison
from passes_service.worker import audit

PRICE = 10**16
PATIENCE = 60.0
DRAFT: dict[str, Any] = {
    "preset": "standard",
    "pass_type": "token",
    "title": "Kiln season token",
    "cap": 25,
    "funding": "escrow",
    "transfer": {"allowed": True, "max_count": 5, "frozen_minutes": 0},
    "refund": {
        "steps": [{"before_days": 7, "of": "end", "share_bp": 5_000}],
        "cooling_off_seconds": 0,
        "guarantee_bp": 10_000,
        "move_window_seconds": 7 * 86_400,
    },
    "entry": {"mode": "once_per_session", "reentry": False, "doors_minutes_before": 60},
}


@dataclass
class Stage:
    """What the play on chain moves."""

    services: Services
    clock: DemoClock
    teller: Teller
    world: World
    node: Node
    owner: Wallet
    lea: Wallet
    noor: Wallet
    contract: str = ""

    @property
    def chain_id(self) -> int:
        """Return the id of the local chain."""
        return self.node.network.chain_id

    def prepared(self, act: str, **members: Any) -> dict[str, Any]:
        """Have a transaction prepared by the service for the owner's wallet."""
        path = f"/api/v1/organizer/contracts/{self.chain_id}/transactions"
        made: dict[str, Any] = self.world.owner.must_post(path, {"act": act, **members})
        return made


def play_on_chain(services: Services, clock: DemoClock, world: World) -> None:
    """Sell a token, claim a pass, let it change hands, refund it, and try to empty the till."""
    chain_id, network = next(iter(services.networks.items()))
    node = services.node(chain_id, seconds=10)
    align(node, clock())
    accounts = node.call("eth_accounts")
    owner, lea, noor = (
        Wallet(node, account, Visitor(services.settings.origin)) for account in accounts[1:4]
    )
    stage = Stage(services, clock, Teller(clock), world, node, owner, lea, noor)
    stage.teller.scene(f"On chain ({network.name}): the contract keeps the money")
    series = _open(stage)
    token = _buy(stage, series)
    _hand_on(stage, token)
    _claim(stage)
    _try_to_withdraw(stage, series)
    _refund(stage, token)
    _withdraw_after_the_season(stage, series)
    _audit(stage)


def _open(stage: Stage) -> dict[str, Any]:
    """Make the contract, name the signer, open an escrow Series: all by the owner's wallet."""
    owner, world = stage.owner, stage.world
    owner.send(stage.prepared("create", owner=owner.address))
    found = calls.view(
        stage.node,
        stage.node.network.factory,
        "eventPassOf",
        owner.address,
        world.organizer_id.bytes,
        contract="EventPassFactory",
    )
    stage.contract = str(found)
    path = f"/api/v1/organizer/contracts/{stage.chain_id}"
    world.owner.must_put(path, {"address": stage.contract})
    owner.send(stage.prepared("set-signer", cap=100, window_hours=24))
    stage.teller.tell(
        f"Nora's own wallet makes her contract {stage.contract}. The service holds no key to it: "
        "its signer may admit 100 passes a day and nothing else."
    )
    calendar = f"/api/v1/calendars/{world.sessions[0]['calendar_id']}"
    draft = world.owner.must_post(f"{calendar}/terms/draft", {"draft": DRAFT})
    terms = world.owner.must_post(f"{calendar}/terms", {"document": draft["document"]})
    series: dict[str, Any] = world.owner.must_post(
        "/api/v1/series",
        {
            "terms_hash": terms["terms_hash"],
            "price_minor": PRICE,
            "currency": "ETH",
            "chain_id": stage.chain_id,
        },
    )
    owner.send(stage.prepared("create-series", series_id=series["id"]))
    place = f"/api/v1/series/{series['id']}/chain"
    _await(lambda: world.owner.get(place).json["state"] == "open", "the Series on chain")
    stage.teller.tell(f"{series['title']}: {series['cap']} tokens at {series['price']['text']}.")
    return series


def _buy(stage: Stage, series: dict[str, Any]) -> str:
    lea = stage.lea
    lea.sign_in(SLUG)
    order = lea.visitor.must_post(
        "/api/v1/chain-orders", {"series_id": series["id"], "wallet": lea.address, "quantity": 1}
    )
    ways = lea.visitor.get(f"/api/v1/chain-orders/{order['id']}/steps").json
    receipt: dict[str, Any] = {}
    for step in ways[0]["steps"]:
        receipt = lea.send(step["transaction"])
    mined = time.monotonic()
    path = f"/api/v1/chain-orders/{order['id']}"
    _await(lambda: lea.visitor.get(path).json["state"] != "open", "the order")
    took = time.monotonic() - mined
    (token,) = _await(lambda: lea.visitor.get("/api/v1/me/passes").json, "Lea's pass")
    stage.teller.tell(
        f"Lea buys {token['number']} with her wallet, gas {int(receipt['gasUsed'], 16):,}. "
        f"Her order completes from the chain's own log, {took:.1f} s after the block."
    )
    return str(token["pass_id"])


def _hand_on(stage: Stage, token: str) -> None:
    """Move the token between wallets, which asks nobody; feed and door follow."""
    lea, noor = stage.lea, stage.noor
    noor.sign_in(SLUG)
    feed = noor.visitor.must_post("/api/v1/me/calendar-links", {"label": "Phone"})["https"]
    before = lea.visitor.get(f"/api/v1/me/passes/{token}/code").json["text"]
    moved = (lea.address, noor.address, int(token), 1, b"")
    lea.act(stage.contract, "safeTransferFrom", *moved)
    mined = time.monotonic()
    _await(lambda: b"No sessions" not in noor.visitor.get(feed).body, "Noor's feed")
    took = time.monotonic() - mined
    stage.teller.tell(
        "Lea sends the token to Noor's wallet, on no page of ours. "
        f"{took:.1f} s after the block Noor's calendar shows the season."
    )
    sessions = noor.visitor.get(feed).body.count(b"BEGIN:VEVENT")
    outcome = stage.world.scan(before)
    stage.teller.tell(
        f"Noor has {sessions} sessions. Lea's code at the door: {outcome['code']}. "
        f"“{outcome['sentence']}”"
    )


def _claim(stage: Stage) -> None:
    """Move Tom's pass from the book into Noor's wallet... by its holder, once."""
    world, noor = stage.world, stage.noor
    series_id = world.series["id"]
    world.owner.must_post(f"/api/v1/series/{series_id}/chain", {"chain_id": stage.chain_id})
    stage.owner.send(stage.prepared("create-series", series_id=series_id))
    place = f"/api/v1/series/{series_id}/chain"
    _await(lambda: world.owner.get(place).json["state"] == "open", "the Series on chain")
    made = world.owner.must_post(
        f"/api/v1/series/{series_id}/passes",
        {"holder_id": noor.visitor.get("/api/v1/me").json["id"], "provider": "free"},
    )
    path = f"/api/v1/me/passes/{made['pass_id']}/claims"
    claim = noor.visitor.must_post(
        path, {"chain_id": stage.chain_id, "wallet": noor.address, "relayed": False}
    )
    noor.send(claim["transaction"])
    one = f"/api/v1/me/passes/{made['pass_id']}"
    _await(lambda: noor.visitor.get(one).json["state"] == "on_chain", "the claimed pass")
    stage.teller.tell(
        f"Noor also gets {made['number']} of the book and moves it to her wallet: locked, signed "
        "for ten minutes, minted once. The same number, now a token."
    )


def _try_to_withdraw(stage: Stage, series: dict[str, Any]) -> None:
    asked = stage.prepared(
        "withdraw", series_id=series["id"], amount_minor=str(PRICE), to=stage.owner.address
    )
    try:
        stage.owner.send(asked)
    except NodeRefused as error:
        said = refusals.in_words(error, currency="ETH")
        stage.teller.tell(f"Nora tries to take the money now. The contract: “{said.sentence}”")


def _refund(stage: Stage, token: str) -> None:
    noor = stage.noor
    before = noor.balance()
    receipt = noor.act(stage.contract, "refund", int(token), noor.address)
    fee = int(receipt["gasUsed"], 16) * int(receipt["effectiveGasPrice"], 16)
    back = format_amount(Money(noor.balance() - before + fee, "ETH"))
    path = f"/api/v1/me/passes/{token}"
    _await(lambda: noor.visitor.get(path).json["state"] == "refunded", "the refund")
    stage.teller.tell(
        f"Noor gives the first token up: the contract pays her {back} in the same transaction, "
        "50 % as its rules say until the week before the end. Nobody was asked."
    )


def _withdraw_after_the_season(stage: Stage, series: dict[str, Any]) -> None:
    """Show that the rest is the organizer's after the season, then come back to tonight."""
    number = int(series["series_no"])
    snapshot = stage.node.call("evm_snapshot")
    portions = calls.view(stage.node, stage.contract, "portionsOf", number)
    last = max(part["settlesAt"] for part in portions)
    stage.node.call("evm_setNextBlockTimestamp", hex(last))
    stage.node.call("evm_mine")
    books = calls.view(stage.node, stage.contract, "booksOf", number)
    before = stage.owner.balance()
    free = books["withdrawable"]
    receipt = stage.owner.act(stage.contract, "withdraw", number, free, stage.owner.address)
    fee = int(receipt["gasUsed"], 16) * int(receipt["effectiveGasPrice"], 16)
    got = format_amount(Money(stage.owner.balance() - before + fee, "ETH"))
    when = datetime.fromtimestamp(last, UTC)
    stage.teller.tell(
        f"On {when:%d %B %Y}, when the last part is settled, the contract gives her {got}. "
        "(The play then takes the chain back to tonight, and the book follows.)"
    )
    stage.node.call("evm_revert", snapshot)
    align(stage.node, stage.clock())
    finalize(stage.node)


def _audit(stage: Stage) -> None:
    """Compare the whole book with the contract, once it has followed the chain back."""

    def compared() -> Comparison | None:
        found = audit.compare(stage.services, stage.chain_id)
        height = quantity(stage.node.call("eth_blockNumber"))
        whole = found is not None and found.number == height and not found.unread
        return found if whole else None

    found: Comparison = _await(compared, "the audit")
    stage.teller.tell(
        f"passes audit chain, at block {found.number}: {len(found.differences)} differences "
        "between the book and the contract."
    )
    for difference in found.differences:
        stage.teller.tell(str(difference))


def _await(look: Callable[[], Any], what: str) -> Any:
    """Look until there is something to see.

    Raises:
        RuntimeError: It did not come in time.
    """
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        found = look()
        if found:
            return found
        time.sleep(0.05)
    raise RuntimeError(f"{what} did not follow the chain within {PATIENCE:.0f} seconds")
