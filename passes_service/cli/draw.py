"""`passes draw verify`: was this raffle drawn as promised? Needs the published file, no server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from passes_service.cli import files, output
from passes_service.cli.draw_fetching import EntryUnreadable, fetch, is_address
from passes_service.cli.refusals import NO

if TYPE_CHECKING:
    from passes_service.core.draw_check import Checked
    from passes_service.core.draw_file import DrawFile

draw = typer.Typer(help="Check published draws.", no_args_is_help=True)


@draw.callback()
def of_draws() -> None:
    """Check published draws."""


@draw.command("verify")
def verify(
    what: Annotated[
        str, typer.Argument(help="A draw.json as a file or an https address, - for standard input.")
    ],
    entry: Annotated[
        str | None, typer.Option(help="Your entry's id, as your page of the raffle shows it.")
    ] = None,
    salt: Annotated[
        str | None, typer.Option(help="Your entry's salt, 64 hex digits, from the same page.")
    ] = None,
    node: Annotated[
        str | None, typer.Option(help="Address of a node of the chain: checks the block too.")
    ] = None,
    finality: Annotated[
        int | None,
        typer.Option(help="Blocks until final, for a node without a finalized tag.", min=1),
    ] = None,
    before: Annotated[
        str | None, typer.Option(help="A copy that you saved earlier: nothing may have changed.")
    ] = None,
) -> None:
    """Compute a draw again from its published file: commitment, root, seed and every rank.

    Exit code 0 if it is right, 1 if it is not or nothing was drawn yet, 2 if the question makes
    no sense.
    """
    from passes_service.core import draw_check

    if (entry is None) != (salt is None):
        raise EntryUnreadable("Give --entry and --salt together.")
    file = _read(what)
    checked = draw_check.check(file)
    wrong = list(checked.wrong)
    if before is not None:
        wrong += draw_check.compare(_read(before), file)
    if node is not None:
        wrong += _block(file, node, finality)
    mine = None if entry is None or salt is None else _mine(file, entry, salt)
    if mine == "":
        wrong.append("Your entry is not among these leaves, or not for this offer or Drop.")
    _say(checked, wrong, mine or "", asked=node is not None)
    if wrong or not checked.drawn:
        raise typer.Exit(NO)


def _read(what: str) -> DrawFile:
    from passes_service.core import draw_file

    most = draw_file.MOST_BYTES
    content = fetch(what, most=most) if is_address(what) else files.read(what, most=most)
    return draw_file.parse(content.decode("utf-8", "replace").strip("\ufeff\r\n\t "))


def _mine(file: DrawFile, entry: str, salt: str) -> str:
    """Return in words what became of somebody's entry, nothing if it is not there."""
    from passes_service.core import draw_check

    try:
        found = draw_check.find(file, UUID(entry.strip()), bytes.fromhex(salt.strip()))
    except ValueError:
        raise EntryUnreadable("--entry takes an id, --salt 64 hexadecimal digits.") from None
    if found is None:
        return ""
    if found.rank is None:
        return f"entered, leaf {found.leaf.hex()}"
    return f"rank {found.rank} of {file.entries}, {found.state}, leaf {found.leaf.hex()}"


def _block(file: DrawFile, url: str, finality: int | None) -> list[str]:
    """Return what is wrong with the block, as a node of the reader's own choice tells it."""
    from pydantic import ValidationError

    from passes_service.chain.networks import Network
    from passes_service.chain.node import WORKER_SECONDS, Node
    from passes_service.drops import raffle_block

    said = file.source
    if said.chain_id is None or said.after is None:
        return []
    try:
        network = Network(
            chain_id=said.chain_id,
            name=f"chain {said.chain_id}",
            rpc=(url,),
            factory="0x" + "0" * 40,
            finality_depth=finality,
        )
    except ValidationError:
        raise EntryUnreadable("--node takes the http:// or https:// address of a node.") from None
    found = raffle_block.first_final_after(Node(network, seconds=WORKER_SECONDS), said.after)
    if file.block is None:
        return []
    if found is None:
        return ["The node knows no final block later than `source.after`."]
    if found.number != file.block.number:
        first = f"the first final block later than `source.after` is {found.number}"
        return [f"`block.number` is {file.block.number}, but {first}."]
    if found.hash != file.block.hash:
        return [f"`block.hash` is not the hash that the node has of block {found.number}."]
    if file.closed_at is not None and file.closed_at >= found.time:
        return ["The root was fixed only when the block was there already."]
    return []


def _say(checked: Checked, wrong: list[str], mine: str, *, asked: bool) -> None:
    if wrong:
        output.say("NOT VALID. This draw is not as it was promised.\n")
        for one in wrong:
            output.say(f"  - {one}")
        output.say("\nIt claims, and none of this counts:")
    elif not checked.drawn:
        output.say("NOT DRAWN YET. What is published so far fits together.\n")
    else:
        output.say("VALID. Commitment, root, seed and every rank are as they must be.\n")
    output.facts(_facts(checked.file, mine))
    for one in checked.cautions:
        output.say(f"\n{one}")
    if not wrong and checked.file.block is not None and not asked:
        output.say(
            "\nWhether the block is the chain's, and the first one after the instant, only a node"
            "\nof the chain can tell: ask one with --node."
        )
    if not wrong and checked.drawn:
        output.say(
            "\nThat commitment and source were public before entries opened, no file can prove:"
            "\ncompare with a copy from then (--before)."
        )


def _facts(file: DrawFile, mine: str) -> list[tuple[str, str]]:
    said = file.source
    source = "none"
    if said.kind == "block":
        source = (
            f"first final block of chain {said.chain_id} after {said.after:%d %b %Y %H:%M:%S} UTC"
        )
    pairs = [
        ("drop", str(file.drop_id)),
        ("commitment", file.commitment.hex()),
        ("randomness", source),
    ]
    if file.block is not None:
        pairs.append(("block", f"{file.block.number}, 0x{file.block.hash.hex()}"))
    if file.closed_at is not None:
        pairs += [("entries", str(file.entries)), ("root", file.root.hex())]
    if file.drawn_at is not None:
        pairs += [("seed", file.seed.hex()), ("drawn", f"{file.drawn_at:%d %b %Y %H:%M} UTC")]
    if mine:
        pairs.append(("your entry", mine))
    return pairs
