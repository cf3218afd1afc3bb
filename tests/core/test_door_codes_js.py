"""The JavaScript codec says the same as the Python one, to every published text and to noise."""

from __future__ import annotations

import json
import os
import random
import subprocess
from pathlib import Path
from typing import Any

import pytest

from passes_service.core import base45, qr_bound, qr_form, qr_read
from passes_service.core.base45 import Base45Error
from passes_service.core.instants import from_seconds
from tests.core.door_vectors import NO_KEYS, VECTORS, every_text, naming
from tests.core.test_qr_read import check
from tests.judges.node import find_node
from tests.vectors import bound, codes, steps
from tests.vectors.common import ORGANIZER

HERE = Path(__file__).parent
CODEC = HERE.parents[1] / "passes_service" / "web" / "static" / "door-codes.js"
TEXTS = {kind: VECTORS["codes"][kind]["text"] for kind in "SBT"}

pytestmark = pytest.mark.node


def run(**asked: Any) -> dict[str, list[Any]]:
    """Return what the codec answers in Node; without Node skip, but in CI fail."""
    node = find_node()
    if node is None:
        if os.environ.get("CI") == "true":
            pytest.fail("no Node was found to run the codec")
        pytest.skip("no Node was found to run the codec")
    done = subprocess.run(
        [node, "--no-warnings", str(HERE / "door_codes.mjs"), str(CODEC)],
        input=json.dumps({"gate": VECTORS["gate"], **asked}).encode(),
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    answer: dict[str, list[Any]] = json.loads(done.stdout)
    return answer


def expected(text: str, now: int) -> dict[str, Any]:
    """Return what the Python codec says, in the words of the JavaScript one."""
    found = check(text, from_seconds(now))
    identity = qr_read.scan_identity(found.code) if found.code else None
    return {
        "verdict": found.verdict.value,
        "sentence": found.sentence,
        "identity": "/".join(map(str, identity)) if identity else None,
    }


def test_every_published_text_gets_its_verdict() -> None:
    told = list(every_text())

    answers = run(texts=[[one.text, one.now] for one in told])["verdicts"]

    for one, answer in zip(told, answers, strict=True):
        assert answer["verdict"] == one.verdict, one.name
        assert answer == expected(one.text, one.now), one.name


def test_noise_of_every_length_gets_the_verdict_of_the_python_codec() -> None:
    draw = random.Random(20270115)
    texts = ["EP1:" + "\ud800" * 60, "EP1:" + "\x00" * 144, steps.SOUND[:-8] + "\u0660" * 8]
    for length in range(4001):
        noise = "".join(draw.choices(base45.ALPHABET, k=length))
        texts += [("EP1:" + noise)[:length], draw.choice(list(TEXTS.values())) * (length // 64)]
    for kind, length in ((0x11, 100), (0x12, 96), (0x13, 28)) * 50:
        end = steps.digits() if length == 28 else ""
        texts.append(codes.text(bytes([kind]) + draw.randbytes(length - 1)) + end)

    answers = run(texts=[[text, bound.MADE] for text in texts])["verdicts"]

    assert answers == [expected(text, bound.MADE) for text in texts]


def test_what_a_browser_signs_the_service_reads() -> None:
    number = int(VECTORS["codes"]["B"]["pass_id"])
    epochs = (0, 3, 70)  # also how many seconds the phone is ahead
    asked = [{"passId": str(number), "epoch": epoch, "now": bound.MADE + epoch} for epoch in epochs]

    for epoch, made in zip(epochs, run(sign=asked)["signed"], strict=True):
        code = qr_bound.read(made["text"])
        found = qr_bound.verify(
            code,
            device_key=bytes.fromhex(made["device_key"]),
            epoch=epoch,
            organizer_id=ORGANIZER,
            now=from_seconds(bound.MADE),
        )
        assert code.identity == (number, epoch, bound.MADE + epoch)
        assert found.ok == (epoch <= qr_form.TOLERANCE)


@pytest.mark.parametrize(
    "changed",
    [
        {"passId": "5"},
        {"passId": str(2 << 96 | 1 << 32 | 1)},
        {"passId": str(1 << 96 | 1 << 32)},
        {"passId": str(1 << 96 | 1)},
        {"epoch": -1},
        {"epoch": 2**32},
        {"epoch": 0.5},
        {"now": -1},
        {"now": 2**32},
    ],
    ids=str,
)
def test_what_does_not_fit_is_not_signed(changed: dict[str, Any]) -> None:
    said = {"passId": VECTORS["codes"]["B"]["pass_id"], "epoch": 3, "now": bound.MADE}

    assert run(sign=[said | changed])["signed"] == [{"refused": "RangeError"}]


@pytest.mark.parametrize("key", NO_KEYS, ids=lambda key: key[:2].hex() or "empty")
def test_what_is_no_uncompressed_point_refuses_even_codes_that_name_it(key: bytes) -> None:
    known = {**VECTORS["gate"]["passes"][0], "device_key": key.hex()}
    text = naming(key)

    (answer,) = run(gate={**VECTORS["gate"], "passes": [known]}, texts=[[text, bound.MADE]])[
        "verdicts"
    ]

    assert answer["verdict"] == "BAD_SIGNATURE"


def test_fractions_of_a_second_are_dropped() -> None:
    texts = [[TEXTS["B"], bound.MADE + after] for after in (45.9, 46.0, -45.0, -45.1)]

    answers = run(texts=texts)["verdicts"]

    assert [answer["verdict"] for answer in answers] == ["VALID", "STALE", "VALID", "STALE"]


def test_base45_is_the_same() -> None:
    draw = random.Random(9285)
    data = [draw.randbytes(length) for length in range(120)]
    texts = ["".join(draw.choices(base45.ALPHABET, k=draw.randrange(9))) for _ in range(2000)]
    texts += ["GGW", "FGW", ":::", "U5", "V5", "::", "A", "bb8", "B,8", "é00", "\U0001f39f0"]

    answer = run(base45={"encode": [one.hex() for one in data], "decode": texts})

    assert answer["encoded"] == [base45.encode(one) for one in data]
    assert answer["decoded"] == [spelled(text) for text in texts]


def spelled(text: str) -> str:
    try:
        return base45.decode(text).hex()
    except Base45Error:
        return "CodeMalformed"


@pytest.mark.parametrize(
    ("hide", "kind", "words"),
    [
        ("Ed25519", "S", "Ed25519"),
        ("ECDSA", "B", "P-256"),
        ("subtle", "S", "https"),
        ("subtle", "T", "https"),
    ],
)
def test_a_browser_that_cannot_check_says_so_and_gives_no_verdict(
    hide: str, kind: str, words: str
) -> None:
    (answer,) = run(hide=hide, texts=[[TEXTS[kind], bound.MADE]])["verdicts"]

    assert answer["verdict"] == "CryptoMissing"
    assert words in answer["sentence"]


def test_what_is_missing_for_one_kind_does_not_stop_the_others() -> None:
    texts = [[TEXTS[kind], VECTORS["codes"][kind]["now"]] for kind in "BT"]

    answers = run(hide="Ed25519", texts=texts)["verdicts"]

    assert [answer["verdict"] for answer in answers] == ["VALID", "VALID"]
