"""Claims as a model: one pass, a book, a chain, and somebody who schedules everything else.

The adversary decides what happens next: when blocks are mined and how far their clock lags, what
goes into them, which of them are replaced (never a finalized one), how late the indexer reads, and
when the holder claims, hands the pass on or gives it up. Every signature stays in the adversary's
hand and is submitted whenever the contract would take it.

What must never be the outcome, once everything has come to rest:
- double use: the pass is a token and was paid back, or is a token and still alive in the book;
- wrong owner: the token belongs to somebody who was not the holder any more.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from random import Random

LIFE = 10
"""How long a MintClaim is good, in ticks of a clock."""
LONG = 1_000
FINAL = 3
"""So many blocks above a block make it final; a replacement reaches no deeper."""
GRACE = 5
"""What the rule with a timer waits beyond the deadline, for good measure."""
STEPS = 32


class Rule(Enum):
    """How passes go to the chain.

    Attributes:
        LOCK: Ours: locked, signed for a short time, released by finality.
        HEAD: Locked and signed alike, released by the newest block that was read.
        TIMER: Locked and signed alike, released by our own clock.
        VOUCHER: No lock; what is signed can be redeemed for long.
    """

    LOCK = "lock"
    HEAD = "head"
    TIMER = "timer"
    VOUCHER = "voucher"


@dataclass(slots=True)
class Signature:
    """A signed claim: for whom, from when, until when."""

    to: int
    begins: int
    ends: int


Block = tuple[int, int | None]
"""Its time, and whom the pass was minted to in it."""


@dataclass(slots=True)
class World:
    """Everything there is. The first `final` blocks are for ever; the indexer has seen `read`."""

    rule: Rule
    random: Random
    now: int = 100
    state: str = "active"
    holder: int = 0
    deadline: int = 0
    refunds: int = 0
    claims: int = 0
    signed: list[Signature] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=lambda: [(98, None)])
    read: list[Block] = field(default_factory=lambda: [(98, None)])
    final: int = 1
    releases: int = 0
    taken_back: int = 0

    # The holder

    def claim(self) -> None:
        """Ask for the pass to become a token of one's own wallet."""
        if self.state != "active":
            return
        self.claims += 1
        voucher = self.rule is Rule.VOUCHER
        self.deadline = self.now + (LONG if voucher else LIFE)
        self.signed.append(Signature(self.holder, self.now - 1, self.deadline))
        if not voucher:
            self.state = "claiming"

    def hand_on(self) -> None:
        """Transfer the pass in the book to the next person."""
        if self.state == "active":
            self.holder += 1

    def give_up(self) -> None:
        """Have the pass paid back."""
        if self.state == "active":
            self.state = "refunded"
            self.refunds += 1

    # The chain

    def minted(self) -> int | None:
        """Return whose token it is in the chain as it stands."""
        for _, to in self.blocks:
            if to is not None:
                return to
        return None

    def mine(self, *, greedy: bool = False) -> None:
        """Add a block; its clock may lag behind ours as long as the adversary likes."""
        last = self.blocks[-1][0]
        ahead = max(1, self.now - last)
        time = last + (ahead if greedy else 1 + int(self.random.random() * ahead))
        to = None
        if self.signed and self.minted() is None and (greedy or self.random.random() < 0.6):
            good = [one for one in self.signed if one.begins <= time < one.ends]
            if good:
                to = good[int(self.random.random() * len(good))].to
        self.blocks.append((time, to))
        self.final = max(self.final, len(self.blocks) - FINAL)

    def replace(self) -> None:
        """Take back blocks that are not final; others will be mined."""
        loose = len(self.blocks) - self.final
        if loose:
            kept = self.final + int(self.random.random() * loose)
            self.taken_back += any(to is not None for _, to in self.blocks[kept:])
            del self.blocks[kept:]

    # The service

    def index(self, *, whole: bool = False) -> None:
        """Read the chain up to some block, after taking back what was replaced."""
        upto = len(self.blocks)
        if not whole:
            upto -= int(self.random.random() * 3)
        self.read = self.blocks[:upto]
        owner = next((to for _, to in self.read if to is not None), None)
        if owner is not None:
            if self.state in ("claiming", "active"):
                self.state = "on_chain"
        elif self.state == "on_chain":
            self.state = "active" if self.rule is Rule.VOUCHER else "claiming"

    def release(self) -> None:
        """Give a locked pass back, if the rule says that nothing can come any more."""
        if self.state != "claiming":
            return
        if any(to is not None for _, to in self.read):
            return
        if self.rule is Rule.TIMER:
            due = self.now > self.deadline + GRACE
        elif self.rule is Rule.HEAD:
            due = bool(self.read) and self.read[-1][0] > self.deadline
        else:
            # The indexer never goes past a fork without going back first, so what it has read
            # up to the final block is the chain.
            due = (
                self.read[: self.final] == self.blocks[: self.final]
                and self.blocks[self.final - 1][0] > self.deadline
            )
        if due:
            self.state = "active"
            self.releases += 1

    def rest(self) -> None:
        """Let everything come to an end: whatever is signed is tried, all is mined and read."""
        for _ in range(2):
            self.mine(greedy=True)
            self.now += LIFE + GRACE + 1
        for _ in range(FINAL + 1):
            self.mine(greedy=True)
        self.index(whole=True)
        self.release()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one schedule, and what happened on the way."""

    verdict: str
    minted: bool
    claims: int
    releases: int
    taken_back: int


def play(rule: Rule, seed: int) -> Outcome:
    """Play one schedule; its verdict is `fine`, `double use` or `wrong owner`."""
    random = Random(seed)
    world = World(rule, random)
    for _ in range(STEPS):
        _step(world, random.random())
        world.now += int(random.random() * 4)
    world.rest()
    owner = world.minted()
    return Outcome(
        _verdict(world, owner), owner is not None, world.claims, world.releases, world.taken_back
    )


def _verdict(world: World, owner: int | None) -> str:
    if owner is None:
        return "fine"
    if world.refunds or world.state != "on_chain":
        return "double use"
    return "fine" if owner == world.holder else "wrong owner"


def _step(world: World, chance: float) -> None:
    if chance < 0.18:
        world.claim()
    elif chance < 0.26:
        world.hand_on()
    elif chance < 0.30:
        world.give_up()
    elif chance < 0.58:
        world.mine()
    elif chance < 0.66:
        world.replace()
    elif chance < 0.82:
        world.index()
    else:
        world.release()
