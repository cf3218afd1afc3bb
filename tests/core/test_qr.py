"""A door code is read in one form only, and nothing scanned ever breaks the gate."""

from __future__ import annotations

import hashlib
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from passes_service.core import base45, pass_id, qr
from passes_service.core.qr import CodeMalformed, CodeVerdict
from tests.core.door_vectors import VECTORS
from tests.vectors import codes
from tests.vectors.common import EXPIRES, ISSUED, ORGANIZER, flip, gate

KEYS = (bytes.fromhex(VECTORS["keys"]["issuer_public"]),)
CASE = VECTORS["codes"]["S"]
TEXT = CASE["text"]
CHECKS = [check for check in VECTORS["checks"] if check["kind"] == "S"]


def check(text: str, *, now: datetime = ISSUED, keys: tuple[bytes, ...] = KEYS) -> CodeVerdict:
    return qr.check(text, public_keys=keys, organizer_id=ORGANIZER, now=now).verdict


@pytest.mark.parametrize("case", CHECKS, ids=lambda case: case["name"])
def test_published_codes_get_their_verdict(case: dict[str, Any]) -> None:
    found = qr.check(
        case["text"],
        public_keys=KEYS,
        organizer_id=ORGANIZER,
        now=datetime.fromtimestamp(case["now"], UTC),
    )

    assert found.verdict == case["verdict"]
    assert found.ok == (case["verdict"] == "VALID")
    assert found.sentence == qr.SENTENCES[found.verdict]
    assert (found.code is None) == (case["verdict"] == "MALFORMED")


def test_published_code_says_what_is_published() -> None:
    code = qr.read(TEXT)

    assert code.body + code.signature == bytes.fromhex(CASE["bytes"])
    assert str(code.series) == VECTORS["series"]
    assert str(code.pass_id) == CASE["pass_id"]
    for name in ("serial", "epoch", "issued_at", "expires_at"):
        assert getattr(code, name) == CASE[name]
    assert code.key_id == hashlib.sha256(KEYS[0]).digest()[:4]
    assert code.organizer_tag == hashlib.sha256(ORGANIZER.bytes).digest()[:7]


def test_code_has_100_bytes_and_154_characters() -> None:
    assert (qr.BODY_LENGTH, qr.CODE_LENGTH, qr.TEXT_LENGTH) == (36, 100, 154)
    assert len(TEXT) == 154


@given(
    st.integers(1, 2**64 - 1),
    st.integers(1, 2**32 - 1),
    st.integers(0, 2**32 - 1),
    st.uuids(),
    st.sets(st.integers(0, 2**32 - 1), min_size=2, max_size=2),
)
def test_signed_code_reads_back(
    series: int, serial: int, epoch: int, organizer: Any, dates: set[int]
) -> None:
    issued, expires = (datetime.fromtimestamp(second, UTC) for second in sorted(dates))
    number = pass_id.compose(series, serial)
    text = qr.sign_static(
        pass_number=number,
        epoch=epoch,
        organizer_id=organizer,
        issued_at=issued,
        expires_at=expires,
        key=gate("gate"),
    )

    found = qr.check(text, public_keys=KEYS, organizer_id=organizer, now=issued)

    assert found.ok
    assert found.code is not None
    assert (found.code.pass_id, found.code.epoch) == (number, epoch)
    late = qr.check(text, public_keys=KEYS, organizer_id=organizer, now=expires)
    assert late.verdict is CodeVerdict.EXPIRED


def test_no_flipped_bit_gets_in() -> None:
    for bit in range(8 * qr.CODE_LENGTH):
        verdict = check(codes.text(flip(codes.SOUND, bit)))
        assert verdict in (CodeVerdict.MALFORMED, CodeVerdict.BAD_SIGNATURE), bit


def test_every_length_up_to_4000_gets_a_verdict() -> None:
    draw = random.Random(20270115)
    for length in range(4001):
        noise = "".join(draw.choices(base45.ALPHABET, k=length))
        for text in (noise, ("EP1:" + noise)[:length], (TEXT * 26)[:length]):
            expected = CodeVerdict.VALID if text == TEXT else CodeVerdict.MALFORMED
            assert check(text) in (expected, CodeVerdict.BAD_SIGNATURE)


@given(st.binary(min_size=100, max_size=100))
def test_any_hundred_bytes_get_a_verdict(data: bytes) -> None:
    assert check(codes.text(b"\x11" + data[1:])) is not CodeVerdict.VALID


@given(st.text(max_size=200))
@example("EP1:" + "\ud800" * 150)
@example("EP1:" + "\x00" * 150)
def test_any_text_gets_a_verdict(text: str) -> None:
    assert check(text) is CodeVerdict.MALFORMED


@pytest.mark.parametrize("value", [None, 5, b"EP1:", ["EP1:"]])
def test_other_things_are_malformed(value: Any) -> None:
    with pytest.raises(CodeMalformed):
        qr.read(value)


def test_rotated_keys_are_both_accepted() -> None:
    newer = gate("next").public_key().public_bytes_raw()

    assert check(TEXT, keys=(newer, *KEYS)) is CodeVerdict.VALID
    assert check(TEXT, keys=(newer,)) is CodeVerdict.BAD_SIGNATURE
    assert check(TEXT, keys=()) is CodeVerdict.BAD_SIGNATURE


@pytest.mark.parametrize(
    "changed",
    [
        {"epoch": -1},
        {"epoch": 2**32},
        {"expires_at": ISSUED},
        {"expires_at": datetime(2200, 1, 1, tzinfo=UTC)},
        {"issued_at": datetime(1969, 12, 31, tzinfo=UTC)},
    ],
)
def test_what_does_not_fit_is_not_signed(changed: dict[str, Any]) -> None:
    fields: dict[str, Any] = {
        "pass_number": pass_id.compose(1, 1),
        "epoch": 1,
        "organizer_id": ORGANIZER,
        "issued_at": ISSUED,
        "expires_at": EXPIRES,
        "key": gate("gate"),
    }

    with pytest.raises(CodeMalformed):
        qr.sign_static(**(fields | changed))


def test_fractions_of_a_second_are_dropped() -> None:
    late = EXPIRES - timedelta(microseconds=1)

    assert check(TEXT, now=late) is CodeVerdict.VALID


def test_naive_time_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="time zone"):
        check(TEXT, now=ISSUED.replace(tzinfo=None))
