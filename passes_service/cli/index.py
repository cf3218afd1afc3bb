"""`passes index` and `passes reindex`: what the worker does by itself, for a person to watch."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer

from passes_service.cli import installation, output
from passes_service.cli.errors import NoChains

if TYPE_CHECKING:
    from passes_service.bootstrap import Services
    from passes_service.chain.networks import Network
    from passes_service.indexer.apply import Applied
    from passes_service.worker.chain_reader import Reader

_SHOWN = 40
Chain = Annotated[
    int | None, typer.Option("--chain", help="The id of one chain; all that are served without it.")
]


def index(
    chain: Chain = None,
    once: Annotated[
        bool, typer.Option("--once", help="Stop when everything is read, instead of following.")
    ] = False,
) -> None:
    """Read chains into the book and say what was found. Follows until Ctrl-C.

    The worker does this by itself; only one process reads a chain at a time.
    """
    with _installed() as services:
        networks = _chosen(services, chain)
        stop = threading.Event()
        with _until_interrupted(stop):
            _follow(services, networks, once, stop)


def _follow(services: Services, networks: list[Network], once: bool, stop: threading.Event) -> None:
    from passes_service.indexer.errors import ChainBusy
    from passes_service.worker import chain_reader

    readers = []
    for network in networks:
        mine = chain_reader.reader(services, network.chain_id)
        mine.tell = _teller(network)
        readers.append((network, mine))
    try:
        while not stop.is_set():
            outcomes = [mine.step() for _, mine in readers]
            if "busy" in outcomes and once:
                name = readers[outcomes.index("busy")][0].name
                raise ChainBusy(f"Another process reads {name}.")
            if once and set(outcomes) == {"idle"}:
                break
            if set(outcomes) <= {"idle", "busy"}:
                stop.wait(chain_reader.POLL_SECONDS)
        for network, mine in readers:
            _say_where(services, network, mine)
    finally:
        for _, mine in readers:
            mine.release()


def _teller(network: Network) -> Callable[[Applied], None]:
    def tell(done: Applied) -> None:
        blocks = f"block {done.first:,}" if done.first == done.last else (
            f"blocks {done.first:,} to {done.last:,}"
        )  # fmt: skip
        back = f", {_logs(done.taken_back)} of replaced blocks taken back" * bool(done.taken_back)
        if done.logs or done.taken_back:
            output.say(f"{network.name}: {blocks}, {_logs(done.logs)}{back}.")
        for difference in done.differences:
            output.say(f"  ! {difference}")

    return tell


def _say_where(services: Services, network: Network, mine: Reader) -> None:
    from passes_service.db.models import ChainCursor

    with services.database.reading() as session:
        row = session.get(ChainCursor, mine.chain_id)
    if row is None or row.number < 0:
        output.say(f"{network.name}: nothing to read yet.")
        return
    final = f"final up to {row.finalized:,}" if row.finalized else "nothing is final yet"
    output.say(f"{network.name}: read up to block {row.number:,} of {row.head:,}, {final}.")


def reindex(
    chain: Annotated[int, typer.Option("--chain", help="The id of the chain.")],
) -> None:
    """Read a chain anew from its contracts' first blocks, and put right what differs.

    Each difference is named. A running worker stands aside meanwhile and goes on by itself.
    """
    from passes_service.worker import chain_repair

    with _installed() as services:
        (network,) = _chosen(services, chain)
        output.say(f"Reading {network.name} from the beginning.")
        done = chain_repair.reindex(
            services, chain, tell=lambda first, last: output.say(f"  blocks {first:,} to {last:,}")
        )
    if not done.differences:
        output.say(f"{_logs(done.logs)}, {done.tokens:,} tokens: everything was right.")
        return
    for difference in done.differences[:_SHOWN]:
        output.say(f"  ! {difference}")
    more = len(done.differences) - _SHOWN
    if more > 0:
        output.say(f"  ... and {more:,} more")
    output.say(f"{_logs(done.logs)}, {done.tokens:,} tokens: all of these were put right.")


def _logs(count: int) -> str:
    return "1 log" if count == 1 else f"{count:,} logs"


@contextmanager
def _installed() -> Iterator[Services]:
    settings = installation.read_settings()
    with installation.services(settings) as services:
        yield services


def _chosen(services: Services, chain: int | None) -> list[Network]:
    from passes_service.chain.errors import ChainUnknown

    if not services.networks:
        raise NoChains("This installation serves no chain.")
    if chain is None:
        return list(services.networks.values())
    if chain not in services.networks:
        named = ", ".join(str(each) for each in services.networks)
        raise ChainUnknown(f"Chain {chain} is not served here; {named} is.")
    return [services.networks[chain]]


@contextmanager
def _until_interrupted(stop: threading.Event) -> Iterator[None]:
    def ask(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    before = {each: signal.signal(each, ask) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
