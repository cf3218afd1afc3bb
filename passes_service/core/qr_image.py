"""QR codes as pictures: dark on white with the quiet zone that scanners need, level M."""

from __future__ import annotations

from html import escape
from io import BytesIO
from itertools import groupby
from typing import Final

import qrcode
from qrcode.constants import ERROR_CORRECT_M
from qrcode.image.pil import PilImage
from qrcode.util import QRData

from passes_service.core import base45

QUIET_ZONE = 4
_ALPHANUMERIC_MODE: Final = 2  # qrcode.util.MODE_ALPHA_NUM, which is typed too widely
_ALPHANUMERIC = frozenset(base45.ALPHABET)  # QR's alphanumeric set is base45's alphabet


def qr_matrix(text: str) -> list[list[bool]]:
    """Return the modules of a QR code for `text`, row by row, without the quiet zone."""
    return _code(text).get_matrix()


def qr_svg(text: str, *, label: str = "QR code of the pass") -> str:
    """Return a QR code as a stand-alone or inline SVG of one path, scalable by CSS."""
    matrix = qr_matrix(text)
    size = len(matrix) + 2 * QUIET_ZONE
    path = "".join(_runs(row, y + QUIET_ZONE) for y, row in enumerate(matrix))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}" role="img" '
        f'aria-label="{escape(label)}" shape-rendering="crispEdges">'
        f'<path fill="#fff" d="M0 0h{size}v{size}H0z"/><path stroke="#000" d="{path}"/></svg>'
    )


def qr_png(text: str, *, module_pixels: int = 8) -> bytes:
    """Return a QR code as a PNG, each module `module_pixels` wide."""
    code = _code(text)
    code.border = QUIET_ZONE
    code.box_size = module_pixels
    buffer = BytesIO()
    image = code.make_image(fill_color="black", back_color="white")
    image.save(buffer, "PNG")
    return buffer.getvalue()


def _code(text: str) -> qrcode.QRCode[PilImage]:
    """Build the smallest QR code at level M; a door code goes in alphanumeric mode, whole."""
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_M, border=0, image_factory=PilImage)
    if _ALPHANUMERIC.issuperset(text):
        code.add_data(QRData(text, mode=_ALPHANUMERIC_MODE))
    else:
        code.add_data(text, optimize=0)
    code.make(fit=True)
    return code


def _runs(row: list[bool], y: int) -> str:
    """Return the dark runs of a row as strokes through the middle of its modules."""
    commands: list[str] = []
    x, pen = QUIET_ZONE, 0
    for dark, group in groupby(row):
        length = sum(1 for _ in group)
        if dark:
            commands.append(f"m{x - pen} 0h{length}" if pen else f"M{x} {y}.5h{length}")
            pen = x + length
        x += length
    return "".join(commands)
