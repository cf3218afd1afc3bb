"""The picture of a pass: title, number and season on a card, drawn the same way every time."""

from __future__ import annotations

import hashlib
from functools import cache, lru_cache
from importlib import resources
from io import BytesIO
from typing import Final

from PIL import Image, ImageDraw, ImageFont

from passes_service.metadata.document import standing
from passes_service.metadata.tokens import Token

SIZE: Final = 800
"""Pixels of a side; marketplaces ask for 350 at least."""
_MARGIN: Final = 64
_FOOT: Final = 720
_HUES: Final = ("#0b5c4d", "#7a2e4f", "#274b8f", "#6b4a12", "#4b3a8c", "#8a3324", "#245a2c")
_INK, _SOFT, _DEAD = "#ffffff", "#ffffffcc", "#8d8d8d"


def token_png(token: Token) -> bytes:
    """Return the picture of a pass as a square PNG; one that is over is grey and says so."""
    series = token.series
    ground = _ground(
        series.id.bytes, token.organizer.name, token.calendar.name, series.title, standing(token)
    )
    card = ground.copy()
    pen = ImageDraw.Draw(card, "RGBA")
    serial = f"{token.row.serial:,}"
    pen.text((_MARGIN, _FOOT), serial, _INK, _font(150), anchor="ls")
    after = _MARGIN + int(pen.textlength(serial, _font(150))) + 20
    _text(pen, (after, _FOOT), f"of {series.cap:,}", 44, _SOFT, "ls")
    return _png(card)


@lru_cache(maxsize=64)
def _ground(seed: bytes, organizer: str, calendar: str, title: str, state: str) -> Image.Image:
    """Return what all passes of a Series share, drawn once: a drop is thousands of pictures."""
    live = state == "live"
    card, pen = _card(seed, live=live)
    _text(pen, (_MARGIN, 70), organizer, 32, _SOFT)
    _text(pen, (_MARGIN, 118), calendar, 32, _SOFT)
    bottom = _wrapped(pen, title, top=240)
    if not live:
        _text(pen, (_MARGIN, bottom + 40), "REVOKED" if state == "void" else "GIVEN BACK", 52, _INK)
    return card


def contract_png(name: str, seed: bytes) -> bytes:
    """Return the picture of an organizer's contract."""
    card, pen = _card(seed, live=True)
    _wrapped(pen, name, top=300)
    _text(pen, (_MARGIN, _FOOT), "calendar passes", 44, _SOFT, "ls")
    return _png(card)


def _card(seed: bytes, *, live: bool) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    """Return a plain card with a quiet pattern of its own Series, and a pen."""
    digest = hashlib.sha256(seed).digest()
    ground = _HUES[digest[0] % len(_HUES)] if live else _DEAD
    card = Image.new("RGB", (SIZE, SIZE), ground)
    pen = ImageDraw.Draw(card, "RGBA")
    for index in range(5):
        x, y, r = (digest[1 + index * 3 + part] for part in range(3))
        middle, radius = (440 + x * 3 // 2, 330 + y * 3 // 2), 70 + r
        box = [middle[0] - radius, middle[1] - radius, middle[0] + radius, middle[1] + radius]
        pen.ellipse(box, outline=(255, 255, 255, 40), width=14)
    return card, pen


def _wrapped(pen: ImageDraw.ImageDraw, title: str, *, top: int) -> int:
    """Write a title over as many lines as it needs, smaller when it is long; return the bottom."""
    words = _drawable(title).split() or ["Pass"]
    size = 76 if len(title) <= 40 else 52
    lines = [""]
    for word in words:
        tried = f"{lines[-1]} {word}".strip()
        if lines[-1] and pen.textlength(tried, _font(size)) > SIZE - 2 * _MARGIN:
            lines.append(word)
        else:
            lines[-1] = tried
    for number, line in enumerate(lines[:4]):
        pen.text((_MARGIN, top + number * (size + 12)), line, _INK, _font(size))
    return top + len(lines[:4]) * (size + 12)


def _text(
    pen: ImageDraw.ImageDraw,
    at: tuple[int, int],
    text: str,
    size: int,
    ink: str,
    anchor: str = "la",
) -> None:
    line = _drawable(text)
    while line and pen.textlength(line, _font(size)) > SIZE - _MARGIN - at[0]:
        line = line[:-2].rstrip() + "…" if len(line) > 2 else ""
    pen.text(at, line, ink, _font(size), anchor=anchor)


def _drawable(text: str) -> str:
    """Leave out what our font has no shape for: a row of boxes would say less than nothing."""
    return "".join(letter for letter in text if letter.isspace() or _known(letter)).strip()


@cache
def _known(letter: str) -> bool:
    font = _font(40)
    return bytes(font.getmask(letter)) != bytes(font.getmask("\U000f0000"))


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    file = resources.files(__package__) / "fonts" / "DejaVuSansCondensed-Bold.ttf"
    return ImageFont.truetype(BytesIO(file.read_bytes()), size)


def _png(card: Image.Image) -> bytes:
    buffer = BytesIO()
    card.save(buffer, "PNG", compress_level=6)
    return buffer.getvalue()
