"""The Terms document: strict in, the same out."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given

from passes_service.core.rules.canonical import canonical, terms_hash
from passes_service.core.rules.errors import TermsInvalid
from passes_service.core.rules.schema import parse, to_document
from passes_service.core.rules.terms import Terms
from tests.core.rules import strategies
from tests.core.rules.examples import document, standard


@given(strategies.terms())
def test_what_is_written_is_read_back_and_hashes_alike(terms: Terms) -> None:
    again = parse(json.loads(canonical(terms)))

    assert again == terms
    assert canonical(again) == canonical(terms)
    assert terms_hash(again) == terms_hash(terms)


def test_canonical_bytes_do_not_depend_on_the_order_of_keys() -> None:
    shuffled = dict(reversed(document().items()))

    assert canonical(parse(shuffled)) == canonical(standard())
    assert canonical(standard()).startswith(b'{"amends":null,"calendar":"Spring nights"')


def test_any_other_figure_gives_another_hash() -> None:
    changed = document(cap=51)

    assert terms_hash(parse(changed)) != terms_hash(standard())


def _with(path: str, value: Any) -> dict[str, Any]:
    made: Any = copy.deepcopy(document())
    *way, last = path.replace("[", ".").replace("]", "").split(".")
    place = made
    for key in way:
        place = place[int(key) if key.isdigit() else key]
    place[int(last) if last.isdigit() else last] = value
    return made  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("path", "value", "field"),
    [
        ("surprise", 1, "surprise"),
        ("version", 2, "version"),
        ("version", True, "version"),
        ("cap", 0, "cap"),
        ("cap", 2**32, "cap"),
        ("cap", 50.0, "cap"),
        ("cap", "50", "cap"),
        ("organizer", "", "organizer"),
        ("organizer", " Ada", "organizer"),
        ("organizer", "A\u202eda", "organizer"),
        ("organizer", "A\nda", "organizer"),
        ("organizer", "Ame\u0301lie", "organizer"),
        ("organizer", "\ud800", "organizer"),
        ("organizer", "a" * 201, "organizer"),
        ("time_zone", "Europe/Nowhere", "time_zone"),
        ("time_zone", "../etc/passwd", "time_zone"),
        ("time_zone", "Europe", "time_zone"),
        ("time_zone", None, "time_zone"),
        ("transfer", [], "transfer"),
        ("transfer.extra", 1, "transfer.extra"),
        ("transfer.max_count", 0, "transfer.max_count"),
        ("transfer.fee_minor", -1, "transfer.fee_minor"),
        ("transfer.fee_minor", 2**53, "transfer.fee_minor"),
        ("transfer.fee_minor", 100, "transfer.fee_currency"),
        ("transfer.fee_currency", "EUR", "transfer.fee_currency"),
        ("transfer.fee_currency", "eur", "transfer.fee_currency"),
        ("transfer.allowed", 1, "transfer.allowed"),
        ("transfer.allowed", False, "transfer.max_count"),
        ("transfer.opens_at", "2027-03-12T17:00:00+01:00", "transfer.opens_at"),
        ("transfer.opens_at", "2027-03-12", "transfer.opens_at"),
        ("transfer.opens_at", "2027-02-30T17:00:00Z", "transfer.opens_at"),
        ("transfer.opens_at", "1999-12-31T23:59:59Z", "transfer.opens_at"),
        ("transfer.opens_at", "2027-03-12T17:00:60Z", "transfer.opens_at"),
        ("transfer.opens_at", "٢٠٢٧-03-12T17:00:00Z", "transfer.opens_at"),
        ("transfer.opens_at", 1_800_000_000, "transfer.opens_at"),
        ("refund.steps[1].share_bp", 10_000, "refund.steps[1].share_bp"),
        ("refund.steps[1].share_bp", 0, "refund.steps[1].share_bp"),
        ("refund.steps[1].until", "2027-03-05T18:00:00Z", "refund.steps[1].until"),
        ("refund.steps[0].note", "x", "refund.steps[0].note"),
        ("refund.steps", {}, "refund.steps"),
        ("refund.guarantee_bp", 10_001, "refund.guarantee_bp"),
        ("refund.guarantee_bp", 0, "refund.move_window_seconds"),
        ("refund.cooling_off_seconds", -1, "refund.cooling_off_seconds"),
        ("entry.mode", "often", "entry.mode"),
        ("entry.mode", ["per_day"], "entry.mode"),
        ("entry.reentry", "yes", "entry.reentry"),
        ("portions", [], "portions"),
        ("portions[0].weight_bp", 3_332, "portions"),
        ("portions[0].weight_bp", 0, "portions[0].weight_bp"),
        ("portions[1].index", 2, "portions[1].index"),
        ("portions[1].session_ids", ["s0"], "portions[1].session_ids[0]"),
        ("portions[1].session_ids", ["s1", "s1"], "portions[1].session_ids[1]"),
        ("portions[1].session_ids", [], "portions[1].session_ids"),
        ("portions[1].doors_at", "2027-03-12T16:59:59Z", "portions[1].doors_at"),
        ("portions[0].ends_at", "2027-03-12T17:00:00Z", "portions[0].ends_at"),
        ("portions[0].settles_at", "2027-03-12T20:59:59Z", "portions[0].settles_at"),
        ("conveys", "a drink", "conveys"),
        ("conveys", ["a", "a"], "conveys[1]"),
        ("excludes", ["a drink at each session"], "excludes[0]"),
        ("sale_closes_at", "2027-12-01T00:00:00Z", "sale_closes_at"),
        ("sale_closes_at", None, "sale_closes_at"),
        ("funding", "cash", "funding"),
        ("amends", "0x12", "amends"),
        ("amends", "0x" + "A" * 64, "amends"),
    ],
)
def test_a_fault_is_refused_by_the_path_of_its_field(path: str, value: Any, field: str) -> None:
    with pytest.raises(TermsInvalid) as refused:
        parse(_with(path, value))

    assert refused.value.members == {"field": field}
    assert refused.value.code == "terms-invalid"


@pytest.mark.parametrize("key", sorted(to_document(standard())))
def test_every_key_must_be_there(key: str) -> None:
    made = document()
    del made[key]

    with pytest.raises(TermsInvalid) as refused:
        parse(made)

    assert refused.value.members["field"] == key


@pytest.mark.parametrize("value", [None, [], "terms", 1, {1: 2}])
def test_what_is_no_document_is_refused(value: object) -> None:
    with pytest.raises(TermsInvalid):
        parse(value)


def test_seventeen_portions_are_too_many() -> None:
    made = document()
    made["portions"] = [copy.deepcopy(made["portions"][0]) for _ in range(17)]

    with pytest.raises(TermsInvalid, match="1 to 16"):
        parse(made)


def test_escrow_terms_have_no_fee_and_are_never_an_amendment() -> None:
    with pytest.raises(TermsInvalid, match="amends"):
        parse(document(funding="escrow", amends="0x" + "0" * 64))
    made = document(funding="escrow")
    made["transfer"] |= {"fee_minor": 5, "fee_currency": "EUR"}
    with pytest.raises(TermsInvalid, match="fee_minor"):
        parse(made)
