"""Who signs claims and pays gas: can the keys be used, and is there money for gas."""

from __future__ import annotations

from datetime import datetime

from passes_service import keyring
from passes_service.bootstrap import Services
from passes_service.chain.errors import ChainMismatch, NodeRefused, NodeUnavailable
from passes_service.chain.networks import Network
from passes_service.chain.node import Node, quantity
from passes_service.cli.checks.model import WARN, Check
from passes_service.config import Settings
from passes_service.core.errors import DomainError
from passes_service.keyring import KeyUse


def checks(settings: Settings, *, now: datetime) -> list[Check]:
    """Open what signs on the chains of the settings; without chains nobody has to."""
    if not settings.networks:
        return []
    try:
        services = Services(
            settings=settings,
            database=None,  # type: ignore[arg-type]  # signers need none
            keyring=keyring.load(settings.keys_dir),
            clock=lambda: now,
        )
    except DomainError:
        return []  # the line about the keys has said so
    paying = [network for network in settings.networks.values() if network.relay_daily_wei]
    found = [_signer(services, KeyUse.CLAIM)]
    if paying:
        found.append(_signer(services, KeyUse.RELAY))
        found += [line for network in paying for line in _gas_money(services, network)]
    return found


def _signer(services: Services, use: KeyUse) -> Check:
    name = f"{use.value} signer"
    try:
        first, *older = services.signers(use)
    except DomainError as error:
        return Check.failed(name, error)
    also = f"; {', '.join(signer.address for signer in older)} before it" if older else ""
    return Check(name, f"{first.address}{also}")


def _gas_money(services: Services, network: Network) -> list[Check]:
    name = f"gas money {network.chain_id}"
    try:
        sender = services.signers(KeyUse.RELAY)[0].address
        left = quantity(Node(network).call("eth_getBalance", sender, "latest"))
    except (NodeUnavailable, NodeRefused, ChainMismatch):
        return [Check(name, "cannot be looked at now", WARN, "See the line about the chain.")]
    except DomainError:
        return []  # the line about the signer has said so
    value = f"{left / 10**18:.6f} ETH at {sender}"
    if left < network.relay_daily_wei:
        todo = f"Less than one organizer's daily budget on {network.name}: send it some more."
        return [Check(name, value, WARN, todo)]
    return [Check(name, value)]
