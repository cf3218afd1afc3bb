"""Published draws: what is honest is valid, and whatever was tampered with is named."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passes_service.core import draw, draw_check, draw_file
from passes_service.core.draw_file import Block, DrawFile, DrawFileUnreadable, Entry, Source

DROP, OFFER, OTHER = UUID(int=1), UUID(int=2), UUID(int=3)
CLOSED = datetime(2027, 3, 1, 12, 0, tzinfo=UTC)
BLOCK = hashlib.sha256(b"a block").digest()


def made(count: int = 6, *, source: str = "block", drawn: bool = True, win: int = 2) -> DrawFile:
    """Return the file of an honest draw."""
    secret = hashlib.sha256(b"secret").digest()
    leaves = sorted(
        draw.leaf(DROP, UUID(int=n), OFFER if n % 2 else OTHER, salt_of(n)) for n in range(count)
    )
    offers = {
        draw.leaf(DROP, UUID(int=n), OFFER if n % 2 else OTHER, salt_of(n)): OFFER
        if n % 2
        else OTHER
        for n in range(count)
    }
    root = draw.root(leaves)
    public = source == "block"
    seed = draw.seed(secret, root, BLOCK if public else b"")
    rank = {leaf: place for place, leaf in enumerate(draw.ranking(leaves, seed), 1)}
    return DrawFile(
        organizer_id=UUID(int=9),
        drop_id=DROP,
        commitment=draw.commitment(secret),
        source=Source("block", 1, CLOSED + timedelta(minutes=5)) if public else Source("none"),
        entries_close_at=CLOSED,
        closed_at=CLOSED + timedelta(seconds=2),
        entries=count,
        root=root,
        block=Block(77, BLOCK) if public and drawn else None,
        randomness=BLOCK if public and drawn else b"",
        secret=secret if drawn else b"",
        seed=seed if drawn else b"",
        drawn_at=CLOSED + timedelta(minutes=20) if drawn else None,
        leaves=tuple(
            Entry(
                leaf,
                offers[leaf],
                rank[leaf] if drawn else None,
                ("won" if rank[leaf] <= win else "waiting") if drawn else "entered",
            )
            for leaf in leaves
        ),
    )


def salt_of(number: int) -> bytes:
    return hashlib.sha256(f"salt {number}".encode()).digest()


@pytest.mark.parametrize("source", ["block", "none"])
@pytest.mark.parametrize("count", [0, 1, 6])
def test_an_honest_draw_is_valid(source: str, count: int) -> None:
    file = made(count, source=source)
    assert draw_file.parse(draw_file.render(file)) == file
    checked = draw_check.check(file)
    assert (checked.wrong, checked.ok) == ((), True)
    assert (draw_check.NO_SOURCE in checked.cautions) is (source == "none")


def test_what_is_not_drawn_yet_is_not_valid_yet() -> None:
    checked = draw_check.check(made(drawn=False))
    assert (checked.wrong, checked.ok, checked.drawn) == ((), False, False)


Document = dict[str, Any]


def flip(text: str) -> str:
    """Change the first digit of some hexadecimal."""
    return ("0" if text[0] != "0" else "1") + text[1:]


def _set(*path: Any, to: Any) -> Any:
    def change(document: Document) -> None:
        at: Any = document
        for name in path[:-1]:
            at = at[name]
        at[path[-1]] = to(at[path[-1]]) if callable(to) else to

    return change


def _swap_ranks(document: Document) -> None:
    one, two = document["leaves"][:2]
    one["rank"], two["rank"] = two["rank"], one["rank"]


def _drop_leaf(document: Document) -> None:
    document["leaves"].pop()


def _drop_leaf_and_count(document: Document) -> None:
    document["leaves"].pop()
    document["entries"] -= 1


def _add_leaf(document: Document) -> None:
    document["leaves"].append({**document["leaves"][-1], "leaf": "f" * 64})
    document["entries"] += 1


def _twice(document: Document) -> None:
    document["leaves"].append(document["leaves"][-1])
    document["entries"] += 1


def _swap_leaves(document: Document) -> None:
    leaves = document["leaves"]
    leaves[0], leaves[1] = leaves[1], leaves[0]


def _first_skipped(document: Document) -> None:
    for one in document["leaves"]:
        one["state"] = "waiting" if one["rank"] == 1 else "won"


TAMPERED = {
    "commitment": (_set("commitment", to=flip), "secret"),
    "secret": (_set("secret", to=flip), "secret"),
    "root": (_set("root", to=flip), "root"),
    "entries": (_set("entries", to=7), "entries"),
    "a leaf": (_set("leaves", 2, "leaf", to=flip), "root"),
    "a leaf less": (_drop_leaf, "entries"),
    "a leaf and the count less": (_drop_leaf_and_count, "root"),
    "a leaf more": (_add_leaf, "root"),
    "a leaf twice": (_twice, "twice"),
    "leaves in another order": (_swap_leaves, "ascending"),
    "ranks": (_swap_ranks, "2 ranks"),
    "a rank": (_set("leaves", 0, "rank", to=None), "rank"),
    "states": (_first_skipped, "skipped"),
    "a state": (_set("leaves", 0, "state", to="entered"), "state"),
    "seed": (_set("seed", to=flip), "seed"),
    "randomness": (_set("randomness", to=flip), "randomness"),
    "block hash": (_set("block", "hash", to=flip), "randomness"),
    "no block": (_set("block", to=None), "block"),
    "source": (_set("source", "kind", to="none"), "source"),
    "no chain": (_set("source", "chain_id", to=None), "chain"),
    "after": (_set("source", "after", to=(CLOSED - timedelta(minutes=1)).isoformat()), "after"),
    "later": (_set("source", "after", to=(CLOSED + timedelta(days=1)).isoformat()), "drawn_at"),
    "drawn at": (_set("drawn_at", to=(CLOSED - timedelta(hours=1)).isoformat()), "drawn_at"),
    "not drawn": (_set("drawn_at", to=None), "Nothing was drawn yet"),
    "closed at": (_set("closed_at", to=(CLOSED + timedelta(hours=1)).isoformat()), "drawn_at"),
    "not closed": (_set("closed_at", to=None), "not closed"),
    "entries close": (
        _set("entries_close_at", to=(CLOSED + timedelta(hours=1)).isoformat()), "after",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", TAMPERED)
def test_what_was_tampered_with_is_named(name: str) -> None:
    change, says = TAMPERED[name]
    document = json.loads(draw_file.render(made()))
    change(document)
    checked = draw_check.check(draw_file.parse(json.dumps(document)))
    assert not checked.ok
    assert any(says in one for one in checked.wrong), checked.wrong


def test_a_state_is_checked_in_the_order_of_ranks_for_each_offer() -> None:
    file = made(win=6)
    assert draw_check.check(file).ok


@pytest.mark.parametrize(
    "change",
    [
        _set("format", to="EventPass draw 2"),
        _set("drop_id", to="nobody"),
        _set("organizer_id", to=7),
        _set("commitment", to="00"),
        _set("commitment", to=lambda text: text.upper()),
        _set("root", to=None),
        _set("entries", to=-1),
        _set("entries", to=True),
        _set("entries", to="6"),
        _set("drawn_at", to="yesterday"),
        _set("entries_close_at", to=None),
        _set("closed_at", to="2027-03-01T12:00:02"),
        _set("source", to="block"),
        _set("source", "kind", to="moon"),
        _set("source", to={"kind": "none"}),
        _set("block", to={"number": None, "hash": "00" * 32}),
        _set("leaves", to={}),
        _set("leaves", 0, to=7),
        _set("leaves", 0, "state", to="lost"),
        _set("leaves", 0, "offer_id", to="x"),
        lambda document: document.update(more=1),
        lambda document: document.pop("seed"),
    ],
)
def test_what_is_no_draw_file_is_refused_in_words(change: Any) -> None:
    document = json.loads(draw_file.render(made()))
    change(document)
    with pytest.raises(DrawFileUnreadable):
        draw_file.parse(json.dumps(document))


@given(st.text(max_size=60) | st.recursive(st.none() | st.integers(), st.lists).map(json.dumps))
def test_nothing_breaks_the_reader(text: str) -> None:
    with pytest.raises(DrawFileUnreadable):
        draw_file.parse(text)


def test_an_entrant_finds_themself_by_id_and_salt_alone() -> None:
    file = made()
    found = draw_check.find(file, UUID(int=4), salt_of(4))
    assert found is not None
    assert found.offer_id == OTHER
    assert draw_check.find(file, UUID(int=4), salt_of(5)) is None
    assert draw_check.find(file, UUID(int=99), salt_of(4)) is None
    with pytest.raises(ValueError, match="salt"):
        draw_check.find(file, UUID(int=4), b"short")


def test_an_entrant_sees_that_the_offer_or_the_drop_was_changed() -> None:
    document = json.loads(draw_file.render(made()))
    for one in document["leaves"]:
        one["offer_id"] = str(OFFER)
    file = draw_file.parse(json.dumps(document))
    assert draw_check.find(file, UUID(int=4), salt_of(4)) is None  # entered for the other offer
    moved = json.loads(draw_file.render(made())) | {"drop_id": str(UUID(int=8))}
    assert draw_check.find(draw_file.parse(json.dumps(moved)), UUID(int=4), salt_of(4)) is None


def test_an_earlier_copy_shows_what_was_exchanged() -> None:
    closed, drawn = made(drawn=False), made()
    assert draw_check.compare(closed, drawn) == []
    assert draw_check.compare(drawn, drawn) == []
    assert any("`root`" in one for one in draw_check.compare(closed, made(5)))
    assert any("`source`" in one for one in draw_check.compare(closed, made(source="none")))


def test_a_root_that_was_fixed_late_is_said() -> None:
    document = json.loads(draw_file.render(made()))
    document["closed_at"] = (CLOSED + timedelta(minutes=10)).isoformat()
    checked = draw_check.check(draw_file.parse(json.dumps(document)))
    assert checked.cautions == (draw_check.LATE,)
