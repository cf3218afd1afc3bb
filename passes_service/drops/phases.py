"""The phases of a Drop: which are open at an instant, and whom one lets in."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from passes_service.db.models import DropPhase
from passes_service.drops.predicates import KINDS, Answer
from passes_service.drops.reading import Shop

__all__ = ["Answer", "admits", "next_phase", "open_phases"]


def open_phases(of: Shop | Iterable[DropPhase], now: datetime) -> tuple[DropPhase, ...]:
    """Return the phases in whose [opens_at, closes_at) `now` lies, in their order."""
    rows = of.phases if isinstance(of, Shop) else of
    return tuple(phase for phase in rows if phase.opens_at <= now < phase.closes_at)


def next_phase(of: Shop | Iterable[DropPhase], now: datetime) -> DropPhase | None:
    """Return the phase that opens next, if one does."""
    rows = of.phases if isinstance(of, Shop) else of
    coming = [phase for phase in rows if phase.opens_at > now]
    return min(coming, key=lambda phase: (phase.opens_at, phase.position), default=None)


def admits(session: Session, phase: DropPhase, holder_id: UUID | None) -> Answer:
    """Tell whether somebody may buy in a phase, and why, in words for them.

    Args:
        holder_id: The signed-in holder; None for a guest, or for an address not proved yet.
    """
    return KINDS[phase.kind].admits(session, phase, holder_id)
