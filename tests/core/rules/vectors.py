"""Shared vectors: Terms, their bytes and hash, and decisions at the instants that matter.

`python -m tests.core.rules.vectors` writes `tests/vectors/terms.json` anew; pytest checks that the
file says what the code does, and the contract's tests read the same file. Instants are Unix
seconds and amounts decimal strings, so that no reader loses digits.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from passes_service.core.rules.actions import Action, Claim, Draw, Refund, Transfer
from passes_service.core.rules.canonical import canonical, terms_hash
from passes_service.core.rules.decide import decide
from passes_service.core.rules.facts import MoveWindow, PassFacts
from passes_service.core.rules.schema import parse, to_document
from passes_service.core.rules.terms import Terms
from tests.core.rules.examples import FIRST, held, rules, standard

PATH: Final = Path(__file__).parents[2] / "vectors" / "terms.json"
ACTIONS: Final[dict[str, Action]] = {
    "refund": Refund(),
    "draw": Draw(),
    "transfer": Transfer(),
    "claim": Claim(),
}


def documents() -> dict[str, Terms]:
    odd = rules(
        refund={
            "steps": [
                {"until": "2027-03-10T12:34:56Z", "share_bp": 9_999},
                {"until": "2027-12-01T00:00:00Z", "share_bp": 7_777},
            ],
            "guarantee_bp": 3_333,
            "cooling_off_seconds": 4_567,
        },
        transfer={"opens_at": "2027-02-20T00:00:00Z", "closes_at": "2027-03-20T00:00:00Z"},
    )
    return {
        "standard": standard(),
        "flexible": standard(preset="flexible"),
        "strict": standard(preset="strict"),
        "escrow, odd shares": replace(odd, funding="escrow"),
        "kinder amendment": replace(standard(preset="flexible"), amends=terms_hash(standard())),
        "words of the world": standard(
            organizer="Zoë & Łukasz 東京", title="“Pass” \\ \U0001f3ab", time_zone="Asia/Tokyo"
        ),
    }


def _facts() -> Iterator[tuple[str, PassFacts]]:
    known = documents()
    move = MoveWindow(
        opened_at=FIRST - timedelta(days=2),
        closes_at=FIRST + timedelta(days=5),
        doors_at=FIRST + timedelta(days=20),
        ends_at=FIRST + timedelta(days=20, hours=3),
    )
    for name in ("standard", "flexible", "strict", "escrow, odd shares"):
        base = held(known[name], paid=10**18 + 7)
        yield name, base
        yield name, replace(base, transfers=1, bought_at=FIRST - timedelta(hours=3))
        yield name, replace(base, bought_at=FIRST - timedelta(hours=2))
        yield name, replace(base, moved={0: move}, cancelled=frozenset({1}))
        yield name, replace(base, cancelled=frozenset({0, 1, 2}), paid_back=3 * 10**17)
        yield name, replace(base, moved={2: move}, state="claiming")
    yield "standard", held(known["standard"], amendment=known["kinder amendment"], paid=2_500)


def _moments(facts: PassFacts) -> list[int]:
    """The seconds around every change of every answer."""
    found = {_unix(FIRST - timedelta(days=30)), _unix(FIRST + timedelta(days=60))}
    for action in ACTIONS.values():
        now = FIRST - timedelta(days=30)
        for _ in range(40):
            until = decide(action, facts, now=now).until
            if until is None:
                break
            found |= {_unix(until) - 1, _unix(until)}
            now = until
    return sorted(found)


def build() -> dict[str, Any]:
    """Return the whole file."""
    known = documents()
    return {
        "about": "Instants: Unix seconds. Amounts: decimal strings. Windows: [since, until).",
        "documents": [
            {
                "name": name,
                "document": to_document(terms),
                "canonical": canonical(terms).decode(),
                "terms_hash": terms_hash(terms),
            }
            for name, terms in known.items()
        ],
        "passes": [_pass(name, facts) for name, facts in _facts()],
    }


def _pass(name: str, facts: PassFacts) -> dict[str, Any]:
    return {
        "terms": name,
        "amendment": "kinder amendment" if facts.amendment else None,
        "state": facts.state,
        "currency": facts.currency,
        "paid": str(facts.paid),
        "paid_back": str(facts.paid_back),
        "bought_at": _unix(facts.bought_at),
        "transfers": facts.transfers,
        "cancelled": sorted(facts.cancelled),
        "moved": [
            {"index": index} | {key: _unix(moment) for key, moment in vars(move).items()}
            for index, move in sorted(facts.moved.items())
        ],
        "decisions": [
            {"now": now} | {key: _answer(action, facts, now) for key, action in ACTIONS.items()}
            for now in _moments(facts)
        ],
    }


def _answer(action: Action, facts: PassFacts, now: int) -> dict[str, Any]:
    decision = decide(action, facts, now=datetime.fromtimestamp(now, UTC))
    return {
        "allowed": decision.allowed,
        "code": str(decision.code),
        "amount": str(decision.amount),
        "since": None if decision.since is None else _unix(decision.since),
        "until": None if decision.until is None else _unix(decision.until),
        "rule": decision.rule,
    }


def read_facts(row: dict[str, Any], terms: dict[str, Terms]) -> PassFacts:
    """Return the facts of one row of `passes`."""
    return PassFacts(
        terms=terms[row["terms"]],
        amendment=terms[row["amendment"]] if row["amendment"] else None,
        state=row["state"],
        currency=row["currency"],
        paid=int(row["paid"]),
        paid_back=int(row["paid_back"]),
        bought_at=datetime.fromtimestamp(row["bought_at"], UTC),
        transfers=row["transfers"],
        cancelled=frozenset(row["cancelled"]),
        moved={
            move["index"]: MoveWindow(
                **{
                    key: datetime.fromtimestamp(value, UTC)
                    for key, value in move.items()
                    if key != "index"
                }
            )
            for move in row["moved"]
        },
    )


def read_documents(file: dict[str, Any]) -> dict[str, Terms]:
    """Return the Terms of the file by name."""
    return {row["name"]: parse(row["document"]) for row in file["documents"]}


def _unix(moment: datetime) -> int:
    return int(moment.timestamp())


if __name__ == "__main__":
    PATH.write_text(json.dumps(build(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
