"""Load on one server: so many connections, each sending its next request when answered.

Raw sockets and no HTTP library: asking costs a tenth of what answering costs, so the figure is
the server's. The requests are bytes made beforehand; both count and time are bounded.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter, process_time

SECONDS_AT_MOST = 20.0
PRESS_SECONDS_AT_MOST = 90.0
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Target:
    """A server to put load on; `pid` is where its CPU time is read."""

    port: int
    pid: int

    def cpu_seconds(self) -> float:
        """Return the CPU time of the server so far; 0 where there is no /proc."""
        stat = Path(f"/proc/{self.pid}/stat")
        if not stat.exists():
            return 0.0
        fields = stat.read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS


@dataclass(frozen=True)
class Load:
    """What one round showed; `latencies` are of each answer, in milliseconds."""

    rate: float
    cpu_ms: float
    client_ms: float
    latencies: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Told:
    """One answer, whatever it says, and how many milliseconds it took."""

    status: int
    body: bytes
    ms: float


def percentile(loads: Iterable[Load], share: float) -> float:
    """Return the latency that a share of all answers stayed under, in milliseconds."""
    every = sorted(one for load in loads for one in load.latencies)
    return every[min(len(every) - 1, int(share * len(every)))]


def request(
    method: str, path: str, *, headers: dict[str, str] | None = None, body: object = None
) -> bytes:
    """Return one HTTP/1.1 request as bytes."""
    payload = b"" if body is None else json.dumps(body).encode()
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    if body is not None:
        lines += ["Content-Type: application/json", f"Content-Length: {len(payload)}"]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + payload


def put(target: Target, requests: Sequence[bytes], *, at_once: int, expect: int) -> Load:
    """Send all requests over `at_once` connections.

    Raises:
        RuntimeError: An answer was not `expect`: a fast refusal is no figure.
    """
    before, own = target.cpu_seconds(), process_time()
    started = perf_counter()
    latencies = asyncio.run(_all(target.port, requests, at_once, expect))
    took, sent = perf_counter() - started, len(latencies)
    return Load(
        rate=sent / took,
        cpu_ms=(target.cpu_seconds() - before) / sent * 1000,
        client_ms=(process_time() - own) / sent * 1000,
        latencies=tuple(latencies),
    )


def press(target: Target, requests: Sequence[bytes], *, at_once: int) -> list[Told]:
    """Send every request over `at_once` connections; return all answers in their order."""
    return asyncio.run(_everyone(target.port, requests, at_once))


async def _everyone(port: int, requests: Sequence[bytes], at_once: int) -> list[Told]:
    waiting = iter(enumerate(requests))
    found: dict[int, Told] = {}
    async with asyncio.timeout(PRESS_SECONDS_AT_MOST):
        await asyncio.gather(*(_presses(port, waiting, found) for _ in range(at_once)))
    return [found[number] for number in range(len(requests))]


async def _presses(port: int, waiting: Iterator[tuple[int, bytes]], found: dict[int, Told]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for number, one in waiting:
        found[number] = await _exchange(reader, writer, one)
    writer.close()
    await writer.wait_closed()


async def _all(port: int, requests: Sequence[bytes], at_once: int, expect: int) -> list[float]:
    waiting = iter(requests)
    until = perf_counter() + SECONDS_AT_MOST
    each = [_one(port, waiting, until, expect) for _ in range(at_once)]
    return [one for some in await asyncio.gather(*each) for one in some]


async def _one(port: int, waiting: Iterator[bytes], until: float, expect: int) -> list[float]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    latencies: list[float] = []
    for one in waiting:
        told = await _exchange(reader, writer, one)
        if told.status != expect:
            raise RuntimeError(f"{told.status} instead of {expect}: {told.body[:300]!r}")
        latencies.append(told.ms)
        if perf_counter() > until:
            break
    writer.close()
    await writer.wait_closed()
    return latencies


async def _exchange(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, one: bytes) -> Told:
    began = perf_counter()
    writer.write(one)
    head = await reader.readuntil(b"\r\n\r\n")
    body = await reader.readexactly(_length(head))
    return Told(int(head[9:12]), body, (perf_counter() - began) * 1000)


def _length(head: bytes) -> int:
    if head[9:12] == b"304":
        return 0
    _, found, rest = head.lower().partition(b"content-length:")
    if not found:
        raise RuntimeError("the bench reads answers with a Content-Length only")
    return int(rest.partition(b"\r\n")[0])
