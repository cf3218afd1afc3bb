"""`passes verify`: is this voucher, code or receipt genuine? Needs a public key, nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from passes_service.cli import files, output, verify_receipt
from passes_service.cli.errors import KeyUnreadable
from passes_service.cli.refusals import NO

if TYPE_CHECKING:
    from passes_service.core.qr import StaticCode
    from passes_service.core.voucher_file import VoucherFile

MOST_BYTES = 16_384
_CODE = "EP1:"
_KEY_HEX = 64


def verify(
    what: Annotated[
        str,
        typer.Argument(
            help="A voucher or receipt as a file, - for standard input, or 'EP1:...' in quotes."
        ),
    ],
    issuer: Annotated[
        list[str] | None, typer.Option(help="Address of the issuer, 0x...; for vouchers.")
    ] = None,
    gate_key: Annotated[
        list[str] | None,
        typer.Option(help="Gate public key, 64 hex digits; for codes, receipts."),
    ] = None,
    organizer: Annotated[
        str | None, typer.Option(help="Organizer's id; also checks whose voucher or code it is.")
    ] = None,
) -> None:
    """Check a voucher, door code or receipt against a public key: no network, no database.

    Exit code 0 if it is valid, 1 if it is not, 2 if the question makes no sense.
    """
    text = what if what.startswith(_CODE) else _text(files.read(what, most=MOST_BYTES))
    owner = _organizer(organizer)
    if text.startswith(_CODE):
        valid = _verify_code(text, _gate_keys(gate_key or []), owner)
    elif verify_receipt.is_receipt(text):
        valid = _verify_receipt(text, _gate_keys(gate_key or []), owner)
    else:
        valid = _verify_voucher(text, _issuers(issuer or []), owner)
    if not valid:
        raise typer.Exit(NO)


def _text(content: bytes) -> str:
    return content.decode("utf-8", "replace").strip("\ufeff\r\n\t ")


def _verify_voucher(text: str, issuers: Sequence[str], owner: UUID | None) -> bool:
    from passes_service.core import voucher_file

    checked = voucher_file.verify(text, issuer_addresses=issuers, now=datetime.now(UTC))
    sentence, valid, file = checked.sentence, checked.ok, checked.file
    if file is not None and file.issuer not in issuers:
        sentence = f"It names another issuer, {file.issuer}. {sentence}"
    elif valid and file is not None and owner not in (None, file.organizer_id):
        sentence, valid = "It is genuine, but of another organizer.", False
    _answer(valid, sentence)
    if file is not None:
        _facts(_of_voucher(file), valid=valid)
    if valid:
        output.say(
            "\nThis says who signed, and when. Only the organizer knows whether the pass has been"
            "\ntransferred or refunded since: compare the epoch, or let a gate scan its code."
        )
    return valid


def _verify_code(text: str, keys: Sequence[bytes], owner: UUID | None) -> bool:
    from passes_service.core import qr

    now = datetime.now(UTC)
    # Without an organizer nobody's is right, and "of somebody else" says that the rest is good.
    checked = qr.check(text, public_keys=keys, organizer_id=owner or UUID(int=0), now=now)
    sentence, valid, code = checked.sentence, checked.ok, checked.code
    if owner is None and code is not None and checked.verdict is qr.CodeVerdict.UNKNOWN:
        valid = now.timestamp() < code.expires_at
        verdict = qr.CodeVerdict.VALID if valid else qr.CodeVerdict.EXPIRED
        sentence = qr.SENTENCES[verdict]
    _answer(valid, sentence)
    if code is not None:
        _facts(_of_code(code), valid=valid)
        if code.key_id not in {qr.key_id(key) for key in keys}:
            output.say("\nIt was signed with another key than the one you gave.")
    if valid:
        output.say(
            "\nThis says that the code is genuine. Only a gate knows whether it was used,"
            "\ntransferred or refunded: scan it there before you let anyone in."
        )
    return valid


def _verify_receipt(text: str, keys: Sequence[bytes], owner: UUID | None) -> bool:
    valid, sentence, checked = verify_receipt.check(text, keys, owner)
    _answer(valid, sentence)
    if checked.stated is not None:
        _facts(verify_receipt.facts(checked), valid=valid)
    verify_receipt.caveat(checked, keys, valid=valid)
    return valid


def _answer(valid: bool, sentence: str) -> None:
    output.say(f"{'VALID' if valid else 'NOT VALID'}. {sentence}\n")


def _facts(pairs: list[tuple[str, str]], *, valid: bool) -> None:
    """Print what it says; nobody should take the claims of a forgery for facts."""
    if not valid:
        output.say("It claims, and none of this counts:")
    output.facts(pairs)


def _of_voucher(file: VoucherFile) -> list[tuple[str, str]]:
    from passes_service.core.ethereum import ZERO_ADDRESS

    said = file.voucher
    holder = "an account without a wallet" if said.holder == ZERO_ADDRESS else said.holder
    return [
        *_numbered(said.pass_id, said.epoch),
        ("holder", holder),
        ("issued", _time(said.issued_at)),
        ("expires", _time(said.expires_at)),
        ("organizer", str(file.organizer_id)),
        ("issuer", file.issuer),
        ("terms", "0x" + said.terms_hash.hex()),
    ]


def _of_code(code: StaticCode) -> list[tuple[str, str]]:
    return [
        *_numbered(code.pass_id, code.epoch),
        ("issued", _time(code.issued_at)),
        ("expires", _time(code.expires_at)),
        ("key id", code.key_id.hex()),
    ]


def _numbered(number: int, epoch: int) -> list[tuple[str, str]]:
    from passes_service.core import pass_id

    parts = pass_id.split(number)
    return [("pass", f"{number} (serial {parts.serial})"), ("epoch", str(epoch))]


def _time(second: int) -> str:
    from passes_service.core.instants import from_seconds

    try:
        return f"{from_seconds(second):%d %b %Y %H:%M} UTC"
    except OverflowError:
        return "after the year 9999"


def _issuers(typed: Sequence[str]) -> list[str]:
    """Return addresses in their one spelling."""
    from passes_service.core import ethereum
    from passes_service.core.errors import DomainError

    if not typed:
        raise KeyUnreadable("A voucher is checked against --issuer 0x..., and there is none.")
    try:
        return [ethereum.normalize_address(one.strip()) for one in typed]
    except DomainError as error:
        raise KeyUnreadable(f"--issuer: {error.detail}") from None


def _gate_keys(typed: Sequence[str]) -> list[bytes]:
    """Return the raw bytes of gate keys."""
    if not typed:
        raise KeyUnreadable("Codes and receipts are checked against --gate-key <hex>: give it.")
    found = []
    for one in typed:
        text = one.strip().lower().removeprefix("0x")
        try:
            raw = bytes.fromhex(text)
        except ValueError:
            raw = b""
        if len(text) != _KEY_HEX or len(raw) * 2 != _KEY_HEX:
            raise KeyUnreadable("--gate-key takes the 64 hexadecimal digits of a public key.")
        found.append(raw)
    return found


def _organizer(typed: str | None) -> UUID | None:
    try:
        return None if typed is None else UUID(typed.strip())
    except ValueError:
        raise KeyUnreadable("--organizer takes the organizer's id, a UUID.") from None
