"""Whatever is held in front of a gate, it answers, and lets nobody in by it."""

from __future__ import annotations

import json
import random

import pytest
from starlette.testclient import TestClient

from passes_service.checkin import service
from passes_service.checkin.outcome import ScanCode
from passes_service.core import base45
from passes_service.db import bulk
from tests.checkin.evening import Evening, body, post
from tests.checkin.grouped import asked, settle

DRAWN = "EP1: 09AZaz$%*+-./:\x00\x7f\n\u00e9\u0661\u20ac\U0001f39f'\"\\<>&;"


def test_text_of_every_length_up_to_4000_gets_a_decision(night: Evening) -> None:
    draw = random.Random(4000)
    code = night.code(night.issue())
    with night.services.database.reading() as session:
        for length in range(1, 4001):
            noise = "".join(draw.choices(base45.ALPHABET, k=length))
            texts = (("EP1:" + noise)[:length], (code * 26)[:length], noise)
            text = texts[length % 3]
            outcome = service.simulate(session, night.ask(text))
            good = outcome.code is ScanCode.ADMIT
            assert good == (text == code or text.strip() == "1"), text


def test_text_of_every_length_up_to_4000_is_settled_in_groups(night: Evening) -> None:
    draw = random.Random(4001)
    code = night.code(night.issue())
    texts = []
    for length in range(1, 4001):
        noise = "".join(draw.choices(base45.ALPHABET if length % 2 else DRAWN, k=length))
        texts.append((noise, ("EP1:" + noise)[:length], (code * 26)[:length])[length % 3])
    entered = 0
    for some in bulk.slices(texts, 64):
        found = settle(night, [asked(night, text) for text in some])
        entered += sum(
            one is None or one.code is ScanCode.ADMIT
            for one, text in zip(found, some, strict=True)
            if text not in (code, "1")
        )

    assert entered == 0
    assert len(night.scans()) == 4000


@pytest.mark.parametrize("step", range(4))
def test_text_of_any_length_over_http_is_never_a_500(
    client: TestClient, night: Evening, step: int
) -> None:
    draw = random.Random(step)
    for length in range(1 + step, 4097, 97):
        text = "".join(draw.choices(DRAWN, k=length))
        answer = post(client, night, text)

        assert answer.status_code == 200, (answer.text, text)
        assert answer.json()["code"] == "MALFORMED"


@pytest.mark.parametrize("raw", ['"\\ud800"', '"\\u0000"', "1e999", "[]", '{"a":1}', "true"])
def test_odd_json_is_refused_or_decided(client: TestClient, night: Evening, raw: str) -> None:
    sent = json.dumps(body("TEXT", night.first.id)).replace('"TEXT"', raw)
    headers = {**night.headers, "Content-Type": "application/json"}

    answer = client.post("/api/v1/check-ins", content=sent, headers=headers)

    assert answer.status_code in (200, 422), answer.text
    if answer.status_code == 200:
        assert answer.json()["code"] == "MALFORMED"
