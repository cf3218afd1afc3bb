"""Read a feed's lines as strictly as the strictest app would, and keep the faults found."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from ics_feeds.lines import LIMIT

_TOKEN = r"[A-Za-z0-9-]+"  # noqa: S105 - a grammar, not a secret
_VALUE = r'(?:"[^"\x00-\x08\x0a-\x1f\x7f]*"|[^";:,\x00-\x08\x0a-\x1f\x7f]*)'
_PARAMETER = rf";{_TOKEN}={_VALUE}(?:,{_VALUE})*"
_CONTENT = re.compile(rf"({_TOKEN})((?:{_PARAMETER})*):(.*)", re.DOTALL)
_PARAMETERS = re.compile(rf";({_TOKEN})=({_VALUE}(?:,{_VALUE})*)")
_UNSAFE = re.compile("[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029]")


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

    def walk(self) -> Iterator["Block"]:
        """Yield this component and every one below it."""
        yield self
        for block in self.blocks:
            yield from block.walk()


def read(body: bytes, faults: list[str]) -> list[Block]:
    """Return the top components of `body`; what is wrong on the way is added to `faults`."""
    top = Block("", 0)
    stack = [top]
    for number, text in _unfold(body, faults):
        line = _parse(number, text, faults)
        if line is None:
            continue
        if line.name == "BEGIN":
            block = Block(line.value.upper(), number)
            stack[-1].blocks.append(block)
            stack.append(block)
        elif line.name == "END":
            if len(stack) == 1 or stack[-1].name != line.value.upper():
                faults.append(f"line {number}: END:{line.value} closes nothing (3.4)")
            else:
                stack.pop()
        else:
            stack[-1].lines.append(line)
    faults.extend(f"line {block.number}: {block.name} is never closed (3.4)" for block in stack[1:])
    faults.extend(f"line {line.number}: {line.name} outside a calendar" for line in top.lines)
    return top.blocks


def _unfold(body: bytes, faults: list[str]) -> Iterator[tuple[int, str]]:
    if not body.endswith(b"\r\n"):
        faults.append("the last line does not end in CRLF (3.1)")
    logical, begun = b"", 0
    for number, raw in enumerate(body.removesuffix(b"\r\n").split(b"\r\n"), start=1):
        _check_physical(number, raw, faults)
        if raw[:1] in (b" ", b"\t"):
            if _ends_inside_escape(logical):
                faults.append(f"line {number}: folded inside an escape sequence")
            logical += raw[1:]
            continue
        if begun:
            yield begun, logical.decode("utf-8", "replace")
        logical, begun = raw, number
    yield begun or 1, logical.decode("utf-8", "replace")


def _check_physical(number: int, raw: bytes, faults: list[str]) -> None:
    if len(raw) > LIMIT:
        faults.append(f"line {number}: {len(raw)} octets, more than {LIMIT} (3.1)")
    if b"\r" in raw or b"\n" in raw:
        faults.append(f"line {number}: a CR or LF that is not part of CRLF (3.1)")
    if number == 1 and raw.startswith(b"\xef\xbb\xbf"):
        faults.append("line 1: a byte order mark before BEGIN")
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        faults.append(f"line {number}: not UTF-8, or folded inside a character (3.1, 3.1.4)")
        return
    if found := _UNSAFE.search(text.replace("\r", "").replace("\n", "")):
        faults.append(f"line {number}: control character U+{ord(found[0]):04X} (3.1)")


def _ends_inside_escape(logical: bytes) -> bool:
    return (len(logical) - len(logical.rstrip(b"\\"))) % 2 == 1


def _parse(number: int, text: str, faults: list[str]) -> Line | None:
    found = _CONTENT.fullmatch(text)
    if not found:
        faults.append(f"line {number}: not a content line (3.1): {text[:40]!r}")
        return None
    name, parameters, value = found.groups()
    pairs = {key.upper(): given.strip('"') for key, given in _PARAMETERS.findall(parameters)}
    return Line(number, name.upper(), pairs, value)
