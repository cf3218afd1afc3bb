"""What the page signs, the service reads: log entries and the proof of enrolment."""

from __future__ import annotations

import hashlib
from functools import cache
from typing import Any
from uuid import UUID

import pytest

from passes_service.core import binary, enrolment, gate_log, pass_id
from tests.door_js.running import run

GATE = "01940000-0000-7000-8000-0000000000e5"
SESSION = "01940000-0000-7000-8000-0000000000c3"
PASS = str(pass_id.compose(7, 12))
LINK = "ps_gate_link"
COMMON = {"session": SESSION, "at": 1_800_000_000_123, "offset": -600_000}
SAID: list[dict[str, Any]] = [
    {"kind": "enter", "nonce": "a" * 16, "text": "EP1:CODE", "pass": PASS, "epoch": 3},
    {"kind": "enter", "nonce": "b" * 16, "typed": True, "forced": "We know this guest"},
    {"kind": "exit", "nonce": "c" * 16, "code": "EXIT", "via": "hub", "bundle": 7},
    {"kind": "annul", "nonce": "d" * 16, "of": "a" * 16, "code": "ANNULLED"},
    {
        "kind": "sale",
        "nonce": "e" * 16,
        "pass": PASS,
        "paid_minor": 6000,
        "currency": "EUR",
        "name": "Zoë “Ångström” 🎷",
    },
    {"kind": "enter", "nonce": "f" * 16, "text": "x" * 401, "epoch": 2**32 - 1},
    {"kind": "enter", "nonce": "g" * 16, "text": "half a pair: \ud83d"},
    {"kind": "enter", "nonce": "h" * 16, "text": "zero: \0"},
]

pytestmark = pytest.mark.node


@cache
def answers() -> Any:
    entries = [{**COMMON, "code": "ADMIT_PROVISIONAL", "rule": "entry", **one} for one in SAID]
    sizes = [[3, 700], [500, 700], [200, 4000], [1, 200_000], [0, 0]]
    return run("logs.mjs", {"gate": GATE, "entries": entries, "sizes": sizes, "link": LINK})


def test_the_service_reads_and_verifies_every_entry() -> None:
    key = bytes.fromhex(answers()["public_key"])
    previous = bytes(32)
    for number, (one, said) in enumerate(zip(answers()["log"], SAID, strict=True), 1):
        entry = gate_log.read(one["text"])
        assert gate_log.verify(one["text"], one["signature"], public_key=key)
        assert (entry.sequence, entry.gate, entry.previous) == (number, UUID(GATE), previous)
        assert (entry.kind, entry.nonce) == (said["kind"], said["nonce"])
        assert one["digest"] == entry.digest.hex()
        previous = hashlib.sha256(one["text"].encode()).digest()


def test_entries_say_what_was_decided() -> None:
    first, forced, left, taken_back, sold, *strange = (
        gate_log.read(one["text"]) for one in answers()["log"]
    )

    assert (first.scanned, first.pass_id, first.epoch) == ("EP1:CODE", int(PASS), 3)
    assert (first.at, first.offset, first.bundle) == (1_800_000_000_123, -600_000, None)
    assert (forced.typed, forced.forced) == (True, "We know this guest")
    assert (left.code, left.via, left.bundle) == ("EXIT", "hub", 7)
    assert taken_back.of == first.nonce
    assert (sold.paid_minor, sold.currency, sold.name) == (6000, "EUR", "Zoë “Ångström” 🎷")
    assert [one.scanned for one in strange] == ["", "", ""]
    assert strange[0].epoch is None


def test_another_key_verifies_nothing() -> None:
    one = answers()["log"][0]
    other = bytes.fromhex(answers()["public_key"])[:-1] + b"\0"

    assert not gate_log.verify(one["text"], one["signature"], public_key=other)


def test_a_piece_is_of_200_entries_and_fits_into_a_request() -> None:
    assert answers()["pieces"] == [3, 200, 58, 1, 0]


def test_the_proof_of_enrolment_is_what_the_service_asks_for() -> None:
    sent = answers()["enrolment"]
    raw = {name: binary.from_text(sent[name], length) for name, length in LENGTHS.items()}

    assert all(raw.values())
    assert enrolment.proven(
        raw["proof"] or b"",
        token=LINK,
        public_key=raw["public_key"] or b"",
        agreement_key=raw["agreement_key"] or b"",
    )
    assert answers()["extractable"] == [False, False]


LENGTHS = {"public_key": 65, "agreement_key": 65, "secret": 32, "proof": 64}
