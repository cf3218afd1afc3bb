"""Which chains this installation serves, as its settings say."""

from __future__ import annotations

from typing import Annotated, Final
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from passes_service.core import ethereum

ETHER: Final = "0x" + "0" * 40
"""What the contract calls the chain's own currency."""


def _rpc(url: str) -> str:
    if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).netloc:
        raise ValueError("an RPC address is http:// or https://")
    return url


Address = Annotated[str, AfterValidator(ethereum.normalize_address)]


class Network(BaseModel):
    """One chain.

    Attributes:
        rpc: Addresses of nodes, the preferred one first; the next is asked when one is down.
            They may hold an API key, so they are never shown.
        factory: The EventPassFactory whose clones we follow.
        first_block: Where its logs can begin.
        confirmations: How many blocks a change must be deep before it is shown (1: in the head).
        finality_depth: Blocks after which a chain without a `finalized` tag counts as final;
            None asks the node for the tag.
        currencies: Symbol -> token contract; ETH is always there.
        explorer: Address of a block explorer, without a slash at its end.
        max_fee_gwei: What our relayer pays for a unit of gas at most.
        relay_daily_wei: What it may spend for one organizer on one day (UTC); 0 is nothing at all.
        stuck_blocks: After how many blocks without it a transaction is sent again for more.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    chain_id: int = Field(gt=0, lt=2**53)
    name: str = Field(min_length=1, max_length=40)
    rpc: tuple[Annotated[str, AfterValidator(_rpc)], ...] = Field(min_length=1, repr=False)
    factory: Address
    first_block: int = Field(default=0, ge=0)
    confirmations: int = Field(default=1, ge=1, le=1000)
    finality_depth: int | None = Field(default=None, ge=1, le=100_000)
    currencies: dict[str, Address] = {}
    explorer: str = ""
    max_fee_gwei: int = Field(default=100, ge=1, le=1_000_000)
    relay_daily_wei: int = Field(default=0, ge=0)
    stuck_blocks: int = Field(default=3, ge=1, le=1000)

    def __hash__(self) -> int:
        return hash((self.chain_id, self.rpc))

    def token_of(self, currency: str) -> str | None:
        """Return the contract of a currency, `ETHER` for the chain's own, None if not served."""
        return ETHER if currency == "ETH" else self.currencies.get(currency)

    def currency_of(self, token: str) -> str | None:
        """Return the symbol of a currency contract; None if not served."""
        if token == ETHER:
            return "ETH"
        return next((name for name, address in self.currencies.items() if address == token), None)
