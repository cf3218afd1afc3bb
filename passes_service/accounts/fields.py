"""What people type into a form, made into one spelling or refused by the name of the field."""

from __future__ import annotations

import re

from passes_service.accounts.errors import FieldRefused

MAX_EMAIL = 254  # RFC 5321 section 4.5.3.1.3, without the angle brackets
MAX_LOCAL_PART = 64
MAX_DOMAIN = 253
_ATOMS = re.compile(r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
# IDNA 2003, which Python has, folds these into other names; IDNA 2008 does not. Mail must not
# go to the wrong domain, so such a name has to be typed in its xn-- form.
_AMBIGUOUS = frozenset("ßς\u200c\u200d")
_SLUG = re.compile(r"[a-z0-9](?:-?[a-z0-9]){1,39}")


def email(value: str, *, field: str = "email") -> str:
    """Return an e-mail address in its one spelling: lower case, the domain in ASCII.

    Quoted local parts, comments, addresses in brackets and bare host names are refused: nobody
    has them, and every one of them has fooled somebody's parser.

    Raises:
        FieldRefused: It is not an address that we write to.
    """
    text = value.strip()
    if not text.isprintable() or len(text) > MAX_EMAIL:
        raise _refused_email(field)
    local, at, domain = text.rpartition("@")
    if not at or len(local) > MAX_LOCAL_PART or not local.isascii():
        raise _refused_email(field)
    local = local.lower()
    if _ATOMS.fullmatch(local) is None:
        raise _refused_email(field)
    found = f"{local}@{_domain(domain, field)}"
    if len(found) > MAX_EMAIL:
        raise _refused_email(field)
    return found


def _domain(text: str, field: str) -> str:
    if not text.isascii():
        if _AMBIGUOUS & set(text):
            raise FieldRefused("Write this domain in its xn-- form.", field=field)
        try:
            text = text.encode("idna").decode()
        except UnicodeError as error:
            raise _refused_email(field) from error
    domain = text.lower()
    labels = domain.split(".")
    well_formed = all(_LABEL.fullmatch(label) for label in labels)
    if len(domain) > MAX_DOMAIN or len(labels) < 2 or not well_formed or labels[-1].isdigit():
        raise _refused_email(field)
    return domain


def _refused_email(field: str) -> FieldRefused:
    return FieldRefused("This is not an e-mail address we can write to.", field=field)


def line(value: str, *, field: str, longest: int, shortest: int = 1) -> str:
    """Return one line of text without surrounding or repeated blanks.

    Raises:
        FieldRefused: Too short, too long, or with characters that do not print.
    """
    text = " ".join(value.split())
    if not shortest <= len(text) <= longest:
        raise FieldRefused(f"This takes {shortest} to {longest} characters.", field=field)
    if not text.isprintable():
        raise FieldRefused("This has characters that cannot be shown.", field=field)
    return text


def slug(value: str, *, field: str = "slug") -> str:
    """Return the short name that an organizer has in addresses.

    Raises:
        FieldRefused: Anything but 2 to 40 small letters, digits and single hyphens between them.
    """
    if len(value) > 40 or _SLUG.fullmatch(value) is None:
        raise FieldRefused(
            "Use 2 to 40 small letters and digits, with single hyphens between them.", field=field
        )
    return value


def local_path(value: str, *, field: str = "next_path") -> str:
    """Return a path on this site: where to go after signing in, never another site.

    Raises:
        FieldRefused: It could lead a browser elsewhere.
    """
    plain = value.isascii() and value.isprintable() and len(value) <= 300
    # Browsers read a backslash as a slash, so `/\\host` is as bad as `//host`.
    if not plain or not value.startswith("/") or value.startswith("//") or "\\" in value:
        raise FieldRefused("This must be a path on this site.", field=field)
    return value
