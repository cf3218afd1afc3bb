"""The fixed words of metadata, in the languages we have them in. Rules are in the Terms' own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

DEFAULT: Final = "en"


@dataclass(frozen=True, kw_only=True)
class Phrases:
    """What one language calls things; `number` and `entry` take the values they name."""

    number: str
    entry: str
    organizer: str
    calendar: str
    pass_type: str
    serial: str
    first_doors: str
    last_end: str
    sessions: str
    transferable: str
    state: str
    money_back: str
    yes: str
    no: str
    states: dict[str, str]
    revoked: str
    given_up: str
    cancelled: str
    rules: str


LANGUAGES: Final = {
    "en": Phrases(
        number="{title}, {serial} of {cap}",
        entry="Entry to {count} sessions of “{calendar}” by {organizer}.",
        organizer="Organizer",
        calendar="Calendar",
        pass_type="Pass type",  # noqa: S106 - a pass, not a password
        serial="Number",
        first_doors="First session",
        last_end="Last session ends",
        sessions="Sessions",
        transferable="Transferable",
        state="State",
        money_back="Money back {share} until",
        yes="Yes",
        no="No",
        states={
            "live": "Valid",
            "refunded": "Given back",
            "surrendered": "Given back",
            "void": "Revoked",
        },
        revoked="REVOKED: this pass opens no door any more.",
        given_up="This pass was given back and opens no door any more.",
        cancelled="cancelled",
        rules="The rules",
    ),
    "de": Phrases(
        number="{title}, {serial} von {cap}",
        entry="Eintritt zu {count} Terminen von „{calendar}“, veranstaltet von {organizer}.",
        organizer="Veranstalter",
        calendar="Kalender",
        pass_type="Pass-Art",  # noqa: S106 - a pass, not a password
        serial="Nummer",
        first_doors="Erster Termin",
        last_end="Letzter Termin endet",
        sessions="Termine",
        transferable="Übertragbar",
        state="Zustand",
        money_back="{share} zurück bis",
        yes="Ja",
        no="Nein",
        states={
            "live": "Gültig",
            "refunded": "Zurückgegeben",
            "surrendered": "Zurückgegeben",
            "void": "Gesperrt",
        },
        revoked="GESPERRT: Dieser Pass öffnet keine Tür mehr.",
        given_up="Dieser Pass wurde zurückgegeben und öffnet keine Tür mehr.",
        cancelled="abgesagt",
        rules="Die Regeln",
    ),
}
