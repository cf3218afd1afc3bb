"""Would the contract take a claim of ours now? Asked before the lock, outside of transactions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from passes_service.chain import calls
from passes_service.chain.node import Node
from passes_service.claims.errors import ClaimSignerSpent, ClaimSignerUnset, ClaimsPaused
from passes_service.core.instants import from_seconds
from passes_service.keyring.signers import Signer


def choose_signer(node: Node, contract: str, signers: Sequence[Signer], *, now: datetime) -> Signer:
    """Return the first of our signers that the contract lets admit a pass.

    While a key is being replaced the older one goes on until the organizer has named the newer.

    Raises:
        ClaimSignerUnset: The contract knows none of them.
        ClaimSignerSpent: Those that it knows have admitted as many as this window allows.
        ClaimsPaused: The organizer has paused claims.
        NodeUnavailable, NodeRefused, ChainMismatch: The chain cannot be asked.
    """
    asked = [("signerOf", (signer.address,)) for signer in signers] + [("pauseState", ())]
    answers = node.batch(
        [
            ("eth_call", ({"to": contract, "data": calls.encode(name, *args)}, "latest"))
            for name, args in asked
        ]
    )
    *limits, pause = (
        calls.read(name, answer) for (name, _), answer in zip(asked, answers, strict=True)
    )
    if pause[0] > now.timestamp():
        until = from_seconds(pause[0])
        raise ClaimsPaused(f"The organizer has paused claims until {until:%d %b %H:%M} UTC.")
    for signer, (_, _, left) in zip(signers, limits, strict=True):
        if left > 0:
            return signer
    windows = [window for cap, window, _ in limits if cap > 0]
    if windows:
        raise ClaimSignerSpent(
            "The contract admits no more passes of ours just now.", window=min(windows)
        )
    raise ClaimSignerUnset(
        "The organizer's contract does not let this service admit passes.",
        claim_address=signers[0].address,
    )
