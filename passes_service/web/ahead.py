"""What apps ahead of all others share: they hand on, as it came, what is not for them."""

from __future__ import annotations

from collections.abc import Callable

from starlette.concurrency import run_in_threadpool
from starlette.types import Message, Receive, Send


def closing(send: Send, close: Callable[[], None]) -> Send:
    """Let go of the database before the server hears that all is closed."""

    async def last(message: Message) -> None:
        if message["type"].startswith("lifespan.shutdown"):
            await run_in_threadpool(close)
        await send(message)

    return last


async def nothing() -> Message:
    """Say that the body did not arrive in time, as the reader would have found itself."""
    raise TimeoutError


def again(message: Message, receive: Receive) -> Receive:
    """Let the next reader have what was read here."""
    waiting = [message]

    async def once_more() -> Message:
        return waiting.pop() if waiting else await receive()

    return once_more
