"""Refusals of a chain, or of the node we ask about it."""

from __future__ import annotations

from passes_service.core.errors import DomainError, Kind


class NodeUnavailable(DomainError):
    """No node of this chain answered in time."""

    code, title, kind = "node-unavailable", "The chain cannot be reached", Kind.UNAVAILABLE
    next_step = "Try again in a minute; nothing was changed. Your pass and its money are safe."


class NodeRefused(DomainError):
    """The node answered with an error; `data` is what a contract said, where it did."""

    code, title, kind = "node-refused", "The chain refused", Kind.CONFLICT
    next_step = "Read what the contract said, correct the request and try again."

    def __init__(self, detail: str, *, rpc_code: int = 0, data: str = "") -> None:
        super().__init__(detail)
        self.rpc_code = rpc_code
        self.data = data


class ChainUnknown(DomainError):
    """The installation is not connected to that chain."""

    code, title, kind = "chain-unknown", "Chain not served here", Kind.NOT_FOUND
    next_step = "Use one of the chains that this site names, or ask the operator to connect it."


class ChainMismatch(DomainError):
    """The node is on another chain than the settings say."""

    code, title, kind = "chain-mismatch", "Node of another chain", Kind.UNAVAILABLE
    next_step = "Correct the RPC address or the chain id in PASSES_CHAINS, then run passes doctor."
