"""What can be wrong with a chain as its node tells it, or with us reading it."""

from __future__ import annotations

from passes_service.core.errors import DomainError, Kind


class NodeInconsistent(DomainError):
    """What the node says does not fit together; nothing of it was believed."""

    code, title, kind = "node-inconsistent", "The node contradicts itself", Kind.UNAVAILABLE
    next_step = (
        "Reading goes on by itself once the answers fit. If this stays, name another node first "
        "in PASSES_CHAINS."
    )


class ReplacedTooDeep(DomainError):
    """Blocks that counted as final are not in the node's chain any more."""

    code, title, kind = "chain-replaced", "Final blocks were replaced", Kind.UNAVAILABLE
    next_step = (
        "Compare the node with another one. If the chain truly changed, run `passes reindex "
        "--chain ID`; money that had moved is named there."
    )


class ChainBusy(DomainError):
    """Another process reads this chain right now."""

    code, title, kind = "chain-busy", "The chain is being read already", Kind.CONFLICT
    next_step = "Let it work; it goes on by itself. A process that died is replaced after a minute."


class LeaseLost(Exception):
    """Another worker reads this chain now; nothing was written."""


class ChainMoved(Exception):
    """The chain changed while it was being read: look again, nothing was written."""
