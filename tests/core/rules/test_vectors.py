"""The published vectors say what the code does; the contract's tests read the same file."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from eth_utils.crypto import keccak

from passes_service.core.rules.canonical import canonical, terms_hash
from passes_service.core.rules.decide import decide
from tests.core.rules import vectors

FILE: dict[str, Any] = json.loads(vectors.PATH.read_text(encoding="utf-8"))


def test_documents_have_the_published_bytes_and_hash() -> None:
    terms = vectors.read_documents(FILE)

    for row in FILE["documents"]:
        assert canonical(terms[row["name"]]).decode() == row["canonical"]
        assert terms_hash(terms[row["name"]]) == row["terms_hash"]
        assert "0x" + keccak(row["canonical"].encode()).hex() == row["terms_hash"]
        assert json.loads(row["canonical"]) == row["document"]


def test_decisions_are_the_published_ones() -> None:
    terms, compared = vectors.read_documents(FILE), 0

    for row in FILE["passes"]:
        facts = vectors.read_facts(row, terms)
        for moment in row["decisions"]:
            now = datetime.fromtimestamp(moment["now"], UTC)
            for key, action in vectors.ACTIONS.items():
                decision, published = decide(action, facts, now=now), moment[key]
                assert decision.allowed == published["allowed"]
                assert decision.code == published["code"]
                assert str(decision.amount) == published["amount"]
                assert decision.rule == published["rule"]
                for name in ("since", "until"):
                    edge = getattr(decision, name)
                    assert (edge and int(edge.timestamp())) == published[name]
                compared += 1
    assert compared > 1_000


def test_the_file_is_what_the_generator_writes() -> None:
    assert vectors.build() == FILE
