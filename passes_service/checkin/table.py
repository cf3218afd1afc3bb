"""Scans as a table for spreadsheets (RFC 4180, UTF-8), safe to open in one."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import Final

from passes_service.checkin.report import Line

HEAD: Final = (
    *("time", "gate", "code", "sentence", "pass", "number"),
    *("typed", "let_in_because", "taken_back", "left", "decided", "conflict"),
)
# A spreadsheet runs what begins so; a quote before it makes it text again.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def table(lines: Iterable[Line]) -> str:
    """Return one row per scan; instants are UTC (RFC 3339)."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(HEAD)
    for line in lines:
        writer.writerow(
            [
                f"{line.at:%Y-%m-%dT%H:%M:%SZ}",
                _safe(line.gate),
                line.code.value,
                _safe(line.sentence),
                _safe(line.series),
                "" if line.serial is None else line.serial,
                "yes" if line.typed else "",
                _safe(line.forced),
                "yes" if line.annulled else "",
                "" if line.exited_at is None else f"{line.exited_at:%Y-%m-%dT%H:%M:%SZ}",
                line.via,
                line.conflict,
            ]
        )
    return out.getvalue()


def _safe(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text
