"""The Merkle tree of RFC 6962 section 2.1: one hash over a list, and short proofs of what is in it.

A leaf hashes as SHA-256(0x00 | data), an inner node as SHA-256(0x01 | left | right): no inner node
can be shown as a leaf. The left part of a list of n is the largest power of two below n.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Final

EMPTY: Final = hashlib.sha256(b"").digest()


def leaf_hash(data: bytes) -> bytes:
    """Return the hash of one entry of the list."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash over two neighbouring subtrees."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def root(entries: Sequence[bytes]) -> bytes:
    """Return the hash over a list, in its order; the hash of nothing for an empty one."""
    if not entries:
        return EMPTY
    stack: list[tuple[int, bytes]] = []  # complete subtrees by size, the largest first
    for data in entries:
        size, made = 1, leaf_hash(data)
        while stack and stack[-1][0] == size:
            made = node_hash(stack.pop()[1], made)
            size *= 2
        stack.append((size, made))
    _, made = stack.pop()
    while stack:
        made = node_hash(stack.pop()[1], made)
    return made


def inclusion(entries: Sequence[bytes], index: int) -> list[bytes]:
    """Return the proof that entry `index` is in the list: its siblings from the leaf upwards.

    Raises:
        IndexError: There is no such entry.
    """
    if not 0 <= index < len(entries):
        raise IndexError(f"The list has {len(entries)} entries.")
    level = [leaf_hash(data) for data in entries]
    proof = []
    while len(level) > 1:
        sibling = index ^ 1
        if sibling < len(level):
            proof.append(level[sibling])
        level = [
            node_hash(*level[at : at + 2]) if at + 1 < len(level) else level[at]
            for at in range(0, len(level), 2)
        ]
        index //= 2
    return proof


def included(data: bytes, index: int, size: int, proof: Sequence[bytes], *, root: bytes) -> bool:
    """Tell whether a proof shows `data` at `index` in the list of `size` entries under `root`."""
    if not 0 <= index < size:
        return False
    made, last, rest = leaf_hash(data), size - 1, list(proof)
    while last > 0:
        if index % 2 == 1 or index < last:
            if not rest:
                return False
            sibling = rest.pop(0)
            made = node_hash(sibling, made) if index % 2 == 1 else node_hash(made, sibling)
        index //= 2
        last //= 2
    return not rest and made == root
