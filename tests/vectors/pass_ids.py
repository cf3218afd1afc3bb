"""Vectors of pass and badge numbers."""

from __future__ import annotations

from typing import Any

from passes_service.core import pass_id

PAIRS = [(1, 1), (1, 2**32 - 1), (2**64 - 1, 1), (2**64 - 1, 2**32 - 1), (0x1122334455667788, 137)]
BADGES = [1, 0x1122334455667788, 2**64 - 1]
SOUND = str(pass_id.compose(1, 1))
HOSTILE_TEXTS = {
    "empty": "",
    "zero": "0",
    "plus sign": "+" + SOUND,
    "minus sign": "-" + SOUND,
    "leading zero": "0" + SOUND,
    "leading space": " " + SOUND,
    "trailing space": SOUND + " ",
    "trailing newline": SOUND + "\n",
    "underscore": SOUND[:3] + "_" + SOUND[3:],
    "separator": SOUND[:3] + "," + SOUND[3:],
    "hexadecimal": hex(pass_id.compose(1, 1)),
    "exponent": "1e28",
    "decimal point": SOUND + ".0",
    "Arabic-Indic digits": SOUND.translate({48 + n: 0x660 + n for n in range(10)}),
    "full-width digits": SOUND.translate({48 + n: 0xFF10 + n for n in range(10)}),
    "superscript": SOUND[:-1] + "²",
    "badge": str(pass_id.badge_id(1)),
    "series zero": str(1 << 96 | 1),
    "serial zero": str(1 << 96 | 1 << 32),
    "kind zero": str(1 << 32 | 1),
    "kind three": str(3 << 96 | 1 << 32 | 1),
    "a bit above the kind": str(1 << 255 | pass_id.compose(1, 1)),
    "2**256": str(2**256),
    "5000 digits": "1" * 5000,
}
HOSTILE_PAIRS = [(0, 1), (1, 0), (-1, 1), (1, -1), (2**64, 1), (1, 2**32)]


def build() -> dict[str, Any]:
    return {
        "about": "pass = 1<<96 | series<<32 | serial; badge = 2<<96 | badge<<32",
        "passes": [
            {
                "series": str(series),
                "serial": str(serial),
                "pass_id": str(number := pass_id.compose(series, serial)),
                "metadata_hex": pass_id.metadata_hex(number),
            }
            for series, serial in PAIRS
        ],
        "badges": [
            {
                "badge": str(badge),
                "token_id": str(number := pass_id.badge_id(badge)),
                "metadata_hex": pass_id.metadata_hex(number),
            }
            for badge in BADGES
        ],
        "hostile_texts": [{"name": name, "text": text} for name, text in HOSTILE_TEXTS.items()],
        "hostile_pairs": [{"series": str(a), "serial": str(b)} for a, b in HOSTILE_PAIRS],
    }
