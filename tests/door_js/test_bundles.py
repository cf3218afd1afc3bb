"""The page reads the bundles that the service makes, and refuses every other."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.door_js.running import run
from tests.vectors import bundles

PATH = Path(__file__).parents[1] / "vectors" / "bundles.json"
VECTORS: dict[str, Any] = json.loads(PATH.read_text(encoding="utf-8"))
BODIES = ("", "00000000", "0000000241420000000143", "000000", "00000002ff", "ffffffff00")

pytestmark = pytest.mark.node


@cache
def answers() -> Any:
    return run("bundles.mjs", VECTORS | {"bodies": BODIES})


def test_every_bundle_gets_its_verdict() -> None:
    told = {one["name"]: one["verdict"] for one in VECTORS["checks"]}

    assert dict(zip(told, answers()["checks"], strict=True)) == told


def test_a_change_is_applied_if_it_fits_and_only_then() -> None:
    told = {one["name"]: one["verdict"] for one in VECTORS["applied"]}

    assert dict(zip(told, answers()["applied"], strict=True)) == told
    assert answers()["state"] == VECTORS["state_after"]


def test_passes_are_found_with_device_and_entries() -> None:
    found = {(one["series"], one["serial"]): one for one in answers()["held"]}
    first = next(key for key in found if key[1] == 2)

    assert len(found) == len(bundles.RECORDS)
    assert found[first]["device_key"] == VECTORS["device_keys"][0]["uncompressed"]
    assert [one["number"] for one in found[first]["entries"]] == [1, 2]
    assert found[first]["entries"][0]["exitedAt"] == bundles.DOORS - 30
    assert found[first]["entries"][0]["gate"] == bundles.GATES[1]["name"]
    assert answers()["after"] != answers()["held"]


def test_points_get_their_long_form_or_none() -> None:
    told = [one["uncompressed"] for one in VECTORS["device_keys"]]

    assert answers()["points"] == [*told, *[None] * 4]


def test_what_is_sealed_opens_for_this_gate_alone() -> None:
    document = VECTORS["sealed"]["document"]
    told = [document if one["opens"] else None for one in VECTORS["sealed"]["checks"]]

    assert answers()["sealed"] == told
    assert answers()["elsewhere"] is None


def test_a_body_is_taken_apart_whole_or_refused() -> None:
    assert answers()["bodies"] == [
        [],
        [""],
        ["4142", "43"],
        *["malformed"] * 3,
    ]
