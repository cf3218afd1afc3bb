"""Whom a phase lets in, by its kind. A later kind is one function and one line of `KINDS`."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final
from uuid import UUID

from sqlmodel import Session, col, select, union_all

from passes_service.accounts.errors import NotFound
from passes_service.db.models import (
    Audience,
    AudienceMember,
    DropPhase,
    HolderEmail,
    HolderWallet,
    Pass,
    RaffleEntry,
    Series,
)
from passes_service.drops.errors import DropInvalid

HOLDING: Final = ("active", "on_chain")
DRAWN: Final = ("won", "taken")


@dataclass(frozen=True)
class Answer:
    """Whether a phase lets somebody in, and a sentence for them that says why."""

    admits: bool
    reason: str


Predicate = Callable[[Session, DropPhase, UUID | None], Answer]
Check = Callable[[Session, UUID, Mapping[str, str], str], None]


def param(phase: DropPhase, name: str) -> UUID:
    """Return the id that a phase names in its `params`."""
    return UUID(json.loads(phase.params)[name])


def public(_session: Session, _phase: DropPhase, _holder_id: UUID | None) -> Answer:
    """Let everybody in."""
    return Answer(True, "This phase is open to everybody.")


def listed(session: Session, phase: DropPhase, holder_id: UUID | None) -> Answer:
    """Let those in whose proved e-mail address or wallet is on the phase's list."""
    if holder_id is None:
        return Answer(False, "This phase is for people on a list: sign in first.")
    mine = union_all(
        select(HolderEmail.email).where(
            HolderEmail.organizer_id == phase.organizer_id,
            HolderEmail.holder_id == holder_id,
            col(HolderEmail.verified_at).is_not(None),
        ),
        select(HolderWallet.address).where(
            HolderWallet.organizer_id == phase.organizer_id,
            HolderWallet.holder_id == holder_id,
            col(HolderWallet.verified_at).is_not(None),
        ),
    )
    found = session.exec(
        select(AudienceMember.address).where(
            AudienceMember.organizer_id == phase.organizer_id,
            AudienceMember.audience_id == param(phase, "audience_id"),
            col(AudienceMember.address).in_(mine),
        )
    ).first()
    if found is None:
        return Answer(
            False,
            "None of the addresses that you have confirmed is on the list of this phase. If you "
            "have another one, add and confirm it in your account.",
        )
    return Answer(True, "You are on the list of this phase.")


def holding(session: Session, phase: DropPhase, holder_id: UUID | None) -> Answer:
    """Let those in who hold a living pass of the phase's Series."""
    series = session.get_one(Series, (phase.organizer_id, param(phase, "series_id")))
    if holder_id is None:
        return Answer(False, f"This phase is for holders of “{series.title}”: sign in first.")
    found = session.exec(
        select(Pass.id)
        .where(
            Pass.organizer_id == phase.organizer_id,
            Pass.holder_id == holder_id,
            Pass.series_id == series.id,
            col(Pass.state).in_(HOLDING),
        )
        .limit(1)
    ).first()
    if found is None:
        return Answer(False, f"This phase is for holders of “{series.title}”: you hold none.")
    return Answer(True, f"You hold “{series.title}”.")


def drawn(session: Session, phase: DropPhase, holder_id: UUID | None) -> Answer:
    """Let those in whom the raffle drew."""
    if holder_id is None:
        return Answer(False, "This phase is for those who were drawn: sign in first.")
    found = session.exec(
        select(RaffleEntry.id).where(
            RaffleEntry.organizer_id == phase.organizer_id,
            RaffleEntry.drop_id == phase.drop_id,
            RaffleEntry.holder_id == holder_id,
            col(RaffleEntry.state).in_(DRAWN),
        )
    ).first()
    if found is None:
        return Answer(False, "This phase is for those who were drawn: your entry was not (yet).")
    return Answer(True, "You were drawn.")


def _nothing(_session: Session, _organizer_id: UUID, params: Mapping[str, str], field: str) -> None:
    """Refuse parameters of a kind that has none."""
    if params:
        raise DropInvalid("This kind of phase takes no parameters.", field=field)


def _one_of(name: str, model: type[Audience | Series], what: str) -> Check:
    """Return a check that the only parameter names a row of this organizer."""

    def check(session: Session, organizer_id: UUID, params: Mapping[str, str], field: str) -> None:
        try:
            value = params[name] if set(params) == {name} else ""
            found = session.get(model, (organizer_id, UUID(value)))
        except ValueError:
            raise DropInvalid(f"Name {what} by `{name}`, and nothing else.", field=field) from None
        if found is None:
            raise NotFound(f"There is no such {what.split()[-1]} here.", field=field)

    return check


@dataclass(frozen=True)
class PhaseKind:
    """One kind of phase: whom it lets in, what its `params` must be, and words for it."""

    admits: Predicate
    check: Check
    words: str


_LIST = _one_of("audience_id", Audience, "a list")

KINDS: Final[Mapping[str, PhaseKind]] = MappingProxyType(
    {
        "public": PhaseKind(public, _nothing, "everybody"),
        "cohort": PhaseKind(listed, _LIST, "a cohort of yours"),
        "allow_list": PhaseKind(listed, _LIST, "people on a list"),
        "holders": PhaseKind(
            holding, _one_of("series_id", Series, "a Series"), "holders of another pass"
        ),
        "drawn": PhaseKind(drawn, _nothing, "those who were drawn"),
    }
)
