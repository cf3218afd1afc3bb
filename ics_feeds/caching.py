"""HTTP caching of a feed: strong entity tags, If-None-Match, a gzip form with its own tag."""

import gzip
import hashlib
import re
from base64 import urlsafe_b64encode

_ENTITY_TAG = r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"'
_LIST = re.compile(rf"[ \t,]*{_ENTITY_TAG}(?:[ \t]*,[ \t]*(?:{_ENTITY_TAG})?)*[ \t]*")
_TAG = re.compile(_ENTITY_TAG)
_GZIP_SUFFIX = "-gzip"
_LARGE = 256 * 1024  # from here on smaller bytes are worth twice the time


def etag(body: bytes) -> str:
    """Return the strong entity tag of these bytes: equal for equal bytes, else different."""
    digest = hashlib.sha256(body).digest()[:18]
    return f'"{urlsafe_b64encode(digest).decode()}"'


def gzip_etag(tag: str) -> str:
    """Return the strong tag of the gzip form of the body that has `tag` (RFC 9110 8.8.3.3)."""
    return f'{tag[:-1]}{_GZIP_SUFFIX}"'


def compress(body: bytes) -> bytes:
    """Return `body` gzipped, the same bytes each time: no clock, no file name."""
    return gzip.compress(body, compresslevel=8 if len(body) > _LARGE else 6, mtime=0)


def matches(if_none_match: str, tag: str) -> bool:
    """Tell whether an If-None-Match field names `tag`, so that 304 is the answer.

    Weak comparison (RFC 9110 13.1.2): ``W/`` on either side makes no difference. A field that
    does not parse matches nothing: the client then gets the whole feed, which is never wrong.
    """
    field = if_none_match.strip(" \t")
    if field == "*":
        return True
    if not _LIST.fullmatch(field):
        return False
    return _opaque(tag) in map(_opaque, _TAG.findall(field))


def _opaque(tag: str) -> str:
    return tag.removeprefix("W/")
