"""From bytes to clean text: encodings, escapes, control characters, HTML."""

from __future__ import annotations

import html
import re

_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff\ufffe\uffff]")
_LOOKS_LIKE_HTML = re.compile(
    r"</?(?:a|b|body|br|div|em|font|h[1-6]|html|i|img|li|ol|p|span|strong|table|td|tr|u|ul)\b"
    r"[^<>]{0,2000}>",
    re.IGNORECASE,
)
_ENTITY = re.compile(r"&(?:amp|lt|gt|quot|apos|nbsp|#\d{1,6}|#x[0-9a-f]{1,5}|[a-z]{4,8});", re.I)
_HIDDEN = re.compile(r"<(script|style|head|title)\b[^<>]*>.{0,20000}?</\1\s*>", re.I | re.S)
_COMMENT = re.compile(r"<!(?:--.{0,5000}?--|[^<>]{0,2000})>", re.DOTALL)
_LINK = re.compile(
    r"<a\b[^<>]{0,1000}?\bhref\s*=\s*[\"']?(https?://[^\"'<>\s]{1,1500})[\"']?[^<>]{0,1000}>"
    r"([^<]{0,2000})</a\s*>",
    re.IGNORECASE,
)
_BREAK = re.compile(r"<(?:br|hr)\b[^<>]{0,200}>|</(?:p|div|h[1-6]|tr|ul|ol|table)\s*>", re.I)
_ITEM = re.compile(r"<li\b[^<>]{0,200}>", re.IGNORECASE)
_TAG = re.compile(r"</?[a-z!?][^<>]{0,4000}>", re.IGNORECASE)
_SPACES = re.compile(r"[ \t\u00a0]+")
_BLANK_LINES = re.compile(r"\n[ \t]*\n(?:[ \t]*\n)+")

_MARKS = (
    (b"\xff\xfe\0\0", "utf-32-le"),
    (b"\0\0\xfe\xff", "utf-32-be"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)
_ZEROS = {
    "x0x0": "utf-16-le",
    "0x0x": "utf-16-be",
    "x000": "utf-32-le",
    "000x": "utf-32-be",
}


def to_utf8(body: bytes) -> bytes:
    """Return `body` without its byte order mark, UTF-16 and UTF-32 turned into UTF-8."""
    if body.startswith(b"\xef\xbb\xbf"):
        return body[3:]
    encoding = _wide(body)
    if encoding is None:
        return body
    return body.decode(encoding, "replace").lstrip("\ufeff").encode("utf-8", "replace")


def _wide(body: bytes) -> str | None:
    """Recognise UTF-16 and UTF-32 by their mark, else by where the zeros are in `BEGIN:V`."""
    for mark, encoding in _MARKS:
        if body.startswith(mark):
            return encoding
    head = body[:28]
    zeros = "".join("0" if head[at::4].count(0) == 7 else "x" for at in range(4))
    return _ZEROS.get(zeros) if head.count(0) in (14, 21) else None


def decode(line: bytes) -> str:
    """Decode one unfolded line: UTF-8, else as old Windows and Latin-1 programs write it."""
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        pass
    try:
        return line.decode("cp1252")
    except UnicodeDecodeError:
        return line.decode("latin-1")


def unescape(value: str) -> str:
    r"""Undo TEXT escapes (RFC 5545 section 3.3.11): `\n`, `\,`, `\;`, `\\`."""
    if "\\" not in value:
        return value
    return _ESCAPE.sub(lambda found: "\n" if found[1] in "nN" else found[1], value)


def split_list(value: str) -> list[str]:
    """Split a TEXT list at the commas that are not escaped, and unescape its members."""
    return [unescape(part) for part in re.split(r"(?<!\\),", value)]


def clean(value: str, limit: int) -> str:
    """Drop control characters, keep line breaks, cut after `limit` characters with an ellipsis."""
    value = value[: limit * 8].replace("\r\n", "\n").replace("\r", "\n")
    value = _CONTROL.sub("", value).strip()
    return value if len(value) <= limit else value[: limit - 1].rstrip() + "…"


def one_line(value: str, limit: int) -> str:
    """Clean `value` into a single line without markup."""
    return " ".join(clean(plain(value), limit).split())


def plain(value: str) -> str:
    """Turn HTML into readable text; text that is no HTML stays as it is.

    The result is text, not safe markup: whoever puts it on a page escapes it.
    """
    value = value[:200_000]
    if not _LOOKS_LIKE_HTML.search(value):
        return html.unescape(value) if _ENTITY.search(value) else value
    value = _COMMENT.sub("", _HIDDEN.sub("", value))
    value = _LINK.sub(_link, value)
    value = _TAG.sub("", _BREAK.sub("\n", _ITEM.sub("\n- ", value)))
    lines = (_SPACES.sub(" ", line).strip() for line in html.unescape(value).split("\n"))
    return _BLANK_LINES.sub("\n\n", "\n".join(lines)).strip()


def _link(found: re.Match[str]) -> str:
    target, label = found[1], found[2].strip()
    return target if not label or html.unescape(label) in target else f"{label} ({target})"
