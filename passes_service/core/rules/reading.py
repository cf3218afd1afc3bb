"""Strict reading of JSON values: every refusal names the path of the field that is wrong."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Final, TypeVar
from zoneinfo import ZoneInfo

from passes_service.core.rules.errors import TermsInvalid
from passes_service.core.rules.instants import parse_instant

T = TypeVar("T")
MAX_JSON_INT: Final = 2**53 - 1  # RFC 8785 section 3.2.2.3: larger ones do not survive
_ZONE = re.compile(r"[A-Za-z0-9_+\-]{1,32}(/[A-Za-z0-9_+\-]{1,32}){0,3}", re.ASCII)
# Invisible ones that could make the words read other than the hash: controls, surrogates,
# private use, unassigned, line and paragraph separators. Joiners (emoji, Indic scripts) may stay.
_BAD_CATEGORIES = frozenset({"Cc", "Cs", "Co", "Cn", "Zl", "Zp"})
_BIDI = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")


class Reader:
    """One JSON object being read: each key once, none left over."""

    def __init__(self, value: object, path: str = "") -> None:
        if not isinstance(value, Mapping):
            raise TermsInvalid(path, "must be a JSON object")
        self._values: Mapping[object, object] = value
        self._path = path
        self._seen: set[str] = set()

    def path(self, key: str) -> str:
        """Return the full path of `key`."""
        return f"{self._path}.{key}" if self._path else key

    def has(self, key: str) -> bool:
        """Say whether `key` is present."""
        return key in self._values

    def take(self, key: str) -> object:
        """Return the value of a required key."""
        if key not in self._values:
            raise TermsInvalid(self.path(key), "is missing")
        self._seen.add(key)
        return self._values[key]

    def finish(self) -> None:
        """Refuse keys that nobody asked for."""
        for key in self._values:
            if key not in self._seen:
                raise TermsInvalid(self.path(str(key)[:64]), "is not a field of this document")

    def boolean(self, key: str) -> bool:
        """Read true or false."""
        value = self.take(key)
        if not isinstance(value, bool):
            raise TermsInvalid(self.path(key), "must be true or false")
        return value

    def integer(self, key: str, low: int, high: int) -> int:
        """Read a whole number in [low, high]."""
        return integer(self.take(key), self.path(key), low, high)

    def text(self, key: str, longest: int = 200) -> str:
        """Read one line of visible text."""
        return text(self.take(key), self.path(key), longest)

    def choice(self, key: str, choices: Iterable[str]) -> str:
        """Read one of a few words."""
        value, known = self.take(key), list(choices)
        if not isinstance(value, str) or value not in known:
            raise TermsInvalid(self.path(key), f"must be one of {', '.join(known)}")
        return value

    def instant(self, key: str) -> datetime:
        """Read a UTC instant."""
        return instant(self.take(key), self.path(key))

    def optional(self, key: str, read: Callable[[str], T]) -> T | None:
        """Read null as None, anything else with `read`."""
        return None if self.take(key) is None else read(key)

    def items(self, key: str, fewest: int, most: int) -> list[tuple[str, object]]:
        """Read a JSON array as (path, value) pairs."""
        return items(self.take(key), self.path(key), fewest, most)

    def texts(self, key: str, fewest: int, most: int, longest: int = 200) -> tuple[str, ...]:
        """Read an array of different lines of text."""
        found: list[str] = []
        for path, value in self.items(key, fewest, most):
            line = text(value, path, longest)
            if line in found:
                raise TermsInvalid(path, "is there twice")
            found.append(line)
        return tuple(found)

    def time_zone(self, key: str) -> str:
        """Read an IANA time zone name that this machine knows."""
        name = self.take(key)
        if isinstance(name, str) and _ZONE.fullmatch(name):
            try:
                ZoneInfo(name)
            except (OSError, ValueError):  # ZoneInfoNotFoundError is a KeyError
                pass
            except KeyError:
                pass
            else:
                return name
        raise TermsInvalid(self.path(key), "must be an IANA time zone such as Europe/Berlin")


def items(value: object, path: str, fewest: int, most: int) -> list[tuple[str, object]]:
    """Return an array's values with their paths, refusing other lengths."""
    if not isinstance(value, (list, tuple)):
        raise TermsInvalid(path, "must be a JSON array")
    if not fewest <= len(value) <= most:
        raise TermsInvalid(path, f"must have {fewest} to {most} entries, has {len(value)}")
    return [(f"{path}[{number}]", entry) for number, entry in enumerate(value)]


def integer(value: object, path: str, low: int, high: int) -> int:
    """Return a whole number in [low, high]; true, 1.0 and "1" are none."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise TermsInvalid(path, "must be a whole number")
    if not low <= value <= high:
        raise TermsInvalid(path, f"must be {low} to {high}")
    return int(value)


def text(value: object, path: str, longest: int) -> str:
    """Return one line of visible text in Unicode NFC, without spaces around it."""
    if not isinstance(value, str):
        raise TermsInvalid(path, "must be text")
    if not value or len(value) > longest:
        raise TermsInvalid(path, f"must have 1 to {longest} characters")
    if not all(_visible(character) for character in value):
        raise TermsInvalid(path, "must be one line of visible characters")
    if value != value.strip():
        raise TermsInvalid(path, "must not begin or end with a space")
    if not unicodedata.is_normalized("NFC", value):
        raise TermsInvalid(path, "must be in Unicode normal form C")
    return value


def instant(value: object, path: str) -> datetime:
    """Return a UTC instant, naming the path when it is none."""
    if not isinstance(value, str):
        raise TermsInvalid(path, "must be a UTC instant such as 2027-03-12T17:00:00Z")
    try:
        return parse_instant(value)
    except ValueError as error:
        raise TermsInvalid(path, str(error)) from None


def tidy(value: str, longest: int, otherwise: str) -> str:
    """Return the nearest line that `text` takes: for names that nobody typed into Terms."""
    spaced = "".join(c if _visible(c) else " " for c in unicodedata.normalize("NFC", value))
    return " ".join(spaced.split())[:longest].strip() or otherwise


def _visible(character: str) -> bool:
    return character not in _BIDI and unicodedata.category(character) not in _BAD_CATEGORIES
