"""Whether a published draw is right: everything is computed again from the file alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from uuid import UUID

from passes_service.core import draw
from passes_service.core.draw_file import DrawFile, Entry

NO_SOURCE = (
    "No public randomness was named: the organizer knew the secret while entries were open, and "
    "could have influenced this draw."
)
LATE = (
    "The root was fixed only after the instant that was named for the block: the organizer may "
    "have known the block while entries could still be changed."
)


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check found.

    `wrong` has a sentence for each thing that does not fit; `cautions` say what no file can prove.
    `drawn` is false while there is nothing to check but the commitment and the root.
    """

    file: DrawFile
    wrong: tuple[str, ...]
    cautions: tuple[str, ...]

    @property
    def drawn(self) -> bool:
        """Tell whether the draw has been held."""
        return self.file.drawn_at is not None

    @property
    def ok(self) -> bool:
        """Tell whether it was held, and everything fits."""
        return self.drawn and not self.wrong


def check(file: DrawFile) -> Checked:
    """Compute root, seed and ranks again, and compare."""
    wrong = [*_entries(file), *_source(file), *_order_of_times(file)]
    wrong += _drawn(file) if file.drawn_at else _not_drawn(file)
    return Checked(file, tuple(wrong), tuple(_cautions(file)))


def find(file: DrawFile, entry_id: UUID, salt: bytes) -> Entry | None:
    """Return somebody's entry in the file, by the id and the salt that only they were shown.

    Raises:
        ValueError: The salt has not 32 bytes.
    """
    mine = {
        draw.leaf(file.drop_id, entry_id, offer, salt): offer
        for offer in {one.offer_id for one in file.leaves}
    }
    for one in file.leaves:
        if mine.get(one.leaf) == one.offer_id:
            return one
    return None


def compare(earlier: DrawFile, later: DrawFile) -> list[str]:
    """Return what was changed since an earlier copy that must never change."""
    names = ["organizer_id", "drop_id", "commitment", "source"]
    if earlier.closed_at is not None:
        names += ["entries_close_at", "closed_at", "root", "entries"]
    if earlier.drawn_at is not None:
        names += ["block", "randomness", "secret", "seed", "drawn_at"]
    return [
        f"`{name}` is not what the earlier copy says."
        for name in names
        if getattr(earlier, name) != getattr(later, name)
    ]


def _entries(file: DrawFile) -> Iterator[str]:
    leaves = [one.leaf for one in file.leaves]
    if file.closed_at is None:
        if file.root or file.entries is not None or leaves:
            yield "Entries are not closed, but the file has a root, a count or leaves."
        return
    if any(a >= b for a, b in pairwise(leaves)):
        yield "The leaves are not in ascending order, or one of them is there twice."
    if file.entries != len(leaves):
        yield f"`entries` says {file.entries}, but there are {len(leaves)} leaves."
    if draw.root(leaves) != file.root:
        yield "`root` is not the root over these leaves: an entry was added, changed or left out."


def _source(file: DrawFile) -> Iterator[str]:
    said = file.source
    if said.kind == "none":
        if said.chain_id is not None or said.after is not None or file.block or file.randomness:
            yield "`source` names no randomness, but the file has a chain, a block or randomness."
        return
    if said.chain_id is None or said.after is None:
        yield "`source` is a block, but says neither of which chain nor after when."
    elif said.after < file.entries_close_at:
        yield "`source.after` is before entries closed: the block could have been known."
    if file.block is not None and file.randomness != file.block.hash:
        yield "`randomness` is not the hash of `block`."


def _order_of_times(file: DrawFile) -> Iterator[str]:
    if file.drawn_at is None:
        return
    if file.closed_at is None or file.drawn_at < file.closed_at:
        yield "`drawn_at` is before entries were closed."
    if file.source.after is not None and file.drawn_at <= file.source.after:
        yield "`drawn_at` is not after the instant that was named for the block."


def _drawn(file: DrawFile) -> Iterator[str]:
    if not file.secret or draw.commitment(file.secret) != file.commitment:
        yield "`secret` does not fit `commitment`: another secret was used than was promised."
    if file.source.kind == "block" and file.block is None:
        yield "`block` is missing: there was randomness to come from one."
    if not file.secret or not file.root:
        return
    seed = draw.seed(file.secret, file.root, file.randomness)
    if seed != file.seed:
        yield "`seed` is not made of this secret, this root and this randomness."
    order = draw.ranking([one.leaf for one in file.leaves], seed)
    ranks = {leaf: rank for rank, leaf in enumerate(order, 1)}
    odd = [one for one in file.leaves if one.rank != ranks[one.leaf]]
    if odd:
        first = odd[0]
        yield (
            f"{len(odd)} ranks are not as the seed draws them, such as that of leaf "
            f"{first.leaf.hex()[:16]}: {first.rank}, and it should be {ranks[first.leaf]}."
        )
    yield from _skipped(file)


def _skipped(file: DrawFile) -> Iterator[str]:
    """Tell where somebody was let by: for each offer, who may buy comes before who waits."""
    waiting: dict[UUID, int] = {}
    for one in sorted(file.leaves, key=lambda one: one.rank or 0):
        if one.state == "entered":
            yield f"Rank {one.rank} was drawn, but its state says that it was not."
        elif one.state == "waiting":
            waiting.setdefault(one.offer_id, one.rank or 0)
        elif one.offer_id in waiting:
            yield f"Rank {one.rank} may buy, but rank {waiting[one.offer_id]} was skipped."


def _not_drawn(file: DrawFile) -> Iterator[str]:
    if file.secret or file.seed or file.block or file.randomness:
        yield "Nothing was drawn yet, but the file has a secret, a seed, a block or randomness."
    if any(one.rank is not None or one.state != "entered" for one in file.leaves):
        yield "Nothing was drawn yet, but entries have ranks or states."


def _cautions(file: DrawFile) -> Iterator[str]:
    if file.source.kind == "none":
        yield NO_SOURCE
    elif file.closed_at and file.source.after and file.closed_at > file.source.after:
        yield LATE
