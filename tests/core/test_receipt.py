"""A receipt states a decision once, and every change to it is noticed."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passes_service.core import receipt
from passes_service.core.receipt import Receipt, ReceiptMalformed, ReceiptVerdict
from tests.vectors.common import gate
from tests.vectors.receipts import DECIDED, KEY, PUBLIC_KEY

DOCUMENT = Path(__file__).parents[2] / "docs" / "receipts.md"
SIGNED = receipt.sign(DECIDED, key=KEY, public_key=PUBLIC_KEY)
TEXT = json.dumps(asdict(SIGNED))
OTHER = gate("thief")


def verdict(text: str) -> ReceiptVerdict:
    return receipt.verify(text, public_keys=[PUBLIC_KEY]).verdict


def changed(**values: object) -> str:
    """Return the receipt with another statement and the old signature."""
    stated = json.loads(SIGNED.statement) | values
    return json.dumps(asdict(SIGNED) | {"statement": json.dumps(stated)})


def test_published_receipt_is_what_we_make_and_verifies() -> None:
    shown = DOCUMENT.read_text(encoding="utf-8").split("```json\n")[1].split("```")[0]

    assert Receipt(**json.loads(shown)) == SIGNED
    check = receipt.verify(shown, public_keys=[OTHER.public_key().public_bytes_raw(), PUBLIC_KEY])
    assert check.ok
    assert check.stated is not None
    assert check.stated["decided_at"] == 1_800_042_727_250


def test_receipt_with_nothing_known_verifies() -> None:
    nothing = replace(
        DECIDED,
        pass_id=None,
        epoch=None,
        terms_hash=None,
        check_in_id=None,
        number=None,
        code="MALFORMED",
        rule="code",
    )
    signed = receipt.sign(nothing, key=KEY, public_key=PUBLIC_KEY)

    assert verdict(json.dumps(asdict(signed))) is ReceiptVerdict.VALID


def test_another_key_did_not_sign_it() -> None:
    check = receipt.verify(TEXT, public_keys=[OTHER.public_key().public_bytes_raw()])

    assert check.verdict is ReceiptVerdict.BAD_SIGNATURE
    assert not receipt.verify(TEXT, public_keys=[]).ok


def test_key_id_of_another_key_does_not_help() -> None:
    forged = receipt.sign(DECIDED, key=OTHER, public_key=PUBLIC_KEY)

    assert verdict(json.dumps(asdict(forged))) is ReceiptVerdict.BAD_SIGNATURE


@pytest.mark.parametrize("name", sorted(set(json.loads(SIGNED.statement)) - {"v"}))
def test_every_member_is_signed(name: str) -> None:
    value = json.loads(SIGNED.statement)[name]
    other = value + 1 if isinstance(value, int) else 7 if value is None else value + "0"

    assert verdict(changed(**{name: other})) is ReceiptVerdict.BAD_SIGNATURE


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "null",
        "{}",
        TEXT[:-1],
        TEXT + "x",
        TEXT.replace("key_id", "keyid"),
        TEXT.replace("}", ', "more": "x"}'),
        json.dumps(asdict(SIGNED) | {"key_id": "CB9D44D1"}),
        json.dumps(asdict(SIGNED) | {"signature": SIGNED.signature[:-1] + "B"}),
        json.dumps(asdict(SIGNED) | {"signature": SIGNED.signature + "=="}),
        json.dumps(asdict(SIGNED) | {"statement": 5}),
        json.dumps(asdict(SIGNED) | {"statement": "5"}),
        json.dumps(asdict(SIGNED) | {"statement": "\ud800"}),
        changed(v=2),
        changed(v=True),
        changed(epoch="3"),
        changed(number=True),
        changed(code=None),
        changed(other=1),
        "[" * 5_000,
        TEXT + " " * 5_000,
    ],
)
def test_what_is_no_receipt_is_malformed(text: str) -> None:
    assert verdict(text) is ReceiptVerdict.MALFORMED


def test_member_twice_is_malformed() -> None:
    with pytest.raises(ReceiptMalformed):
        receipt.read(TEXT[:-1] + f', "key_id": "{SIGNED.key_id}"}}')


@given(st.text(max_size=300))
def test_any_text_gets_a_verdict(text: str) -> None:
    assert verdict(text) is ReceiptVerdict.MALFORMED


@given(st.data())
def test_no_changed_character_goes_unnoticed(data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(SIGNED.statement) - 1))
    other = data.draw(st.characters(exclude_characters=SIGNED.statement[place]))
    edited = SIGNED.statement[:place] + other + SIGNED.statement[place + 1 :]

    assert verdict(json.dumps(asdict(SIGNED) | {"statement": edited})) is not ReceiptVerdict.VALID


@given(st.integers(0, 999_999))
def test_instants_are_cut_to_milliseconds(microseconds: int) -> None:
    at = DECIDED.decided_at.replace(microsecond=0)
    said = receipt.statement(replace(DECIDED, decided_at=at + timedelta(microseconds=microseconds)))

    assert json.loads(said)["decided_at"] == 1_800_042_727_000 + microseconds // 1000
