"""The fixed words of feeds, in the languages we have them in."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

DEFAULT: Final = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What a feed says by itself in one language; braces take the values they name."""

    name: str
    about: str
    nothing: str
    nothing_more: str
    cancelled: str
    number: str
    doors: str
    give_back: str
    hand_on: str
    deadline_more: str
    drop: str
    drop_until: str


LANGUAGES: Final = {
    "en": Words(
        name="{organizer}: my sessions",
        about="The sessions that your passes open.",
        nothing="No sessions on your passes from {organizer}",
        nothing_more="New passes show up here by themselves.",
        cancelled="Cancelled: ",
        number="{title}: number {serial} of {cap}",
        doors="Doors: {time}",
        give_back="Last moment to give back “{title}” for {amount}",
        hand_on="Last moment to hand on “{title}”",
        deadline_more="Number {serial} of {cap}. The rules are on the page of your pass.",
        drop="On sale: {title}",
        drop_until="Open until {until}",
    ),
    "de": Words(
        name="{organizer}: meine Termine",
        about="Die Termine, die deine Pässe öffnen.",
        nothing="Keine Termine auf deinen Pässen von {organizer}",
        nothing_more="Neue Pässe erscheinen hier von selbst.",
        cancelled="Abgesagt: ",
        number="{title}: Nummer {serial} von {cap}",
        doors="Einlass: {time}",
        give_back="Letzter Moment, „{title}“ für {amount} zurückzugeben",
        hand_on="Letzter Moment, „{title}“ weiterzugeben",
        deadline_more="Nummer {serial} von {cap}. Die Regeln stehen auf der Seite deines Passes.",
        drop="Im Verkauf: {title}",
        drop_until="Offen bis {until}",
    ),
    "fr": Words(
        name="{organizer} : mes séances",
        about="Les séances que vos pass ouvrent.",
        nothing="Aucune séance sur vos pass de {organizer}",
        nothing_more="Les nouveaux pass apparaissent ici d'eux-mêmes.",
        cancelled="Annulé : ",
        number="{title} : numéro {serial} sur {cap}",
        doors="Ouverture des portes : {time}",
        give_back="Dernier moment pour rendre « {title} » à {amount}",
        hand_on="Dernier moment pour céder « {title} »",
        deadline_more="Numéro {serial} sur {cap}. Les règles sont sur la page de votre pass.",
        drop="En vente : {title}",
        drop_until="Ouvert jusqu'au {until}",
    ),
    "es": Words(
        name="{organizer}: mis sesiones",
        about="Las sesiones que abren tus pases.",
        nothing="No hay sesiones en tus pases de {organizer}",
        nothing_more="Los pases nuevos aparecen aquí por sí solos.",
        cancelled="Cancelado: ",
        number="{title}: número {serial} de {cap}",
        doors="Apertura de puertas: {time}",
        give_back="Último momento para devolver «{title}» por el {amount}",
        hand_on="Último momento para ceder «{title}»",
        deadline_more="Número {serial} de {cap}. Las reglas están en la página de tu pase.",
        drop="A la venta: {title}",
        drop_until="Abierto hasta el {until}",
    ),
    "it": Words(
        name="{organizer}: i miei incontri",
        about="Gli incontri che i tuoi pass aprono.",
        nothing="Nessun incontro sui tuoi pass di {organizer}",
        nothing_more="I nuovi pass compaiono qui da soli.",
        cancelled="Annullato: ",
        number="{title}: numero {serial} di {cap}",
        doors="Apertura porte: {time}",
        give_back="Ultimo momento per restituire «{title}» al {amount}",
        hand_on="Ultimo momento per cedere «{title}»",
        deadline_more="Numero {serial} di {cap}. Le regole sono sulla pagina del tuo pass.",
        drop="In vendita: {title}",
        drop_until="Aperto fino al {until}",
    ),
    "nl": Words(
        name="{organizer}: mijn sessies",
        about="De sessies die je passen openen.",
        nothing="Geen sessies op je passen van {organizer}",
        nothing_more="Nieuwe passen verschijnen hier vanzelf.",
        cancelled="Geannuleerd: ",
        number="{title}: nummer {serial} van {cap}",
        doors="Deuren open: {time}",
        give_back="Laatste moment om “{title}” terug te geven voor {amount}",
        hand_on="Laatste moment om “{title}” door te geven",
        deadline_more="Nummer {serial} van {cap}. De regels staan op de pagina van je pas.",
        drop="In de verkoop: {title}",
        drop_until="Open tot {until}",
    ),
}


def choose(wanted: str, among: Collection[str], default: str = DEFAULT) -> str:
    """Return the language to use for a wish such as "de-AT": itself, its base, or the default."""
    asked = wanted.replace("_", "-").lower()
    for candidate in (asked, asked.partition("-")[0]):
        if candidate in among:
            return candidate
    return default
