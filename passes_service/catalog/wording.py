"""What else a session says: kinds, a point on the map, other languages. Kept as JSON in its row."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite
from typing import Any

from passes_service.catalog.errors import SessionInvalid

MOST_CATEGORIES, LONGEST_CATEGORY = 10, 60
MOST_LANGUAGES, LONGEST_LANGUAGE = 30, 16
TRANSLATED = {"title": 300, "description": 10_000, "location": 500}
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{1,8})*")
Texts = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, kw_only=True)
class Wording:
    """What a session says beside its title, its time and its place in words.

    `texts`: by language, what of title, description and location is translated.
    """

    latitude: float | None = None
    longitude: float | None = None
    categories: tuple[str, ...] = ()
    texts: Texts = field(default_factory=dict)


def checked(said: Wording) -> dict[str, Any]:
    """Return these fields in the one form that is compared and stored, or refuse one of them.

    Raises:
        SessionInvalid: It names the field.
    """
    _check_place(said.latitude, said.longitude)
    return {"categories": _categories(said.categories), "texts": _texts(said.texts)}


def columns(said: Wording) -> dict[str, Any]:
    """Return all fields of checked details as the columns of a session hold them."""
    return vars(said) | {
        "categories": json.dumps(list(said.categories), ensure_ascii=False),
        "texts": json.dumps(said.texts, ensure_ascii=False, sort_keys=True),
    }


def read(categories: str, texts: str) -> dict[str, Any]:
    """Return the fields that `columns` stored."""
    return {"categories": tuple(json.loads(categories)), "texts": json.loads(texts)}


def _categories(stated: Sequence[str]) -> tuple[str, ...]:
    found = tuple(dict.fromkeys(filter(None, (" ".join(one.split()) for one in stated))))
    if len(found) > MOST_CATEGORIES or any(len(one) > LONGEST_CATEGORY for one in found):
        limits = f"{MOST_CATEGORIES} categories of up to {LONGEST_CATEGORY} characters"
        raise SessionInvalid(f"A session has up to {limits}.", field="categories")
    return found


def _check_place(latitude: float | None, longitude: float | None) -> None:
    if (latitude is None) != (longitude is None):
        missing = "latitude" if latitude is None else "longitude"
        raise SessionInvalid("A place has both latitude and longitude.", field=missing)
    for name, degrees, most in (("latitude", latitude, 90), ("longitude", longitude, 180)):
        if degrees is not None and not (isfinite(degrees) and abs(degrees) <= most):
            raise SessionInvalid(f"{name.title()} is from -{most} to {most}.", field=name)


def _texts(stated: Texts) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for name, said in stated.items():
        language = name.strip().replace("_", "-").lower()
        if len(language) > LONGEST_LANGUAGE or not _LANGUAGE.fullmatch(language):
            raise SessionInvalid("A language is named such as de or pt-BR.", field="texts")
        if language in found:
            raise SessionInvalid(f"The language {language} is there twice.", field="texts")
        found[language] = _said(said)
    found = {language: said for language, said in sorted(found.items()) if said}
    if len(found) > MOST_LANGUAGES:
        raise SessionInvalid(f"That is more than {MOST_LANGUAGES} languages.", field="texts")
    return found


def _said(said: Mapping[str, str]) -> dict[str, str]:
    """Return what is translated; an empty text means that the organizer's own is shown."""
    if not set(said) <= set(TRANSLATED):
        raise SessionInvalid(f"Translated are {', '.join(TRANSLATED)}.", field="texts")
    for name, text in said.items():
        if len(text) > TRANSLATED[name]:
            raise SessionInvalid(
                f"A {name} has up to {TRANSLATED[name]:,} characters.", field="texts"
            )
    return {name: text.strip() for name, text in said.items() if text.strip()}
