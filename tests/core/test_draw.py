"""Draws: the shared vectors, and what holds of every order."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passes_service.core import draw

VECTORS = json.loads(
    (Path(__file__).parents[1] / "vectors" / "draws.json").read_text(encoding="utf-8")
)["draws"]
DROP, OFFER = UUID(int=1), UUID(int=2)
SALTS = st.binary(min_size=32, max_size=32)


@pytest.mark.parametrize("said", VECTORS, ids=lambda said: f"{len(said['entries'])} entries")
def test_the_vectors(said: dict[str, Any]) -> None:
    secret, randomness = bytes.fromhex(said["secret"]), bytes.fromhex(said["randomness"])
    leaves = [
        draw.leaf(
            UUID(said["drop_id"]), UUID(one["entry_id"]), UUID(one["offer_id"]),
            bytes.fromhex(one["salt"]),
        )
        for one in said["entries"]
    ]  # fmt: skip
    assert [leaf.hex() for leaf in leaves] == [one["leaf"] for one in said["entries"]]
    assert draw.commitment(secret).hex() == said["commitment"]
    root = draw.root(leaves)
    seed = draw.seed(secret, root, randomness)
    assert (root.hex(), seed.hex()) == (said["root"], said["seed"])
    assert [leaf.hex() for leaf in draw.ranking(leaves, seed)] == said["order"]


@given(st.lists(SALTS, unique=True, max_size=30), st.randoms(use_true_random=False))
def test_neither_root_nor_order_depends_on_who_came_first(salts: list[bytes], random: Any) -> None:
    leaves = [draw.leaf(DROP, UUID(int=7), OFFER, salt) for salt in salts]
    mixed = list(leaves)
    random.shuffle(mixed)
    seed = draw.seed(b"s" * 32, draw.root(leaves), b"")
    assert draw.root(mixed) == draw.root(leaves)
    assert draw.ranking(mixed, seed) == draw.ranking(leaves, seed)
    assert sorted(draw.ranking(leaves, seed)) == sorted(leaves)


@given(st.sets(SALTS, min_size=2, max_size=20), st.data())
def test_an_entry_more_or_less_changes_root_and_seed(
    salts: set[bytes], data: st.DataObject
) -> None:
    leaves = [draw.leaf(DROP, UUID(int=7), OFFER, salt) for salt in salts]
    gone = data.draw(st.sampled_from(leaves))
    fewer = [leaf for leaf in leaves if leaf != gone]
    assert draw.root(fewer) != draw.root(leaves)
    secret = b"s" * 32
    assert draw.seed(secret, draw.root(fewer), b"") != draw.seed(secret, draw.root(leaves), b"")


def test_every_place_is_as_likely_for_everybody() -> None:
    """Of 4 entries each wins about a quarter of 4,000 draws: 5 sigma is 137."""
    leaves = [draw.leaf(DROP, UUID(int=n), OFFER, bytes(32)) for n in range(4)]
    root = draw.root(leaves)
    first = [
        draw.ranking(
            leaves, draw.seed(hashlib.sha256(bytes([n % 256, n // 256])).digest(), root, b"")
        )[0]
        for n in range(4_000)
    ]
    assert all(abs(first.count(leaf) - 1_000) < 137 for leaf in leaves)


@pytest.mark.parametrize("length", [0, 31, 33])
def test_lengths_are_exact(length: int) -> None:
    text = b"x" * length
    with pytest.raises(ValueError, match="secret"):
        draw.commitment(text)
    with pytest.raises(ValueError, match="salt"):
        draw.leaf(DROP, DROP, OFFER, text)
    with pytest.raises(ValueError, match="root"):
        draw.seed(b"s" * 32, text, b"")
    if length:
        with pytest.raises(ValueError, match="randomness"):
            draw.seed(b"s" * 32, b"r" * 32, text)
