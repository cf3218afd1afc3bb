"""Make any text fit for a content line: clean it, then escape it."""

import re

# Everything that some parser takes for the end of a line. Python's own `splitlines`
# breaks at U+0085, U+2028 and U+2029, and parsers written in Python use it.
_LINE_BREAK = re.compile("\r\n|[\r\v\f\x85\u2028\u2029]")
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_ESCAPES = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n"})


def clean(text: str) -> str:
    r"""Return `text` as a feed carries it: every line break as ``\n``, no control characters.

    Tabs stay. Surrogates that form a pair become their character, lone ones U+FFFD.
    Cleaning twice changes nothing more.
    """
    if _SURROGATE.search(text):
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return _CONTROL.sub("", _LINE_BREAK.sub("\n", text))


def escape(text: str) -> str:
    r"""Return cleaned `text` escaped as a TEXT value (RFC 5545 3.3.11).

    The library's vText loses a backslash before a capital N: ``C:\New`` arrives as two lines.
    """
    return text.translate(_ESCAPES)
