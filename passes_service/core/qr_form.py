"""What door codes of every kind have in common (docs/door-codes.md): text, names, verdicts."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, NamedTuple, Protocol, TypeVar
from uuid import UUID

from passes_service.core import base45
from passes_service.core.errors import DomainError, Kind

PREFIX = "EP1:"
KIND_STATIC = 0x11
KIND_BOUND = 0x12
KIND_TIME_STEP = 0x13
CONTEXT = b"EventPass door code 1\x00"
KEY_ID_LENGTH = 4
TAG_LENGTH = 7
SIGNATURE_LENGTH = 64
MAX_UINT32 = 2**32 - 1
TOLERANCE = 45
"""Seconds by which a live code may differ from the gate's clock, either way, both ends included."""
REFRESH = 15
"""Seconds after which a live code makes way for the next."""

C = TypeVar("C", covariant=True)


class CodeMalformed(DomainError):
    """The text is not a door code in its one form."""

    code, title, kind = "door-code-malformed", "Not a pass code", Kind.INVALID
    next_step = "Scan the code again, or type the pass number."


class CodeVerdict(StrEnum):
    """What checking a code can come to; all but VALID are door decision codes."""

    VALID = "VALID"
    MALFORMED = "MALFORMED"
    BAD_SIGNATURE = "BAD_SIGNATURE"
    UNKNOWN = "UNKNOWN"
    EXPIRED = "EXPIRED"
    STALE = "STALE"


SENTENCES = {
    CodeVerdict.VALID: "This code is genuine.",
    CodeVerdict.MALFORMED: "This is not one of our pass codes. Please show the code of the pass.",
    CodeVerdict.BAD_SIGNATURE: "This code is not genuine: we did not sign it.",
    CodeVerdict.UNKNOWN: "This code is for somebody else's events, not for these.",
    CodeVerdict.EXPIRED: "This code has expired. Please open the pass page for a new one.",
    CodeVerdict.STALE: "This code is not of this minute. Please open the pass and show it live.",
}


class ScanIdentity(NamedTuple):
    """By what two scans of a live code are the same: never by its bytes, which can be rewritten."""

    pass_id: int
    epoch: int
    time: int


class LiveCode(Protocol):
    """What a code that changes every few seconds says, signed by a device or by time step."""

    @property
    def organizer_tag(self) -> bytes:
        """The organizer it names."""

    @property
    def epoch(self) -> int:
        """The epoch of the pass that it was made in."""

    @property
    def made_at(self) -> int:
        """When it was made, in Unix seconds."""


@dataclass(frozen=True, slots=True)
class CodeCheck(Generic[C]):
    """The verdict on a code, with a sentence the host can say, and what was read."""

    verdict: CodeVerdict
    sentence: str
    code: C | None = None

    @property
    def ok(self) -> bool:
        """Whether the code is genuine and in its dates; the gate still decides on entry."""
        return self.verdict is CodeVerdict.VALID


def key_id(public_key: bytes) -> bytes:
    """Return the four bytes by which codes name a public key: the start of its SHA-256."""
    return hashlib.sha256(public_key).digest()[:KEY_ID_LENGTH]


def organizer_tag(organizer_id: UUID) -> bytes:
    """Return the seven bytes by which codes name an organizer: the start of its id's SHA-256."""
    return hashlib.sha256(organizer_id.bytes).digest()[:TAG_LENGTH]


def text_of(data: bytes) -> str:
    """Return the text of a code's bytes."""
    return PREFIX + base45.encode(data)


def bytes_of(text: str, text_length: int) -> bytes:
    """Return the bytes of a code whose text has exactly `text_length` characters.

    Raises:
        CodeMalformed: Another length, prefix or character, or a group out of range.
    """
    if not isinstance(text, str) or len(text) != text_length or not text.startswith(PREFIX):
        raise CodeMalformed(f"A pass code is EP1: and {text_length - len(PREFIX)} characters.")
    try:
        return base45.decode(text[len(PREFIX) :])
    except base45.Base45Error as error:
        raise CodeMalformed(str(error)) from error


def judge_live(
    code: LiveCode, *, organizer_id: UUID, epoch: int, second: int, proven: Callable[[], bool]
) -> CodeVerdict:
    """Decide on a live code of a pass that is in `epoch`; `proven` tells whether it is genuine.

    The epoch comes before the proof, because the key belongs to the epoch: the code of a replaced
    device would otherwise be called a forgery. It is refused either way.
    """
    if code.organizer_tag != organizer_tag(organizer_id):
        return CodeVerdict.UNKNOWN
    if code.epoch != epoch:
        return CodeVerdict.STALE
    if not proven():
        return CodeVerdict.BAD_SIGNATURE
    if abs(second - code.made_at) > TOLERANCE:
        return CodeVerdict.STALE
    return CodeVerdict.VALID
