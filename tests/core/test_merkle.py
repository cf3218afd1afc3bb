"""RFC 6962: the published roots and proofs, and a second, plain implementation."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passes_service.core import merkle

# The eight entries and the roots that implementations of RFC 6962 test each other with.
ENTRIES = [
    bytes.fromhex(text)
    for text in (
        "", "00", "10", "2021", "3031", "40414243",
        "5051525354555657", "606162636465666768696a6b6c6d6e6f",
    )
]  # fmt: skip
ROOTS = (
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)


def plain_root(entries: list[bytes]) -> bytes:
    """MTH as section 2.1 writes it, word for word."""
    if not entries:
        return hashlib.sha256(b"").digest()
    if len(entries) == 1:
        return hashlib.sha256(b"\x00" + entries[0]).digest()
    k = 1
    while 2 * k < len(entries):
        k *= 2
    return hashlib.sha256(b"\x01" + plain_root(entries[:k]) + plain_root(entries[k:])).digest()


def plain_path(m: int, entries: list[bytes]) -> list[bytes]:
    """PATH as section 2.1.1 writes it."""
    if len(entries) <= 1:
        return []
    k = 1
    while 2 * k < len(entries):
        k *= 2
    if m < k:
        return [*plain_path(m, entries[:k]), plain_root(entries[k:])]
    return [*plain_path(m - k, entries[k:]), plain_root(entries[:k])]


@pytest.mark.parametrize("size", range(9))
def test_the_published_roots(size: int) -> None:
    assert merkle.root(ENTRIES[:size]).hex() == ROOTS[size]


@given(st.lists(st.binary(max_size=40), max_size=80), st.data())
def test_it_is_the_plain_definition(entries: list[bytes], data: st.DataObject) -> None:
    root = merkle.root(entries)
    assert root == plain_root(entries)
    if entries:
        index = data.draw(st.integers(0, len(entries) - 1))
        proof = merkle.inclusion(entries, index)
        assert proof == plain_path(index, entries)
        assert merkle.included(entries[index], index, len(entries), proof, root=root)


@given(st.lists(st.binary(min_size=1, max_size=8), min_size=2, max_size=40, unique=True), st.data())
def test_no_proof_shows_anything_else(entries: list[bytes], data: st.DataObject) -> None:
    root = merkle.root(entries)
    index = data.draw(st.integers(0, len(entries) - 1))
    other = data.draw(st.integers(0, len(entries) - 1).filter(lambda one: one != index))
    proof = merkle.inclusion(entries, index)
    size = len(entries)
    assert not merkle.included(entries[other], index, size, proof, root=root)
    assert not merkle.included(entries[index], other, size, proof, root=root)
    assert not merkle.included(entries[index], index, size, [*proof, root], root=root)
    assert not merkle.included(entries[index], index, size, proof[:-1], root=root)
    assert not merkle.included(entries[index], size, size, proof, root=root)
    assert not merkle.included(entries[index], index, size, proof, root=merkle.EMPTY)


def test_an_inner_node_cannot_be_shown_as_an_entry() -> None:
    left, right = merkle.leaf_hash(b"a"), merkle.leaf_hash(b"b")
    root = merkle.root([b"a", b"b"])
    assert not merkle.included(left + right, 0, 1, [], root=root)


def test_there_is_no_proof_of_what_is_not_there() -> None:
    with pytest.raises(IndexError):
        merkle.inclusion([b"a"], 1)
