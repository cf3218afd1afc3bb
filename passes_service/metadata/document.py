"""ERC-1155 metadata of a pass and ERC-7572 metadata of a contract.

Read by wallets and marketplaces as they are known to read it: they take `image`, never
substitute `{id}` inside the JSON, and show `attributes` (`display_type: date` is Unix seconds).
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any, Final

from passes_service.core.ethereum import keccak256
from passes_service.core.rules.phrases import instant_words, share_words
from passes_service.core.rules.words import as_text, plain_words
from passes_service.db.models import CalendarSession, ChainContract, Organizer
from passes_service.metadata.phrases import DEFAULT, LANGUAGES, Phrases
from passes_service.metadata.tokens import Token, root

MOST_SESSIONS: Final = 40
_SHOWN: Final = ("Transfer", "Refund", "Entry", "What it does not give", "In all honesty")


def token_json(token: Token, *, origin: str, locale: str = DEFAULT) -> bytes:
    """Return the metadata of a pass as JSON text; nothing in it names the holder."""
    words = LANGUAGES[locale]
    made = {
        "name": name(token, words),
        "description": _description(token, words),
        "image": image_url(token, origin),
        "external_url": f"{origin}/o/{token.organizer.slug}/passes/{token.row.pass_id}",
        "decimals": 0,
        "attributes": list(_attributes(token, words)),
        "properties": {
            "pass_id": str(token.row.pass_id),
            "series": str(token.series.series_no),
            "serial": token.row.serial,
            "cap": token.series.cap,
            "state": standing(token),
            "terms_hash": token.series.terms_hash,
            "terms_url": _terms_url(token, origin) + ".json",
            "organizer": token.organizer.slug,
        },
        "localization": {
            "uri": f"{origin}{token.root}/tokens/{token.hex_id}.{{locale}}.json",
            "default": DEFAULT,
            "locales": sorted(LANGUAGES),
        },
    }
    return _encoded(made)


def contract_json(organizer: Organizer, contracts: list[ChainContract], *, origin: str) -> bytes:
    """Return the metadata of an organizer's contract (ERC-7572)."""
    page = f"{origin}/o/{organizer.slug}"
    return _encoded(
        {
            "name": organizer.name,
            "description": (
                f"Calendar passes by {organizer.name}. Each pass opens the sessions of one season; "
                "its rules for transfer, refund and entry were published before the first was sold "
                f"and cannot change. See {page}"
            ),
            "image": f"{origin}{root(organizer.id)}/contract.png",
            "external_link": page,
            "collaborators": sorted({contract.owner for contract in contracts}),
        }
    )


def name(token: Token, words: Phrases) -> str:
    """Return the title with the number: "Season pass, 137 of 500"."""
    return words.number.format(
        title=token.series.title, serial=token.row.serial, cap=token.series.cap
    )


def standing(token: Token) -> str:
    """Return what outsiders need to know of the state: live, refunded, surrendered or void."""
    ended = token.row.state in ("refunded", "surrendered", "void")
    return token.row.state if ended else "live"


def image_url(token: Token, origin: str) -> str:
    """Return where the picture is; the address changes with what it shows, so caches follow."""
    shown = f"{token.series.title}|{token.calendar.name}|{standing(token)}"
    mark = keccak256(shown.encode()).hex()[:8]
    return f"{origin}{token.root}/tokens/{token.hex_id}.png?v={mark}"


def _description(token: Token, words: Phrases) -> str:
    blocks = []
    if standing(token) == "void":
        blocks.append(words.revoked)
    elif standing(token) != "live":
        blocks.append(words.given_up)
    blocks.append(
        words.entry.format(
            count=len(token.sessions),
            calendar=token.calendar.name,
            organizer=token.organizer.name,
        )
    )
    blocks.append("\n".join(_line(row, words) for row in token.sessions[:MOST_SESSIONS]))
    sections = tuple(one for one in plain_words(token.terms) if one.title in _SHOWN)
    blocks.append(f"{words.rules}:\n\n{as_text(sections)}")
    return "\n\n".join(blocks)


def _line(row: CalendarSession, words: Phrases) -> str:
    off = f" ({words.cancelled})" if row.status == "cancelled" else ""
    return f"- {row.title}: {instant_words(row.starts_at, row.time_zone)}{off}"


def _attributes(token: Token, words: Phrases) -> list[dict[str, Any]]:
    taking_place = [row for row in token.sessions if row.status != "cancelled"]
    made: list[dict[str, Any]] = [
        _trait(words.organizer, token.organizer.name),
        _trait(words.calendar, token.calendar.name),
        _trait(words.pass_type, token.series.pass_type),
        {
            **_trait(words.serial, token.row.serial),
            "display_type": "number",
            "max_value": token.series.cap,
        },
        {**_trait(words.sessions, len(taking_place)), "display_type": "number"},
    ]
    if taking_place:
        made.append(_date(words.first_doors, min(row.starts_at for row in taking_place)))
        made.append(_date(words.last_end, max(row.ends_at for row in taking_place)))
    made += [
        _date(words.money_back.format(share=share_words(step.share_bp)), step.until)
        for step in token.terms.refund.steps
    ]
    allowed = token.terms.transfer.allowed
    made.append(_trait(words.transferable, words.yes if allowed else words.no))
    made.append(_trait(words.state, words.states[standing(token)]))
    return made


def _trait(kind: str, value: str | int) -> dict[str, Any]:
    return {"trait_type": kind, "value": value}


def _date(kind: str, moment: datetime) -> dict[str, Any]:
    return {"display_type": "date", **_trait(kind, int(moment.astimezone(UTC).timestamp()))}


def _terms_url(token: Token, origin: str) -> str:
    return f"{origin}/o/{token.organizer.slug}/terms/{token.series.terms_hash}"


def _encoded(made: dict[str, Any]) -> bytes:
    return json.dumps(made, ensure_ascii=False, separators=(",", ":")).encode()
