"""What the plain words say; their figures are read back in `test_words_read_back.py`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given

from passes_service.core.money import Money, share
from passes_service.core.rules.phrases import duration_words, instant_words, share_words
from passes_service.core.rules.schema import to_document
from passes_service.core.rules.terms import Terms
from passes_service.core.rules.words import all_sentences, as_text, plain_words
from tests.core.rules import strategies
from tests.core.rules.examples import rules, standard


@given(strategies.terms(), strategies.terms())
def test_different_rules_read_differently(one: Terms, other: Terms) -> None:
    assert (plain_words(one) == plain_words(other)) == (_said(one) == _said(other))


def _said(terms: Terms) -> dict[str, Any]:
    """The document without what people are not told: ids of sessions, where re-entry is idle."""
    made = to_document(terms)
    for part in made["portions"]:
        part["session_ids"] = len(part["session_ids"])
    if made["entry"]["mode"] == "unlimited":
        made["entry"]["reentry"] = None
    return made


def test_amounts_are_exact_and_said_beside_the_shares() -> None:
    text = as_text(plain_words(standard(), Money(2_500, "EUR")))

    assert "until 11 March 2027, 19:00 CET you get back 50 % (EUR 12.50 of EUR 25.00)" in text
    assert "33.33 % (EUR 8.33 of EUR 25.00) of the pass" in text
    assert share(2_500, 3_333) == 833
    assert "One pass is EUR 25.00." in text


def test_a_free_pass_says_so() -> None:
    text = as_text(plain_words(standard(), Money(0, "EUR")))

    assert "One pass is free of charge." in text
    assert "EUR 0.00" not in text


def test_the_honest_words_are_there() -> None:
    external = " ".join(all_sentences(plain_words(standard())))
    escrow = " ".join(all_sentences(plain_words(standard(funding="escrow"))))

    assert "money goes back to the payer, not to the holder" in external
    assert "no contract holds this money" in external
    assert "the organizer is paid after the show" in escrow
    assert "the organizer can draw nothing" in escrow
    for text in (external, escrow):
        assert "binds only in our own marketplace" in text
        assert "the pass can be revoked" in text


def test_sections_are_those_people_look_for() -> None:
    assert [section.title for section in plain_words(standard())] == [
        "Transfer",
        "Refund",
        "Entry",
        "What it gives",
        "What it does not give",
        "Quantity",
        "In all honesty",
        "About this document",
    ]


def test_a_personal_pass_has_one_sentence_on_transfers() -> None:
    personal = plain_words(standard(transfer={"allowed": False}))[0]

    assert personal.sentences == ("This pass is personal: it cannot be transferred.",)


@pytest.mark.parametrize(
    ("moment", "zone", "words"),
    [
        (datetime(2027, 3, 12, 17, tzinfo=UTC), "Europe/Berlin", "12 March 2027, 18:00 CET"),
        (datetime(2027, 10, 31, 0, 30, tzinfo=UTC), "Europe/Berlin", "31 October 2027, 02:30 CEST"),
        (datetime(2027, 10, 31, 1, 30, tzinfo=UTC), "Europe/Berlin", "31 October 2027, 02:30 CET"),
        (datetime(2027, 3, 12, 17, 0, 1, tzinfo=UTC), "UTC", "12 March 2027, 17:00:01 UTC"),
        (datetime(2027, 3, 12, 17, tzinfo=UTC), "America/Sao_Paulo", "12 March 2027, 14:00 UTC-03"),
    ],
)
def test_instants_carry_their_zone(moment: datetime, zone: str, words: str) -> None:
    assert instant_words(moment, zone) == words


def test_shares_and_durations_are_exact() -> None:
    assert [share_words(bp) for bp in (0, 1, 10, 3_333, 5_000, 10_000)] == [
        *("0 %", "0.01 %", "0.1 %", "33.33 %", "50 %", "100 %")
    ]
    assert duration_words(90_061) == "1 day 1 hour 1 minute 1 second"
    assert duration_words(int(timedelta(days=14).total_seconds())) == "14 days"


def test_a_guarantee_that_is_none_is_said() -> None:
    terms = rules(refund={"guarantee_bp": 0, "move_window_seconds": 0})
    text = as_text(plain_words(terms))

    assert "nothing comes back for it (guarantee 0 %)" in text
    assert "There is no guarantee for cancelled parts" in text
