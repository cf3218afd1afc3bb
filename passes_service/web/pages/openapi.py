"""From an OpenAPI document to what a reader of the reference wants: groups of calls."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

Node = Mapping[str, Any]
METHODS = ("get", "post", "put", "patch", "delete")
PROBLEM = "application/problem+json"
DEEPEST = 3


@dataclass(frozen=True)
class Field:
    """A parameter or a member of a body."""

    name: str
    kind: str
    required: bool
    where: str
    about: str


@dataclass(frozen=True)
class Outcome:
    """One status that a call may answer with."""

    status: str
    about: str
    refusals: tuple[tuple[str, str], ...]
    fields: tuple[Field, ...]


@dataclass(frozen=True)
class Operation:
    """One call."""

    name: str
    method: str
    path: str
    title: str
    about: str
    parameters: tuple[Field, ...]
    body: tuple[Field, ...]
    body_kind: str
    outcomes: tuple[Outcome, ...]


@dataclass(frozen=True)
class Group:
    """Calls under one tag."""

    name: str
    anchor: str
    operations: tuple[Operation, ...]


def groups(document: Node) -> list[Group]:
    """Return the calls by tag, in the order in which the document has them."""
    found: dict[str, list[Operation]] = {}
    for path, item in document.get("paths", {}).items():
        for method in METHODS:
            if method in item:
                call = item[method]
                tag = next(iter(call.get("tags", ())), "More")
                found.setdefault(tag, []).append(_operation(document, path, method, call))
    return [Group(tag, _anchor(tag), tuple(calls)) for tag, calls in found.items()]


def _operation(document: Node, path: str, method: str, call: Node) -> Operation:
    content = call.get("requestBody", {}).get("content", {})
    media = next(iter(content), "")
    body = content[media].get("schema", {}) if media else {}
    return Operation(
        name=call.get("operationId", f"{method}-{path}"),
        method=method.upper(),
        path=path,
        title=call.get("summary", ""),
        about=call.get("description", ""),
        parameters=tuple(_parameter(document, one) for one in call.get("parameters", ())),
        body=tuple(_members(document, body)),
        body_kind=media if not _members(document, body) else "",
        outcomes=tuple(
            _outcome(document, status, one)
            for status, one in sorted(call.get("responses", {}).items())
        ),
    )


def _parameter(document: Node, node: Node) -> Field:
    schema = node.get("schema", {})
    return Field(
        name=node["name"],
        kind=_kind(document, schema),
        required=bool(node.get("required")),
        where=node["in"],
        about=node.get("description") or schema.get("description", ""),
    )


def _outcome(document: Node, status: str, node: Node) -> Outcome:
    content = node.get("content", {})
    refusals = tuple(
        (part.strip()[1:].split("`: ")[0], part.split("`: ", 1)[1])
        for part in node.get("description", "").split(";")
        if part.strip().startswith("`") and "`: " in part
    )
    shape = content.get("application/json", {}).get("schema", {})
    return Outcome(
        status=status,
        about="" if refusals else node.get("description", ""),
        refusals=refusals,
        fields=tuple(_members(document, shape)) if status < "300" else (),
    )


def _members(document: Node, node: Node, prefix: str = "", depth: int = 0) -> list[Field]:
    """Return the members of an object; those of objects inside follow under their path."""
    node = _resolved(document, node)
    if node.get("type") == "array":
        node, prefix = _resolved(document, node.get("items", {})), f"{prefix}[]"
    required = node.get("required", ())
    found: list[Field] = []
    for name, member in node.get("properties", {}).items():
        path = f"{prefix}.{name}" if prefix else name
        inner = _resolved(document, member)
        about = member.get("description") or inner.get("description", "")
        kind = _kind(document, member)
        found.append(Field(path, kind, name in required, "body", " ".join(about.split())))
        if depth < DEEPEST:
            found.extend(_members(document, _without_null(inner), path, depth + 1))
    return found


def _kind(document: Node, node: Node) -> str:
    choices = node.get("anyOf") or node.get("oneOf")
    if choices:
        return " or ".join(dict.fromkeys(_kind(document, one) for one in choices))
    node = _resolved(document, node)
    if "const" in node:
        return f"“{node['const']}”"
    if "enum" in node:
        return " | ".join(f"“{value}”" for value in node["enum"])
    kind = str(node.get("type", "any value"))
    if kind == "array":
        return f"list of {_kind(document, node.get('items', {}))}"
    return " ".join(filter(None, [kind, _limits(node)]))


def _limits(node: Node) -> str:
    said: Iterable[str] = (
        f"({node['format']})" if "format" in node else "",
        f"from {node['minimum']}" if "minimum" in node else "",
        f"to {node['maximum']}" if "maximum" in node else "",
        f"up to {node['maxLength']} characters" if "maxLength" in node else "",
    )
    return ", ".join(filter(None, said))


def _without_null(node: Node) -> Node:
    choices = [one for one in node.get("anyOf", ()) if one.get("type") != "null"]
    return choices[0] if len(choices) == 1 else node


def _resolved(document: Node, node: Node) -> Node:
    if "$ref" not in node:
        return _without_null(node) if "anyOf" in node else node
    found: Any = document
    for part in str(node["$ref"]).removeprefix("#/").split("/"):
        found = found[part]
    resolved: Node = found
    return resolved


def _anchor(tag: str) -> str:
    return "".join(char if char.isalnum() else "-" for char in tag.lower())
