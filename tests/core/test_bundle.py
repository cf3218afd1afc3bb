"""Bundles as gates read them: the published vectors, and every change between two doors."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from passes_service.core import bundle, bundle_change, bundle_read, sealed
from passes_service.core.bundle import (
    Content,
    Entry,
    Facts,
    GateLine,
    Record,
    SeriesLine,
    SessionLine,
)
from passes_service.core.bundle_read import Bundle, BundleRefused
from passes_service.core.sealed import SealedRefused
from tests.vectors.bundles import AGREEMENT, ISSUER
from tests.vectors.common import ORGANIZER

VECTORS: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "vectors" / "bundles.json").read_text(encoding="utf-8")
)
GATE = VECTORS["gate"]
HELD = bytes.fromhex(VECTORS["held"])
SESSION = UUID(GATE["session"])
PINNED = [bytes.fromhex(key) for key in GATE["issuer_keys"]]
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


def read(data: bytes, **changed: Any) -> Bundle:
    known = {
        "issuer_keys": PINNED,
        "organizer_id": ORGANIZER,
        "session_id": SESSION,
        "now": GATE["now"],
    }
    return bundle_read.read(data, **(known | changed))


def verdict(data: bytes, **changed: Any) -> str:
    try:
        read(data, **changed)
    except BundleRefused as refusal:
        return refusal.why
    return "ok"


@pytest.mark.parametrize("case", VECTORS["checks"], ids=lambda case: case["name"])
def test_published_bundle_gets_its_verdict(case: dict[str, Any]) -> None:
    data = bytes.fromhex(case["bytes"])

    said = verdict(data, now=case["now"], held_sequence=case["held_sequence"])

    assert said == case["verdict"]


@pytest.mark.parametrize("case", VECTORS["applied"], ids=lambda case: case["name"])
def test_published_delta_applies_or_leaves_a_gap(case: dict[str, Any]) -> None:
    held = read(HELD)
    delta = read(bytes.fromhex(case["bytes"]), held_sequence=held.header.sequence)

    if case["verdict"] == "ok":
        found = bundle_read.apply(held, delta)
        assert found.content.state.hex() == VECTORS["state_after"]
        assert (found.header.count, found.header.entries) == (6, 3)
        return
    with pytest.raises(BundleRefused) as refusal:
        bundle_read.apply(held, delta)
    assert refusal.value.why == case["verdict"]


def test_published_bundle_says_what_it_was_made_of() -> None:
    found = read(HELD)

    records = list(found.content.every_record())
    assert [(one.series, one.serial, one.flags) for one in records] == [
        (0, 1, 1),
        (0, 2, 1),
        (0, 3, 0),
        (0, 499, 2),
        (1, 1, 1),
    ]
    assert records[0].device_key is None
    for one, known in zip((records[1], records[4]), VECTORS["device_keys"], strict=True):
        whole = bytes.fromhex(known["uncompressed"])
        assert one.device_key == bytes.fromhex(known["compressed"]) == bundle.compressed(whole)
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), one.device_key or b"")
    assert [one.number for one in found.content.every_entry()] == [1, 2, 1]
    assert bundle.write(found.header, found.content, key=ISSUER) != b""


def test_what_is_written_reads_the_same() -> None:
    found = read(HELD)

    again = read(bundle.write(found.header, found.content, key=ISSUER))

    assert again == found


def test_every_flipped_bit_is_refused() -> None:
    for bit in range(0, len(HELD) * 8, 5):
        changed = bytearray(HELD)
        changed[bit // 8] ^= 1 << bit % 8
        assert verdict(bytes(changed)) != "ok", bit


@given(st.binary(max_size=400), st.integers(min_value=0, max_value=len(HELD)))
def test_noise_is_refused_and_nothing_else_happens(noise: bytes, cut: int) -> None:
    for data in (noise, b"EPB1" + noise, HELD[:cut] + noise + HELD[cut + 1 :]):
        if data != HELD:
            assert verdict(data) in ("malformed", "unsigned")


def test_cut_answer_is_refused() -> None:
    body = bundle.joined([HELD, HELD])

    assert list(bundle_read.split(body)) == [HELD, HELD]
    assert list(bundle_read.split(b"")) == []
    for cut in (1, 3, len(HELD), len(body) - 1):
        with pytest.raises(BundleRefused):
            list(bundle_read.split(body[:cut]))


@pytest.mark.parametrize("key", [b"", b"\x00" * 32, b"\x01" * 31])
def test_pinned_key_that_is_no_key_trusts_nobody(key: bytes) -> None:
    assert verdict(HELD, issuer_keys=[key]) == "unsigned"


SERIAL = st.integers(min_value=1, max_value=30)
RECORDS = st.dictionaries(
    SERIAL,
    st.builds(
        Record,
        series=st.just(0),
        serial=st.just(0),
        epoch=st.integers(min_value=1, max_value=3),
        flags=st.integers(min_value=0, max_value=3),
        device_key=st.sampled_from([None, b"\x02" + b"k" * 32]),
    ),
)
ENTRIES = st.dictionaries(
    st.tuples(SERIAL, st.integers(min_value=1, max_value=2)),
    st.integers(min_value=1, max_value=3),
)
MOMENT = st.integers(min_value=1, max_value=2**31)


def facts(*series: int) -> Facts:
    line = SeriesLine(
        series=1,
        title="Season",
        cap=500,
        terms_hash="0x00",
        mode="once_per_session",
        reentry=False,
        doors_at=GATE["now"],
        day_zone="Europe/Berlin",
        cancelled=False,
    )
    return Facts(
        organizer=ORGANIZER,
        session=SessionLine(
            id=SESSION,
            title="Evening",
            starts_at=GATE["now"],
            ends_at=GATE["now"] + 3600,
            time_zone="Europe/Berlin",
            location="",
            capacity=80,
            cancelled=False,
        ),
        series=tuple(replace(line, series=one) for one in series or (1,)),
        gates=(GateLine(SESSION, "Main"),),
        issuer_keys=(KEY.public_key().public_bytes_raw(),),
    )


def content(records: dict[int, Record], entries: dict[tuple[int, int], int]) -> Content:
    return bundle.content(
        (bundle.pack_record(replace(one, serial=serial)) for serial, one in records.items()),
        (
            bundle.pack_entry(Entry(series=0, serial=serial, number=number, at=at))
            for (serial, number), at in entries.items()
        ),
    )


@given(RECORDS, RECORDS, ENTRIES, ENTRIES)
def test_delta_leads_from_any_door_to_the_next(
    before: dict[int, Record],
    after: dict[int, Record],
    entries: dict[tuple[int, int], int],
    entries_after: dict[tuple[int, int], int],
) -> None:
    now, own = GATE["now"], [KEY.public_key().public_bytes_raw()]
    first = bundle_change.make(None, facts(), content(before, entries), now=now, key=KEY)
    held = read(first.full, issuer_keys=own)

    then = content(before | after, entries_after)
    second = bundle_change.make(held, facts(), then, now=now + 20, key=KEY)

    assert second.delta is not None
    delta = read(second.delta, issuer_keys=own, held_sequence=1)
    assert bundle_read.apply(held, delta) == read(second.full, issuer_keys=own, held_sequence=1)
    assert second.header.previous == first.header.chain


def test_no_delta_where_a_record_goes_or_series_are_others() -> None:
    one = Record(series=0, serial=1, epoch=1, flags=1)
    made = bundle_change.make(None, facts(), content({1: one, 2: one}, {}), now=5, key=KEY)
    held = bundle_read.parse(made.full)

    assert bundle_change.difference(held, facts(), content({1: one}, {})) is None
    assert bundle_change.difference(held, facts(1, 2), held.content) is None
    assert bundle_change.difference(held, facts(), held.content) == Content(b"", b"")


@given(MOMENT, MOMENT)
def test_bundle_is_always_good_for_a_while_and_never_for_long(issued: int, ends: int) -> None:
    until = bundle_change.not_after(issued, ends)

    assert issued + 2 * 3600 <= until <= issued + 36 * 3600
    assert until <= max(ends + 12 * 3600, issued + 2 * 3600)


@given(MOMENT, MOMENT)
def test_renewal_does_not_repeat_itself(now: int, ends: int) -> None:
    door = replace(facts(), session=replace(facts().session, ends_at=ends))
    made = bundle_change.make(None, door, content({}, {}), now=now, key=KEY)

    assert not bundle_change.due(made.header, door, made.header.state, now=now + 20)
    last = made.header.not_after - 1
    assert bundle_change.due(made.header, door, made.header.state, now=max(last, now)) == (
        bundle_change.not_after(last, ends) - made.header.not_after >= 3600
    )


@pytest.mark.parametrize("case", VECTORS["sealed"]["checks"], ids=lambda case: case["name"])
def test_published_sealed_part_opens_or_not(case: dict[str, Any]) -> None:
    known = VECTORS["sealed"]

    def opened(agreement: ec.EllipticCurvePrivateKey) -> Any:
        return sealed.unseal(
            bytes.fromhex(case["bytes"]),
            agreement=agreement,
            gate_id=UUID(known["gate"]),
            issuer_keys=PINNED,
        )

    if case["opens"]:
        assert opened(AGREEMENT) == known["document"]
    else:
        with pytest.raises(SealedRefused):
            opened(AGREEMENT)
    with pytest.raises(SealedRefused):
        opened(ec.generate_private_key(ec.SECP256R1()))
