"""Who gives money back. One small interface; network calls happen only in the worker."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from passes_service.db.models import Refund


@dataclass(frozen=True)
class Answer:
    """What a provider said: settled, or to be confirmed later by its own message."""

    settled: bool
    reference: str


class Provider(Protocol):
    """Gives back the money of a refund; the same refund asked twice pays once."""

    def refund(self, refund: Refund) -> Answer:
        """Ask for the money, idempotent on the refund's id."""


class FreeProvider:
    """No money passes through us (gifts, a cash desk, the demo): settled as soon as asked."""

    def refund(self, refund: Refund) -> Answer:
        """Confirm at once."""
        return Answer(settled=True, reference=f"free-{refund.id}")


class ExternalProvider:
    """A storefront took the money: it hears of the refund and confirms when it has paid."""

    def refund(self, refund: Refund) -> Answer:
        """Leave the refund open until the storefront confirms it."""
        return Answer(settled=False, reference="")


PROVIDERS: dict[str, Provider] = {"free": FreeProvider(), "external": ExternalProvider()}
