"""Whatever is scanned gets the published verdict, and a copy is known however it is written."""

from __future__ import annotations

import random
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from passes_service.core import base45, pass_id, qr, qr_bound, qr_form, qr_image, qr_read, qr_step
from passes_service.core.instants import from_seconds
from passes_service.core.qr_form import CodeCheck, CodeMalformed, CodeVerdict
from passes_service.core.qr_read import DoorCode, KnownPass
from tests.core.door_vectors import VECTORS, every_text
from tests.vectors import bound, codes, steps
from tests.vectors.common import EXPIRES, ORGANIZER, SERIES, gate

GATE = VECTORS["gate"]
PASSES = {
    int(known["pass_id"]): KnownPass(
        epoch=known["epoch"],
        device_key=bytes.fromhex(known["device_key"]) if known["device_key"] else None,
        step_secret=bytes.fromhex(known["step_secret"]) if known["step_secret"] else None,
    )
    for known in GATE["passes"]
}
NOW = from_seconds(bound.MADE)
TEXTS = {kind: VECTORS["codes"][kind]["text"] for kind in "SBT"}


def check(text: Any, now: datetime = NOW) -> CodeCheck[DoorCode]:
    return qr_read.check(
        text,
        public_keys=[bytes.fromhex(key) for key in GATE["issuer_keys"]],
        organizer_id=UUID(GATE["organizer"]),
        find=lambda code: PASSES.get(code.pass_id),
        now=now,
    )


def test_every_published_text_gets_its_verdict() -> None:
    seen: Counter[str] = Counter()
    for told in every_text():
        found = check(told.text, from_seconds(told.now))
        assert found.verdict == told.verdict, told.name
        assert (found.code is None) == (told.verdict == "MALFORMED"), told.name
        assert found.sentence.endswith("."), told.name
        seen[told.verdict] += 1

    assert set(seen) == set(CodeVerdict)
    assert sum(seen.values()) > 8 * (100 + 96 + 28)


@pytest.mark.parametrize("kind", "SBT")
def test_published_matrix_is_small_enough_for_a_phone_across_a_table(kind: str) -> None:
    case = VECTORS["codes"][kind]
    matrix = qr_image.qr_matrix(case["text"])

    assert case["qr_version"] <= 6
    assert len(matrix) == 17 + 4 * case["qr_version"]
    assert ["".join("01"[dark] for dark in row) for row in matrix] == case["qr_matrix"]


@pytest.mark.parametrize("kind", "SBT")
def test_published_code_says_what_is_published(kind: str) -> None:
    case, code = VECTORS["codes"][kind], qr_read.read(TEXTS[kind])

    assert str(code.pass_id) == case["pass_id"]
    for name in {"serial", "epoch", "issued_at", "expires_at", "made_at", "shown_at"} & set(case):
        assert getattr(code, name) == case[name]


def test_a_rewritten_signature_is_the_same_scan() -> None:
    first, copy = check(codes.text(bound.SOUND)), check(codes.text(bound.MALLEATED))

    assert first.ok
    assert copy.ok
    assert first.code is not None
    assert copy.code is not None
    assert first.code != copy.code
    assert qr_read.scan_identity(first.code) == qr_read.scan_identity(copy.code)
    assert qr_read.scan_identity(first.code) == (
        pass_id.compose(SERIES, 137),
        3,
        bound.MADE,
    )


def test_another_second_of_a_step_is_the_same_scan_and_the_next_step_is_not() -> None:
    def identity(second: int) -> qr_form.ScanIdentity | None:
        found = check(steps.HEAD + steps.digits(second))
        assert found.ok
        assert found.code is not None
        return qr_read.scan_identity(found.code)

    assert identity(bound.MADE) == identity(bound.MADE + 14)
    assert identity(bound.MADE) != identity(bound.MADE + 15)


def test_a_static_code_shown_twice_is_no_copy() -> None:
    assert qr_read.scan_identity(qr_read.read(TEXTS["S"])) is None


def test_only_live_codes_of_this_organizer_are_looked_up() -> None:
    asked: list[int] = []

    def find(code: qr_bound.BoundCode | qr_step.TimeStepCode) -> None:
        asked.append(code.serial)

    for told in every_text():
        qr_read.check(
            told.text, public_keys=[], organizer_id=UUID(int=1), find=find, now=from_seconds(0)
        )

    assert asked == []


def test_a_pass_without_a_phone_says_so() -> None:
    found = check(codes.text(bound.signed(bound.body(serial=bound.WITHOUT_DEVICE))))

    assert found.sentence == qr_bound.NOT_OF_DEVICE


def test_every_length_up_to_4000_gets_a_verdict() -> None:
    draw = random.Random(20270115)
    for length in range(4001):
        noise = "".join(draw.choices(base45.ALPHABET, k=length))
        heads = [("EP1:" + noise)[:length], *((text * 64)[:length] for text in TEXTS.values())]
        for text in (noise, *heads):
            expected = CodeVerdict.VALID if text in TEXTS.values() else CodeVerdict.MALFORMED
            assert check(text).verdict in (expected, CodeVerdict.BAD_SIGNATURE)


@given(
    st.sampled_from([b"\x11", b"\x12", b"\x13"]),
    st.sampled_from([28, 96, 100]),
    st.data(),
    st.text("0123456789", min_size=18, max_size=18),
)
def test_any_bytes_get_a_verdict(kind: bytes, length: int, data: st.DataObject, end: str) -> None:
    body = kind + data.draw(st.binary(min_size=length - 1, max_size=length - 1))
    text = codes.text(body) + (end if length == 28 else "")

    assert check(text).verdict in (
        CodeVerdict.MALFORMED,
        CodeVerdict.BAD_SIGNATURE,
        CodeVerdict.UNKNOWN,
    )


@given(st.text(max_size=4000))
@example("EP1:" + "\ud800" * 60)
@example("EP1:" + "\x00" * 144)
@example(steps.SOUND[:-8] + "\u0660" * 8)
def test_any_text_is_refused_and_nothing_else_is_raised(text: str) -> None:
    with pytest.raises(CodeMalformed):
        qr_read.read(text)
    assert check(text).verdict is CodeVerdict.MALFORMED


@pytest.mark.parametrize("value", [None, 5, b"EP1:" + b"0" * 60, ["EP1:"] * 64])
def test_other_things_are_malformed(value: Any) -> None:
    for module in (qr, qr_bound, qr_step, qr_read):
        with pytest.raises(CodeMalformed):
            module.read(value)


def test_one_kind_is_never_read_as_another() -> None:
    own = {"S": qr.read, "B": qr_bound.read, "T": qr_step.read}
    for kind, text in TEXTS.items():
        for other in "SBT":
            if other != kind:
                with pytest.raises(CodeMalformed):
                    own[other](text)


def test_static_codes_are_read_here_as_in_their_own_module() -> None:
    text = qr.sign_static(
        pass_number=pass_id.compose(5, 6),
        epoch=1,
        organizer_id=ORGANIZER,
        issued_at=NOW,
        expires_at=EXPIRES,
        key=gate("gate"),
    )

    assert check(text).code == qr.read(text)


@pytest.mark.parametrize("kind", "SBT")
def test_the_document_shows_the_published_code(kind: str) -> None:
    page = (Path(__file__).parents[2] / "docs" / "door-codes.md").read_text(encoding="utf-8")

    assert f"\n{TEXTS[kind]}\n" in page
