"""What a file is that is no calendar, in words for the person who chose it."""

from __future__ import annotations

import re

from passes_service.catalog.ics_import.errors import ImportBroken
from passes_service.catalog.ics_import.text import to_utf8

_UNPACK = "Unpack it and import the .ics file inside."
_MAGIC = (
    (b"\x1f\x8b", f"compressed (gzip). {_UNPACK}"),
    (b"PK\x03\x04", f"a zip archive. {_UNPACK}"),
    (b"PK\x05\x06", "an empty zip archive."),
    (b"BZh", f"compressed (bzip2). {_UNPACK}"),
    (b"\xfd7zXZ", f"compressed (xz). {_UNPACK}"),
    (b"7z\xbc\xaf", f"a 7z archive. {_UNPACK}"),
    (b"\xd0\xcf\x11\xe0", "a document or message of Microsoft Office, not a calendar."),
    (b"%PDF", "a PDF document, not a calendar."),
    (b"{\\rtf", "a text document (RTF), not a calendar."),
    (b"\x89PNG", "a picture, not a calendar."),
    (b"\xff\xd8\xff", "a picture, not a calendar."),
    (b"GIF8", "a picture, not a calendar."),
)
_HTML = "a web page, not a calendar. Its address may ask for a login, or be that of the page."
_TEXTS = (
    (re.compile(r"<(?:.{0,4000}?<)?(?:!doctype\s+html|html|head|body)\b", re.I | re.S), _HTML),
    (re.compile("<"), "XML, not a calendar in the iCalendar format."),
    (re.compile(r"[{\[]"), "JSON, not a calendar in the iCalendar format."),
    (re.compile(r"BEGIN:VCARD\b", re.I), "a list of contacts (vCard), not a calendar."),
    (
        re.compile(r"(?:https?|webcals?)://\S+\s*\Z", re.I),
        "only the address of a calendar. Download what is there, and import that.",
    ),
    (
        re.compile(r"(?:from|received|return-path|mime-version|content-type|subject): ", re.I),
        "a mail. Save the .ics file attached to it, and import that.",
    ),
    (
        re.compile(r"[\"']?(?:subject|title|name|summary|date|start)[^:\r\n]{0,40}[,;\t]", re.I),
        "a table (CSV), not a calendar in the iCalendar format.",
    ),
)
_HEAD = 4096


def refuse(body: bytes) -> None:
    """Refuse a file that is recognisably something else.

    Raises:
        ImportBroken: It is a web page, an archive, a mail and the like.
    """
    found = next((text for magic, text in _MAGIC if body.startswith(magic)), "")
    if found:
        raise ImportBroken(f"The file is {found}", line=1)
    head = to_utf8(body[:_HEAD]).decode("utf-8", "replace")
    text = head.lstrip("\ufeff\0 \t\r\n")
    line = 1 + len(re.findall(r"\r\n|\n|\r", head[: len(head) - len(text)]))
    for pattern, words in _TEXTS:
        if pattern.match(text):
            raise ImportBroken(f"The file is {words}", line=line)
