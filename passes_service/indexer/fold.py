"""What the log says of a token: first as happenings in order, then folded into where it stands.

Pure. The chain is the truth: a state is what its canonical log folds to, and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from passes_service.core.ethereum import ZERO_ADDRESS
from passes_service.indexer.entries import Entry
from passes_service.passes.tokens import Happening, HappeningKind, TokenState

_TRANSFERS = ("TransferSingle", "TransferBatch")


def happenings(entries: Iterable[Entry]) -> list[Happening]:
    """Return what happened to passes, in the order of the chain.

    A burn is two logs of one transaction; what it was for is in the second.
    """
    found = []
    for entry in entries:
        if entry.is_pass:
            made = _happening(entry)
            if made is not None:
                found.append(made)
    return found


def _happening(entry: Entry) -> Happening | None:
    args = entry.args
    if entry.name in _TRANSFERS:
        if args["to"] == ZERO_ADDRESS:
            return None
        if args["from"] == ZERO_ADDRESS:
            return _made(entry, "minted", receiver=args["to"])
        return _made(entry, "transferred", sender=args["from"], receiver=args["to"])
    if entry.name == "PassRefunded":
        return _made(entry, "refunded", amount=args["amount"])
    if entry.name == "PassSurrendered":
        return _made(entry, "surrendered", sender=args["holder"])
    if entry.name == "PassDrawn":
        return _made(entry, "drawn", sender=args["holder"], amount=args["amount"])
    return None


def _made(
    entry: Entry, kind: HappeningKind, *, sender: str = "", receiver: str = "", amount: int = 0
) -> Happening:
    return Happening(
        kind=kind,
        pass_id=entry.token_id or 0,
        series_no=entry.series_no or 0,
        block_number=entry.block_number,
        at=entry.block_time,
        transaction_hash=entry.transaction_hash,
        sender=sender,
        receiver=receiver,
        amount=amount,
    )


def fold(what: Iterable[Happening]) -> TokenState | None:
    """Return where one token stands after all that happened to it; None if it was never minted."""
    state: TokenState | None = None
    for each in what:
        if each.kind == "minted":
            state = TokenState(owner=each.receiver, minted=each)
        elif state is None:
            continue  # its mint is not in the log: a difference that `reindex` finds
        elif each.kind == "transferred":
            state = replace(state, owner=each.receiver, transfers=state.transfers + 1)
        elif each.kind == "drawn":
            state = replace(state, paid_back=state.paid_back + each.amount)
        else:
            state = replace(state, ended=each, paid_back=state.paid_back + each.amount)
    return state


def by_token(what: Iterable[Happening]) -> dict[int, list[Happening]]:
    """Return happenings by pass id, each in order."""
    found: dict[int, list[Happening]] = {}
    for each in what:
        found.setdefault(each.pass_id, []).append(each)
    return found
