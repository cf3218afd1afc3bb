"""Base45 (RFC 9285): bytes in the characters that QR codes store most densely.

Strict: upper-case only, no incomplete or overflowing group. Every byte string then has exactly
one spelling, so a code cannot be rewritten without changing what it says.
"""

from __future__ import annotations

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_VALUES = {character: value for value, character in enumerate(ALPHABET)}


class Base45Error(ValueError):
    """The text is not the base45 spelling of any bytes."""


def encode(data: bytes) -> str:
    """Return `data` in base45: three characters for two bytes, two for a last single one."""
    groups: list[str] = []
    for start in range(0, len(data) - 1, 2):
        high, low = divmod(data[start] << 8 | data[start + 1], 2025)
        middle, low = divmod(low, 45)
        groups.append(ALPHABET[low] + ALPHABET[middle] + ALPHABET[high])
    if len(data) % 2:
        middle, low = divmod(data[-1], 45)
        groups.append(ALPHABET[low] + ALPHABET[middle])
    return "".join(groups)


def decode(text: str) -> bytes:
    """Return the bytes that `text` spells.

    Raises:
        Base45Error: A character outside the alphabet, an incomplete group or one too large.
    """
    try:
        values = [_VALUES[character] for character in text]
    except KeyError as error:
        raise Base45Error("A character is outside the base45 alphabet.") from error
    whole, rest = divmod(len(values), 3)
    if rest == 1:
        raise Base45Error("The last group is incomplete.")
    data = bytearray()
    for start in range(0, whole * 3, 3):
        pair = values[start] + 45 * values[start + 1] + 2025 * values[start + 2]
        if pair > 0xFFFF:
            raise Base45Error("A group is larger than two bytes.")
        data += pair.to_bytes(2, "big")
    if rest == 2:
        last = values[-2] + 45 * values[-1]
        if last > 0xFF:
            raise Base45Error("The last group is larger than one byte.")
        data.append(last)
    return bytes(data)
