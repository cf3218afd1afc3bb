"""Read any feed's lines: what strict apps would stumble over is noted, and reading goes on."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from ics_feeds.finding import Findings
from ics_feeds.lines import LIMIT

_TOKEN = r"[A-Za-z0-9-]+"  # noqa: S105 - a grammar, not a secret
_VALUE = r'(?:"[^"\x00-\x08\x0a-\x1f\x7f]*"|[^";:,\x00-\x08\x0a-\x1f\x7f]*)'
_PARAMETER = rf";{_TOKEN}={_VALUE}(?:,{_VALUE})*"
_CONTENT = re.compile(rf"({_TOKEN})((?:{_PARAMETER})*):(.*)", re.DOTALL)
_PARAMETERS = re.compile(rf";({_TOKEN})=({_VALUE}(?:,{_VALUE})*)")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f]")
_SEPARATOR = re.compile("[\x85\u2028\u2029]")
_MARK = b"\xef\xbb\xbf"
_DEEPEST = 20


@dataclass(frozen=True, slots=True)
class Line:
    """One unfolded content line and the physical line where it begins."""

    number: int
    name: str
    parameters: dict[str, str]
    value: str


@dataclass(slots=True)
class Block:
    """A component: its own lines and the components inside."""

    name: str
    number: int
    lines: list[Line] = field(default_factory=list)
    blocks: list["Block"] = field(default_factory=list)

    def all(self, name: str) -> list[Line]:
        """Return the lines of one property."""
        return [line for line in self.lines if line.name == name]

    def first(self, name: str) -> Line | None:
        """Return the first line of one property."""
        return next((line for line in self.lines if line.name == name), None)

    def inner(self, name: str) -> list["Block"]:
        """Return the components of one kind directly inside."""
        return [block for block in self.blocks if block.name == name]

    def walk(self) -> Iterator["Block"]:
        """Yield this component and every one below it."""
        yield self
        for block in self.blocks:
            yield from block.walk()


def read(body: bytes, found: Findings) -> list[Block]:
    """Return the top components of `body`; what is wrong on the way is added to `found`."""
    top = Block("", 0)
    stack = [top]
    for number, text in _unfold(body, found):
        line = _parse(number, text, found)
        if line is None:
            continue
        if line.name == "BEGIN":
            block = Block(line.value.strip().upper(), number)
            if len(stack) <= _DEEPEST:
                stack[-1].blocks.append(block)
            stack.append(block)
        elif line.name == "END":
            _close(stack, line, found)
        else:
            stack[-1].lines.append(line)
    for block in stack[1:]:
        found.add("unclosed", block.number, f"{block.name} is never closed")
    for line in top.lines:
        found.add("misplaced", line.number, f"{line.name} outside a calendar")
    return top.blocks


def _close(stack: list[Block], line: Line, found: Findings) -> None:
    """Close the component that an END names, and those left open inside it."""
    name = line.value.strip().upper()
    if all(block.name != name for block in stack[max(1, len(stack) - 2 * _DEEPEST) :]):
        found.add("unclosed", line.number, f"END:{line.value[:40]} closes nothing")
        return
    while stack[-1].name != name:
        block = stack.pop()
        found.add(
            "unclosed", block.number, f"{block.name} is never closed, but {name} around it is"
        )
    stack.pop()


def _unfold(body: bytes, found: Findings) -> Iterator[tuple[int, str]]:
    if body.startswith(_MARK):
        found.add("byte-order-mark", 1, "a byte order mark before BEGIN")
        body = body[len(_MARK) :]
    raws = body.split(b"\n")
    if raws[-1] == b"":
        raws.pop()
    elif body:
        found.add("not-crlf", len(raws), "the last line does not end in CRLF")
        raws[-1] += b"\r"
    _check_ends(raws, found)
    parts: list[bytes] = []
    begun = run = 0  # run: how many backslashes the line ends in so far
    for number, ended in enumerate(raws, start=1):
        raw = ended.removesuffix(b"\r")
        _check_physical(number, raw, found)
        if raw[:1] in (b" ", b"\t") and begun:
            parts.append(raw[1:])
            _check_fold(number, run, parts[-1], found)
            run = _backslashes(parts[-1], run)
            continue
        if begun:
            yield begun, _decoded(begun, parts, found)
        parts, begun, run = [raw], number, _backslashes(raw, 0)
    if begun:
        yield begun, _decoded(begun, parts, found)


def _check_ends(raws: list[bytes], found: Findings) -> None:
    bare = [number for number, raw in enumerate(raws, start=1) if not raw.endswith(b"\r")]
    if bare:
        count = "every line ends" if len(bare) == len(raws) else f"{len(bare)} lines end"
        found.add("not-crlf", bare[0], f"{count} in LF alone")


def _check_physical(number: int, raw: bytes, found: Findings) -> None:
    if len(raw) > LIMIT:
        found.add("long-line", number, f"{len(raw)} octets, more than {LIMIT}")
    if b"\r" in raw:
        found.add("stray-cr", number, "a CR that is not part of CRLF")


def _backslashes(part: bytes, before: int) -> int:
    """Return how many backslashes a line ends in after `part`, which follows `before` of them."""
    trailing = len(part) - len(part.rstrip(b"\\"))
    return before + trailing if trailing == len(part) else trailing


def _check_fold(number: int, run: int, after: bytes, found: Findings) -> None:
    if run % 2:
        found.add("fold-in-escape", number, "folded inside an escape sequence")
    if after and after[0] & 0xC0 == 0x80:
        found.add("fold-in-character", number, "folded inside a character")


def _decoded(number: int, parts: list[bytes], found: Findings) -> str:
    raw = b"".join(parts)
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        found.add("not-utf-8", number, "not UTF-8")
        text = raw.decode("utf-8", "replace")
    if control := _CONTROL.search(text.replace("\r", "")):
        found.add("control-character", number, f"control character U+{ord(control[0]):04X}")
    if separator := _SEPARATOR.search(text):
        found.add("line-separator", number, f"line separator U+{ord(separator[0]):04X} in a text")
    return text


def _parse(number: int, text: str, found: Findings) -> Line | None:
    if not text.strip():
        found.add("blank-line", number, "an empty line")
        return None
    matched = _CONTENT.fullmatch(text)
    if not matched:
        found.add("not-a-line", number, f"not a content line: {text[:40]!r}")
        return _guess(number, text)
    name, parameters, value = matched.groups()
    pairs = {key.upper(): given.strip('"') for key, given in _PARAMETERS.findall(parameters)}
    return Line(number, name.upper(), pairs, value)


def _guess(number: int, text: str) -> Line | None:
    """Return what a patient reader makes of a broken line: its name and its value."""
    name, colon, value = text.partition(":")
    bare = name.partition(";")[0].strip().upper()
    return Line(number, bare, {}, value) if colon and bare else None
