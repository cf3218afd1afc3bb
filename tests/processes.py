"""Run one function in several real processes at the same moment."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from typing import Any

_CONTEXT = multiprocessing.get_context("spawn")


def _child(work: Callable[..., Any], args: tuple[Any, ...], gate: Any, results: Any) -> None:
    gate.wait(timeout=60)
    results.put(work(*args))


def at_once(work: Callable[..., Any], arguments: list[tuple[Any, ...]]) -> list[Any]:
    """Start one process per argument tuple, release them together, return their results."""
    gate = _CONTEXT.Barrier(len(arguments))
    results: Any = _CONTEXT.Queue()
    children = [
        _CONTEXT.Process(target=_child, args=(work, args, gate, results)) for args in arguments
    ]
    for child in children:
        child.start()
    found = [results.get(timeout=120) for _ in children]
    for child in children:
        child.join(timeout=30)
    return found
