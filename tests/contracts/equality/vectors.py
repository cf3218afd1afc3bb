"""The decisions of `tests/vectors/terms.json` as cases with the published answers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from tests.contracts.equality.cases import ACTIONS, Answer, Case, Move, Probe, Series, as_contract
from tests.core.rules import vectors


def published() -> Iterator[tuple[Case, Answer]]:
    """Yield what a contract can be asked: active passes, without an amendment."""
    file = json.loads(vectors.PATH.read_text(encoding="utf-8"))
    terms = vectors.read_documents(file)
    for row in file["passes"]:
        if row["state"] != "active" or row["amendment"]:
            continue
        series = Series(
            terms[row["terms"]],
            int(row["paid"]),
            tuple(Move(**move) for move in row["moved"]),
            frozenset(row["cancelled"]),
        )
        for moment in row["decisions"]:
            for action in ACTIONS:
                yield _case(series, row, action, moment["now"]), _answer(action, moment[action])


def _case(series: Series, row: dict[str, Any], action: str, now: int) -> Case:
    probe = Probe(
        action=action,
        now=now,
        bought_at=row["bought_at"],
        paid_back=int(row["paid_back"]),
        transfers=row["transfers"],
    )
    return Case(series, probe)


def _answer(action: str, row: dict[str, Any]) -> Answer:
    return as_contract(action, row["allowed"], row["code"], int(row["amount"]))
