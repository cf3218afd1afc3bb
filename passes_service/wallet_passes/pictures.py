"""The pictures in a pass for Apple Wallet, drawn the same way every time."""

from __future__ import annotations

from functools import cache
from io import BytesIO

from PIL import Image, ImageDraw

GROUND = (11, 92, 77)
_PAPER = (255, 255, 255)


@cache
def icon(side: int) -> bytes:
    """Return the icon, a ticket, as a PNG of `side` pixels."""
    fine = side * 4  # drawn large and made smaller: Pillow's shapes have hard edges
    drawn = Image.new("RGB", (fine, fine), GROUND)
    pen = ImageDraw.Draw(drawn)
    left, top, right, bottom = fine // 8, fine * 9 // 32, fine * 7 // 8, fine * 23 // 32
    pen.rounded_rectangle((left, top, right, bottom), fine // 16, _PAPER)
    notch, middle = fine // 12, fine // 2
    for edge in (left, right):
        pen.ellipse((edge - notch, middle - notch, edge + notch, middle + notch), GROUND)
    for step in range(4):
        at = top + (bottom - top) * (2 * step + 1) // 8
        pen.ellipse((fine * 5 // 8 - 6, at - 6, fine * 5 // 8 + 6, at + 6), GROUND)
    made = BytesIO()
    drawn.resize((side, side), Image.Resampling.LANCZOS).save(made, "PNG")
    return made.getvalue()
